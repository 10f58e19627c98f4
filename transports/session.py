# Run by the interpreter under test (Python 2.7 upward).
"""The promise, over every wire: numbered requests, kept until answered, sent again when lost, doubles dropped.

    While the client lives, every task gets one outcome within its deadline plus a second. A task may run more than
    once; its result reaches the caller once. No order is kept. Only a durable broker keeps tasks when the client dies.

A session is used by one thread, which calls ``submit`` and ``poll`` in turn: tasks leave, and results arrive, in
``poll``. Tasks that are waiting when a lane has room travel in one frame; nothing ever waits for a frame to fill.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import heapq
import random

from compat import clock
from transports import batching, errors
from transports.errors import Refused, describe
from transports.messages import codec_table, json_codec
from transports.wires import base

NS = 1000000000
GRACE_NS = NS // 4  # a worker reports a missed deadline itself; this much later the session does
HELLO_EVERY_NS = NS
SILENCE_NS = 4 * NS  # a worker that holds tasks and sends no beat for so long is as good as lost
BACK_OFF_NS = 20000000  # a first pause; doubles with each attempt (40 ms before a lost task is resent again), up to
MOST_BACK_OFF_NS = 2 * NS
LONGEST_WAIT_S = 0.05  # in the wire, between two looks at the clock
MOST_WORKERS = 1000  # whose answers are counted one by one
REMEMBERED = 50000  # ids of finished tasks, so that a late reply is known to be a double

#: What came of a task: ``error`` is None and ``result`` its value, or ``error`` says why there is none.
Outcome = collections.namedtuple("Outcome", "id result error attempt")


class TaskFailed(Exception):
    """An outcome that is an error, where a result was asked for: ``error`` is the message's error object."""

    def __init__(self, error):
        Exception.__init__(self, "{code}: {message}".format(**error))
        self.error = error


class Request(object):
    """A task that has no outcome yet."""

    __slots__ = (
        "accepted",
        "alone",
        "attempt",
        "attempts",
        "body",
        "cost_us",
        "deadline",
        "finished",
        "id",
        "key",
        "lane",
        "misses",
        "name",
        "sent_at",
    )

    def __init__(self, key, identity, name, body, attempts, deadline):
        self.key = key  # the id as bytes
        self.id = identity
        self.name = name
        self.body = body
        self.attempt = 0
        self.attempts = attempts
        self.deadline = deadline
        self.lane = None
        self.sent_at = 0
        self.cost_us = 0
        self.accepted = False
        self.finished = False  # it has its outcome
        self.alone = False  # has been in a frame that was given up: travels by itself from now on
        self.misses = 0


class Session(object):
    """A client. ``wire``: from base.client, not yet open. ``most``: tasks without an outcome, before Busy."""

    def __init__(self, wire, most=100000, queue="default", now_ns=clock.now_ns, seed=None):
        self.wire = wire
        self.most = most
        self.counts = collections.Counter()  # sent, resent, doubled, unknown, refused ...
        self.answers = collections.Counter()  # {who answered (worker.id of the results, else the lane): outcomes}
        self.problems = collections.OrderedDict()  # {what went wrong on a lane: how often}
        self._now_ns = now_ns
        self._random = random.Random(seed)
        self._ids = json_codec.Ids()
        self.id = self._ids().decode("ascii")
        self._queue = queue
        self._codec = codec_table.named(wire.codec)
        self._spoken = ["json"] if self._codec is json_codec else ["json", wire.codec]
        self._frame_bytes = batching.FRAME_MEMBERS * self._codec.MEMBER_BYTES
        self._hello = json_codec.control("hello", client=self.id, codecs=[wire.codec])
        self._table = {}  # {id: Request}, all without an outcome
        self._waiting = collections.deque()  # of Requests, to be sent as soon as there is room
        self._later = []  # heap of (due, id, Request): to be sent again after a pause
        self._lanes = {}  # {lane: _Held}
        self._costs = {}  # {name: microseconds}, see batching.learn
        self._outcomes = []
        self._earliest = None  # no deadline is before this one
        self._finished = set()
        self._finished_before = set()

    def open(self):
        self.wire.open()
        self._head = self._codec.tasks_head(self.id, self._queue, self.wire.reply_to)
        return self

    __enter__ = open

    def __exit__(self, kind, error, where):
        self.close()

    # --- what callers use --------------------------------------------------------------------------------------------

    def submit(self, name, args=(), kwargs=None, deadline_s=60.0, attempts=5):
        """Queue a task and return its id, without blocking; the next ``poll`` sends it.

        Raise Busy where ``most`` tasks are in flight, Refused where the message cannot carry the arguments, Unusable
        where the wire cannot wait so long.
        """
        if len(self._table) >= self.most:
            raise errors.Busy("{} tasks have no outcome yet".format(self.most))
        if deadline_s > self.wire.most_deadline_s:
            raise errors.Unusable("a deadline is {} s at most here".format(self.wire.most_deadline_s))
        body = self._codec.task_body(name, args, kwargs)
        key = self._ids()
        identity = key.decode("ascii")
        deadline = self._now_ns() + int(deadline_s * NS)
        request = self._table[identity] = Request(key, identity, name, body, attempts, deadline)
        self._waiting.append(request)
        if self._earliest is None or deadline < self._earliest:
            self._earliest = deadline
        return identity

    def poll(self, timeout_s=0.0):
        """Return the outcomes that have arrived; wait up to ``timeout_s`` for the first."""
        until = self._now_ns() + int(timeout_s * NS)
        while True:
            now = self._now_ns()
            self._look_after(now)
            self._send(now)
            wait_s = 0.0 if self._outcomes else self._wait_s(now, until)
            for event, lane, payload in self.wire.poll(wait_s):
                _EVENTS[event](self, lane, payload)
            if self._waiting:
                self._send(self._now_ns())
            if self._outcomes or self._now_ns() >= until:
                outcomes, self._outcomes = self._outcomes, []
                return outcomes

    def cancel(self, identity):
        """Give a task up: its outcome is E_CANCELLED, unless it has one already."""
        request = self._table.get(identity)
        if request is not None:
            self._tell_cancelled(request)
            self._fail(request, "E_CANCELLED", "cancelled by the caller")

    def gather(self, name, arguments, window=1000, **options):
        """Return the outcomes of ``name(*args)`` for all ``arguments``, in order, with ``window`` in flight."""
        outcomes = {}
        ids = []
        left = iter(arguments)
        more = True
        while more or len(outcomes) < len(ids):
            while more and len(ids) - len(outcomes) < window:
                try:
                    ids.append(self.submit(name, next(left), **options))
                except StopIteration:
                    more = False
            for outcome in self.poll(1.0 if len(outcomes) < len(ids) else 0.0):
                outcomes[outcome.id] = outcome
        return [outcomes[identity] for identity in ids]

    def map(self, name, arguments, window=1000, **options):
        """Return the results likewise; raise TaskFailed with the first error."""
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
        return sum(1 for lane in self._lanes if lane.ready)

    def wait_for_workers(self, count=1, timeout_s=10.0):
        """Poll until so many lanes are ready; raise Unusable where they are not in time.

        The next poll returns the outcomes that arrive meanwhile.
        """
        until = self._now_ns() + int(timeout_s * NS)
        found = []
        try:
            while self.workers() < count:
                if self._now_ns() > until:
                    why = self.problem() or "is each of them running at its address?"
                    raise errors.Unusable(
                        "{} of {} workers answered within {} s: {}".format(self.workers(), count, timeout_s, why)
                    )
                found += self.poll(0.02)
        finally:
            self._outcomes = found + self._outcomes

    def problem(self):
        """Return the latest error of a lane, or None."""
        return next(reversed(self.problems), None)

    def close(self):
        """Leave: workers are told, tasks without an outcome are forgotten."""
        for lane in self._lanes:
            if self.wire.greets:
                self._say(lane, json_codec.control("bye"))
        self.wire.drain(0.1)
        self.wire.close()

    # --- out ---------------------------------------------------------------------------------------------------------

    def _send(self, now):
        """Hand waiting tasks to lanes with room: the least loaded first, no lane more than its share of the rest."""
        waiting = self._waiting
        while waiting:
            request = waiting[0]
            if request.finished or request.lane is not None:
                waiting.popleft()
                continue
            open_lanes = [held for held in self._lanes.values() if held.has_room()]
            if not open_lanes:
                return
            held = min(open_lanes, key=_load) if len(open_lanes) > 1 else open_lanes[0]
            if not self._send_frame(held, -(-len(waiting) // len(open_lanes)), now):
                return

    def _send_frame(self, held, share, now):
        """Send one frame to one lane; return False where the wire is busy."""
        room = batching.Room(held, share)
        waiting, costs, task, frame_bytes = self._waiting, self._costs, self._codec.task, self._frame_bytes
        most, idle, work_limit = room.most, room.idle, room.work_us
        work_us = 0.0
        size = 0
        items = []
        taken = []
        while waiting and len(taken) < most:
            request = waiting[0]
            if request.finished or request.lane is not None:  # it has its outcome, or is there twice
                waiting.popleft()
                continue
            left_ms = (request.deadline - now) // 1000000
            if left_ms <= 0:
                waiting.popleft()
                self._fail(request, *self._why_late(request))
                continue
            cost_us = costs.get(request.name, batching.UNKNOWN_US)
            item = task(request.key, request.attempt + 1, left_ms, request.body)
            if len(item) > frame_bytes:
                cost_us += len(item) / batching.BYTES_PER_US
            if taken and (
                size + len(item) > frame_bytes
                or (len(taken) >= idle and work_us + cost_us > work_limit)
                or request.alone
            ):
                break
            waiting.popleft()
            items.append(item)
            taken.append(request)
            request.cost_us = cost_us
            work_us += cost_us
            size += len(item) + 1
            if request.alone:
                break
        if not taken:
            return True
        try:
            self.wire.send(held.lane, self._codec.tasks(self._head, items), [request.id for request in taken])
        except errors.Busy:
            waiting.extendleft(reversed(taken))
            self.counts["busy"] += 1
            return False
        tasks = held.tasks
        for request in taken:
            request.attempt += 1
            request.lane = held
            request.sent_at = now
            tasks[request.id] = request
            if request.attempt > 1:
                self.counts["resent"] += 1
                request.misses = 0
                request.accepted = False
        held.work_us += work_us
        self.counts["sent"] += len(taken)
        self.counts["frames"] += 1
        return True

    def _say(self, lane, frame):
        try:
            self.wire.send(lane, frame)
        except errors.Busy:
            self.counts["busy"] += 1  # what controls a link is said again, or not needed

    def _tell_cancelled(self, request):
        if request.lane is not None and self.wire.greets:
            self._say(request.lane.lane, json_codec.control("cancel", ids=[request.id]))

    # --- in ----------------------------------------------------------------------------------------------------------

    def _on_up(self, lane, _payload):
        self._lanes[lane] = _Held(lane, self._now_ns())
        if self.wire.greets:
            lane.ready = False
            self._say(lane, self._hello)

    def _on_down(self, lane, reason):
        held = self._lanes.pop(lane, None)
        lane.ready = False
        self._note("{}: {}".format(lane.name, reason))
        if held is not None:
            self._lost(held, list(held.tasks.values()))

    def _on_accepted(self, _lane, ids):
        for identity in ids:
            if identity in self._table:
                self._table[identity].accepted = True

    def _on_returned(self, _lane, ids):
        for identity in ids:
            request = self._table.get(identity)
            if request is not None:
                self.counts["returned"] += 1
                self._again(request, "returned by the wire: nothing takes it", counts=True)

    def _on_gone(self, lane, why):
        """Retry the tasks of a lost lane, and those that came back: no lane holds them any more."""
        self._note("{}: {}".format(lane.name, why))
        for request in list(self._table.values()):
            if request.accepted and request.lane is not None and request.lane.lane is lane:
                request.accepted = False
                self._lost(request.lane, [request])

    def _on_dead(self, lane, frame_and_reason):
        """Retry the tasks of a dead worker, each alone: one of them may be what kills workers."""
        frame, why = frame_and_reason
        self._note("{}: gave up a frame: {}".format(lane.name, why))
        try:
            items = json_codec.decode(frame, self._spoken).get("tasks", ())
        except Refused:  # what the worker could not read, nobody can
            return
        for item in items:
            request = self._table.get(item["id"])
            if request is not None and request.attempt == item["attempt"]:
                request.alone = True
                self.counts["dead"] += 1
                self._again(request, why, counts=True)

    def _on_frame(self, lane, frame):
        held = self._lanes.get(lane)
        if held is None:
            return
        held.heard_at = self._now_ns()
        try:
            tree = json_codec.decode(frame, self._spoken)
            _FRAMES[tree["kind"]](self, held, tree)
        except Refused as refusal:
            self.counts["refused"] += 1
            self._note("{}: sent {}".format(lane.name, refusal))
        except KeyError:
            self.counts["refused"] += 1
            self._note("{}: sent what only a client sends".format(lane.name))

    def _on_welcome(self, held, tree):
        if tree["codec"] != self._codec.NAME:
            raise Refused("E_CODEC", "{} instead of {}".format(tree["codec"][:20], self._codec.NAME))
        lane = held.lane
        lane.credit = max(1, tree["credit"])
        lane.concurrency = max(1, tree["concurrency"])
        lane.ready = True

    def _on_results(self, held, tree):
        table, outcomes, finished = self._table, self._outcomes, self._finished
        ran_us, ran, name = 0, 0, None
        before = len(outcomes)
        for item in tree["results"]:
            try:
                identity = item["id"]
                request = table[identity]
                run_us = item["run_us"]
                if item["status"] != "ok" or type(run_us) is not int:
                    self._on_other(held, item)
                    continue
                outcomes.append(Outcome(identity, item["result"], None, request.attempt))
            except (KeyError, TypeError):
                self._on_other(held, item)
                continue
            del table[identity]
            request.finished = True
            finished.add(identity)
            holder = request.lane
            if holder is not None:
                del holder.tasks[identity]
                holder.work_us = holder.work_us - request.cost_us if holder.tasks else 0.0
            if request.name != name:
                batching.learn(self._costs, name, ran_us, ran)
                ran_us, ran, name = 0, 0, request.name
            ran_us += run_us
            ran += 1
        batching.learn(self._costs, name, ran_us, ran)
        worker = tree.get("worker", {}).get("id")
        known = json_codec.is_id(worker) and (worker in self.answers or len(self.answers) < MOST_WORKERS)
        self.answers[worker if known else held.lane.name] += len(outcomes) - before
        if len(finished) > REMEMBERED:
            self._finished, self._finished_before = set(), finished

    def _on_other(self, held, item):
        """Handle a result without a value: an error, a duplicate, or nonsense."""
        problem = json_codec.result_refusal(item)
        if problem is not None:
            self.counts["refused"] += 1
            self._note("{}: sent {}".format(held.lane.name, problem))
            return
        identity = item["id"]
        request = self._table.get(identity)
        if request is None:
            self.counts["doubled" if self._has_finished(identity) else "unknown"] += 1
            gone = held.tasks.get(identity)
            if gone is not None:
                held.let_go(gone)
        elif item["status"] == json_codec.OK:
            self._finish(request, Outcome(identity, item["result"], None, request.attempt))
        elif item["status"] == json_codec.ERROR:
            self._finish(request, Outcome(identity, None, item["error"], request.attempt))
        elif request.lane is held and item.get("attempt", request.attempt) == request.attempt:
            if item["status"] == json_codec.RETRY:
                self.counts["retried"] += 1
                self._again(request, item["error"]["message"], counts=True, code=item["error"]["code"])
            else:
                self.counts["released"] += 1
                if "error" in item:  # a worker need not say why
                    why = item["error"]["code"], item["error"]["message"]
                    self._note("{}: gave a task back: {}: {}".format(held.lane.name, *why))
                self._again(request, "given back by its worker", counts=False)

    def _on_beat(self, held, tree):
        """Compare what the worker holds with what it should hold; a task missing twice in a row was lost."""
        if "credit" in tree:
            held.lane.credit = max(0, tree["credit"])
        there = set(identity for identity in tree["held"] if json_codec.is_id(identity))
        lost = []
        for request in list(held.tasks.values()):
            if request.id in there:
                request.misses = 0
            elif request.sent_at < held.beat_at:
                request.misses += 1
                if request.misses > 1:
                    lost.append(request)
        held.beat_at = self._now_ns()
        self._lost(held, lost)

    def _on_bye(self, held, _tree):
        """Send nothing new to a worker that leaves; it still answers or returns what it holds."""
        held.lane.ready = False

    def _on_error(self, held, tree):
        error = tree["error"]
        self._note("{}: refused a message of ours: {}: {}".format(
            held.lane.name, error.get("code"), error.get("message")))  # fmt: skip
        self.counts["refused-by-peer"] += 1

    # --- what happens without a message ------------------------------------------------------------------------------

    def _look_after(self, now):
        while self._later and self._later[0][0] <= now:
            self._waiting.append(heapq.heappop(self._later)[2])
        if self._earliest is not None and now >= self._earliest:
            self._expire(now)
        for held in list(self._lanes.values()):
            lane = held.lane
            if lane.ready and held.tasks and self.wire.greets and now - held.heard_at > SILENCE_NS:
                lane.ready = False  # until it is heard again: a beat makes it say hello anew
                self._note("{}: silent for {} s".format(lane.name, SILENCE_NS // NS))
                self._lost(held, list(held.tasks.values()))
            elif not lane.ready and self.wire.greets and now - held.hello_at > HELLO_EVERY_NS:
                held.hello_at = now
                self._say(lane, self._hello)

    def _expire(self, now):
        """Give every task past its deadline its outcome; the next check is at the earliest remaining deadline."""
        earliest = None
        for request in list(self._table.values()):
            due = request.deadline + (0 if request.lane is None else GRACE_NS)
            if now >= due:
                self._tell_cancelled(request)
                self._fail(request, *self._why_late(request))
            elif earliest is None or due < earliest:
                earliest = due
        # Not sooner than 5 ms from now, so that many deadlines close together do not cost a look each.
        self._earliest = None if earliest is None else max(earliest, now + 5000000)

    def _why_late(self, request):
        """Return (code, sentence) for a task past its deadline."""
        if request.attempt:
            return "E_DEADLINE", "no outcome in time; sent {} times".format(request.attempt)
        problem = self.problem()
        code = "E_AUTH" if self.wire.refused() else "E_DEADLINE"
        return code, "no worker took it in time{}".format("; " + problem if problem else "")

    def _lost(self, held, requests):
        for request in requests:
            if request.id not in self._table:
                held.let_go(request)
            elif not request.accepted:
                self.counts["lost"] += 1
                self._again(request, "its worker was lost", counts=True)

    def _again(self, request, why, counts, code="E_WORKER_LOST"):
        """Queue a task again: at once after the first loss, then after a doubling pause.

        After the last attempt it is given up.
        """
        if request.lane is not None:
            request.lane.let_go(request)
            request.lane = None
        if not counts:
            request.attempt -= 1
        if request.attempt >= request.attempts:
            self._fail(request, code, "{} (attempt {} of {})".format(why, request.attempt, request.attempts))
        elif counts and request.attempt == 1 and code == "E_WORKER_LOST":
            self._waiting.appendleft(request)
        else:
            pause = min(BACK_OFF_NS * 2 ** max(0, request.attempt - 1), MOST_BACK_OFF_NS)
            due = self._now_ns() + int(pause * self._random.uniform(0.5, 1.5))
            heapq.heappush(self._later, (due, request.id, request))

    def _fail(self, request, code, text):
        self._finish(request, Outcome(request.id, None, describe(code, text), request.attempt))

    def _finish(self, request, outcome):
        """Give a task its outcome; only the quick path of _on_results does that elsewhere."""
        del self._table[request.id]
        request.finished = True
        self._finished.add(request.id)
        self._outcomes.append(outcome)
        code = outcome.error["code"] if outcome.error is not None else None
        self.counts[code or "ok"] += 1
        # Where the worker gave no reply it may still be at it: it keeps its place among what the lane holds.
        if request.lane is not None and code not in ("E_CANCELLED", "E_DEADLINE"):
            request.lane.let_go(request)

    def _has_finished(self, identity):
        return identity in self._finished or identity in self._finished_before

    def _note(self, problem):
        count = self.problems.pop(problem, 0)
        self.problems[problem] = count + 1
        if len(self.problems) > 100:
            self.problems.popitem(last=False)

    def _wait_s(self, now, until):
        """Return how long the wire may wait before the clock must be checked."""
        wait_s = min(LONGEST_WAIT_S, (until - now) / NS)
        if self._later:
            wait_s = min(wait_s, (self._later[0][0] - now) / NS)
        if self._earliest is not None:
            wait_s = min(wait_s, (self._earliest - now) / NS)
        return max(0.0, wait_s)


class _Held(object):
    """A lane, what it holds, and when it was last heard of."""

    def __init__(self, lane, now):
        self.lane = lane
        self.tasks = {}  # {id: Request}: sent there and not answered
        self.work_us = 0.0
        self.heard_at = self.hello_at = self.beat_at = now

    def has_room(self):
        lane = self.lane
        return lane.ready and len(self.tasks) < lane.credit and batching.has_room(self)

    def let_go(self, request):
        if self.tasks.pop(request.id, None) is not None:
            self.work_us = self.work_us - request.cost_us if self.tasks else 0.0


def _load(held):
    return held.work_us / held.lane.concurrency, len(held.tasks)


_EVENTS = {
    base.UP: Session._on_up,
    base.DOWN: Session._on_down,
    base.FRAME: Session._on_frame,
    base.ACCEPTED: Session._on_accepted,
    base.RETURNED: Session._on_returned,
    base.GONE: Session._on_gone,
    base.DEAD: Session._on_dead,
}

_FRAMES = {
    "welcome": Session._on_welcome,
    "results": Session._on_results,
    "beat": Session._on_beat,
    "bye": Session._on_bye,
    "error": Session._on_error,
}


def connect(url, **options):
    """Return a session over ``url``, not yet open (``with connect(...) as session``)."""
    return Session(base.client(url), **options)
