"""A variant reaches every process, really: each says so, and one that it did not reach fails the record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runoff.common.guard import Guard
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment
from runoff.environments.preparing import prepare_all
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.variants import AT_START, Variant
from tests.helpers.expected import need

#: An option, a variable and a module at the start, together.
THREE = Variant(
    "three",
    ("-O",),
    {"PYTHONMALLOC": "malloc", "PYTHONPATH": str(AT_START / "gc_frozen")},
    engaged={"flags.optimize": 1, "allocator": "malloc", "gc": "frozen"},
)
OVER_TCP = {"concurrency": 2, "transport": "zmq+tcp"}
WAYS = (
    ("processes", {"start_method": "fork"}, 1),
    ("processes", {"start_method": "spawn"}, 1),
    ("process-pool", {"start_method": "forkserver", "concurrency": 2}, 1),
    ("distributed", {**OVER_TCP, "worker_kind": "thread"}, 2),
    ("distributed", {**OVER_TCP, "worker_kind": "process"}, 2),
    ("distributed-plain", {"concurrency": 1}, 0),
)


@pytest.fixture
def guard():
    found = Guard()
    yield found
    found.close()


def environments_of(*interpreters: Interpreter) -> list[Environment]:
    return list(prepare_all(list(interpreters), lambda _interpreter, _outcome: None).values())


def run(environment: Environment, scenario: str, parameters: dict, folder, guard, worker=None) -> dict:
    cell = PlannedCell(environment.interpreter.label, scenario, "noop", 1, tuple(parameters.items()))
    return invoke(Job(cell, 0, environment, {}, 1, 1, 0.0, 60.0, 1, 1, worker=worker), folder, guard)


def test_every_kind_of_process_says_that_the_variant_has_reached_it(found, guard, tmp_path):
    usual = need(found, "cpython-3.13")
    plain, three = environments_of(usual, usual.started_as(THREE))
    assert three.command[0] == plain.command[0]  # one environment for both
    for number, (scenario, parameters, least) in enumerate(WAYS):
        got = run(three, scenario, parameters, tmp_path / str(number), guard)
        assert got["status"] == "ok", got["reason"]
        others = got["answered_by"]["others"]
        assert sum(other["processes"] for other in others) >= least, scenario
        for each in (got["answered_by"], *others):
            assert (each["flags"]["optimize"], each["allocator"], each["gc"]) == (1, "malloc", "frozen"), scenario
    # Workers of another interpreter are started as that one is.
    parameters = {**OVER_TCP, "worker_kind": "thread", "worker_interpreter": usual.label}
    got = run(three, "distributed", parameters, tmp_path / "others", guard, worker=plain)
    assert got["status"] == "ok", got["reason"]
    (others,) = got["answered_by"]["others"]
    assert (others["processes"], others["allocator"], others["gc"]) == (2, "own", "on")
    assert "optimize" not in others["flags"]


def test_a_gil_that_is_on_and_a_compiler_that_is_off_are_so_in_child_processes(found, guard, tmp_path):
    spawn = {"start_method": "spawn"}
    for label, name, key in (("cpython-3.13t", "gil", "gil"), ("pypy-3.11", "nojit", "jit")):
        interpreter = need(found, label)
        usual, variant = environments_of(interpreter, interpreter.started_as(interpreter.variants[name]))
        for environment, wanted in ((usual, key == "jit"), (variant, key == "gil")):
            folder = tmp_path / environment.interpreter.label
            got = run(environment, "processes", spawn, folder, guard)
            assert got["status"] == "ok", got["reason"]
            assert [each[key] for each in (got["answered_by"], *got["answered_by"]["others"])] == [wanted, wanted]


def test_an_option_that_a_child_does_not_take_over_fails_the_record(found, guard, tmp_path):
    interpreter = need(found, "pypy-3.11")
    option = Variant("option", ("--jit", "off"), engaged={"jit": False})
    (environment,) = environments_of(interpreter.started_as(option))
    got = run(environment, "processes", {"start_method": "spawn"}, tmp_path / "spawn", guard)
    assert got["status"] == "failed"
    assert got["reason"] == "--jit off did not reach another process or subinterpreter: jit is True and not False"
    got = run(environment, "distributed", {**OVER_TCP, "worker_kind": "process"}, tmp_path / "workers", guard)
    assert got["status"] == "ok", got["reason"]  # those are started by us


def test_a_variant_that_does_nothing_is_not_measured(found):
    interpreter = need(found, "cpython-3.13")
    wrong = replace(THREE, variables={}, options=())
    outcomes = prepare_all([interpreter.started_as(wrong)], lambda _interpreter, _outcome: None)
    assert "did not engage: flags.optimize is None and not 1" in str(outcomes["cpython-3.13+three"])
