# Run by the interpreter under test (Python 2.7 upward).
"""What a session receives: the events of its wire, and the frames of workers."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

from transports import batching
from transports.client import fates
from transports.client.lane_state import LaneState
from transports.client.request import Outcome
from transports.errors import Refused
from transports.messages import json_codec
from transports.wires import base

MOST_WORKERS = 1000  # whose answers are counted one by one
WAITED_NS = 50000  # a poll that took so long had to wait for what it returns
#: Beats come a second apart. Those that arrive closer together waited while the client did not poll: they are older
#: than the tasks that it has just sent, and show no loss.
BEATS_APART_NS = 250000000


class Receiver(object):
    """Gives ``requests`` their outcomes, and keeps the lanes and the costs of ``sender`` up to date.

    answers: {who answered (worker.id of the results, else the lane): outcomes}.
    """

    def __init__(self, wire, codec, requests, sender, now_ns):
        self._wire = wire
        self._codec = codec
        self._readable = ["json"] if codec is json_codec else ["json", wire.codec]
        self._requests = requests
        self._counts = requests.counts
        self._problems = requests.problems
        self._sender = sender
        self._lanes = sender.lanes
        self._costs = sender.costs
        self.answers = collections.Counter()
        self._now_ns = now_ns
        self._polled_at = 0
        self._waited = False  # for what the last poll returned

    def receive(self, wait_s):
        """Handle what the wire has; wait up to ``wait_s`` for it. Return whether there was something."""
        before = self._now_ns()
        events = self._wire.poll(wait_s)
        self._polled_at = self._now_ns()
        self._waited = self._polled_at - before > WAITED_NS
        for event, lane, payload in events:
            _EVENTS[event](self, lane, payload)
        return bool(events)

    # --- events ------------------------------------------------------------------------------------------------------

    def _on_up(self, lane, _payload):
        self._lanes[lane] = LaneState(lane, self._now_ns())
        if self._wire.greets:
            lane.ready = False
            self._sender.greet(lane)

    def _on_down(self, lane, reason):
        state = self._lanes.pop(lane, None)
        lane.ready = False
        self._problems.note("{}: {}".format(lane.name, reason))
        if state is not None:
            self._requests.retry_all(state, list(state.tasks.values()), fates.WORKER_LOST)

    def _on_blocked(self, lane, reason):
        self._problems.note("{}: {}".format(lane.name, reason))

    def _on_accepted(self, _lane, ids):
        table = self._requests.table
        for identity in ids:
            if identity in table:
                table[identity].accepted = True

    def _on_unroutable(self, lane, ids):
        self._retry(lane, ids, fates.UNROUTABLE)

    def _on_not_taken(self, lane, ids):
        self._retry(lane, ids, fates.NOT_TAKEN)

    def _retry(self, lane, ids, fate):
        for identity in ids:
            request = self._requests.table.get(identity)
            if request is not None and _is_held_behind(request, lane):  # else its worker gave it back before this
                self._requests.retry(request, fate)

    def _on_queue_lost(self, lane, why):
        """Retry the tasks that the broker had accepted: no lane holds them any more."""
        self._problems.note("{}: {}".format(lane.name, why))
        for request in list(self._requests.table.values()):
            if request.accepted and _is_held_behind(request, lane):
                self._requests.retry(request, fates.QUEUE_LOST)

    def _on_given_up(self, lane, frame_and_reason):
        """Retry the tasks of a frame that the broker gave up, each alone: one of them may be what ends workers."""
        frame, why = frame_and_reason
        self._problems.note("{}: gave up a frame: {}".format(lane.name, why))
        try:
            tree = json_codec.decode(frame, self._readable)
        except Refused:  # what the worker could not read, nobody can
            return
        for item in tree["tasks"] if tree["kind"] == "tasks" else ():
            if json_codec.task_refusal(item) is not None:  # no task of ours: somebody else wrote it
                continue
            request = self._requests.table.get(item["id"])
            if request is None:
                self._release_abandoned(lane, item["id"])
            elif request.attempt == item.get("attempt"):
                self._requests.retry(request, fates.GIVEN_UP, why)

    def _release_abandoned(self, lane, identity):
        """Free the place of a task that had its outcome without a word of its worker, and is done with only now."""
        state = self._lanes.get(lane)
        if state is not None and identity in state.tasks:
            state.release(state.tasks[identity])

    # --- frames ------------------------------------------------------------------------------------------------------

    def on_frame(self, lane, frame):
        """Handle one frame of the worker behind ``lane``."""
        state = self._lanes.get(lane)
        if state is None:
            return
        state.heard_at = self._polled_at
        try:
            tree = json_codec.decode(frame, self._readable)
            kind = tree["kind"]
            if not self._wire.greets and kind in _GREETED:
                raise Refused("E_MALFORMED", "{}, which no queue needs".format(kind))
            _FRAMES[kind](self, state, tree)
        except Refused as refusal:
            self._counts["refused"] += 1
            self._problems.note("{}: sent {}".format(lane.name, refusal))
        except KeyError:
            self._counts["refused"] += 1
            self._problems.note("{}: sent what only a client sends".format(lane.name))

    def _on_welcome(self, state, tree):
        if tree["codec"] != self._codec.NAME:
            raise Refused("E_CODEC", "{} instead of {}".format(tree["codec"][:20], self._codec.NAME))
        lane = state.lane
        lane.credit = tree["credit"]
        lane.concurrency = max(1, tree["concurrency"])
        lane.ready = True

    def _on_results(self, state, tree):
        requests = self._requests
        table, outcomes, finished = requests.table, requests.outcomes, requests.finished
        ran_us, ran, name = 0, 0, None
        timed = None
        before = len(outcomes)
        for item in tree["results"]:
            try:
                identity = item["id"]
                request = table[identity]
                run_us = item["run_us"]
                if item["status"] != "ok" or type(run_us) is not int:
                    self._on_other(state, item)
                    continue
                outcomes.append(Outcome(identity, item["result"], None, request.attempt))
            except (KeyError, TypeError):
                self._on_other(state, item)
                continue
            del table[identity]
            request.finished = True
            finished.add(identity)
            holder = request.held_by
            if holder is not None:
                del holder.tasks[identity]
                holder.bytes -= len(request.body)
                holder.work_us = holder.work_us - request.cost_us if holder.tasks else 0.0
            if request.name != name:
                self._learn(state, name, ran_us, ran)
                ran_us, ran, name = 0, 0, request.name
            ran_us += run_us
            ran += 1
            timed = item
        self._learn(state, name, ran_us, ran)
        if self._waited and timed is not None and timed is item:
            self._time_way(state, request, item)
        state.flow.count(len(outcomes) - before, self._polled_at)
        worker = tree.get("worker", {}).get("id")
        known = json_codec.is_id(worker) and (worker in self.answers or len(self.answers) < MOST_WORKERS)
        self.answers[worker if known else state.lane.name] += len(outcomes) - before
        requests.forget_oldest()

    def _learn(self, state, name, ran_us, ran):
        batching.learn(state.costs, name, ran_us, ran)
        batching.learn(self._costs, name, ran_us, ran)

    def _time_way(self, state, request, item):
        """Tell the lane's flow how long a task and its result were on their way, where the worker says the rest.

        The result is the last of its frame, which waited least for the others.
        """
        queue_us = item.get("queue_us")
        if type(queue_us) is int and request.attempt == 1 and request.held_by is state:
            span_us = (self._polled_at - request.sent_at) / 1000
            state.flow.time(span_us - queue_us - item["run_us"], self._polled_at)

    def _on_other(self, state, item):
        """Handle a result without a value: an error, a duplicate, or nonsense."""
        problem = json_codec.result_refusal(item)
        if problem is not None:
            self._counts["refused"] += 1
            self._problems.note("{}: sent {}".format(state.lane.name, problem))
            return
        requests = self._requests
        identity = item["id"]
        request = requests.table.get(identity)
        if request is None:
            self._counts["doubled" if requests.has_finished(identity) else "unknown"] += 1
            self._release_abandoned(state.lane, identity)
        elif item["status"] == json_codec.OK:
            requests.finish(request, Outcome(identity, item["result"], None, request.attempt))
        elif item["status"] == json_codec.ERROR:
            requests.finish(request, Outcome(identity, None, item["error"], request.attempt))
        elif _is_held_behind(request, state.lane) and item.get("attempt", request.attempt) == request.attempt:
            if item["status"] == json_codec.RETRY:
                requests.retry(request, fates.RETRY, item["error"]["message"], item["error"]["code"])
            else:
                if "error" in item:  # a worker need not say why
                    why = item["error"]["code"], item["error"]["message"]
                    self._problems.note("{}: gave a task back: {}: {}".format(state.lane.name, *why))
                requests.retry(request, fates.RELEASED)

    def _on_beat(self, state, tree):
        """Compare what the worker holds with what it should hold; a task missing twice in a row was lost."""
        if "credit" in tree:
            state.lane.credit = tree["credit"]
        there = set(identity for identity in tree["held"] if json_codec.is_id(identity))
        now = self._now_ns()
        waited = now - state.beat_at < BEATS_APART_NS
        lost = []
        for request in list(state.tasks.values()):
            if request.id in there:
                request.misses = 0
            elif request.sent_at < state.beat_at and not waited:
                request.misses += 1
                if request.misses > 1:
                    lost.append(request)
        state.beat_at = now
        self._requests.retry_all(state, lost, fates.WORKER_LOST)

    def _on_bye(self, state, _tree):
        """Send nothing new to a worker that leaves; it still answers or returns what it holds, and is then told bye."""
        state.lane.ready = False
        state.parting = True

    def _on_error(self, state, tree):
        error = tree["error"]
        self._problems.note("{}: refused a message of ours: {}: {}".format(
            state.lane.name, error.get("code"), error.get("message")))  # fmt: skip
        self._counts["refused-by-peer"] += 1


def _is_held_behind(request, lane):
    """Return whether ``request`` is with a worker behind ``lane``, whose link may have been lost since it was sent."""
    return request.held_by is not None and request.held_by.lane is lane


_EVENTS = {
    base.UP: Receiver._on_up,
    base.DOWN: Receiver._on_down,
    base.BLOCKED: Receiver._on_blocked,
    base.FRAME: Receiver.on_frame,
    base.ACCEPTED: Receiver._on_accepted,
    base.UNROUTABLE: Receiver._on_unroutable,
    base.NOT_TAKEN: Receiver._on_not_taken,
    base.QUEUE_LOST: Receiver._on_queue_lost,
    base.GIVEN_UP: Receiver._on_given_up,
}

_FRAMES = {
    "welcome": Receiver._on_welcome,
    "results": Receiver._on_results,
    "beat": Receiver._on_beat,
    "bye": Receiver._on_bye,
    "error": Receiver._on_error,
}
#: What controls a link between two: a queue has none, and anybody may write there.
_GREETED = ("welcome", "beat", "bye")
