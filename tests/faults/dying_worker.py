# Run by the fault tests as a process of its own: PYTHON -m tests.faults.dying_worker URL [POINT AFTER]
"""A worker that kills itself with SIGKILL at a point of a task's life that no outside observer can hit.

POINT: received (before the work), working, worked (before the reply), replied (sent, not yet settled), confirmed (a
broker has the reply, the task is not yet settled). AFTER: at the how manieth time.

Or a worker that lies, with the POINT "lying": it sends every frame of results twice, the second time backwards and
later than the next one, and results that nobody asked for with each.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from typing import Any

from transports import errors, sample_tasks, task_service
from transports.executors import inline
from transports.wires import base
from transports.wires.amqp import parameters as amqp_parameters

count = {"left": 0}


def die_at(point: str) -> None:
    if len(sys.argv) > 2 and sys.argv[2] == point:
        count["left"] -= 1
        if count["left"] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def noop(number: int) -> int:
    die_at("working")
    return number


def slow(number: int) -> int:
    die_at("working")
    time.sleep(0.001)
    return number


def fatal(_number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    if len(sys.argv) > 2:
        count["left"] = int(sys.argv[3])
    amqp_parameters.HEARTBEAT_S = int(os.environ.get("RUNOFF_TEST_HEARTBEAT_S", amqp_parameters.HEARTBEAT_S))
    wire = base.worker(sys.argv[1])
    receive, reply, on_confirm = wire.receive, wire.reply, getattr(wire, "on_confirm", None)
    late: list[tuple[Any, bytes]] = []

    def receiving(timeout_s):
        arrivals = receive(timeout_s)
        if arrivals:
            die_at("received")
        return arrivals

    def replying(sender, frame, tokens=()):
        results = b'"results":[' in frame
        if results:
            die_at("worked")
        there = reply(sender, frame, tokens)
        if tokens:
            wire._link.run(0.0, [])  # what was published leaves the process
        if results:
            die_at("replied")
            lie(sender, frame)
        return there

    def lie(sender, frame):
        if sys.argv[2:3] != ["lying"]:
            return
        tree = json.loads(frame)
        stranger = {"id": "nobody", "attempt": 1, "status": "ok", "result": 1}
        tree["results"] = [*reversed(tree["results"]), stranger, {"id": 3}, None]
        late.append((sender, json.dumps(tree).encode()))
        if len(late) > 1:
            # A wire that has no room now hears less of it.
            with contextlib.suppress(errors.Busy):
                reply(*late.pop(0))

    def confirmed(number, tokens, accepted):
        die_at("confirmed")
        on_confirm(number, tokens, accepted)

    wire.receive, wire.reply = receiving, replying
    if on_confirm is not None:
        wire.on_confirm = confirmed
    wire.open()
    tasks = {**sample_tasks.TASKS, "noop": noop, "slow": slow, "fatal": fatal}
    # So many tasks came, over so many links to the broker.
    tasks["taken_and_links"] = lambda: [service.counts["taken"], wire._link.epoch]
    service = task_service.Service(wire, tasks, inline.Inline())
    print("ready", getattr(wire, "address", ""), flush=True)
    while True:
        service.turn(0.1)


main()
