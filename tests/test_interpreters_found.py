"""Every interpreter found here: its environment, and the inside tests run by it."""

from __future__ import annotations

import pytest

from runoff.interpreters import environments, made_once
from runoff.interpreters.environments import Environment
from tests.helpers.expected import EXPECTED_LABELS, need
from tests.helpers.inside_tests import conclude, run_inside

#: What a full machine has. Those that are absent here are visible skips; found ones beyond them are tested as well.
WANTED = ["cpython-2.7", "cpython-3.13t", "pypy-3.11", "jython-2.7"]


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
    run = conclude(label, inside[label].result(), lambda: run_inside(environment), record_property)
    assert run.returncode == 0, run.stderr[-6000:]
    assert "\nRan " in run.stderr


def test_an_environment_is_made_once(environment, found):
    def stamps() -> dict[str, int]:
        folder = environments.ENVIRONMENTS / environment.interpreter.label
        return {str(path): path.stat().st_mtime_ns for path in folder.glob(f"*/{made_once.STAMP}")}

    before = stamps()
    assert before
    again = environments.prepare(need(found, environment.interpreter.label))
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


def test_what_ci_put_here_is_found(found):
    missing = [label for label in EXPECTED_LABELS if label not in {each.label for each in found.interpreters}]
    assert not missing
    if not EXPECTED_LABELS:
        pytest.skip("nothing was announced in $RUNOFF_EXPECT")
