"""What invoke asks for, and what it makes of a reply: both sides of the tolerance between its clocks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from runoff.common.guard import Guard
from runoff.driver import invoke
from runoff.driver.invoke import Job
from runoff.driver.plan import PlannedCell
from scenarios import compilers
from tests.fakes.interpreter import IDENTITY, honest
from tests.helpers.environments import environment

S = 10**9


def job(block: int = 0, **changes) -> Job:
    cell = PlannedCell("cpython-3.13", "serial", "python", 4, ())
    return Job(cell, block, environment(), {}, 3, 5, 2.0, 60.0, hash_seed=7, padding_bytes=0, **changes)


def test_no_two_blocks_ask_for_the_same_numbers():
    first, second = ({*range(n, n + 4)} for n in (invoke.request_of(job(block))["first_number"] for block in (0, 1)))
    assert not first & second


@pytest.mark.parametrize(
    ("changes", "min_ns", "soak_ns"),
    [({}, 0, 0), ({"pilot_s": 0.3}, 300_000_000, 0), ({"soak_s": 60.0}, 0, 60 * S), ({"soak_s": 0.5}, 0, S // 2)],
)
def test_a_pilot_goes_on_for_so_long_in_its_iterations_and_a_soak_in_all(changes, min_ns, soak_ns):
    request = invoke.request_of(job(**changes))
    assert (request["min_ns"], request["soak_ns"], request["max_ns"]) == (min_ns, soak_ns, 2 * S)


@pytest.mark.parametrize("wall_ns", [0, S // 10, 2 * S, 10 * S])
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_may_be_apart_by_a_hundredth_or_twenty_milliseconds_and_no_more(wall_ns, sign):
    tolerance = max(wall_ns // 100, 20_000_000)
    within = {"name": "x", "elapsed_ns": wall_ns + sign * tolerance, "wall_ns": wall_ns}
    beyond = {**within, "elapsed_ns": wall_ns + sign * (tolerance + 1)}
    assert invoke._clocks_disagree(within) is None
    assert "its clocks disagree" in invoke._clocks_disagree(beyond)


@pytest.mark.parametrize("clock", [None, {}, {"elapsed_ns": 1}, {"elapsed_ns": "1", "wall_ns": 1}])
def test_a_clock_that_is_not_told_is_not_believed(clock):
    assert "does not say how long it took" in invoke._clocks_disagree(clock)


def test_workers_of_another_interpreter_are_kept_from_what_the_clients_environment_sets():
    ours, theirs = ({"PYTHONHOME": "/ours", "LANG": "C"}, {"LANG": "C", "GIL": "1"})
    workers = environment("pypy-3.11", command=("/pypy", "-O"), variables=theirs)
    asked = invoke.request_of(dataclasses.replace(job(worker=workers), environment=environment(variables=ours)))
    assert asked["worker"] == {
        "interpreter": "pypy-3.11",
        "command": ["/pypy", "-O"],
        "variables": theirs,
        "not_theirs": ["PYTHONHOME"],
    }
    assert invoke.request_of(job())["worker"] is None


def test_the_folder_in_which_processes_tell_of_their_compilers_is_there_while_they_run():
    guard = Guard()
    try:
        with invoke._temporary(guard) as variables:
            folder = Path(variables[compilers.FOLDER])
            assert folder.is_dir()
            assert [*folder.iterdir()] == []
        assert not folder.exists()
    finally:
        guard.close()


@pytest.mark.parametrize(("version", "believed"), [("2.0 (theirs)", True), (IDENTITY["sys_version"], False)])
def test_workers_are_of_their_own_interpreter_and_not_of_the_clients(version, believed):
    asked = job(worker=environment("pypy-3.11", facts={"sys_version": "2.0 (theirs)"}))
    reply = honest(invoke.request_of(asked))
    reply["answered_by"]["others"] = [{**IDENTITY, "sys_version": version}]
    problem = invoke._problem(asked, reply)
    assert (problem is None) == believed, problem
