# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m transports.killing_amqp CLIENT-URL WORKER-URL
"""Recovery over a broker: as killing.py, but who holds a task is the broker's secret.

So the time is taken from SIGKILL until *every* task that was under way then has its result: an upper bound, and no
tight one, of the time to the next result of the victim's tasks, since what waited for the other worker is in it too.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import signal
import subprocess
import sys

from compat import clock
from transports import killing, session


class Killing(killing.Killing):
    task_ms = 10  # each travels alone and through the disk: tasks of 2 ms would be more than half of what that carries

    def __init__(self, client_url, worker_url):
        self._worker_url = worker_url
        self._workers = []
        self._start(0, None)
        self._start(1, None)
        self.session = session.connect(client_url).open()
        self.session.wait_for_workers(1)  # the one lane is the queue
        self.outcomes = collections.Counter()
        self.submitted = 0
        self._next = clock.now_ns()

    def _start(self, number, _where):
        command = [sys.executable, "-m", "transports.worker", self._worker_url, "--kind", "thread"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        process.stdout.readline()
        if number < len(self._workers):
            self._workers[number] = process
        else:
            self._workers.append(process)

    def kill(self, number):
        process = self._workers[number]
        while self.session.pending() < 2:
            self.turn()
        under_way = set(self.session._table)
        process.send_signal(signal.SIGKILL)
        killed = clock.now_ns()
        process.wait()
        while under_way - set(self.outcomes):
            self.turn()
        return (clock.now_ns() - killed) / 1e6

    def back(self, number):
        self._workers[number].stdout.close()
        self._start(number, None)


def main():
    parser = argparse.ArgumentParser(prog="python -m transports.killing_amqp")
    parser.add_argument("client_url")
    parser.add_argument("worker_url")
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    killing.measure(Killing(given.client_url, given.worker_url), given.kills)


if __name__ == "__main__":
    main()
