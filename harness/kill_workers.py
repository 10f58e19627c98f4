# Run by the interpreter under test (Python 2.7 upward).
"""Workers killed under load: how soon the tasks that one held are answered by another, and is any of them lost?

Tasks arrive as in latency.py, at half of what the closed loop found. Again and again one of the workers is killed
(SIGKILL), at a moment when it has begun a task; the gap is the time from there to the first answer to one of these by
another worker. Then it is started again, as a supervisor would, and tasks go on coming all the while.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import bisect
import collections
import random

from harness import open_loop

LOAD = 50  # per cent of the capacity
BIN_NS = 10000000
BEFORE_BINS, AFTER_BINS = 20, 80  # of the time line of a kill
UNDISTURBED_NS = BEFORE_BINS * BIN_NS
RANDOMLY_LATER_NS = 50000000  # up to so much, so that kills meet tasks at any stage
TRIES = 3  # for each kill that is asked for
LONGEST_WAIT_S = 0.001
PATIENCE_NS = 30 * 10**9


class Unrecovered(Exception):
    pass


class Killing(object):
    """``workers``: see scenarios.workers.killable. ``capacity``: tasks per second, from the closed loop."""

    def __init__(self, workers, first_number, capacity, seed, now_ns):
        self._workers = workers
        self._first = first_number
        self._now_ns = now_ns
        self._chance = random.Random(seed)
        self._rate = capacity * LOAD / 100
        self._due = open_loop.arrivals(self._rate, seed)
        self._begun_at = now_ns()
        self._next = self._begun_at + next(self._due)
        self._submitted = 0
        self._under_way = set()
        self._answers = collections.Counter()  # {number: how often answered}
        self._answered_at = []  # of every answer, in order

    def measure(self, kills):
        """What the reply holds of ``kills`` kills; a kill whose victim had already answered all it began is no
        measurement, and another is made in its place."""
        gaps = []
        killed_at = []
        tries = 0
        while len(gaps) < kills:
            if tries == TRIES * kills:
                raise Unrecovered("{} of {} kills met a worker with an unanswered task".format(len(gaps), tries))
            at = tries % 2
            tries += 1
            self._run_until(self._now_ns() + UNDISTURBED_NS + self._chance.randrange(RANDOMLY_LATER_NS))
            killed, gap = self._kill(at)
            if gap is not None:
                killed_at.append(killed)
                gaps.append(gap)
            self._replace(at)
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
            "timeline": [self._line(killed) for killed in killed_at],
            "killed_bin": BEFORE_BINS,
        }

    def _turn(self):
        """Begin what is due and take what has ended: [(number, worker)]."""
        while self._now_ns() >= self._next:
            number = self._first + self._submitted
            self._workers.begin(number)
            self._under_way.add(number)
            self._submitted += 1
            self._next = self._begun_at + next(self._due)
        found = []
        until_next_s = max(0, self._next - self._now_ns()) / 1e9
        for number, worker, right in self._workers.ended(min(LONGEST_WAIT_S, until_next_s)):
            self._under_way.discard(number)
            if worker is not None:
                if not right:
                    raise Unrecovered("a wrong answer to {}".format(number))
                self._answers[number] += 1
                self._answered_at.append(self._now_ns())
            found.append((number, worker))
        return found

    def _run_until(self, until_ns):
        while self._now_ns() < until_ns:
            self._turn()

    def _turns(self, what):
        """Turns, for as long as is reasonable to wait for ``what``."""
        until = self._now_ns() + PATIENCE_NS
        while self._now_ns() < until:
            yield self._turn()
        raise Unrecovered("{} s without {}".format(PATIENCE_NS // 10**9, what))

    def _kill(self, at):
        """(when it was killed, nanoseconds to the first answer by another worker; None where there is none)."""
        workers = self._workers
        victim = workers.worker(at)
        held = workers.begun(at) & self._under_way
        turns = self._turns("a task at the worker to be killed")
        while not held:
            next(turns)
            held = workers.begun(at) & self._under_way
        killed = self._now_ns()
        workers.kill(at)
        for found in self._turns("an answer to a killed worker's tasks"):
            for number, worker in found:
                if number in held and worker not in (victim, None):
                    return killed, self._now_ns() - killed
                held.discard(number)  # the victim's own answer, sent before it died; or it is lost
            if not held:
                return killed, None

    def _replace(self, at):
        """Start a worker in the victim's place; return when it has answered."""
        self._workers.start(at)
        for found in self._turns("an answer by the worker that was started again"):
            if self._workers.started(at) and self._workers.worker(at) in [worker for _, worker in found]:
                return

    def _finish(self):
        """Begin nothing more, and wait for what is under way."""
        self._next = float("inf")
        turns = self._turns("the last answers")
        while self._under_way:
            next(turns)
        next(turns)  # a double would come now

    def _line(self, killed):
        """Answers in each bin from before the kill to after it."""
        edges = [killed + number * BIN_NS for number in range(-BEFORE_BINS, AFTER_BINS + 1)]
        places = [bisect.bisect_left(self._answered_at, edge) for edge in edges]
        return [after - before for before, after in zip(places, places[1:])]


def at_half_load(workers, first_number, capacity, kills, seed, now_ns):
    return Killing(workers, first_number, capacity, seed, now_ns).measure(kills)
