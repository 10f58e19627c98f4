"""The aims of the transports' speed: which applies where, and what counts as reached."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rich.console import Console

from runoff.benchmarks.transports import aims, amqp_contenders
from runoff.benchmarks.transports.contender import Contender
from runoff.services import rabbitmq


@pytest.mark.parametrize(
    ("aim", "measured", "reached"),
    [
        (aims.ALONE, 1.5, "yes"),
        (aims.ALONE, 1.51, "NO"),
        (aims.SATURATED["amqp"], 7.0, "yes"),
        (aims.SATURATED["amqp"], 6.9, "NO"),
        (aims.EFFICIENCY, 0.89, "NO"),
        (aims.BALANCE, 1.2, "yes"),
    ],
)
def test_the_bound_itself_is_good_enough(aim, measured, reached):
    assert aim.reached(measured) == reached


@pytest.mark.parametrize(
    ("family", "gil", "least"), [("cpython", True, 2.0), ("cpython", False, 0.5), ("pypy", True, 0.5)]
)
def test_other_interpreters_must_only_not_fall_off_a_cliff(family, gil, least):
    environment = SimpleNamespace(interpreter=SimpleNamespace(family=family), facts={"gil": gil})
    assert aims.saturated(environment, "zeromq").bound == least


def test_the_aim_stands_beside_what_was_measured():
    console = Console(record=True, width=120)
    pair = [Contender("ours", "answered, resent", None, (), 1), Contender("raw", "none", None, (), 1)]
    console.print(aims.table("costs", [aims.Judged("ours", "raw", aims.HALF_LOAD, 3.456)], pair))
    row, told = [line.split() for line in console.export_text().splitlines() if "ours" in line]
    assert told == ["ours:", "answered,", "resent"]
    assert row == ["ours", "raw", "half", "load,", "p99", "over", "raw", "3.46", "at", "most", "3", "NO"]


def test_each_promise_over_rabbitmq_is_held_against_a_raw_loop_with_the_same_kind_of_queue():
    lent = rabbitmq.Broker("amqp://c", "amqp://w?x=1", "", None)
    rows = {each.name: each for each in amqp_contenders.contenders(lent, 100, "q")}
    durable, transient = rows["amqp, thread"], rows["amqp, durable=no, thread"]
    assert "--durable" in rows[durable.against].serve
    assert "--durable" in rows[durable.against].ask
    assert "durable" in durable.guarantees.split(", ")
    assert "--durable" not in rows[transient.against].ask
    assert "durable" not in transient.guarantees.split(", ")
    assert transient.ask[1] == "amqp://c?queue=q&durable=no"
    assert transient.serve[1] == "amqp://w?x=1&queue=q&durable=no"
