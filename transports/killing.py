# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m transports.killing SCHEME FOLDER --kills N
"""Recovery: one of two workers is killed at half load, again and again; when does the next result of its tasks come?

Tasks of 2 ms arrive at half of what two workers can do. Before each kill the tasks that the victim holds are noted;
the time from SIGKILL to the first result of one of them, which only the other worker can have sent, is the recovery.
Kills are spread at random over the time a task takes. One line of JSON: median_ms, worst_ms, kills, tasks, lost, twice,
resent.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import time

from compat import clock
from transports import session

TASK_MS = 2


class Killing(object):
    #: Two workers do two in this time, so one in this time is half load.
    task_ms = TASK_MS

    def __init__(self, scheme, folder):
        self._urls = []
        self._workers = []
        self._scheme = scheme
        self._folder = folder
        for number in range(2):
            where = "{}/{}".format(folder, number) if scheme == "zmq+ipc" else "127.0.0.1:*"
            address = self._start(number, where)
            self._urls.append(address)
        self.session = session.connect(scheme + ":" + ",".join(self._urls)).open()
        self.session.wait_for_workers(2)
        self.outcomes = collections.Counter()
        self.submitted = 0
        self._next = clock.now_ns()

    def _start(self, number, where):
        command = [sys.executable, "-m", "transports.worker", "{}:{}".format(self._scheme, where), "--kind", "thread"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        line = process.stdout.readline().decode("utf-8")
        if number < len(self._workers):
            self._workers[number] = process
        else:
            self._workers.append(process)
        return line.split()[1].partition("://")[2]

    def submit(self):
        self.session.submit("sleep", [self.task_ms / 1000.0], deadline_s=20)

    def turn(self):
        """Submit what is due and take what came."""
        while clock.now_ns() >= self._next:
            self.submit()
            self.submitted += 1
            self._next += int(self.task_ms * 1e6)
        found = [outcome for outcome in self.session.poll(0.0005) if outcome.error is None]
        self.outcomes.update(outcome.id for outcome in found)
        return found

    def run_for(self, seconds):
        until = clock.now_ns() + int(seconds * 1e9)
        while clock.now_ns() < until:
            self.turn()

    def kill(self, number):
        """Milliseconds until the next result of a task that worker ``number`` held; None where it held none."""
        (lane,) = [lane for lane in self.session._lanes if lane.name.endswith(self._urls[number])]
        process = self._workers[number]
        while not self.session._lanes[lane].tasks:
            self.turn()
        held = set(self.session._lanes[lane].tasks)
        process.send_signal(signal.SIGKILL)
        killed = clock.now_ns()
        process.wait()
        while True:
            # A result that the victim had sent before it died is its own, from the first attempt.
            if [outcome for outcome in self.turn() if outcome.id in held and outcome.attempt > 1]:
                return (clock.now_ns() - killed) / 1e6
            if not held - set(self.outcomes):
                return None

    def back(self, number):
        process = self._workers[number]
        process.stdout.close()
        self._start(number, self._urls[number])
        self.session.wait_for_workers(2)

    def finish(self):
        """Wait for what is under way; once more even where nothing is: waiting for workers has kept outcomes back."""
        until = time.time() + 20
        more = True
        while more and time.time() < until:
            self.outcomes.update(outcome.id for outcome in self.session.poll(0.05) if outcome.error is None)
            more = self.session.pending()

    def close(self):
        self.session.close()
        for process in self._workers:
            process.terminate()
            process.wait()
            process.stdout.close()


def measure(killing, kills):
    """Kill so often, print what it took, and clean up."""
    chance = random.Random(1)
    times = []
    try:
        tries = 0
        while len(times) < kills and tries < 3 * kills:
            tries += 1
            killing.run_for(chance.uniform(0.1, 0.2))
            took_ms = killing.kill(tries % 2)
            if took_ms is not None:
                times.append(took_ms)
            killing.back(tries % 2)
        killing.finish()
        times.sort()
        line = {
            "kills": len(times),
            "median_ms": times[len(times) // 2],
            "worst_ms": times[-1],
            "tasks": killing.submitted,
            "lost": killing.submitted - len(killing.outcomes),
            "twice": sum(count - 1 for count in killing.outcomes.values()),
            "resent": killing.session.counts["resent"],
        }
    finally:
        killing.close()
    print(json.dumps(line, sort_keys=True))


def main():
    parser = argparse.ArgumentParser(prog="python -m transports.killing")
    parser.add_argument("scheme", choices=("zmq+ipc", "zmq+tcp"))
    parser.add_argument("folder")
    parser.add_argument("--kills", type=int, default=20)
    given = parser.parse_args()
    os.chmod(given.folder, 0o700)
    measure(Killing(given.scheme, given.folder), given.kills)


if __name__ == "__main__":
    main()
