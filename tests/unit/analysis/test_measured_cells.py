"""Which cells of a run count for what, and what each ratio is held against."""

from __future__ import annotations

import pytest

from runoff.analysis.measured_cells import MeasuredCells, main_works, of_main_works
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness
from tests.helpers import runs
from tests.helpers.exact_runs import cell, measured, run_of

OWN, OTHER = "cpython-3.13", "pypy-3.11"


def cells_of(folder, *rows, **changes):
    """``rows``: (cell, seconds); each was started three times."""
    records = [each for planned, seconds in rows for each in measured(planned, *[seconds] * 3)]
    return MeasuredCells.of(run_of(folder, [planned for planned, _ in rows], records, **changes))


def unsteady(found):
    found.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 3


def scenarios(found):
    return [each.scenario for each in found]


def test_a_probe_has_no_speed_of_its_own(tmp_path):
    cells = cells_of(tmp_path, (cell(), 1.0), (cell(scenario="probe", period_ms=2), 1.0))
    assert (scenarios(cells.measured), scenarios(cells.probes)) == (["serial"], ["probe"])
    assert list(cells.works) == ["python"]
    alone = cells_of(tmp_path, (cell(scenario="probe", period_ms=2), 1.0), (cell(scenario="threads", rates=[3]), 1.0))
    assert list(alone.works) == []


def test_interpreters_are_named_in_order_and_the_baseline_is_the_headers(tmp_path):
    known = {label: {"implementation": "CPython", "python": label[8:]} for label in ("cpython-3.13", "cpython-3.9")}
    cells = cells_of(tmp_path, (cell(), 1.0), interpreters=known)
    assert cells.labels == ["cpython-3.9", "cpython-3.13"]
    assert cells.baseline == OWN


def test_the_main_work_is_what_most_scenarios_did_and_of_those_the_largest(tmp_path):
    rows = [runs.cell(OWN, "serial", "io", batch) for batch in (1, 2, 64)]
    rows += [runs.cell(OWN, scenario, "io", 16) for scenario in ("asyncio", "threads")]
    rows += [runs.cell(OWN, "threads", "io", 32)]
    found = cells_of(tmp_path, *((each, 1.0) for each in rows))
    assert main_works(found.measured) == {"io": "io, 16 tasks"}
    assert scenarios(of_main_works(found.measured)) == ["asyncio", "threads"]
    serial = cells_of(tmp_path, *((each, 1.0) for each in rows[:3]))
    assert main_works(serial.measured) == {"io": "io, 64 tasks"}
    assert found.works == {"io": "io, 16 tasks"}
    assert len(found.of_work("io, 16 tasks")) == 2


def test_what_is_a_point_of_a_sweep_or_an_overhead_is_no_work_to_choose_by(tmp_path):
    swept = [
        (cell(scenario=name, task="payload", payload_bytes=size), 1.0) for name in ("serial", "a") for size in (1, 2)
    ]
    others = [(cell(task=task), 1.0) for task in ("noop", "sleep", "length", "io")]
    cells = cells_of(tmp_path, *swept, *others)
    assert cells.works == {"io": "io, 10 tasks"}
    assert {each.task for each in cells.by_itself} == {"noop", "sleep", "length", "io"}
    alone = cells_of(tmp_path, swept[0])
    assert list(alone.works) == ["payload"]


def test_works_stand_in_the_order_of_the_plan(tmp_path):
    failed = cell(task="mixed")
    records = measured(failed, 1.0, status="failed", reason="no")
    planned = [cell(task="io"), failed, cell()]
    records += [each for own in (planned[0], planned[2]) for each in measured(own, 1.0)]
    assert list(MeasuredCells.of(run_of(tmp_path, planned, records)).works) == ["io", "mixed", "python"]


WORK = "python, 10 tasks"
ROWS = ((cell(), 1.0), (cell(scenario="threads"), 0.5), (cell(OTHER), 0.4), (cell(OTHER, "threads"), 0.8))


def test_every_ratio_is_held_against_the_baselines_best(tmp_path):
    cells = cells_of(tmp_path, *ROWS)
    assert cells.reference(WORK).scenario == "threads"
    assert [(one.key, other.key) for one, other in cells.pairs(WORK)] == [
        (f"{OTHER}/serial/python/batch=10", f"{OWN}/threads/python/batch=10")
    ]
    assert cells_of(tmp_path, *ROWS[2:]).reference(WORK) is None
    assert cells_of(tmp_path, *ROWS[2:]).pairs(WORK) == []


@pytest.mark.parametrize(
    ("today", "pairs"),
    [
        ((OWN, "serial"), [(OTHER, "serial"), (OWN, "threads")]),
        ((OTHER, "threads"), [(OTHER, "serial"), (OWN, "threads")]),
    ],
)
def test_what_a_person_has_today_takes_the_baselines_place(tmp_path, today, pairs):
    cells = cells_of(tmp_path, *ROWS, today={"interpreter": today[0], "scenario": today[1]})
    reference = cells.reference(WORK)
    assert (reference.interpreter, reference.scenario) == today
    assert [(one.interpreter, one.scenario) for one, other in cells.pairs(WORK) if other is reference] == pairs


def test_what_a_person_has_today_may_not_have_been_measured(tmp_path):
    cells = cells_of(tmp_path, *ROWS, today={"interpreter": OWN, "scenario": "tornado"})
    assert cells.reference(WORK) is None


def test_without_a_steady_state_there_is_nothing_to_compare(tmp_path):
    cells = cells_of(tmp_path, ROWS[0], ROWS[2])
    other, own = cells.measured
    assert len(cells.pairs(WORK)) == 1
    unsteady(other)
    assert cells.pairs(WORK) == []
    assert cells.ranked == [own]
    other.steadiness, own.steadiness = own.steadiness, other.steadiness
    assert cells.pairs(WORK) == []


def test_the_floor_is_of_one_work_and_knows_the_baselines_repeat(tmp_path):
    again = cell("baseline-repeat")
    cells = cells_of(tmp_path, (cell(), 1.0), (again, 1.1), (cell(task="io"), 1.0), baseline_repeat="baseline-repeat")
    assert cells.floor(WORK).share == pytest.approx(0.1, abs=1e-6)
    assert cells.floor("io, 10 tasks") is None
    assert len(cells.every) == 3
    assert len(cells.planned) == 2


def test_each_cell_is_held_against_the_baselines_same_one_and_shares_the_risk_of_its_work(tmp_path):
    """Works and interpreters have names on both sides of the others'."""
    labels, tasks = ("cpython-2.7", OWN, OTHER), ("mixed", "io", "python")
    seconds = {"cpython-2.7": 1.25, OWN: 1.0, OTHER: 0.8}
    rows = [(cell(label, task=task), seconds[label]) for label in labels for task in tasks]
    cells = cells_of(tmp_path, *rows, (cell(OTHER, "threads"), 1.0))
    found = {each.key: cells.over_baseline[id(each)] for each in cells.measured if id(each) in cells.over_baseline}
    assert {key: (reference.key, verdict) for key, (reference, _, verdict) in found.items()} == {
        f"{label}/serial/{task}/batch=10": (f"{OWN}/serial/{task}/batch=10", verdict)
        for label, verdict in (("cpython-2.7", "slower"), (OTHER, "faster"))
        for task in tasks
    }
    assert [comparison.risk for _, comparison, _ in found.values()] == pytest.approx([0.05 / 2] * 6)


def test_what_workers_of_another_interpreter_did_promises_nothing(tmp_path):
    lent = cell(OWN, "distributed", worker_interpreter=OTHER)
    cells = cells_of(tmp_path, (cell(), 1.0), (cell(scenario="threads"), 0.5), (lent, 0.1))
    assert cells.promised == {
        "serial/python/batch=10": pytest.approx((0.5, 0.5)),
        "threads/python/batch=10": pytest.approx((1.0, 1.0)),
    }
