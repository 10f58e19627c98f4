"""The header of a run: how long it may take, with one profile or another, as a soak, without an end, resumed."""

from __future__ import annotations

import pytest

from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.driver import run_header
from runoff.driver.plan import PlannedCell
from tests.helpers.environments import environment

PROFILES = tables.read("experiments.toml")["profiles"]
LABELS = ("cpython-3.13", "pypy-3.11", "jython-2.7")


def header(profile: str = "quick", budget_s: float | None = None, soak_min: float | None = None, **skips: str):
    """Return the header of a run of one cell of each of LABELS; ``skips`` are reasons, by family."""
    cells = [PlannedCell(label, "serial", "python", 8, (), skips.get(label.partition("-")[0])) for label in LABELS]
    full = run_header.for_profile(PROFILES[profile], sum(cell.skip is None for cell in cells), soak_min)
    facts = {
        "compiler": "GCC",
        "python_full": "1.0",
        "free_threaded": False,
        "executable": "/python",
        "environment_of": None,
        "start": {},
    }
    environments = {label: environment(label, facts=facts) for label in LABELS}
    return run_header.new_header(cells, environments, LABELS[0], full, budget_s, 7, {"python": 10})


def test_each_interpreter_that_is_measured_adds_to_the_budget_up_to_the_profiles_limit():
    assert header()["budget_s"] == 300
    assert header(jython="no threads")["budget_s"] == 240
    assert header(jython="no threads", pypy="no threads")["budget_s"] == 120
    assert header("smoke")["budget_s"] == 180
    assert header(jython="-", pypy="-", cpython="-")["budget_s"] == 120


def test_a_budget_that_was_given_is_the_runs():
    assert header(budget_s=17.0)["budget_s"] == 17.0
    assert header(budget_s=1000.0)["budget_s"] == 1000.0


def test_what_a_profile_leaves_out_has_a_default():
    assert [header("smoke")[name] for name in ("race", "pilot_s", "soak_s", "half_width")] == [False, 0.0, 0.0, None]
    assert [header()[name] for name in ("race", "pilot_s")] == [True, 2.0]
    assert header("rigorous")["half_width"] == 0.01


def test_a_soak_is_one_long_invocation_of_each_cell_with_time_to_start_and_end():
    soak = header(soak_min=2.0, jython="no threads")
    assert [soak[name] for name in ("invocations", "max_invocations", "min_invocations")] == [1, 1, 1]
    assert [soak[name] for name in ("race", "pilot_s", "soak_s")] == [False, 0.0, 120.0]
    assert (soak["timeout_s"], soak["budget_s"]) == (180.0, 360.0)


@pytest.mark.parametrize("profile", ["original-study", "rigorous", "smoke"])
def test_every_cell_of_a_soak_lasts_as_long_whatever_its_task_and_its_profile(profile):
    soak = header(profile, soak_min=5.0)
    assert (soak["waiting"], soak["max_iterations"]) == ({}, run_header.SOAK_ITERATIONS)
    assert (soak["soak_s"], soak["max_seconds"]) == (300.0, 300.0)


def test_facts_that_name_folders_of_this_machine_are_left_out():
    found = header()["interpreters"]["pypy-3.11"]
    assert not found.keys() & set(run_header.OF_THIS_MACHINE)
    assert (found["compiler"], found["family"]) == ("GCC", "pypy")


def test_a_race_may_go_on_without_an_end_and_nothing_else_may():
    endless = run_header.without_end("quick", PROFILES["quick"])
    assert endless["budget_s"] == endless["max_budget_s"] > 10 * 3600
    with pytest.raises(BadInput, match="profile smoke always makes all its invocations"):
        run_header.without_end("smoke", PROFILES["smoke"])


def test_a_run_that_goes_on_is_unfinished_and_has_so_many_seconds_more():
    done = {**header(), "finished_at": 1.7e9}
    more = run_header.extended(done, 200.0, 50.0)
    assert (more["budget_s"], more["finished_at"]) == (250.0, None)
    assert more["max_invocations"] >= done["max_invocations"]
    thorough = {**header("rigorous"), "finished_at": 1.7e9}
    assert run_header.extended(thorough, 200.0, 50.0)["max_invocations"] == thorough["max_invocations"]
