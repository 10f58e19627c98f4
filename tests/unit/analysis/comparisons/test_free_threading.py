"""A free-threaded build's price on one thread and its gain on many stand in one row, against the right build."""

from __future__ import annotations

import pytest

from runoff.analysis.comparisons import free_threading
from runoff.analysis.measured_cells import MeasuredCells
from tests.helpers.exact_runs import cell, measured, run_of

USUAL, FREE = "cpython-3.13", "cpython-3.13t"


def facts(free_threaded: bool, gil: bool, python: str = "3.13", **more) -> dict:
    implementation = {"implementation": "CPython", "python": python, "described": f"CPython {python}"}
    return {**implementation, "free_threaded": free_threaded, "gil": gil, **more}


def run(tmp_path, interpreters, **seconds):
    """A run of the task python, whose iterations take exactly these seconds: label-scenario -> seconds."""
    planned, records = [], []
    for name, took in seconds.items():
        label, _, scenario = name.rpartition(" ")
        of_it = cell(label, scenario, "python", **({"concurrency": 2} if scenario == "thread-pool" else {}))
        planned.append(of_it)
        records += measured(of_it, took, took, took)
    return run_of(tmp_path, planned, records, interpreters=interpreters)


def test_price_and_gain_are_in_one_row(tmp_path):
    strangers = {"cpython-3.12": facts(False, True, "3.12"), "pypy-3.11": facts(False, True, implementation="PyPy")}
    interpreters = {**strangers, USUAL: facts(False, True), FREE: facts(True, False)}
    times = {f"{USUAL} serial": 1.0, f"{USUAL} thread-pool": 1.25, f"{FREE} serial": 1.6, f"{FREE} thread-pool": 0.8}
    theirs = {f"{label} {scenario}": 0.1 for label in strangers for scenario in ("serial", "threads")}
    found = run(tmp_path, interpreters, **theirs, **times, **{f"{FREE} threads": 0.9})
    (row,) = free_threading.rows(MeasuredCells.of(found))
    assert (row.task, row.build, row.partner, row.scenario) == ("python", FREE, USUAL, "thread-pool[2]")
    estimates = (row.price, row.gain, row.partners_gain, row.together)
    assert [each.value for each in estimates] == pytest.approx([1 / 1.6, 2.0, 0.8, 1.25])
    (line,) = free_threading.in_words(MeasuredCells.of(found))
    assert line.startswith(f"{FREE} against {USUAL}, python: one thread 0.625")


@pytest.mark.parametrize(
    ("others", "partner"),
    [
        ({f"{FREE}+gil": facts(True, True, variant={"parent": FREE})}, f"{FREE}+gil"),
        ({f"{FREE}+gil": facts(True, True, variant={"parent": FREE}), USUAL: facts(False, True)}, USUAL),
        ({"cpython-3.12": facts(False, True, "3.12")}, None),
        ({"cpython-3.14": facts(False, True, "3.14")}, None),
        ({f"{USUAL}+O": facts(False, True, variant={"parent": USUAL})}, None),
        ({"cpython-3.14t+gil": facts(True, True, "3.14", variant={"parent": "cpython-3.14t"})}, None),
        ({"another-3.13t": facts(True, None)}, None),
    ],
)
def test_the_partner_is_the_usual_build_of_its_python_or_itself_with_the_gil(tmp_path, others, partner):
    times = {f"{label} {scenario}": 1.0 for label in (FREE, *others) for scenario in ("serial", "threads")}
    found = run(tmp_path, {**others, FREE: facts(True, False)}, **times)
    assert [row.partner for row in free_threading.rows(MeasuredCells.of(found))] == ([partner] if partner else [])


def test_a_build_whose_gil_came_back_has_no_row(tmp_path):
    times = {f"{label} {scenario}": 1.0 for label in (FREE, USUAL) for scenario in ("serial", "threads")}
    found = run(tmp_path, {USUAL: facts(False, True), FREE: facts(True, True)}, **times)
    assert free_threading.rows(MeasuredCells.of(found)) == []


@pytest.mark.parametrize("lacking", [f"{FREE} serial", f"{FREE} threads", f"{USUAL} serial"])
def test_a_row_needs_its_serial_its_threads_and_its_partners_serial(tmp_path, lacking):
    interpreters = {USUAL: facts(False, True), FREE: facts(True, False)}
    times = {f"{label} {scenario}": 1.0 for label in interpreters for scenario in ("serial", "threads")}
    del times[lacking]
    assert free_threading.rows(MeasuredCells.of(run(tmp_path, interpreters, **times))) == []


def test_its_threads_are_held_against_the_best_that_the_other_has(tmp_path):
    interpreters = {USUAL: facts(False, True), FREE: facts(True, False)}
    times = {f"{USUAL} serial": 1.0, f"{USUAL} threads": 0.5, f"{FREE} serial": 1.6, f"{FREE} thread-pool": 0.25}
    (row,) = free_threading.rows(MeasuredCells.of(run(tmp_path, interpreters, **times)))
    assert (row.gain.value, row.together.value) == (pytest.approx(6.4), pytest.approx(2.0))
