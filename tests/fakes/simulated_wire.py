# Run by pytest (Python 3.9 upward).
"""Workers behind a delay, on a clock that is simulated: what a session sends to them is the same on every machine."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field
from typing import Any

from transports import session
from transports.client.request import Outcome
from transports.messages import json_codec
from transports.wires import base

US = 1000
RESULT_AGE_NS = base.WorkerWire.result_age_ns


@dataclass
class Worker:
    """Runs one task at a time. ``ran_us`` is what it reports of a task, ``besides_us`` what each costs it besides."""

    ran_us: float
    besides_us: float = 0.0
    delay_us: float = 0.0  # there and back
    credit: int = 4500
    free_at: int = 0
    answered: int = 0
    most_work_us: float = 0.0  # ahead of a task that arrives, with it
    lane: base.Lane = field(default_factory=lambda: base.Lane("worker"))


class Wire(base.ClientWire):
    """A wire to ``workers``; the clock moves in ``poll`` alone."""

    def __init__(self, workers: list[Worker]) -> None:
        super().__init__("", {})
        self.workers = {worker.lane: worker for worker in workers}
        self.now = session.NS
        self._events: list[Any] = []  # heap of (time, number, event, lane, payload)
        self._numbers = itertools.count()

    def open(self) -> None:
        for lane in self.workers:
            self._arrives(self.now, base.UP, lane, None)

    def _arrives(self, at: int, event: str, lane: base.Lane, payload: bytes | None) -> None:
        heapq.heappush(self._events, (at, next(self._numbers), event, lane, payload))

    def send(self, lane: base.Lane, frame: bytes, ids: Any = ()) -> None:
        worker = self.workers[lane]
        way = int(worker.delay_us * US / 2)
        tree = json_codec.decode(frame, ["json"])
        if tree["kind"] == "hello":
            welcome = json_codec.control("welcome", worker={}, credit=worker.credit, concurrency=1, codec="json")
            self._arrives(self.now + 2 * way, base.FRAME, lane, welcome)
        elif tree["kind"] == "tasks":
            self._run(worker, tree["tasks"], self.now + way, way)

    def _run(self, worker: Worker, tasks: list[Any], arrived: int, way: int) -> None:
        """Let the worker do the tasks behind those it has, and send results as an inline executor does."""
        ready: list[Any] = []
        oldest = 0
        for task in tasks:
            begun = max(arrived, worker.free_at)
            worker.free_at = begun + int((worker.ran_us + worker.besides_us) * US)
            worker.answered += 1
            worker.most_work_us = max(worker.most_work_us, (worker.free_at - arrived) / US)
            oldest = oldest if ready else worker.free_at
            queued = (begun - arrived) // US
            ready.append(json_codec.result_ok(task["id"], 1, b"1", queued, int(worker.ran_us)))
            if worker.free_at - oldest + worker.ran_us * US > RESULT_AGE_NS:
                self._reply(worker, ready, way)
                ready = []
        if ready:
            self._reply(worker, ready, way)

    def _reply(self, worker: Worker, ready: list[Any], way: int) -> None:
        head = json_codec.results_head({"id": worker.lane.name})
        self._arrives(worker.free_at + way, base.FRAME, worker.lane, json_codec.results(head, ready))

    def poll(self, timeout_s: float) -> list[Any]:
        until = self.now + int(timeout_s * session.NS) + 1
        if not self._events or self._events[0][0] > until:
            self.now = until
            return []
        self.now = max(self.now, self._events[0][0])
        _, _, event, lane, payload = heapq.heappop(self._events)
        return [(event, lane, payload)]


def run(workers: list[Worker], tasks: int) -> tuple[list[Outcome], float]:
    """Return the outcomes of so many tasks, and how many simulated seconds they took."""
    wire = Wire(workers)
    client = session.Session(wire, now_ns=lambda: wire.now, seed=1).open()
    client.wait_for_workers(len(workers))
    began = wire.now
    outcomes = client.gather("noop", [[1]] * tasks)
    return outcomes, (wire.now - began) / session.NS
