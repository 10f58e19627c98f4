"""Every interpreter found here: its environment, and the inside tests run by it."""

from __future__ import annotations

import pytest

from runoff.common import tables
from runoff.common.guard import Guard
from runoff.driver import plan
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.environments import made_once, preparing
from runoff.environments.environment import Environment
from tests.helpers.expected import EXPECTED_LABELS, need
from tests.helpers.inside_tests import conclude, names_for, newest_of_its_line, run_inside, runs_inside

#: What a full machine has. Those that are absent here are visible skips; found ones beyond them are tested as well.
WANTED = ["cpython-2.7", "cpython-3.13t", "pypy-3.11", "jython-2.7"]
#: Those that cannot run the inside tests: what they can do is measured instead.
SMALL = ["micropython-3.4", "pyodide-3.14"]


def labels() -> list[str]:
    from runoff.interpreters import discover

    return list(dict.fromkeys([*(each.label for each in discover.find().interpreters), *WANTED, *EXPECTED_LABELS]))


@pytest.fixture(params=labels())
def environment(request, found, prepared) -> Environment:
    outcome = prepared[need(found, request.param).label]
    assert isinstance(outcome, Environment), f"{request.param}: {outcome}"
    return outcome


def test_the_inside_tests_pass(environment, inside, record_property):
    label = environment.interpreter.label
    if newest_of_its_line(label) != label:
        pytest.skip(f"another build of one line: the inside tests run under {newest_of_its_line(label)}")
    if not runs_inside(environment):
        pytest.skip("without threads: test_a_small_interpreter_is_measured_like_any_other tries it")

    def again(names):
        return run_inside(environment, names or names_for(label, inside))

    run = conclude(label, inside[label].result(), again, record_property)
    assert run.returncode == 0, run.stderr[-6000:]
    assert "\nRan " in run.stderr


def test_an_environment_is_made_once(environment, found):
    def stamps() -> dict[str, int]:
        folder = preparing.ENVIRONMENTS / environment.interpreter.label
        return {str(path): path.stat().st_mtime_ns for path in folder.glob(f"*/{made_once.STAMP}")}

    before = stamps()
    assert before
    again = preparing.prepare(need(found, environment.interpreter.label))
    assert stamps() == before
    assert again == environment


def test_a_c_compiling_interpreter_has_the_native_module(environment):
    if "headers" not in environment.capabilities:
        assert "native" in environment.missing
        pytest.skip(f"no C extensions: {environment.missing['native']}")
    assert "native" in environment.capabilities, environment.missing


def test_imports_leave_a_free_threaded_build_free(found, prepared):
    environment = prepared[need(found, "cpython-3.13t").label]
    assert environment.facts["gil"] is False
    assert {name: module["gil"] for name, module in environment.facts["modules"].items() if module["gil"]} == {}


@pytest.mark.parametrize("label", SMALL)
def test_a_small_interpreter_is_measured_like_any_other(found, tmp_path, label):
    environment = preparing.prepare(need(found, label))
    table = tables.read("experiments.toml")
    planned = plan.cells(plan.Selection("capabilities"), table, {label: environment}, 2)
    able = {(cell.scenario, cell.task): cell for cell in planned if not cell.skip}
    guard = Guard()
    try:
        for pair in (("serial", "python"), ("serial", "length"), ("asyncio", "noop")):
            job = Job(able[pair], 0, environment, {"rounds": 100}, 2, 2, 0.0, 60.0, 1, 1)
            got = invoke(job, tmp_path / "-".join(pair), guard)
            assert (got["status"], got["reason"], got["checked"]) == ("ok", None, 2 * job.cell.batch)
            # The start of Node and of what it runs is no part of an iteration, and so no warm-up.
            assert got["first_answer_ns"] == got["startup_ns"] + got["open_ns"] + got["cold_ns"]
            assert got["startup_ns"] + sum(got["iterations_ns"]) < got["wall_s"] * 1e9
    finally:
        guard.close()


def test_what_ci_put_here_is_found(found):
    missing = [label for label in EXPECTED_LABELS if label not in {each.label for each in found.interpreters}]
    assert not missing
    if not EXPECTED_LABELS:
        pytest.skip("nothing was announced in $RUNOFF_EXPECT")
