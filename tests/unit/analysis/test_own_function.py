"""The decision on a person's function: what to deploy, what it gains over today, what would change it."""

from __future__ import annotations

import pytest

from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.own import costs, decision
from runoff.report.output import html_page, own_form, page_data, short_form
from runoff.stats import histogram
from tests.helpers import runs

TASK = "own-function"


def gate_row(label, passed=True):
    failed = {"check": "function", "ok": False, "reason": "SyntaxError: invalid syntax\n  more"}
    failed.update(seconds=0.1, traceback="File orders.py, line 5")
    return {"interpreter": label, "passed": passed, "rows": [] if passed else [failed], "times": None}


def run(folder, seconds, today=("a", "serial"), **changes):
    """A run of three interpreters; ``seconds``: {(interpreter, scenario): of one call}, with batches that differ."""
    cells, records = [], []
    for (label, scenario), each_s in seconds.items():
        batch = 100 if scenario == "serial" else 250
        more = {} if scenario == "serial" else {"concurrency": 2}
        planned = runs.cell(label, scenario, TASK, batch, **more)
        cells.append(planned)
        records += runs.invocations(planned, each_s * batch, peak_memory_bytes=10 * 2**20)
    labels = ["a", "b", "c"]
    cells.append(runs.cell("c", "serial", TASK, 100, skip="the gate: function: SyntaxError: invalid syntax"))
    return runs.run(
        folder,
        labels,
        cells,
        records,
        today={"interpreter": today[0], "scenario": today[1]},
        workload={"function": "orders.py:handle", "words": ["--workload", "orders.py:handle"]},
        gate=[gate_row("a"), gate_row("b"), gate_row("c", passed=False)],
        **changes,
    )


SECONDS = {("a", "serial"): 1e-3, ("a", "process-pool"): 0.6e-3, ("b", "serial"): 0.25e-3, ("b", "thread-pool"): 0.4e-3}


def test_names_what_to_deploy_what_it_gains_and_what_is_next(tmp_path):
    what, gain, change = decision.decide(MeasuredCells.of(run(tmp_path, SECONDS)), False)
    assert what.startswith("Deploy b, one call after another: ")
    assert what.endswith(" calls/s.")
    assert gain.startswith(("That is 3.9", "That is 4"))
    assert "times today's [" in gain
    assert "(a, one call after another: 99" in gain or "(a, one call after another: 100" in gain
    assert "if b cannot be had, the next is a, 2 processes (16" in change
    assert "1.6" in change


@pytest.mark.parametrize(("today", "times"), [(("a", "serial"), 4.0), (("a", "process-pool"), 2.4)])
def test_every_ratio_is_against_today(tmp_path, today, times):
    cells = MeasuredCells.of(run(tmp_path, SECONDS, today))
    _, gain, _ = decision.decide(cells, False)
    assert float(gain.split()[2]) == pytest.approx(times, rel=0.02)
    (row,) = [line for line in own_form.lines(cells) if line.startswith("b ") and "@" in line]
    assert float(row.split()[1]) == pytest.approx(times, rel=0.02)


def test_todays_choice_is_kept_where_it_is_the_fastest(tmp_path):
    what, gain, _ = decision.decide(MeasuredCells.of(run(tmp_path, SECONDS, ("b", "serial"))), False)
    assert what.startswith("Keep b, one call after another: ")
    assert gain.startswith("There is nothing to gain")


def test_todays_choice_is_kept_where_none_is_better(tmp_path):
    seconds = {("a", "serial"): 1e-3, ("b", "serial"): 0.995e-3}
    what, _, _ = decision.decide(MeasuredCells.of(run(tmp_path, seconds)), False)
    assert what.startswith("Keep a, one call after another: ")
    assert "equal within 5 %" in what


def test_says_what_it_does_not_know(tmp_path):
    seconds = {("a", "serial"): 1e-3, ("b", "serial"): 0.9e-3}
    noisy = run(tmp_path, seconds)
    records = []
    for each in noisy.records:
        times = [time_ns * (1 + each["block"] % 2) for time_ns in each["iterations_ns"]]
        records.append({**each, "iterations_ns": times})
    what, gain, _ = decision.decide(MeasuredCells.of(type(noisy)(tmp_path, noisy.header, tuple(records))), False)
    assert what.startswith("Keep a, one call after another for now: ")
    assert "cannot tell" in gain


def test_the_short_form_has_the_gate_and_every_way(tmp_path):
    made = run(tmp_path, SECONDS)
    lines = short_form.text(made, ["Deploy b."], tmp_path / "index.html", 80).splitlines()
    assert lines[0] == "Deploy b."
    assert "c  no: function (SyntaxError: invalid syntax)" in lines
    assert ["serial", "processes", "threads"] in [line.split() for line in lines]
    (row,) = [line.split() for line in lines if line.startswith("a ") and "@2" in line]
    assert row[1] == "1"
    assert row[3] == "-"


def test_costs_hold_what_one_more_worker_takes_and_when_it_is_ready(tmp_path):
    cells, records = [], []
    for scenario, size, mib in (("serial", None, 10), ("process-pool", 1, 18), ("process-pool", 5, 50)):
        planned = runs.cell("a", scenario, TASK, 100, **({"concurrency": size} if size else {}))
        cells.append(planned)
        more = {"peak_memory_bytes": mib * 2**20, "startup_ns": 30_000_000, "open_ns": 70_000_000}
        records += runs.invocations(planned, 0.1, **more)
    made = runs.run(tmp_path, ["a"], cells, records, today={"interpreter": "a", "scenario": "serial"})
    of_run = MeasuredCells.of(made)
    (found,) = costs.costs(of_run, {"a": of_run.measured[0]})
    assert found.one_more == {"process": 8 * 2**20}
    assert found.ready_s == pytest.approx(0.1)
    assert found.memory_bytes == 10 * 2**20


def test_the_page_has_the_gate_with_its_reasons(tmp_path):
    made = run(tmp_path, SECONDS)
    made.header["workload"].update(plan=[{"reason": "so that", "scenarios": ["serial"]}], left_out=[])
    made.header["workload"].update(varies="with the hash seed (input 1: 2 instead of 1)", cached="a: kept answers")
    page = html_page.html(page_data.content(made))
    gate = page.partition("The gate: orders.py:handle")[2].partition("</section>")[0]
    assert "SyntaxError: invalid syntax" in gate
    assert "not measured" in gate
    assert "vary with the hash seed (input 1: 2 instead of 1): only types and shapes were compared" in gate
    assert "may be a cache (a: kept answers)" in gate
    assert "Deploy b, one call after another" in page


@pytest.mark.parametrize("late_ms", [0.01, 3.0])
def test_latencies_that_are_void_say_why(tmp_path, late_ms):
    serial = runs.cell("a", "serial", TASK, 100)
    driven = runs.cell("a", "thread-pool", TASK, 100, concurrency=2, loads=[50], seconds=4)
    part = {"load": 50, "capacity": 400.0, "rate": 200.0, "sent": 1000, "wall_ns": 10**9}
    part.update(latencies_ns=[10**7] * 1000, late_ns=[int(late_ms * 1e6)] * 1000)
    records = [*runs.invocations(serial, 0.1), *runs.invocations(driven, 0.1, latency=[histogram.from_reply(part)])]
    made = run(tmp_path, SECONDS)
    cells = MeasuredCells.of(runs.run(tmp_path, ["a"], [serial, driven], records, **own_header(made)))
    lines = own_form.lines(cells)
    void = [line for line in lines if "void, because calls started up to 3 ms late (p99), more than 10% of the" in line]
    assert bool(void) == (late_ms > 1)
    (row,) = [line for line in lines if "50 % load" in line]
    assert (row.split()[-3:] == ["-"] * 3) == bool(void)


def own_header(made):
    """The parts of a run's header that name a person's function."""
    return {name: made.header[name] for name in ("workload", "gate", "today")}
