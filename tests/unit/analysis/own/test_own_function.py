"""The decision on a person's function: what to deploy, what it gains over today, what would change it."""

from __future__ import annotations

import re

import pytest

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.gathering import gather
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
    (row,) = [line for line in own_form.lines(cells, 80) if line.startswith("b ") and "@" in line]
    assert float(row.split()[1]) == pytest.approx(times, rel=0.02)


def test_todays_choice_is_kept_where_it_is_the_fastest(tmp_path):
    what, gain, _ = decision.decide(MeasuredCells.of(run(tmp_path, SECONDS, ("b", "serial"))), False)
    assert what.startswith("Keep b, one call after another: ")
    assert gain.startswith("There is nothing to gain")


def test_todays_choice_is_kept_and_what_is_not_told_apart_from_it_is_named(tmp_path):
    noisy = run(tmp_path, {("a", "serial"): 1e-3, ("b", "serial"): 1.1e-3})
    records = [
        {**each, "iterations_ns": [time_ns * (1 + each["block"] % 2) for time_ns in each["iterations_ns"]]}
        for each in noisy.records
    ]
    what, gain, _ = decision.decide(MeasuredCells.of(type(noisy)(tmp_path, noisy.header, tuple(records))), False)
    assert what.startswith("Keep a, one call after another: ")
    assert what.endswith("b, one call after another is not told apart from it yet.")
    assert gain.startswith("That is 0.9")
    assert "cannot tell" in gain


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


def test_what_is_wider_than_the_terminal_goes_on_below_in_the_order_of_the_plan(tmp_path):
    label, behind = "cpython-3.13.7-with-a-name", {"concurrency": 2, "worker_concurrency": 8, "worker_kind": "thread"}
    over = [runs.cell(label, "distributed", TASK, 100, transport=each, **behind) for each in ("zmq+tcp", "amqp")]
    ways = ("threads", "processes", "thread-pool", "process-pool", "interpreter-pool")
    planned = [runs.cell(label, "serial", TASK, 100)]
    planned += [*(runs.cell(label, each, TASK, 100, concurrency=2) for each in ways), *over]
    seconds = [0.5] * (len(planned) - 1) + [0.1]
    records = [each for cell, took in zip(planned, seconds) for each in runs.invocations(cell, took)]
    header = own_header(run(tmp_path, SECONDS))
    header["gate"] = [{**gate_row(label), "interpreter": label}]
    header["today"] = {"interpreter": label, "scenario": "serial"}
    cells = MeasuredCells.of(runs.run(tmp_path, [label], planned, records, **header))
    lines = own_form.lines(cells, 80)
    assert max(map(len, lines)) <= 80
    shown = " ".join(line for line in lines if line.startswith(" " * len(label)))
    heads = ("serial", "thread/call", "process/call", "threads", "processes", "subinterp.", "zmq+tcp", "amqp")
    assert [shown.index(f" {head} ") for head in heads] == sorted(shown.index(f" {head} ") for head in heads)
    assert sum(line.startswith(f"{label} ") for line in lines if line.split()[1:]) > len(
        [line for line in own_form.lines(cells, 200) if line.startswith(f"{label} ")]
    )


def test_costs_hold_what_one_more_worker_takes_and_when_it_is_ready(tmp_path):
    cells, records = [], []
    pools = [("process-pool", size, mib) for size, mib in ((1, 18), (3, 30), (6, 55))]
    for scenario, size, mib in (("serial", None, 10), *pools):
        planned = runs.cell("a", scenario, TASK, 100, **({"concurrency": size} if size else {}))
        cells.append(planned)
        more = {"peak_memory_bytes": mib * 2**20, "startup_ns": 30_000_000, "open_ns": 70_000_000}
        records += runs.invocations(planned, 0.1, **more)
    made = runs.run(tmp_path, ["a"], cells, records, today={"interpreter": "a", "scenario": "serial"})
    of_run = MeasuredCells.of(made)
    (found,) = costs.costs(of_run, {"a": of_run.measured[0]})
    assert found.one_more == {"process": pytest.approx(37 * 2**20 / 5, rel=1e-9)}
    assert found.ready_s == pytest.approx(0.1)
    assert found.memory_bytes == 10 * 2**20


def test_the_page_has_the_gate_with_its_reasons(tmp_path):
    made = run(tmp_path, SECONDS)
    made.header["workload"].update(plan=[{"reason": "so that", "scenarios": ["serial"], "batch": 1}], left_out=[])
    made.header["workload"].update(varies="with the hash seed (input 1: 2 instead of 1)", cached="a: kept answers")
    seen = {"call_s": 1.5e-3, "load_s": 0.1, "cpu_share": 0.25, "threads": 7.9, "bytes_in": 10, "bytes_out": 10}
    made.header["gate"][0]["times"] = {**seen, "peak_bytes": 35 * 2**20}
    page = html_page.html(page_data.content(made))
    gate = page.partition("The gate: orders.py:handle")[2].partition("</section>")[0]
    assert "SyntaxError: invalid syntax" in gate
    assert "not measured" in gate
    assert "vary with the hash seed (input 1: 2 instead of 1): only types and shapes were compared" in gate
    assert "may be a cache (a: kept answers)" in gate
    assert "it loads in 100 ms; 35 MiB of memory at most" in gate
    assert "Deploy b, one call after another" in page
    assert "best scenario, and its speed over today&#39;s." in page


@pytest.mark.parametrize("late_ms", [0.01, 3.0])
def test_latencies_that_are_void_say_why(tmp_path, late_ms):
    serial = runs.cell("a", "serial", TASK, 100)
    driven = runs.cell("a", "thread-pool", TASK, 100, concurrency=2, loads=[50], seconds=4)
    part = {"load": 50, "capacity": 400.0, "rate": 200.0, "sent": 1000, "wall_ns": 10**9}
    part.update(latencies_ns=[10**7] * 1000, late_ns=[int(late_ms * 1e6)] * 1000)
    records = [*runs.invocations(serial, 0.1), *runs.invocations(driven, 0.1, latency=[histogram.from_reply(part)])]
    made = run(tmp_path, SECONDS)
    cells = MeasuredCells.of(runs.run(tmp_path, ["a"], [serial, driven], records, **own_header(made)))
    lines = own_form.lines(cells, 200)
    void = [line for line in lines if "void, because calls started up to 3 ms late (p99), more than 10% of the" in line]
    assert bool(void) == (late_ms > 1)
    (row,) = [line for line in lines if "50 % load" in line]
    assert (row.split()[-3:] == ["-"] * 3) == bool(void)


def own_header(made):
    """The parts of a run's header that name a person's function."""
    return {name: made.header[name] for name in ("workload", "gate", "today")}


WORKERS = {"thread-pool": "threads", "process-pool": "processes", "interpreter-pool": "subinterpreters"}


@pytest.mark.parametrize(
    ("scenario", "parameters", "words"),
    [
        ("serial", {}, "one call after another"),
        ("threads", {}, "a thread for each call"),
        ("processes", {}, "a process for each call"),
        ("thread-pool", {"concurrency": 1}, "1 thread"),
        ("process-pool", {"concurrency": 1}, "1 process"),
        ("interpreter-pool", {"concurrency": 1}, "1 subinterpreter"),
        *((name, {"concurrency": 2}, f"2 {words}") for name, words in WORKERS.items()),
        ("processes-of-threads", {"concurrency": 8, "workers": 2}, "2 processes with 8 threads in all"),
        ("asyncio", {"concurrency": 1}, "asyncio, 1 at once"),
        ("asyncio", {"concurrency": 64}, "asyncio, 64 at once"),
        ("distributed", {"concurrency": 1, "transport": "amqp"}, "1 worker over amqp"),
        (
            "distributed",
            {"concurrency": 2, "transport": "amqp", "worker_concurrency": 2},
            "2 workers over amqp, 2 calls at once in each",
        ),
        ("distributed", {"concurrency": 2, "transport": "amqp", "worker_concurrency": 1}, "2 workers over amqp"),
    ],
)
def test_each_way_to_run_a_function_is_said_in_plain_words(scenario, parameters, words):
    cell = Cell("a", scenario, TASK, 100, parameters)
    assert decision.way(cell) == words
    assert decision.named(cell) == f"a, {words}"


def decided(folder, seconds, today=("a", "serial"), allow_eol=False, **changes):
    cells = MeasuredCells.of(run(folder, seconds, today, **changes))
    named = decision.to_deploy(cells, allow_eol)
    return decision.decide(cells, allow_eol), named and (named.interpreter, named.scenario)


def test_the_cell_that_the_decision_names_is_the_one_to_deploy(tmp_path):
    assert decided(tmp_path / "1", SECONDS)[1] == ("b", "serial")
    assert decided(tmp_path / "2", SECONDS, ("b", "serial"))[1] == ("b", "serial")
    equal = {("a", "serial"): 1e-3, ("b", "serial"): 0.995e-3}
    assert decided(tmp_path / "3", equal)[1] == ("a", "serial")


def test_what_today_takes_may_not_have_been_measured(tmp_path):
    (line,), named = decided(tmp_path, SECONDS, ("a", "threads"))
    assert line.startswith("b, one call after another is the fastest, ")
    assert line.endswith(" calls/s; what you have today was not measured.")
    assert named == ("b", "serial")


def test_what_is_past_its_end_of_support_is_recommended_only_when_it_is_allowed(tmp_path):
    old = {"implementation": "CPython", "python": "3.8"}
    known = {"a": {"implementation": "CPython", "python": "3.13"}, "b": old, "c": old}
    seconds = {("a", "serial"): 1e-3, ("b", "serial"): 0.25e-3}
    late = {"interpreters": known, "started_at": 1.8e9}
    assert decided(tmp_path / "1", seconds, **late)[1] == ("a", "serial")
    assert decided(tmp_path / "2", seconds, allow_eol=True, **late)[1] == ("b", "serial")
    nothing = decided(tmp_path / "3", {("b", "serial"): 1e-3}, ("b", "serial"), **late)
    assert nothing == (
        ["Nothing can be recommended: no interpreter that is still supported has a steady speed."],
        None,
    )


def once(folder, seconds, today=("a", "serial")):
    """A run that started each way once."""
    made = run(folder, seconds, today)
    return MeasuredCells.of(type(made)(folder, made.header, tuple(each for each in made.records if not each["block"])))


def test_one_invocation_that_is_much_faster_is_named_and_one_that_is_not_waits(tmp_path):
    cells = once(tmp_path / "1", {("a", "serial"): 1e-3, ("b", "serial"): 0.5e-3})
    what, gain, change = decision.decide(cells, False)
    assert what.startswith("Deploy b, one call after another, once a longer run has confirmed it: ")
    assert gain.startswith("That is ")
    assert (
        gain.endswith("calls/s)); one invocation does not say how sure that is.")
        or "; one invocation does not say" in gain
    )
    assert "not told apart yet" in change
    assert decision.to_deploy(cells, False).interpreter == "a"
    cells = once(tmp_path / "2", {("a", "serial"): 1e-3, ("b", "serial"): 0.8e-3})
    what, _, _ = decision.decide(cells, False)
    assert what.startswith("Keep a, one call after another for now: b, one call after another was the fastest, ")
    assert what.endswith(" calls/s, but not beyond doubt.")


def test_what_still_becomes_faster_is_a_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(Cell, "warming", property(lambda cell: cell.interpreter == "b"))
    what, gain, change = decided(tmp_path, {("a", "serial"): 1e-3, ("b", "serial"): 0.25e-3})[0]
    assert what.startswith("Deploy b, one call after another: at least ")
    least = re.match(r"That is at least (\S+) times today's \[(\S+), ", gain)
    assert least[1] == least[2], gain
    assert change == (
        "What would change it: if b cannot be had, the next is a, one call after another "
        f"({change.partition('another (')[2].partition(',')[0]}, today's)."
    )


def test_what_was_not_warm_yet_may_change_the_decision(tmp_path, monkeypatch):
    monkeypatch.setattr(Cell, "warming", property(lambda cell: cell.interpreter == "c"))
    seconds = {("a", "serial"): 1e-3, ("b", "serial"): 0.25e-3, ("c", "thread-pool"): 0.5e-3}
    what, _, change = decided(tmp_path, seconds)[0]
    assert what.startswith("Deploy b, one call after another: ")
    assert "; c, 2 threads was still warming up, and may yet be the better one: --soak 1 shows it" in change


def test_an_equal_interpreter_is_named_as_such(tmp_path):
    change = decided(tmp_path, {("a", "serial"): 1e-3, ("b", "serial"): 0.5e-3, ("c", "thread-pool"): 0.5e-3})[0][2]
    assert re.search(r"What would change it: [bc], [a-z2 ]+ is its equal \(\d+ calls/s\)\.", change), change


def test_only_one_interpreter_leaves_nothing_to_change(tmp_path):
    assert decided(tmp_path, {("a", "serial"): 1e-3})[0][2] == decision.NOTHING_ELSE


def test_more_memory_than_today_is_told_beyond_half_as_much_again(tmp_path):
    def change(mib):
        made = run(tmp_path / str(mib), {("a", "serial"): 1e-3, ("b", "serial"): 0.25e-3})
        records = [
            {**each, "peak_memory_bytes": (mib if each["interpreter"] == "b" else 10) * 2**20} for each in made.records
        ]
        return decision.decide(MeasuredCells.of(type(made)(tmp_path, made.header, tuple(records))), False)[2]

    assert change(16).endswith("; too little memory (it takes 16 MiB, today's 10 MiB).")
    assert "memory" not in change(15)


def test_short_lived_processes_are_told_how_long_they_must_live(tmp_path):
    slow_pools = {(label, scenario): 2e-3 for label in "ab" for scenario in ("process-pool", "thread-pool")}

    def change(startup_s, today=("a", "serial"), fast="b", way="serial"):
        seconds = {("a", "serial"): 1e-3, ("b", "serial"): 1e-3, **slow_pools, (fast, way): 0.25e-3}
        if way != "serial":
            del seconds[fast, "serial"]
        made = run(tmp_path / str(startup_s), seconds, today)
        records = [
            {**each, "startup_ns": int(1e9 * startup_s) if each["interpreter"] == fast else 0} for each in made.records
        ]
        return decision.decide(MeasuredCells.of(type(made)(tmp_path, made.header, tuple(records))), False)[2]

    assert re.search(r"; processes that end within 0\.5\d? s or \d{3} calls \(until then a is ahead\)\.$", change(0.4))
    assert "processes that end" not in change(0.0)
    assert "processes that end" not in change(0.4, ("b", "serial"))
    assert "(until then b is ahead)" in change(0.4, ("b", "serial"), fast="a")
    assert "processes that end" not in change(0.4, way="thread-pool"), "what calls one after another was not measured"


def test_the_gate_says_yes_no_or_but(tmp_path):
    failed = {"check": "inputs", "ok": False, "reason": None}
    header = {
        "gate": [
            gate_row("a"),
            gate_row("long-name", passed=False),
            {**gate_row("b"), "rows": [failed, {"check": "x", "ok": True, "reason": None}]},
        ]
    }
    assert decision.gate_lines(header) == [
        "a          yes",
        "long-name  no: function (SyntaxError: invalid syntax)",
        "b          yes, but for inputs (no reason given)",
    ]


def test_a_pool_of_one_size_does_not_say_what_one_more_worker_takes(tmp_path):
    rows = [("process-pool", 2, 18), ("thread-pool", 1, 20), ("thread-pool", 3, 10), ("interpreter-pool", 1, 5)]
    cells, records = [], []
    for scenario, size, mib in rows:
        planned = runs.cell("a", scenario, TASK, 100, concurrency=size)
        cells.append(planned)
        records += runs.invocations(planned, 0.1, peak_memory_bytes=mib * 2**20)
    unseen = runs.cell("a", "interpreter-pool", TASK, 100, concurrency=4)
    records += runs.invocations(unseen, 0.1, peak_memory_bytes=None)
    today = {"interpreter": "a", "scenario": "serial"}
    of_run = MeasuredCells.of(runs.run(tmp_path, ["a"], [*cells, unseen], records, today=today))
    (found,) = costs.costs(of_run, {"a": of_run.measured[0]})
    assert found.one_more == {"thread": 0.0}, "a larger pool that took less shows no cost"
    assert found.ready_s is None


def test_what_running_a_function_takes_is_of_its_own_interpreter(tmp_path):
    made = run(tmp_path, SECONDS)
    of_run = MeasuredCells.of(made)
    best = {cell.interpreter: cell for cell in of_run.measured if cell.scenario == "serial"}
    found = {each.interpreter: each for each in costs.costs(of_run, best)}
    assert list(found) == ["a", "b"]
    assert found["a"].best is best["a"]
    assert found["a"].cpu_s_per_1000 == best["a"].cpu_s_per_1000 is not None
    assert found["a"].ready_s == pytest.approx(0.021)
    assert found["a"].memory_bytes == 10 * 2**20


def test_what_a_start_and_one_more_worker_take_are_each_interpreters_own(tmp_path):
    cells, records = [], []
    for label, startup_s, size in (("a", 0.1, 2), ("b", 0.3, 4), ("c", 0.5, 6)):
        for scenario, parameters in (("serial", {}), ("process-pool", {"concurrency": size})):
            cells.append(runs.cell(label, scenario, TASK, **parameters))
            records += runs.invocations(cells[-1], 0.1, startup_ns=int(startup_s * 1e9), peak_memory_bytes=size)
    of_run = MeasuredCells.of(runs.run(tmp_path, ["a", "b", "c"], cells, records))
    found = costs.costs(of_run, {cell.interpreter: cell for cell in of_run.measured})
    assert [round(each.ready_s, 1) for each in found] == [0.1, 0.3, 0.5]
    assert [each.one_more for each in found] == [{}, {}, {}]


def test_calls_at_once_are_those_of_all_workers_together(tmp_path):
    over = {"transport": "zmq+tcp", "concurrency": 2, "worker_concurrency": 8}
    planned = runs.cell("a", "distributed", TASK, **over)
    found = gather(runs.run(tmp_path, ["a"], [planned], runs.invocations(planned, 0.05)))
    assert own_form._figure(found, "a", "zmq+tcp", found[0]) == "1@16"
