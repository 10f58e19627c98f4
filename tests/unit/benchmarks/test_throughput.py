"""Which contenders are measured, in which order, and against whom."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from runoff.benchmarks.transports import throughput
from runoff.benchmarks.transports.contender import NONE, Contender
from runoff.common.errors import BadInput
from runoff.environments.environment import Environment
from runoff.interpreters.discover import Interpreter


def environment(*capabilities):
    facts = {
        **dict.fromkeys(("implementation_version", "python_full"), "3.13"),
        **{"implementation": "CPython", "free_threaded": False, "gil": True},
    }
    interpreter = Interpreter("cpython-3.13", "cpython", "/python", facts)
    missing = {"zmq": "no pyzmq", "pika": "no pika"}
    return Environment(interpreter, ("/python",), {}, facts, (), missing, frozenset(capabilities))


def test_each_of_ours_behind_a_broker_is_held_against_its_raw_one():
    raw = Contender("raw", NONE, ("serve",), ("ask",), 1, "raw")
    ours = Contender("ours", "answered", ("serve",), ("ask",), 1, "raw")
    lineup = throughput.Lineup([], [], [])
    lineup.add_brokered([raw, ours])
    assert (lineup.contenders, lineup.pairs, lineup.lasting) == ([raw, ours], [(raw, ours)], [ours])


def test_contenders_are_measured_in_turn_and_back_each_in_its_environment(monkeypatch):
    measured = []

    def measure(contender, where, _guard):
        measured.append((contender.name, where))
        return {"tasks_per_s": 1.0}

    monkeypatch.setattr(throughput, "measure", measure)
    usual, other = environment("zmq"), environment()
    a, b = (Contender(name, NONE, None, ("ask",), 1) for name in "ab")
    console = Console(file=io.StringIO())
    seen = throughput._in_turns(console, [a, b], 2, usual, {"b": other}, None)
    assert measured == [("a", usual), ("b", other), ("b", other), ("a", usual)]
    assert seen == {"a": [{"tasks_per_s": 1.0}] * 2, "b": [{"tasks_per_s": 1.0}] * 2}


def test_what_needs_no_broker_is_measured_without_one(monkeypatch):
    curve = "zmq+tcp, thread, CURVE"
    line = {"tasks_per_s": 100.0, "latency_us": 10.0, "p99_us": 20.0}
    monkeypatch.setattr(throughput, "measure", lambda *_: line)
    monkeypatch.setattr(throughput.encrypted_contenders, "with_curve", lambda plain, *_: replace(plain, name=curve))
    for name in ("open_loop", "lengths"):
        monkeypatch.setattr(throughput.half_load, name, lambda *_: [])
    output = io.StringIO()
    throughput.show(Console(file=output, width=160), environment("zmq"), 10, 1, [], None, False)
    said = output.getvalue()
    assert "RabbitMQ is skipped: no pika" in said
    assert f"turn 1 of 1  ETA 60 s  {throughput.RAW}" in said
    assert f"ETA 0 s  {curve}" in said


def test_without_zeromq_there_is_nothing_to_measure():
    with pytest.raises(BadInput, match=r"^cpython-3.13 has no ZeroMQ: no pyzmq$"):
        throughput.show(Console(file=io.StringIO()), environment(), 10, 1, [], None, False)
