# Run by the interpreter under test (Python 2.7 upward): -m transports.killing_amqp CLIENT-URL WORKER-URL FOLDER
"""Recovery over a broker: as killing.py, but who holds a task is the broker's secret.

So workers write down what they begin, and answer with who they are: the time is taken from SIGKILL to the result of the
task that the victim was at, from the other worker.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import io
import os
import signal
import subprocess
import sys
import time

from compat import clock
from transports import killing, session


def told(folder, number, seconds):
    """Sleep, having said so in a file; this process."""
    with io.open(_diary(folder, os.getpid()), "a", encoding="ascii") as diary:
        diary.write("{}\n".format(number))
    time.sleep(seconds)
    return os.getpid()


def _diary(folder, pid):
    return os.path.join(folder, "{}.txt".format(pid))


TASKS = {"told": told}


class Killing(killing.Killing):
    task_ms = 10  # each travels alone and through the disk: tasks of 2 ms would be more than half of what that carries

    def __init__(self, client_url, worker_url, folder):
        self._worker_url = worker_url
        self._folder = folder
        self._workers = []
        self._start(0, None)
        self._start(1, None)
        self.session = session.connect(client_url).open()
        self.session.wait_for_workers(1)  # the one lane is the queue
        self.outcomes = collections.Counter()
        self.submitted = 0
        self._ids = {}  # {a task's number: its id}, of those under way
        self._next = clock.now_ns()

    def _start(self, number, _where):
        command = [sys.executable, "-m", "transports.worker", self._worker_url, "--kind", "thread"]
        process = subprocess.Popen(command + ["--tasks", "transports.killing_amqp"], stdout=subprocess.PIPE)
        process.stdout.readline()
        if number < len(self._workers):
            self._workers[number] = process
        else:
            self._workers.append(process)

    def submit(self):
        arguments = [self._folder, self.submitted, self.task_ms / 1000.0]
        self._ids[self.submitted] = self.session.submit("told", arguments, deadline_s=20)

    def kill(self, number):
        process = self._workers[number]
        while not self._at(process.pid):
            self.turn()
        process.send_signal(signal.SIGKILL)
        killed = clock.now_ns()
        process.wait()
        victim = self._at(process.pid)
        self._ids.clear()
        while victim is not None:
            for outcome in self.turn():
                if outcome.id == victim:
                    # The victim's own word means that it had answered before it died.
                    return None if outcome.result == process.pid else (clock.now_ns() - killed) / 1e6
        return None

    def _at(self, pid):
        """The id of the task that a worker began last, unless that has its outcome; else None."""
        try:
            with io.open(_diary(self._folder, pid), encoding="ascii") as diary:
                lines = diary.read().split()
        except IOError:  # it has begun nothing yet
            return None
        identity = self._ids.get(int(lines[-1])) if lines else None
        return None if identity in self.outcomes else identity

    def back(self, number):
        self._workers[number].stdout.close()
        self._start(number, None)


def main():
    parser = argparse.ArgumentParser(prog="python -m transports.killing_amqp")
    parser.add_argument("client_url")
    parser.add_argument("worker_url")
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    killing.measure(Killing(given.client_url, given.worker_url, given.folder), given.kills)


if __name__ == "__main__":
    main()
