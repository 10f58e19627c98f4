# Run by the interpreter under test (Python 2.7 upward).
"""Workers killed under load: how soon another worker answers the tasks of a killed one, and whether any task is lost.

Tasks arrive as in open_loop, at half of the closed loop's capacity. Repeatedly one worker that has begun a task is
killed (SIGKILL). The gap is the time from the kill to the first answer by another worker to one of the victim's tasks.
Then the worker is restarted, as a supervisor would do; tasks arrive all the time.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import bisect
import collections
import random

from harness import open_loop

LOAD = 50  # per cent of the capacity
BIN_NS = 10000000
BEFORE_BINS, AFTER_BINS = 20, 80  # of the timeline around a kill
UNDISTURBED_NS = BEFORE_BINS * BIN_NS
RANDOMLY_LATER_NS = 50000000  # upper bound of a random delay, so that kills meet tasks at any stage
TRIES = 3  # for each requested kill
LONGEST_WAIT_S = 0.001
PATIENCE_NS = 30 * 10**9
#: A new worker may take longer: a Java virtual machine starts beside two processes that never wait.
START_NS = 120 * 10**9


class Unrecovered(Exception):
    """Raised when an answer is wrong or does not come in time, or when too few kills hit a worker with a task."""


class Killing(object):
    """One measurement of kills.

    ``workers`` is a scenarios.workers.killable.Killable; ``capacity`` is the closed loop's, in tasks a second.
    """

    def __init__(self, workers, first_number, capacity, seed, now_ns):
        self._workers = workers
        self._first = first_number
        self._now_ns = now_ns
        self._chance = random.Random(seed)
        self._rate = capacity * LOAD / 100
        self._due = open_loop.arrivals(self._rate, seed)
        self._start_ns = now_ns()
        self._next = self._start_ns + next(self._due)
        self._submitted = 0
        self._in_flight = set()
        self._answers = collections.Counter()  # {number: how often answered}
        self._answered_at = []  # of every answer, in order

    def measure(self, kills):
        """Kill workers until ``kills`` kills are measured; return the reply's entry.

        Discard a kill whose victim had already answered all tasks that it began, and make another one.
        """
        gaps = []
        killed_at = []
        tries = 0
        while len(gaps) < kills:
            if tries == TRIES * kills:
                raise Unrecovered("{} of {} kills met a worker with an unanswered task".format(len(gaps), tries))
            index = tries % 2
            tries += 1
            self._run_until(self._now_ns() + UNDISTURBED_NS + self._chance.randrange(RANDOMLY_LATER_NS))
            killed, gap = self._kill(index)
            if gap is not None:
                killed_at.append(killed)
                gaps.append(gap)
            self._replace(index)
            self._run_until(killed + (AFTER_BINS + 1) * BIN_NS)
        self._finish()
        return {
            "killed": kills,
            "rate": self._rate,
            "gaps_ns": gaps,
            "tasks": self._submitted,
            "lost": self._submitted - len(self._answers),
            "twice": sum(self._answers.values()) - len(self._answers),
            "resent": self._workers.resent(),
            "bin_ns": BIN_NS,
            "timeline": [self._timeline(killed) for killed in killed_at],
            "killed_bin": BEFORE_BINS,
        }

    def _turn(self):
        """Begin the tasks that are due; return the ended ones as [(number, process id or None)]."""
        while self._now_ns() >= self._next:
            number = self._first + self._submitted
            self._workers.submit(number)
            self._in_flight.add(number)
            self._submitted += 1
            self._next = self._start_ns + next(self._due)
        ended = []
        until_next_s = max(0, self._next - self._now_ns()) / 1e9
        for number, worker, right in self._workers.poll(min(LONGEST_WAIT_S, until_next_s)):
            self._in_flight.discard(number)
            if worker is not None:
                if not right:
                    raise Unrecovered("a wrong answer to {}".format(number))
                self._answers[number] += 1
                self._answered_at.append(self._now_ns())
            ended.append((number, worker))
        return ended

    def _run_until(self, until_ns):
        while self._now_ns() < until_ns:
            self._turn()

    def _turns(self, what, patience_ns=PATIENCE_NS):
        """Generate the results of turns; raise Unrecovered after ``patience_ns`` without ``what``."""
        until = self._now_ns() + patience_ns
        while self._now_ns() < until:
            yield self._turn()
        raise Unrecovered("{} s without {}".format(patience_ns // 10**9, what))

    def _kill(self, index):
        """Kill a worker that holds a task; return (time of the kill, gap in nanoseconds).

        The gap is None where the victim had answered all of its tasks before it died.
        """
        workers = self._workers
        victim = workers.process_id(index)
        held = workers.begun_by(index) & self._in_flight
        turns = self._turns("a task at the worker to be killed")
        while not held:
            next(turns)
            held = workers.begun_by(index) & self._in_flight
        killed = self._now_ns()
        workers.kill(index)
        for ended in self._turns("an answer to a killed worker's tasks"):
            for number, worker in ended:
                if number in held and worker not in (victim, None):
                    return killed, self._now_ns() - killed
                held.discard(number)  # answered by the victim before it died, or lost
            if not held:
                return killed, None

    def _replace(self, index):
        """Restart the worker at ``index``; return when the new one has answered."""
        self._workers.restart(index)
        turns = self._turns("a new worker in place of the killed one", START_NS)
        while not self._workers.restarted(index):
            next(turns)
        for ended in self._turns("an answer by the restarted worker"):
            if self._workers.process_id(index) in [worker for _, worker in ended]:
                return

    def _finish(self):
        """Begin no more tasks, and wait until those in flight have ended."""
        self._next = float("inf")
        turns = self._turns("the last answers")
        while self._in_flight:
            next(turns)
        next(turns)  # a duplicate would arrive now

    def _timeline(self, killed):
        """Count the answers in each bin, from BEFORE_BINS before the kill to AFTER_BINS after it."""
        edges = [killed + number * BIN_NS for number in range(-BEFORE_BINS, AFTER_BINS + 1)]
        places = [bisect.bisect_left(self._answered_at, edge) for edge in edges]
        return [after - before for before, after in zip(places, places[1:])]


def at_half_load(workers, first_number, capacity, kills, seed, now_ns):
    """Measure ``kills`` kills at LOAD per cent of ``capacity``; return the reply's entry."""
    return Killing(workers, first_number, capacity, seed, now_ns).measure(kills)
