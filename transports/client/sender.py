# Run by the interpreter under test (Python 2.7 upward).
"""What a session sends: waiting tasks, as frames to the least loaded lanes, and what controls a link."""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports import batching, errors
from transports.client.lane_state import LaneState
from transports.messages import json_codec


class Sender(object):
    """Sends the waiting ``requests`` over ``wire``, as the client ``identity``."""

    def __init__(self, wire, codec, requests, identity):
        self._wire = wire
        self._codec = codec
        self._requests = requests
        self._counts = requests.counts
        self.lanes = {}  # {lane: LaneState}
        self.costs = {}  # {task's name: microseconds} on any lane, for those that a lane has not run yet
        self._frame_bytes = batching.FRAME_MEMBERS * codec.MEMBER_BYTES
        self._identity = identity
        self._hello = json_codec.control("hello", client=identity, codecs=[wire.codec])

    def begin(self, queue):
        """Prepare what all frames of tasks begin with, once the wire is open."""
        self.head = self._codec.tasks_head(self._identity, queue, self._wire.reply_to)

    # --- tasks -------------------------------------------------------------------------------------------------------

    def send_waiting(self, now):
        """Hand waiting tasks to lanes with room: the least loaded first, no lane more than its share of the rest.

        A lane whose wire is busy delays no other one.
        """
        waiting = self._requests.waiting
        busy = ()
        while waiting:
            request = waiting[0]
            if request.finished or request.held_by is not None:
                waiting.popleft()
                continue
            open_lanes = [state for state in self.lanes.values() if state not in busy and state.has_room()]
            if not open_lanes:
                return
            state = min(open_lanes, key=LaneState.load) if len(open_lanes) > 1 else open_lanes[0]
            if batching.gathers(state, len(waiting), now):
                return
            if not self._send_frame(state, -(-len(waiting) // len(open_lanes)), now):
                busy += (state,)

    def _send_frame(self, state, share, now):
        """Send one frame to one lane; return False where the wire is busy."""
        items, taken, work_us = self._take(state, batching.Room(state, share, now), now)
        if not taken:
            return True
        try:
            self._wire.send(state.lane, self._codec.tasks(self.head, items), [request.id for request in taken])
        except errors.Busy:
            self._requests.waiting.extendleft(reversed(taken))
            self._counts["busy"] += 1
            return False
        tasks = state.tasks
        for request in taken:
            request.attempt += 1
            request.held_by = state
            request.sent_at = now
            tasks[request.id] = request
            state.bytes += len(request.body)
            if request.attempt > 1:
                self._counts["resent"] += 1
        state.work_us += work_us
        self._counts["sent"] += len(taken)
        self._counts["frames"] += 1
        return True

    def _take(self, state, room, now):
        """Take the waiting requests that travel in one frame to the lane of ``state``.

        Return (tasks as bytes, requests, microseconds of expected work).
        """
        waiting, task, frame_bytes = self._requests.waiting, self._codec.task, self._frame_bytes
        costs, costs_elsewhere = state.costs, self.costs
        most, idle, work_limit = room.most, room.idle, room.work_us
        work_us = 0.0
        size = 0
        items = []
        taken = []
        while waiting and len(taken) < most:
            request = waiting[0]
            if request.finished or request.held_by is not None:  # it has its outcome, or is there twice
                waiting.popleft()
                continue
            left_ms = (request.deadline - now) // 1000000
            if left_ms <= 0:
                waiting.popleft()
                self._requests.fail_late(request)
                continue
            cost_us = costs.get(request.name)
            if cost_us is None:
                cost_us = costs_elsewhere.get(request.name, batching.UNKNOWN_US)
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
        return items, taken, work_us

    # --- control -----------------------------------------------------------------------------------------------------

    def greet(self, lane):
        """Say hello on ``lane``."""
        self._control(lane, self._hello)

    def leave(self, lane):
        """Say on ``lane`` that this client sends nothing more; return whether that was said."""
        return self._wire.greets and self._control(lane, json_codec.control("bye"))

    def cancel(self, request):
        """Tell the worker that holds ``request`` not to run it."""
        if request.held_by is not None and self._wire.greets:
            self._control(request.held_by.lane, json_codec.control("cancel", ids=[request.id]))

    def _control(self, lane, frame):
        try:
            self._wire.send(lane, frame)
        except errors.Busy:
            self._counts["busy"] += 1  # what controls a link is sent again, or not needed
            return False
        return True
