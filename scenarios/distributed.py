# Run by the interpreter under test (Python 2.7 upward).
"""Workers behind a transport: separate processes over ZeroMQ, threads of this process over memory.

``transport`` is the scheme of the URL, ``concurrency`` the number of workers, ``worker_kind`` what each runs its tasks
in. The workers are started, and awaited, in ``open`` and gone after ``close``; a task's name, number and settings
travel.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import shutil
import subprocess
import sys
import tempfile
import threading

from scenarios import failures, killable
from scenarios.base import Scenario
from transports import session, worker

STOP_S = 5.0


class Model(Scenario):
    def open(self):
        # The task is prepared where it runs: in the workers, by the first call.
        self.folder = tempfile.mkdtemp(prefix="runoff-")
        self.workers = []
        try:
            for number in range(self.parameters["concurrency"]):
                self.workers.append(self._start(number))
            scheme = self.parameters["transport"]
            if scheme == "memory":
                url = "memory:" + self.folder
            else:
                url = scheme + ":" + ",".join(each.address for each in self.workers)
            self.session = session.connect(url).open()
            self.session.wait_for_workers(len(self.workers), 30.0)
        except BaseException:
            self._stop()
            raise

    def _start(self, number):
        scheme = self.parameters["transport"]
        if scheme == "memory":
            return _Thread("memory:" + self.folder, self.parameters["worker_kind"])
        address = {"zmq+ipc": os.path.join(self.folder, "{}".format(number)), "zmq+tcp": "127.0.0.1:*"}[scheme]
        return _Process(scheme + ":" + address, self.parameters["worker_kind"])

    def run(self, inputs):
        settings = self.task.settings
        arguments = [(argument, settings) for argument in inputs]
        return [_answer(outcome) for outcome in self.session.gather(self.task.name, arguments)]

    def worker_answers(self):
        counts = sorted(self.session.answers.values(), reverse=True)
        return counts + [0] * (len(self.workers) - len(counts))

    def killable(self):
        return killable.Killable(self.session, self.task, self.folder, self.workers)

    def close(self):
        self.session.close()
        self._stop()

    def _stop(self):
        for each in self.workers:
            each.ask_to_stop()
        for each in self.workers:
            each.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _answer(outcome):
    """The result, or the Failure that took its place."""
    error = outcome.error
    if error is None:
        return outcome.result
    if error["code"] == "E_TASK":
        return failures.Failure(error["type"], error["message"])
    return failures.Failure(error["code"], "{code}: {message}".format(**error))


class _Process(object):
    """A worker as a child; ``address`` is where it listens, without the scheme."""

    def __init__(self, url, kind):
        self._url = url
        self._kind = kind
        command = [sys.executable, "-m", "transports.worker", url, "--kind", kind, "--tasks", "scenarios.remote"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self._process.stdout.readline().decode("utf-8")
        if not line.startswith("ready: "):
            self._process.wait()
            raise RuntimeError("a worker did not start: {}".format(line.strip() or "see its complaint in the log"))
        self.address = line.split()[1].partition("://")[2]

    @property
    def pid(self):
        return self._process.pid

    def kill(self):
        """SIGKILL; returns at once."""
        self._process.kill()

    def again(self):
        """A worker in place of this one, which was killed: at the same address, where the client looks for it."""
        self.wait()
        return _Process(self._url.replace("127.0.0.1:*", self.address), self._kind)

    def ask_to_stop(self):
        if self._process.poll() is None:
            self._process.terminate()

    def wait(self):
        # 2.7 cannot wait with a time-out: a timer ends the worker that does not end itself.
        timer = threading.Timer(STOP_S, self._process.kill)
        timer.start()
        self._process.wait()
        timer.cancel()
        self._process.stdin.close()
        self._process.stdout.close()


class _Thread(object):
    """A worker as a thread of this process."""

    def __init__(self, url, kind):
        self._worker = worker.Worker(url, kind, tasks="scenarios.remote")
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()

    def ask_to_stop(self):
        self._worker.stop()

    def wait(self):
        self._thread.join(STOP_S)
