# Run by the interpreter under test (Python 2.7 upward).
"""The promise, over every wire: numbered requests, kept until answered, sent again when lost, duplicates dropped.

    While the client lives, every task gets one outcome within its deadline plus a second. A task may run more than
    once; its result reaches the caller once. No order is kept. Only a durable broker keeps tasks when the client dies.

A session is used by one thread, which calls ``submit`` and ``poll`` in turn: tasks leave, and results arrive, in
``poll``. Tasks that are waiting when a lane has room travel in one frame. None waits for a frame to fill, but behind a
broker's queue that is deep already.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import clock
from transports import errors, tracing
from transports.client import fates
from transports.client.receiver import Receiver
from transports.client.request import Outcome, Request, TaskFailed
from transports.client.requests import Requests
from transports.client.sender import Sender
from transports.messages import codec_table, json_codec
from transports.wires import base

__all__ = ["Outcome", "Session", "TaskFailed", "connect"]

NS = 1000000000
HELLO_EVERY_NS = NS
RELEASE_EVERY_NS = NS  # places of tasks that have their outcome and were never answered
#: A worker that holds tasks and sends no beat for so long is as good as lost; a wire may wait for longer.
SILENCE_NS = 4 * NS
READY = 1000  # tasks that wait in ``gather`` for room: more than one frame of results makes
LONGEST_WAIT_S = 0.05  # in the wire, between two checks of the clock
AWAY_NS = NS  # after so long between two checks of the clock, what has arrived meanwhile is read before the next one
MOST_CATCH_UP_NS = NS  # of reading that


class Session(object):
    """A client. ``wire``: from base.client, not yet open. ``most``: tasks without an outcome, before Busy."""

    def __init__(self, wire, most=100000, queue="default", now_ns=clock.now_ns, seed=None):
        self.wire = wire
        self.most = most
        self._now_ns = now_ns
        self._ids = json_codec.Ids()
        self.id = self._ids().decode("ascii")
        self._queue = queue
        self._spans = tracing.ClientSpans()
        self._codec = codec_table.named(wire.codec)
        self._requests = Requests(wire.refused, now_ns, seed)
        self._table = self._requests.table  # {id: Request}, all without an outcome
        self.counts = self._requests.counts
        self.problems = self._requests.problems
        self._sender = Sender(wire, self._codec, self._requests, self.id)
        self._lanes = self._sender.lanes
        self._receiver = Receiver(wire, self._codec, self._requests, self._sender, now_ns)
        self.answers = self._receiver.answers
        self._checked_at = self._release_at = now_ns()
        self._is_open = False

    def open(self):
        """Begin to connect, and return the session."""
        self.wire.open()
        self._is_open = True
        self._sender.begin(self._queue)
        return self

    __enter__ = open

    def __exit__(self, kind, error, where):
        self.close()

    # --- what callers use --------------------------------------------------------------------------------------------

    def submit(self, name, args=(), kwargs=None, deadline_s=json_codec.BUDGET_MS / 1000, attempts=5, trace=None):
        """Queue a task and return its id, without blocking; the next ``poll`` sends it.

        trace: the W3C traceparent that the task's span continues; None: that of the current span of OpenTelemetry.
        Raise Busy where ``most`` tasks are in flight, Refused where the message cannot carry the arguments, Unusable
        where the wire cannot wait so long.
        """
        if len(self._table) >= self.most:
            raise errors.Busy("{} tasks have no outcome yet".format(self.most))
        if not abs(deadline_s) <= self.wire.most_deadline_s:  # NaN is not less than anything
            sentence = "the deadline of {} s is too long; give {} s at most here"
            raise errors.Unusable(sentence.format(deadline_s, self.wire.most_deadline_s))
        key = self._ids()
        identity = key.decode("ascii")
        trace = self._spans.begin(identity, name, trace)
        try:
            body = self._codec.task_body(name, args, kwargs, trace=trace)
        except errors.Refused as refusal:
            self._spans.abandon(refusal.code, identity)
            raise
        deadline = self._now_ns() + int(deadline_s * NS)
        self._requests.add(Request(key, identity, name, body, attempts, deadline))
        return identity

    def poll(self, timeout_s=0.0):
        """Return the outcomes that have arrived; wait up to ``timeout_s`` for the first."""
        requests = self._requests
        until = self._now_ns() + int(timeout_s * NS)
        while True:
            now = self._now_ns()
            if now - self._checked_at > AWAY_NS:
                now = self._catch_up(now)
            self._checked_at = now
            self._check_clock(now)
            self._sender.send_waiting(now)
            self._receiver.receive(0.0 if requests.outcomes else self._wait_s(now, until))
            if requests.waiting:
                self._sender.send_waiting(self._now_ns())
            if requests.outcomes or self._now_ns() >= until:
                outcomes = requests.fetch()
                self._spans.end(outcomes)
                return outcomes

    def cancel(self, identity):
        """Give a task up: its outcome is E_CANCELLED, unless it has one already."""
        request = self._table.get(identity)
        if request is not None:
            self._sender.cancel(request)
            self._requests.fail(request, "E_CANCELLED", "cancelled by the caller")

    def gather(self, name, arguments, window=None, **options):
        """Return the outcomes of ``name(*args)`` for all ``arguments``, in order, with ``window`` in flight.

        By default as many are in flight as the workers are sent ahead, and READY more that wait. The next poll returns
        the outcomes of other tasks that arrive meanwhile. Raise ValueError where ``window`` is below 1.
        """
        if window is not None and window < 1:
            raise ValueError("window is {}: at least 1 task must be in flight".format(window))
        outcomes, others = {}, []
        ids, ours = [], set()
        left = iter(arguments)
        more = True
        try:
            while more or len(outcomes) < len(ids):
                while more and (
                    len(ids) - len(outcomes) < window if window is not None else len(self._requests.waiting) < READY
                ):
                    try:
                        ids.append(self.submit(name, next(left), **options))
                        ours.add(ids[-1])
                    except StopIteration:
                        more = False
                for outcome in self.poll(1.0 if more or len(outcomes) < len(ids) else 0.0):
                    if outcome.id in ours:
                        outcomes[outcome.id] = outcome
                    else:
                        others.append(outcome)
        finally:
            self._requests.put_back(others)
        return [outcomes[identity] for identity in ids]

    def map(self, name, arguments, window=None, **options):
        """Return the results as ``gather`` does the outcomes; raise TaskFailed with the first error."""
        outcomes = self.gather(name, arguments, window, **options)
        for outcome in outcomes:
            if outcome.error is not None:
                raise TaskFailed(outcome.error)
        return [outcome.result for outcome in outcomes]

    def pending(self):
        """Return how many tasks have no outcome yet."""
        return len(self._table)

    def workers(self):
        """Return how many lanes accept tasks now."""
        return sum(1 for lane in self._lanes if lane.ready and not lane.leaving)

    def wait_for_workers(self, count=1, timeout_s=10.0):
        """Poll until so many lanes are ready; raise Unusable where they are not in time.

        The next poll returns the outcomes that arrive meanwhile.
        """
        until = self._now_ns() + int(timeout_s * NS)
        outcomes = []
        try:
            while self.workers() < count:
                if self._now_ns() > until:
                    why = self.problem() or "is each of them running at its address?"
                    raise errors.Unusable(
                        "{} of {} workers answered within {} s: {}".format(self.workers(), count, timeout_s, why)
                    )
                outcomes += self.poll(0.02)
        finally:
            self._requests.put_back(outcomes)

    def problem(self):
        """Return the latest error of a lane, or None."""
        return self.problems.latest()

    def close(self):
        """Say goodbye to the workers, and discard the tasks without an outcome; do nothing the second time."""
        if not self._is_open:
            return
        self._is_open = False
        self._spans.abandon("the client was closed")
        for lane in self._lanes:
            self._sender.leave(lane)
        self.wire.drain(0.1)
        self.wire.close()

    # --- what happens without a message ------------------------------------------------------------------------------

    def _catch_up(self, now):
        """Read what has arrived while the caller was away, or the whole process stood still; return the time then.

        No worker was silent, and no answer is late, that was only not read.
        """
        until = now + MOST_CATCH_UP_NS
        while self._receiver.receive(0.0) and self._now_ns() < until:
            pass
        return self._now_ns()

    def _check_clock(self, now):
        """Queue retries that are due, fail overdue tasks, retry those of silent workers; greet, and answer goodbyes."""
        self._requests.wake(now)
        for request in self._requests.overdue(now):
            self._sender.cancel(request)
            self._requests.fail_late(request)
        if not self.wire.greets:
            self._release_finished(now)
            return
        silence_ns = max(SILENCE_NS, self.wire.silence_ns)
        for state in list(self._lanes.values()):
            lane = state.lane
            if (lane.ready or state.parting) and state.tasks and now - state.heard_at > silence_ns:
                lane.ready = False  # until it is heard again: a beat makes it say hello anew
                self.problems.note("{}: silent for {} s".format(lane.name, silence_ns // NS))
                self._requests.retry_all(state, list(state.tasks.values()), fates.WORKER_LOST)
            elif lane.leaving:
                if not state.tasks:
                    self._sender.leave(lane)
                    del self._lanes[lane]
                    self.wire.forget(lane)
            elif state.parting:
                if not state.tasks and not state.left:
                    state.left = self._sender.leave(lane)
            elif not lane.ready and now - state.hello_at > HELLO_EVERY_NS:
                state.hello_at = now
                self._sender.greet(lane)

    def _release_finished(self, now):
        """Free the places of tasks that a broker has lost: one whose queue was purged never says so."""
        if now < self._release_at:
            return
        self._release_at = now + RELEASE_EVERY_NS
        for state in self._lanes.values():
            state.release_finished(now - self.wire.most_deadline_s * NS)

    def _wait_s(self, now, until):
        """Return how long the wire may wait before the clock must be checked."""
        wait_s = min(LONGEST_WAIT_S, (until - now) / NS)
        due_ns = self._requests.wait_ns(now)
        if due_ns is not None:
            wait_s = min(wait_s, due_ns / NS)
        return max(0.0, wait_s)


def connect(url, **options):
    """Return a session over ``url``, not yet open (``with connect(...) as session``)."""
    return Session(base.client(url), **options)
