# Run by the interpreter under test (Python 2.7 upward).
"""Starting and stopping one worker: as a child process, or as a thread of this process."""

from __future__ import absolute_import, division, print_function, unicode_literals

import subprocess
import threading

from transports import ready, worker

STOP_S = 5.0
TASKS = "scenarios.workers.remote_tasks"


def start(command, **popen_options):
    """Start the worker ``command`` and wait until it is ready; return (process, address)."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **popen_options)
    return process, address_of(process)


def address_of(process):
    """Wait for the ``ready:`` line of the worker in ``process``; return the address in it.

    Where it prints another line or ends, kill it and raise RuntimeError.
    """
    line = process.stdout.readline().decode("utf-8")
    address = ready.read_ready(line)
    if address is None:
        process.kill()
        process.communicate()
        raise RuntimeError("a worker did not start: {}".format(line.strip() or "see its error in the log"))
    return address


class WorkerProcess(object):
    """A worker as a child process, which is started at once, so that several start side by side.

    ``interpreter`` is the command that starts its Python; ``environment`` is its whole environment. ``address`` is
    where it listens, without the scheme; it is known when ``wait_until_ready`` has returned.
    """

    def __init__(self, url, kind, options, interpreter, environment):
        self._given = kind, options, interpreter, environment
        self._url = url
        command = interpreter + ["-m", "transports.worker", url, "--kind", kind, "--tasks", TASKS] + options
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._killer = threading.Timer(STOP_S, self._process.kill)
        self.address = None

    def wait_until_ready(self):
        """Wait until it listens. Raise RuntimeError where it ends before that."""
        self.address = address_of(self._process).partition("://")[2]

    @property
    def pid(self):
        """The process id, by which recorded tasks name their worker."""
        return self._process.pid

    def kill(self):
        """Send SIGKILL and return at once."""
        self._process.kill()

    def restart(self):
        """Return a new worker in place of this killed one, at the same address, where the client looks for it."""
        self.wait()
        restarted = WorkerProcess(self._url.replace("127.0.0.1:*", self.address), *self._given)
        restarted.wait_until_ready()
        return restarted

    def ask_to_stop(self):
        """Send SIGTERM unless the process has ended, and SIGKILL after STOP_S: several end side by side."""
        if self._process.poll() is None:
            self._process.terminate()
            self._killer.start()  # Popen.wait has no timeout on 2.7

    def wait(self):
        """Wait until the process, which was asked to stop or killed, ends."""
        self._process.wait()
        self._killer.cancel()
        self._process.stdin.close()
        self._process.stdout.close()


class WorkerThread(object):
    """A worker as a thread of this process; ``limits`` are keywords of transports.worker.Worker."""

    def __init__(self, url, kind, limits):
        self._worker = worker.Worker(url, kind, tasks=TASKS, **limits)
        self.address = url.partition(":")[2]
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()

    def wait_until_ready(self):
        """Return at once: a client waits for it by itself."""

    def ask_to_stop(self):
        """Tell the worker to stop after its current tasks."""
        self._worker.stop()

    def wait(self):
        """Wait until the thread ends, for at most STOP_S."""
        self._thread.join(STOP_S)
