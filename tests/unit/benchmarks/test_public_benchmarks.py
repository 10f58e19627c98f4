"""Public benchmarks: which are taken from what was fetched, and our figure over pyperf's in turns."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from runoff.benchmarks import pyperf_beside
from runoff.benchmarks.public import table
from runoff.common.errors import BadInput
from runoff.interpreters.discover import Interpreter
from runoff.workload.call_times import CallTimes
from runoff.workload.dependencies import Installed
from runoff.workload.gate import Check, GateOutcome, Verdict


@pytest.fixture
def fetched(tmp_path):
    """Return a folder with every file that the table names, as a reader has it after the fetch."""
    for benchmark in table.benchmarks(tmp_path, tmp_path, ""):
        path = Path(benchmark.text.partition(".py")[0] + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def test_twenty_scripts_and_nine_classes_are_taken_from_what_was_fetched(fetched):
    found = list(table.benchmarks(fetched, fetched, ""))
    assert sum(each.adapter == "pyperf" for each in found) >= 20
    assert sum(each.adapter == "awfy" for each in found) >= 9
    assert {each.workload.target.adapter for each in found} == {"pyperf", "awfy"}
    assert [each.name for each in table.benchmarks(None, fetched, "Rich")] == ["Richards"]


@pytest.fixture
def bench(fetched, monkeypatch):
    """Return a function that measures nbody with ``pyperf_s`` as pyperf's figure; ours is 2 ms a call."""

    def checked(_workload, interpreters, *_):
        times = CallTimes(2e-3, 2e-3, 0.1, 500, 1.0, 1.0, 2, 2)
        good = Verdict("a", [Check("answers", True, None, 0.0)], [None], Installed([], {}, None, 0, 0, {}, [], []))
        good.times = times
        bad = Verdict("b", [Check("function", False, "SyntaxError", 0.0)])
        return GateOutcome([good, bad], None)

    def measure(pyperf_s):
        monkeypatch.setattr(table.gate, "check", checked)
        monkeypatch.setattr(table.files, "write", lambda *_: None)
        monkeypatch.setattr(table, "layered", lambda ours, _installed: ours)
        monkeypatch.setattr(pyperf_beside, "fastest_s", pyperf_s)
        monkeypatch.setattr(
            table,
            "invoke",
            lambda job, *_: {"status": "ok", "iterations_ns": [25 * 2_000_000 * job.cell.batch] * job.min_iterations},
        )
        beside = SimpleNamespace(interpreter=Interpreter("a", "cpython", "/python", {}))
        bench = table.Bench([], beside, 3, fetched, None)
        (benchmark,) = table.benchmarks(fetched, None, "nbody")
        return bench.measure(benchmark), bench.failures

    return measure


def test_ours_over_pyperfs_is_per_loop_and_stands_beside_each_interpreters_time(bench):
    seen = []

    def pyperf_s(_environment, words, loops, _into, folder, _guard, hash_seed):
        seen.append((Path(words[0][0]).parent == folder, loops, hash_seed))
        return 1.9e-3

    row, failures = bench(pyperf_s)
    assert seen == [(True, 25, 0), (True, 25, 1), (True, 25, 2)]
    assert (row.calls, failures) == ({"a": "2 ms", "b": "no: function"}, [])
    lines = table.lines([row], "a")
    assert "| nbody | pyperf | 2 ms | no: function | 1.053 [1.053, 1.053] |" in lines
    bench = table.Bench([Interpreter("a", "cpython", "/python", {})], None, 3, None, None)
    page = table.page(lines, bench, {"cores": 2, "cpu": "a processor", "system": "Linux"})
    assert "--interpreter a --turns 3 --output" in page
    assert all(line in page for line in lines)


def test_turns_go_on_until_the_interval_is_narrow(bench):
    def turns_of(values):
        left = iter(values)
        ratio = bench(lambda *_: next(left))[0].ratio
        return ratio.half_width <= table.NARROW, len(values) - len(list(left))

    assert turns_of([2e-3] * 20) == (True, 3)
    assert turns_of([1.99e-3, 2.03e-3, *[2e-3] * 20]) == (True, 4)
    assert turns_of([1.8e-3, 2.2e-3] * 10) == (False, 12)


def test_a_script_whose_turns_take_minutes_has_few(bench, monkeypatch):
    monkeypatch.setattr(table, "MOST_S", 0.0)
    noise = itertools.cycle([1.8e-3, 2.2e-3])
    seen = []
    assert bench(lambda *_: seen.append(1) or next(noise))[0].ratio.half_width > table.NARROW
    assert len(seen) == table.FEWEST


def test_where_pyperf_fails_the_times_are_kept_and_the_reason_is_shown(bench):
    def fails(*_):
        raise BadInput("pyperf failed on a: no such option")

    row, failures = bench(fails)
    assert row.ratio is None
    assert failures == ["nbody: pyperf failed on a: no such option"]
