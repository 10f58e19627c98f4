# Run by the interpreter under test (Python 2.7 upward).
"""Starting and stopping one worker: as a child process, or as a thread of this process."""

from __future__ import absolute_import, division, print_function, unicode_literals

import subprocess
import threading

from transports import ready, worker

STOP_S = 5.0
TASKS = "scenarios.workers.remote_tasks"


def start(command, **popen_options):
    """Start the worker ``command`` and wait for its ``ready:`` line; return (process, address).

    Raise RuntimeError where the command prints another line or ends.
    """
    process = subprocess.Popen(command, stdout=subprocess.PIPE, **popen_options)
    line = process.stdout.readline().decode("utf-8")
    address = ready.read_ready(line)
    if address is None:
        process.kill()
        process.communicate()
        raise RuntimeError("a worker did not start: {}".format(line.strip() or "see its error in the log"))
    return process, address


class WorkerProcess(object):
    """A worker as a child process. ``address`` is where it listens, without the scheme.

    ``interpreter`` is the command that starts its Python; ``environment`` is its whole environment.
    """

    def __init__(self, url, kind, options, interpreter, environment):
        self._given = kind, options, interpreter, environment
        self._url = url
        command = interpreter + ["-m", "transports.worker", url, "--kind", kind, "--tasks", TASKS] + options
        self._process, address = start(command, env=environment, stdin=subprocess.PIPE)
        self.address = address.partition("://")[2]

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
        return WorkerProcess(self._url.replace("127.0.0.1:*", self.address), *self._given)

    def ask_to_stop(self):
        """Send SIGTERM unless the process has ended."""
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self):
        """Wait until the process ends; kill it after STOP_S."""
        # Popen.wait has no timeout on 2.7.
        timer = threading.Timer(STOP_S, self._process.kill)
        timer.start()
        self._process.wait()
        timer.cancel()
        self._process.stdin.close()
        self._process.stdout.close()


class WorkerThread(object):
    """A worker as a thread of this process; ``limits`` are keywords of transports.worker.Worker."""

    def __init__(self, url, kind, limits):
        self._worker = worker.Worker(url, kind, tasks=TASKS, **limits)
        self.address = url.partition(":")[2]
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()

    def ask_to_stop(self):
        """Tell the worker to stop after its current tasks."""
        self._worker.stop()

    def wait(self):
        """Wait until the thread ends, for at most STOP_S."""
        self._thread.join(STOP_S)
