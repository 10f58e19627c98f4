# Run by the interpreter under test (Python 2.7 upward).
"""The requests of a session: those to be sent, those that a lane holds, those that wait to be sent again."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import heapq
import random

from transports.client.problems import Problems
from transports.client.request import Outcome
from transports.errors import describe

NS = 1000000000
GRACE_NS = NS // 4  # a worker reports a missed deadline itself; this much later the session does
EXPIRE_EVERY_NS = 5000000  # many deadlines close together do not cost a scan each
BACK_OFF_NS = 20000000  # a first pause; doubles with each attempt (40 ms before a lost task is resent again), up to
MOST_BACK_OFF_NS = 2 * NS
#: Beyond the tasks without an outcome: entries that wait behind a long-lived one, before those with an outcome go.
MOST_ENDED = 1000
REMEMBERED = 50000  # ids of finished tasks, so that a late reply is known to be a duplicate


class Requests(object):
    """All requests without an outcome, and the outcomes that the caller has not fetched.

    counts: sent, resent, doubled, unknown, refused ..., and those of fates.py. problems: what went wrong on lanes.
    refused: returns whether every lane refuses our identity.
    """

    def __init__(self, refused, now_ns, seed=None):
        self.table = {}  # {id: Request}, all without an outcome
        self.waiting = collections.deque()  # of Requests, to be sent as soon as there is room
        self.outcomes = []
        self.counts = collections.Counter()
        self.problems = Problems()
        self.finished = set()  # ids
        self._finished_before = set()
        self._retries = []  # heap of (due, id, Request): to be sent again after a pause
        self._earliest = None  # no deadline is before this one
        self._refused = refused
        self._now_ns = now_ns
        self._random = random.Random(seed)

    def add(self, request):
        """Queue a new request."""
        self.table[request.id] = request
        self.waiting.append(request)
        if len(self.waiting) > 2 * len(self.table) + MOST_ENDED:
            self.waiting = collections.deque(each for each in self.waiting if not each.finished)
        if self._earliest is None or request.deadline < self._earliest:
            self._earliest = request.deadline

    def fetch(self):
        """Return the outcomes since the last call."""
        outcomes, self.outcomes = self.outcomes, []
        return outcomes

    def put_back(self, outcomes):
        """Have the next ``fetch`` return these first."""
        self.outcomes = outcomes + self.outcomes

    # --- time --------------------------------------------------------------------------------------------------------

    def wake(self, now):
        """Queue the requests whose pause before a retry is over."""
        while self._retries and self._retries[0][0] <= now:
            self.waiting.append(heapq.heappop(self._retries)[2])

    def overdue(self, now):
        """Return the requests past their deadline."""
        if self._earliest is None or now < self._earliest:
            return ()
        earliest = None
        overdue = []
        for request in self.table.values():
            due = request.deadline + (0 if request.held_by is None else GRACE_NS)
            if now >= due:
                overdue.append(request)
            elif earliest is None or due < earliest:
                earliest = due
        self._earliest = None if earliest is None else max(earliest, now + EXPIRE_EVERY_NS)
        return overdue

    def wait_ns(self, now):
        """Return how long until a retry or a deadline is due; None where neither is to come."""
        due = [self._retries[0][0]] if self._retries else []
        if self._earliest is not None:
            due.append(self._earliest)
        return min(due) - now if due else None

    # --- outcomes ----------------------------------------------------------------------------------------------------

    def retry(self, request, fate, why=None, code="E_WORKER_LOST"):
        """Queue a request again: at once after its first loss, then after a doubling pause.

        Give it up after its last attempt.
        """
        self.counts[fate.counter] += 1
        request.alone = request.alone or fate.alone
        if request.held_by is not None:
            request.held_by.release(request)
            request.held_by = None
        request.accepted, request.misses = False, 0
        if not fate.attempt_counts:
            request.attempt -= 1
        if request.attempt >= request.attempts:
            why = fate.reason if why is None else why
            self.fail(request, code, "{} (attempt {} of {})".format(why, request.attempt, request.attempts))
        elif fate.attempt_counts and request.attempt == 1 and code == "E_WORKER_LOST":
            self.waiting.appendleft(request)
        else:
            pause = min(BACK_OFF_NS * 2 ** max(0, request.attempt - 1), MOST_BACK_OFF_NS)
            due = self._now_ns() + int(pause * self._random.uniform(0.5, 1.5))
            heapq.heappush(self._retries, (due, request.id, request))

    def retry_all(self, state, requests, fate):
        """Retry those of ``requests`` that the lane of ``state`` held and no broker keeps."""
        for request in requests:
            if request.id not in self.table:
                state.release(request)
            elif not request.accepted:
                self.retry(request, fate)

    def fail_late(self, request):
        """Fail a request past its deadline, with the reason."""
        if request.attempt:
            self.fail(request, "E_DEADLINE", "no outcome in time; sent {} times".format(request.attempt))
            return
        problem = self.problems.latest()
        code = "E_AUTH" if self._refused() else "E_DEADLINE"
        self.fail(request, code, "no worker took it in time{}".format("; " + problem if problem else ""))

    def fail(self, request, code, text):
        """Give a request an error as its outcome."""
        self.finish(request, Outcome(request.id, None, describe(code, text), request.attempt))

    def finish(self, request, outcome):
        """Give a request its outcome; only the quick path of ``Receiver._on_results`` does that elsewhere."""
        del self.table[request.id]
        request.finished = True
        self.finished.add(request.id)
        self.outcomes.append(outcome)
        code = outcome.error["code"] if outcome.error is not None else None
        self.counts[code or "ok"] += 1
        # Without a reply the worker may still run it: the task keeps its place among those that the lane holds.
        if request.held_by is not None and code not in ("E_CANCELLED", "E_DEADLINE"):
            request.held_by.release(request)

    def has_finished(self, identity):
        """Return whether a task of this id had its outcome, as far as it is remembered."""
        return identity in self.finished or identity in self._finished_before

    def forget_oldest(self):
        """Drop the older half of the remembered ids where there are too many."""
        if len(self.finished) > REMEMBERED:
            self.finished, self._finished_before = set(), self.finished
