# Run by the fault tests as a process of its own: PYTHON -m tests.faults.dying_worker URL [POINT AFTER]
"""A worker that kills itself with SIGKILL at a point of a task's life that no outside observer can hit.

POINT: received (before the work), working, worked (before the reply), replied (sent, not yet confirmed), confirmed
(the reply is safe, the task not yet settled). AFTER: at the how manieth time.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from transports import base, inline, samples, serving

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
    time.sleep(0.001)
    return number


def fatal(_number: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    if len(sys.argv) > 2:
        count["left"] = int(sys.argv[3])
    wire = base.worker(sys.argv[1])
    receive, reply, settle, through = wire.receive, wire.reply, wire.settle, wire.through

    def receiving(timeout_s):
        arrivals = receive(timeout_s)
        if arrivals:
            die_at("received")
        return arrivals

    def replying(sender, frame, tokens=()):
        die_at("worked")
        there = reply(sender, frame, tokens)
        if tokens:
            wire._link.run(0.0, [])  # what was published leaves the process
            die_at("replied")
        return there

    def confirmed(tokens, accepted):
        die_at("confirmed")
        through(tokens, accepted)

    wire.receive, wire.reply, wire.settle, wire.through = receiving, replying, settle, confirmed
    wire.open()
    service = serving.Service(wire, {**samples.TASKS, "noop": noop, "slow": slow, "fatal": fatal}, inline.Inline())
    print("ready", flush=True)
    while True:
        service.turn(0.1)


main()
