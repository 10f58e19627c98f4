"""Two runs are compared cell by cell, where they measure the same thing."""

from __future__ import annotations

import pytest

from runoff.analysis.comparisons import two_runs
from runoff.records.record import Run
from tests.helpers.exact_runs import cell, header, measured

MACHINE = {"cores": 2, "cpu": "a processor", "system": "Linux", "machine": "x86_64"}
STEADY = [1.0, 1.001, 0.999, 1.0, 1.002]


def run(folder, seconds, interpreter="cpython-3.13", clock="perf_counter_ns", **changes):
    """A run whose cells, one for each scenario, took so long; None: it failed."""
    planned, records = [], []
    for scenario, took in seconds.items():
        of_it = cell(interpreter, scenario)
        planned.append(of_it)
        failed = {} if took else {"status": "failed", "reason": "no reason"}
        records += [{**each, "clock": {"name": clock}, **failed} for each in measured(of_it, *(took or [1.0]))]
    told = {"code": "c0de", "work": {"python": 10, "io": 1}, "machine": MACHINE, **changes}
    return Run(folder, header(planned, **told), tuple(records))


def compared(a, b, sides=None, margin=0.05, doubt=None):
    found, left_out = two_runs.compare(a, b, sides, margin, doubt)
    return found, {each.name.split("/")[1]: each.why for each in left_out}


def test_what_both_completed_is_compared_b_over_a(tmp_path):
    slow = [each * 1.25 for each in STEADY]
    a, b = run(tmp_path / "a", {"serial": STEADY}), run(tmp_path / "b", {"serial": slow})
    (found,), left_out = compared(a, b, doubt="a doubt")
    assert (found.name, found.verdict) == ("cpython-3.13/serial/python/batch=10", "slower")
    assert found.comparison.ratio.value == pytest.approx(0.8)
    assert (found.before.throughput.value, found.after.throughput.value) == pytest.approx((10.0, 8.0), rel=0.01)
    assert (found.doubt, left_out) == ("a doubt", {})


def test_the_margin_is_what_counts_as_equivalent(tmp_path):
    runs = run(tmp_path / "a", {"serial": STEADY}), run(tmp_path / "b", {"serial": [each * 1.02 for each in STEADY]})
    assert [compared(*runs, margin=margin)[0][0].verdict for margin in (0.05, 0.01)] == ["equivalent", "slower"]


def test_what_one_of_them_lacks_is_left_out_with_the_reason(tmp_path):
    a = run(tmp_path / "a", {"serial": STEADY, "threads": STEADY, "processes": None})
    b = run(tmp_path / "b", {"serial": STEADY, "thread-pool": STEADY, "processes": None})
    found, left_out = compared(a, b)
    assert [each.name.split("/")[1] for each in found] == ["serial"]
    assert left_out == {
        "threads": "B: not in this run",
        "processes": "A: failed and B: failed",
        "thread-pool": "A: not in this run",
    }


def test_an_interpreter_of_each_side_is_compared_by_what_the_cells_have_in_common(tmp_path):
    a = run(tmp_path / "a", {"serial": STEADY})
    b = run(tmp_path / "b", {"serial": STEADY}, "pypy-3.11", interpreters={"pypy-3.11": {"described": "PyPy"}})
    b.header["baseline"] = "pypy-3.11"
    (found,), left_out = compared(a, b, ("cpython-3.13", "pypy-3.11"))
    assert (found.before.interpreter, found.after.interpreter) == ("cpython-3.13", "pypy-3.11")
    assert (found.name, left_out) == ("serial/python/batch=10", {})
    assert len(compared(a, b)[1]) == 1


def test_two_sides_of_one_run_are_not_refused(tmp_path):
    one = run(tmp_path / "a", {"serial": STEADY}, code=None, work=None)
    assert two_runs.refusals(one, one) == []


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({}, []),
        ({"machine": {**MACHINE, "cores": 4}}, ["different machines (cores: 2 and 4)"]),
        ({"machine": {**MACHINE, "kernel": "7"}}, []),
        ({"code": "other"}, ["different scenario code (digest: c0de and other)"]),
        ({"code": None}, ["different scenario code (digest: c0de and None)"]),
        ({"work": {"python": 11, "io": 1}}, ["different work in a task (rounds of python: 10 and 11)"]),
        ({"work": {"io": 1, "native": 3}}, []),
        ({"work": None}, ["different work in a task (rounds: {'python': 10, 'io': 1} and None)"]),
        (
            {"workload": {"function": "a.py:f", "inputs": 3}},
            ["different functions (the sample tasks and a.py:f on 3 inputs)"],
        ),
        ({"clock": "time.time"}, ["different clocks on cpython-3.13 (perf_counter_ns and time.time)"]),
    ],
)
def test_runs_that_do_not_measure_the_same_thing_are_refused(tmp_path, changes, reasons):
    a, b = (run(tmp_path / name, {"serial": STEADY}, **told) for name, told in (("a", {}), ("b", changes)))
    assert two_runs.refusals(a, b) == reasons
    assert len(two_runs.refusals(b, a)) == len(reasons), "whichever comes first"


@pytest.mark.parametrize("status", ["crashed", "timeout"])
def test_the_clock_of_what_failed_is_not_looked_at(tmp_path, status):
    a, b = (run(tmp_path / name, {"serial": STEADY}) for name in "ab")
    failed = {**b.records[-1], "status": status, "reason": "no", "clock": {"name": "none"}}
    assert two_runs.refusals(a, Run(b.folder, b.header, (*b.records, failed))) == []


def test_of_several_interpreters_the_two_that_were_asked_for_are_compared(tmp_path):
    labels = ("cpython-3.12", "cpython-3.13", "pypy-3.11", "rustpython-3.14")
    planned = [cell(label) for label in labels]
    planned.insert(0, cell("cpython-3.13", task="sleep", loads=[50]))  # a given load has no speed of its own
    records = [each for at, of_it in enumerate(planned) for each in measured(of_it, *[(1 + at) * s for s in STEADY])]
    known = {label: {"described": label} for label in labels}
    one = Run(tmp_path, header(planned, machine=MACHINE, interpreters=known), tuple(records))
    (found,), left_out = compared(one, one, ("cpython-3.13", "pypy-3.11"))
    assert (found.before.interpreter, found.after.interpreter) == ("cpython-3.13", "pypy-3.11")
    assert (found.name, left_out) == ("serial/python/batch=10", {})


@pytest.mark.parametrize("names", ["ab", "ba"])
def test_nothing_is_claimed_below_what_the_machines_pace_changed_from_run_to_run(tmp_path, names):
    slow = [each * 1.1 for each in STEADY]
    a, b = (run(tmp_path / name, {"serial": took}) for name, took in zip(names, (STEADY, slow)))
    for pace_ns, verdict in ((1000, "slower"), (1200, "cannot tell")):
        paces = [
            Run(
                each.folder,
                each.header,
                tuple({**of_it, "started_at": 1.0, "paces_ns": [at] * 8} for of_it in each.records),
            )
            for each, at in ((a, 1000), (b, pace_ns))
        ]
        ((found,), _) = compared(*paces)
        assert found.verdict.startswith(verdict)
