"""What the measuring pass decides: again, longer, enough; with an invoke that answers as the test says."""

from __future__ import annotations

import itertools
import json
import random
import re
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from runoff.common.errors import BadInput
from runoff.driver import plan, run_header
from runoff.driver.job import request_of
from runoff.driver.measuring import measuring_pass
from runoff.driver.plan import PlannedCell
from runoff.records import record, validity
from tests.helpers import runs

HEADER = {
    "profile": "quick",
    "command": "nox -s bench-one",
    "machine": {"cores": 2, "cpu": "a processor", "system": "Linux", "kernel": "6"},
    "noise_before": {},
    "started_at": 1.7e9,
    "finished_at": None,
    "seed": 1,
    "budget_s": 1000.0,
    "invocations": 3,
    "max_invocations": 3,
    "half_width": None,
    "min_invocations": 1,
    "min_iterations": 7,
    "max_iterations": 25,
    "max_seconds": 1.5,
    "timeout_s": 60,
    "pilot_s": 0.0,
    "race": False,
    "soak_s": 0.0,
    "waiting": {},
    "interpreters": {"one": {**runs.FACTS, "described": "one"}},
    "baseline_repeat": None,
    "work": {"python": 10},
    "baseline": "one",
}
RIGOROUS = {
    "min_iterations": 21,
    "max_iterations": 2000,
    "max_seconds": 120.0,
    "half_width": 0.01,
    "max_invocations": 8,
}
COMPILING = {"one": {**runs.FACTS, "described": "one", "jit": True}}
CELLS = [PlannedCell("one", "serial", "python", 8, ()), PlannedCell("one", "threads", "python", 8, ())]

#: What was seen at one load.
LOAD = {"load": 50, **dict.fromkeys(("rate", "capacity", "sent", "wall_ns"), 1), "latencies": "", "late": ""}


class Progress:
    """Keeps what it is told."""

    def __init__(self):
        self.said, self.shown, self.boards = [], [], []

    def say(self, message):
        self.said.append(message)

    def show(self, *told):
        self.shown.append(told)

    def board(self, *told):
        self.boards.append(told)


def through_json(data):
    """Return ``data`` as a reply gives it, or a header that is read again: equal to what was written, not the same."""
    return json.loads(json.dumps(data))


@pytest.fixture
def run(tmp_path):
    """run(answer, **header) -> (jobs, records); ``answer(job)`` gives the fields in which a record differs."""

    def start(answer, cells=CELLS, folder: Path = tmp_path, clock=time.monotonic, broker=None, **changes):
        jobs, folders, progress = [], [], Progress()

        def invoke(job, into, _guard):
            jobs.append(job)
            folders.append(into)
            driven = {"loads", "rates"} & set(dict(job.cell.parameters))
            took = {**dict.fromkeys(validity.MEASURED, 1), "wall_s": 0.5, "latency": [LOAD] if driven else None}
            told = {"status": "ok", "iterations_ns": [50_000_000] * job.min_iterations, **took, **answer(job)}
            return through_json(
                {
                    **dict.fromkeys(record.FIELDS),
                    "schema": record.SCHEMA,
                    **job.cell.data,
                    "block": job.block,
                    **told,
                }
            )

        header = {**HEADER, "cells": [{**cell.data, "skip": cell.skip} for cell in cells], **changes}
        header = through_json(header)
        record.write_header(folder, header)
        server = SimpleNamespace(url=lambda delay_ms: f"http://after/{delay_ms}", pid=1)
        environments = {"one": "an environment", "two": "another"}
        measuring = measuring_pass.MeasuringPass(
            folder, header, environments, progress, None, broker, start=invoke, clock=clock
        )
        start.last = SimpleNamespace(measuring=measuring, folders=folders, progress=progress)
        measuring.run(server)
        return jobs, record.read(folder).records

    return start


def test_a_disturbed_invocation_is_run_again_at_most_twice_and_all_are_recorded(run):
    def disturbed(job):
        return {"tainted": "other processes used 1.9 cores" if job.block == 1 else None, "attempt": job.attempt}

    jobs, records = run(disturbed, CELLS[:1])
    assert [(job.block, job.attempt) for job in jobs] == [(0, 0), (1, 0), (1, 1), (1, 2), (2, 0)]
    assert [bool(each["tainted"]) for each in records] == [False, True, True, True, False]


def test_an_attempt_that_went_well_ends_it_and_has_its_own_randomisation(run):
    jobs, _ = run(lambda job: {"tainted": None if job.attempt else "throttled"}, CELLS[:1])
    assert [job.attempt for job in jobs] == [0, 1] * 3
    assert len({job.hash_seed for job in jobs}) == 6


def test_no_second_attempt_beyond_the_budget(run):
    jobs, _ = run(lambda job: {"tainted": "throttled", "wall_s": 600.0}, CELLS[:1], budget_s=500.0)
    assert [(job.block, job.attempt) for job in jobs] == [(0, 0)]


def test_a_rigorous_cell_gets_invocations_until_its_mean_is_known(run):
    chance = random.Random(2)

    def answer(job):
        wide = job.cell.scenario == "threads"
        level = 50e6 * (1 + (0.1 if wide else 0.001) * chance.gauss(0, 1))
        return {"iterations_ns": [int(level)] * job.min_iterations}

    jobs, _ = run(answer, **RIGOROUS)
    blocks = {name: len({job.block for job in jobs if job.cell.scenario == name}) for name in ("serial", "threads")}
    assert blocks == {"serial": 3, "threads": 8}


def test_a_rigorous_run_that_is_not_steady_is_doubled_up_to_the_cap_and_stays_long(run):
    """Steady from the 100th iteration on; needs a tail of a quarter: 21, 42, 84, 168."""

    def slow_start(job):
        return {"iterations_ns": [90_000_000 - 400_000 * min(at, 100) for at in range(job.min_iterations)]}

    jobs, _ = run(slow_start, CELLS[:1], **RIGOROUS)
    lengths = [job.min_iterations for job in jobs if job.block == 0]
    assert lengths[:4] == [21, 42, 84, 168]
    assert {job.min_iterations for job in jobs if job.block > 0} == {lengths[-1]}


def test_what_never_settles_is_not_doubled_for_ever(run):
    jobs, _ = run(
        lambda job: {"iterations_ns": [10**9 + 10**8 * at for at in range(job.min_iterations)]}, CELLS[:1], **RIGOROUS
    )
    assert [job.min_iterations for job in jobs if job.block == 0] == [21, 42]  # 84 would take longer than 120 s


def test_a_cell_that_does_not_settle_leaves_the_others_their_share_of_the_budget(run):
    def never(job):
        return {
            "iterations_ns": [10**7 + 10**6 * at for at in range(job.min_iterations)],
            "wall_s": job.min_iterations / 10,
        }

    jobs, _ = run(never, **RIGOROUS, budget_s=30.0)  # 2 cells, 3 invocations: 5 s each, 20 s at the most
    assert {job.min_iterations for job in jobs} == {21, 42, 84, 168}


def test_an_invocation_goes_on_for_as_long_as_its_profile_says_for_its_task(run):
    cells = [PlannedCell("one", "serial", "python", 8, ()), PlannedCell("one", "threads", "io", 8, (("delay_ms", 50),))]
    jobs, _ = run(lambda job: {}, cells, max_seconds=2.5, waiting={"max_seconds": 0.25})
    limits = {(job.cell.task, request_of(job)["max_ns"]) for job in jobs}
    assert limits == {("python", 2_500_000_000), ("io", 250_000_000)}


def test_quick_runs_are_never_doubled(run):
    jobs, _ = run(lambda job: {"iterations_ns": [10**8 - 10**6 * at for at in range(25)]}, CELLS[:1])
    assert [job.min_iterations for job in jobs] == [7, 7, 7]


def test_a_resumed_run_remembers_how_long_it_has_to_be(run, tmp_path):
    def slow_start(job):
        return {"iterations_ns": [90_000_000 - 400_000 * min(at, 100) for at in range(job.min_iterations)]}

    first, _ = run(slow_start, CELLS[:1], **{**RIGOROUS, "invocations": 1, "max_invocations": 1})
    again, _ = run(slow_start, CELLS[:1], **{**RIGOROUS, "invocations": 2, "max_invocations": 2})
    assert [job.block for job in again] == [1]
    assert again[0].min_iterations == first[-1].min_iterations


def test_the_digest_of_the_code_changes_with_the_code(tmp_path, monkeypatch):
    for name in ("compat", "native", "transports", "scenarios", "harness"):
        (tmp_path / name).mkdir()
    (tmp_path / "harness/measure.py").write_text("a")
    monkeypatch.setattr(run_header, "ROOT", tmp_path)
    before = run_header.code_digest()
    (tmp_path / "harness/log.txt").write_text("not code")
    assert run_header.code_digest() == before
    (tmp_path / "harness/measure.py").write_text("b")
    assert run_header.code_digest() != before


def test_on_a_machine_that_is_always_busy_every_block_is_tried_once_and_none_is_starved(run):
    many = [PlannedCell("one", "serial", "python", n, ()) for n in range(1, 41)]
    jobs, _ = run(lambda job: {"tainted": "busy", "attempt": job.attempt}, cells=many)
    repeated = [job for job in jobs if job.attempt]
    assert len(jobs) - len(repeated) == 40 * HEADER["invocations"]
    assert len(repeated) == 2 * 10, "until it was clear that it does not help"


def test_a_compiling_cell_has_a_pilot_second_and_then_runs_past_its_plateau(run):
    def falls(job):
        count = max(job.min_iterations, int(job.pilot_s * 100))
        return {"iterations_ns": [30_000_000 if at < 40 else 10_000_000 for at in range(count)]}

    jobs, _ = run(falls, CELLS[:1], pilot_s=2.0, interpreters=COMPILING)
    assert [(job.pilot_s > 0, job.min_iterations) for job in jobs[:2]] == [(False, 7), (True, 7)]
    assert jobs[2].min_iterations > 40 + HEADER["min_iterations"] - 1
    assert jobs[2].max_iterations >= jobs[2].min_iterations


def test_cells_that_warm_up_alike_share_one_pilot_a_block_though_it_was_too_short(run):
    def falls(job):
        count = max(job.min_iterations, int(job.pilot_s * 100))
        return {"iterations_ns": [int(20e6 - 10e6 * at / count) for at in range(count)]}

    carriers = ("zmq+ipc", "zmq+tcp")
    cells = [PlannedCell("one", "distributed", "python", 8, (("transport", carrier),)) for carrier in carriers]
    jobs, _ = run(falls, cells, pilot_s=2.0, max_invocations=4, invocations=4, interpreters=COMPILING)
    long = [(job.block, job.pilot_s) for job in jobs if job.pilot_s]
    assert long[:2] == [(1, 2.0), (2, pytest.approx(6, rel=0.1))]
    assert long[2:] == [(2, 2.0), (3, 2.0), (3, 2.0)], "what stays a lower bound is measured for as long as a pilot"


def test_a_compiling_cell_in_an_open_loop_is_warm_before_the_load_of_its_only_invocation(run):
    driven = [PlannedCell("one", "serial", "python", 8, (("loads", [50]), ("seconds", 4)))]
    jobs, _ = run(lambda job: {}, driven, pilot_s=2.0, max_invocations=1, interpreters=COMPILING)
    assert [job.pilot_s for job in jobs] == [2.0]


def test_an_interpreter_that_does_not_compile_has_one_pilot_in_all(run):
    def flat(job):
        return {"iterations_ns": [10_000_000] * max(job.min_iterations, int(job.pilot_s * 100))}

    jobs, _ = run(flat, pilot_s=2.0)
    assert [(job.cell.scenario, job.block) for job in jobs if job.pilot_s] == [("serial", 1)]
    assert {job.min_iterations for job in jobs} == {7}


RACE = {"race": True, "min_invocations": 3, "max_invocations": 48}


def test_a_race_looks_at_every_cell_shortly_and_ends_when_all_is_decided(run):
    chance = random.Random(3)
    speeds = {"serial": 10_000_000, "threads": 40_000_000}

    def answer(job):
        level = speeds[job.cell.scenario] * (1 + 0.01 * chance.gauss(0, 1))
        return {"iterations_ns": [int(level * (1 + 0.01 * chance.gauss(0, 1))) for _ in range(job.min_iterations)]}

    jobs, _ = run(answer, clock=lambda: 12.0, **RACE)
    assert run.last.progress.said == ["every decision is made, after 0 s"]
    assert [job.min_iterations for job in jobs if job.block == 0] == [4, 4]
    counts = Counter(job.cell.scenario for job in jobs)
    assert counts == {"serial": 3, "threads": 1}, "four times as slow as its interpreter's best: out"


def test_a_race_that_nothing_decides_keeps_to_its_budget(run):
    now = [0.0]
    chance = random.Random(4)

    def answer(job):
        now[0] += 1.0
        return {"iterations_ns": [int(10**7 * chance.uniform(0.5, 2))] * job.min_iterations, "wall_s": 1.0}

    jobs, _ = run(answer, clock=lambda: now[0], **RACE, budget_s=20.0)
    assert 20 <= len(jobs) <= 21
    said = run.last.progress.said
    assert len(said) == 1
    more = r"(: --resume --budget \d+ should decide 1|, and none in 30 minutes more at this noise)"
    assert re.fullmatch(f"the budget of 20 s is spent; 1 comparison cannot be decided yet{more}", said[0])


def test_a_cell_has_as_many_iterations_as_its_own_noise_asks_for(run):
    chance = random.Random(5)

    def noisy_iterations(job):
        within = 0.2 if job.cell.scenario == "threads" else 0.001
        level = 10**7 * (1 + 0.02 * chance.gauss(0, 1))
        times = [max(1, int(level * (1 + within * chance.gauss(0, 1)))) for _ in range(job.min_iterations)]
        return {"iterations_ns": times, "wall_s": 0.1 + sum(times) / 1e9}

    jobs, _ = run(noisy_iterations, **{**RACE, "max_invocations": 7})
    last = {job.cell.scenario: job.min_iterations for job in jobs if job.block >= 5}
    assert last["serial"] == HEADER["min_iterations"]
    assert last["threads"] > HEADER["min_iterations"]


def test_all_resumes_share_one_budget(run):
    """Three invocations of 300 s each: two fit into 700 s, whenever they are made."""

    def resumed(invocations):
        jobs, _ = run(
            lambda job: {"wall_s": 300.0},
            CELLS[:1],
            budget_s=700.0,
            invocations=invocations,
            max_invocations=invocations,
        )
        return [job.block for job in jobs]

    assert [resumed(count) for count in (1, 2, 3)] == [[0], [1], []]


@pytest.mark.parametrize("today", [None, {"interpreter": "one", "scenario": "threads"}])
def test_what_every_ratio_is_against_is_measured_whatever_the_budget_is(run, today):
    cells = [
        PlannedCell("one", scenario, "python", 8, ()) for scenario in ("processes", "threads", "asyncio", "serial")
    ]
    jobs, records = run(lambda job: {}, cells, budget_s=0.0, today=today)
    assert [job.cell.scenario for job in jobs] == ["threads" if today else "serial"]
    assert len(records) == 1, "a cell without a record is measured when the run is resumed with more time"


def stopwatch(each_s):
    """A clock, and an answer that lets every invocation take so many seconds by it."""
    now = [100.0]

    def answer(job):
        now[0] += each_s
        return {"wall_s": each_s}

    return (lambda: now[0]), answer


def test_a_block_that_would_break_the_budget_is_not_begun(run):
    clock, answer = stopwatch(10.0)
    jobs, _ = run(answer, clock=clock, budget_s=45.0)
    assert [job.block for job in jobs] == [0, 0, 1, 1]
    assert run.last.progress.said == ["2 of 3 invocations per cell fit into the budget of 45 s"]


def test_a_block_that_just_fits_is_measured(run):
    clock, answer = stopwatch(10.0)
    jobs, _ = run(answer, clock=clock, budget_s=60.0)
    assert len(jobs) == 6
    assert run.last.progress.said == []


def test_cells_that_the_budget_does_not_reach_are_measured_when_the_run_is_resumed_with_more(run):
    clock, answer = stopwatch(10.0)
    jobs, records = run(answer, clock=clock, budget_s=5.0)
    assert [each["scenario"] for each in records] == [job.cell.scenario for job in jobs] == ["serial"]
    jobs, _ = run(answer, clock=clock, budget_s=25.0, invocations=1)
    assert [job.cell.scenario for job in jobs] == ["threads"]


BOTH = {**RACE, "interpreters": {label: {**runs.FACTS, "described": label} for label in ("one", "two")}}


def of_two(batch=8):
    """Return twenty cells of the interpreters one and two: serial, and nine ways to do it at once."""
    scenarios = ["serial", *(f"way-{number}" for number in range(9))]
    return [PlannedCell(label, scenario, "python", batch, ()) for label in ("one", "two") for scenario in scenarios]


def answers_with(clock, each_s, **speeds):
    """Return what takes ``each_s`` by ``clock`` and gives iterations of {scenario: their milliseconds}, or of 100."""

    def answer(job):
        clock[0] += each_s
        times = [speeds.get(job.cell.scenario.replace("-", "_"), 100) * 10**6] * job.min_iterations
        return {"wall_s": each_s, "iterations_ns": times}

    return answer


def test_first_numbers_take_half_of_the_budget_and_begin_with_the_best_hopes(run):
    now = [0.0]
    answer = answers_with(now, 1.0, way_4=20)
    jobs, _ = run(answer, of_two(), clock=lambda: now[0], **BOTH, budget_s=28.0, past_support=["two"])
    before = itertools.takewhile(lambda job: job.block == 0, jobs)
    first = [(job.cell.interpreter, job.cell.scenario) for job in before]
    assert len(first) == 15, "one that ends at 14 s, and the one that begins then"
    assert first[0] == ("one", "serial")
    assert {label for label, _ in first[:10]} == {"one"}, "those past their support come last"
    assert first[10:12] == [("two", "way-4"), ("two", "serial")], (
        "what was fastest under the other, and serial of equals"
    )
    again = {(job.cell.interpreter, job.cell.scenario) for job in jobs if job.block == 1}
    assert {("one", "way-4"), ("two", "way-4")} <= again


def test_each_work_has_a_first_number_before_any_has_a_second(run):
    now = [0.0]
    answer = answers_with(now, 1.0, way_4=20)
    cells = [*of_two(8), *of_two(16)]
    jobs, _ = run(answer, cells, clock=lambda: now[0], **BOTH, budget_s=44.0, past_support=["two"])
    late = {(job.cell.interpreter, job.cell.batch, job.cell.scenario) for job in jobs[20:22]}
    assert late == {("two", 8, "way-4"), ("two", 16, "way-4")}


def test_cells_without_a_number_come_after_the_decisions_in_the_time_that_is_left(run):
    now = [0.0]
    answer = answers_with(now, 1.0, way_4=20)
    jobs, _ = run(answer, of_two(), clock=lambda: now[0], **BOTH, budget_s=30.0)
    blocks = [job.block for job in jobs]
    assert blocks.count(0) == 20
    assert 0 in blocks[blocks.index(1) :], "some got their first number after the others' second"
    assert run.last.progress.said == [f"every decision is made, after {now[0]:.0f} s"]


def test_a_cell_with_a_number_is_in_no_first_block(run, tmp_path):
    """A doubt had it started in a later one."""
    run(lambda job: {}, CELLS[:1], **{**RACE, "max_invocations": 1})
    path = tmp_path / record.RECORDS
    (line,) = path.read_text().splitlines()
    path.write_text(json.dumps({**json.loads(line), "block": 1}) + "\n")
    jobs, _ = run(lambda job: {}, CELLS, **RACE)
    assert [job.cell.scenario for job in jobs if job.block == 0] == ["threads"]


def test_a_short_race_measures_its_first_block_in_random_order(run):
    now = [0.0]
    jobs, _ = run(answers_with(now, 0.1), of_two(), clock=lambda: now[0], **BOTH, budget_s=100.0)
    first = [job.cell for job in jobs if job.block == 0]
    assert first[1:] == [cell for cell in plan.order(of_two(), 0, 1) if cell != first[0]]


def test_the_time_left_is_that_of_all_blocks_or_of_the_budget(run):
    clock, answer = stopwatch(10.0)
    run(answer, clock=clock, budget_s=1000.0)
    shown = run.last.progress.shown
    assert [(done, total) for done, total, *_ in shown] == [(done, 6) for done in range(6)]
    assert [left_s for *_, left_s in shown] == pytest.approx([2 * 0.6 + 2 * 1.2, 10 + 2 * 20, 40, 30, 20, 10])
    assert shown[0][2] == "one/serial/python/batch=8"
    clock, answer = stopwatch(10.0)
    run(answer, folder=run.last.measuring.folder / "short", clock=clock, budget_s=35.0)
    assert [left_s for *_, left_s in run.last.progress.shown][1:] == pytest.approx([25.0])


def test_the_board_is_told_after_each_invocation_and_each_block(run):
    clock, answer = stopwatch(10.0)
    run(answer, clock=clock, budget_s=100.0, invocations=1, max_invocations=1)
    boards = run.last.progress.boards
    assert [elapsed_s for _, elapsed_s, _ in boards] == [10.0, 20.0, 20.0]
    assert [left_s for *_, left_s in boards] == [90.0, 80.0, 80.0]
    assert [row.work for row in boards[-1][0]] == ["python/batch=8"]


@pytest.mark.parametrize(
    ("status", "block", "total"), [("failed", 0, 3), ("crashed", 1, 4), ("timeout", 0, 3), ("timeout", 2, 5)]
)
def test_a_cell_that_failed_is_measured_no_more_and_its_invocations_are_not_waited_for(run, status, block, total):
    def fails(job):
        failed = job.cell.scenario == "threads" and job.block == block
        return {"status": status, "reason": "ended by SIGSEGV"} if failed else {}

    jobs, _ = run(fails)
    assert [job.block for job in jobs if job.cell.scenario == "threads"] == list(range(block + 1))
    assert [job.block for job in jobs if job.cell.scenario == "serial"] == [0, 1, 2]
    assert run.last.progress.said == [f"one/threads/python/batch=8: {status}, ended by SIGSEGV"]
    assert (run.last.measuring.done, run.last.measuring.total) == (3 + block, total)


@pytest.mark.parametrize(("budget_s", "again"), [(45.0, False), (55.0, True)])
def test_no_second_attempt_is_begun_in_the_time_of_the_cells_left_of_the_block(run, budget_s, again):
    clock, answer = stopwatch(10.0)
    begun = []

    def disturbed(job):
        begun.append(job.attempt)
        return {**answer(job), "tainted": "throttled" if len(begun) == 3 else None}

    run(disturbed, clock=clock, budget_s=budget_s, invocations=2, max_invocations=2)
    assert begun == [0, 0, 0, *([1] if again else []), 0]


def test_a_race_knows_no_total_and_has_its_budget_left_at_most(run):
    clock, answer = stopwatch(10.0)
    run(answer, clock=clock, budget_s=1000.0, **{**RACE, "max_invocations": 3})
    assert [(done, total, left_s) for done, total, _, left_s in run.last.progress.shown][:3] == [
        (0, None, 1000.0),
        (1, None, 990.0),
        (2, None, 980.0),
    ]


@pytest.mark.parametrize("status", ["crashed", "timeout"])
def test_a_resumed_run_leaves_out_what_failed_and_counts_what_was_done(run, status):
    def fails(job):
        return {"status": status, "reason": "no"} if job.cell.scenario == "threads" else {"wall_s": 2.5}

    run(fails, invocations=2, max_invocations=2)
    jobs, _ = run(lambda job: {}, invocations=3, max_invocations=3)
    assert [(job.cell.scenario, job.block) for job in jobs] == [("serial", 2)]
    assert run.last.progress.shown == [(2, 3, "one/serial/python/batch=8", pytest.approx(2.5))]
    assert run.last.measuring.spent_s == pytest.approx(2 * 2.5 + 0.5)


def test_a_resumed_run_counts_a_block_once_however_often_it_was_tried(run):
    def disturbed(job):
        return {"tainted": "throttled" if job.block == 1 else None, "attempt": job.attempt}

    for records in (5, 5):
        assert len(run(disturbed, CELLS[:1])[1]) == records
    assert run.last.measuring.done == 3


def test_a_resumed_run_shows_where_it_stands_before_it_goes_on(run):
    run(lambda job: {}, invocations=1, max_invocations=1)
    run(lambda job: {}, invocations=1, max_invocations=1)
    (board,) = run.last.progress.boards
    assert [row.work for row in board[0]] == ["python/batch=8"]


def test_a_resumed_race_keeps_the_decisions_that_it_had_made(run):
    """All was decided at the second invocation; the third, which another question asked for, is no look."""
    chance = random.Random(3)
    speeds = {"serial": 10_000_000, "threads": 14_000_000}

    def answer(job):
        return {"iterations_ns": [speeds[job.cell.scenario] + chance.randrange(9) for _ in range(job.min_iterations)]}

    run(answer, invocations=3, max_invocations=3)
    jobs, _ = run(answer, **{**RACE, "min_invocations": 2})
    assert jobs == []
    assert run.last.progress.said == ["every decision is made, after 3 s"]


def test_a_cell_that_the_plan_skips_is_recorded_once_with_its_reason_and_its_guarantees(run):
    wired = PlannedCell("one", "distributed", "python", 8, (("transport", "zmq+tcp"),), "no zmq")
    for _ in range(2):
        jobs, records = run(lambda job: {}, [CELLS[0], wired])
        assert {job.cell.scenario for job in jobs} <= {"serial"}
    (skipped,) = [each for each in records if each["status"] == record.SKIPPED]
    assert (skipped["reason"], skipped["block"]) == ("no zmq", 0)
    assert skipped["guarantees"] == wired.guarantees != []


def test_a_full_disk_ends_the_run_with_what_was_measured(run, monkeypatch):
    free = [2**20, 2**20 - 1]
    monkeypatch.setattr(measuring_pass.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free.pop(0)))
    with pytest.raises(BadInput, match=r"No space left on device \(under 1 MiB\).*go on with --resume"):
        run(lambda job: {})
    assert len(record.read(run.last.measuring.folder).records) == 1


@pytest.mark.parametrize("status", ["crashed", "timeout"])
def test_an_invocation_that_failed_on_a_full_disk_is_no_fault_of_its_cell(run, monkeypatch, status):
    free = [2**30, 0]
    monkeypatch.setattr(measuring_pass.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free.pop(0)))
    with pytest.raises(BadInput, match="No space left"):
        run(lambda job: {"status": status, "reason": "no"})
    assert record.read(run.last.measuring.folder).records == ()


class Broker:
    """Its processes are 7 and 8; it yields queues, and counts those that are in use."""

    pids = (7, 8)
    open = 0

    @contextmanager
    def queue(self):
        self.open += 1
        yield {"RUNOFF_AMQP_CLIENT": ("amqp://x", "set it")}
        self.open -= 1


def test_a_cell_over_a_broker_has_a_queue_of_its_own_and_the_brokers_processes_are_its_cost(run):
    broker = Broker()
    over = PlannedCell("one", "distributed", "python", 8, (("transport", "amqp"),))

    def answer(job):
        assert broker.open == (1 if job.cell is not CELLS[0] and job.cell.brokered else 0)
        return {}

    jobs, _ = run(answer, [CELLS[0], over], broker=broker)
    found = {job.cell.scenario: (bool(job.secrets), job.ours, job.broker) for job in jobs}
    assert found == {"serial": (False, (1, 7, 8), ()), "distributed": (True, (1,), (7, 8))}


def test_each_attempt_has_a_folder_of_its_own_in_that_of_the_run(run):
    run(lambda job: {"tainted": None if job.attempt else "busy"}, invocations=1, max_invocations=1)
    assert len({path.name for path in run.last.folders}) == len(run.last.folders) == 4
    assert {path.parent for path in run.last.folders} == {run.last.measuring.folder / "invocations"}


def test_the_baselines_repeat_is_no_competitor_on_the_board(run):
    again = PlannedCell("again", "serial", "python", 8, ())
    run(lambda job: {}, [CELLS[0], again], baseline_repeat="again")
    assert {(row.leader, row.state) for row in run.last.measuring.standings.rows()} == {("one serial", "alone")}


def test_attempts_again_leave_the_rest_of_the_block_its_time(run):
    """Of 25 s the other cell needs ten: a second attempt of the first would end after 20."""
    clock, answer = stopwatch(10.0)
    now = {"tainted": "busy"}
    jobs, _ = run(lambda job: {**answer(job), **now}, clock=clock, budget_s=25.0, invocations=1, max_invocations=1)
    assert [(job.cell.scenario, job.attempt) for job in jobs][:2] == [("serial", 0), ("serial", 1)]
    assert len(jobs) == 3


def test_the_runs_time_goes_on_where_the_last_one_ended(run):
    cells = [CELLS[0], PlannedCell("one", "threads", "python", 8, (), "a cell that is skipped takes no time")]
    run(lambda job: {"wall_s": 30.0}, cells, clock=lambda: 0.0, budget_s=100.0, invocations=2, max_invocations=2)
    run(lambda job: {}, cells, clock=lambda: 7.0, budget_s=100.0, invocations=3, max_invocations=3)
    assert run.last.progress.boards[0][1:] == (60.0, 40.0)


def test_a_run_that_is_over_its_budget_has_no_time_left(run):
    clock, answer = stopwatch(30.0)
    run(answer, CELLS[:1], clock=clock, budget_s=20.0)
    assert run.last.progress.boards[-1][1:] == (30.0, 0.0)


def test_a_second_attempt_that_just_fits_is_made(run):
    """Two attempts of ten seconds fit into twenty."""
    clock, answer = stopwatch(10.0)
    jobs, _ = run(
        lambda job: {**answer(job), "tainted": "busy"},
        CELLS[:1],
        clock=clock,
        budget_s=20.0,
        invocations=1,
        max_invocations=1,
    )
    assert [job.attempt for job in jobs] == [0, 1]


def test_beyond_the_profiles_invocations_the_total_is_what_was_done_and_what_is_left_of_the_block(run):
    chance = random.Random(2)

    def answer(job):
        wide = 0.1 if job.cell.scenario == "threads" else 0.001
        return {"iterations_ns": [int(50e6 * (1 + wide * chance.gauss(0, 1)))] * job.min_iterations}

    run(answer, **RIGOROUS)
    shown = [(done, total) for done, total, *_ in run.last.progress.shown]
    assert shown == [*((done, 6) for done in range(6)), *((done, done + 1) for done in range(6, 11))]
    assert [left_s for *_, left_s in run.last.progress.shown][6:] == pytest.approx([0.5] * 5)


@pytest.mark.parametrize(("budget_s", "blocks"), [(40.5, [0, 0, 1, 1, 2]), (39.0, [0, 0, 1, 1])])
def test_a_race_begins_a_block_while_there_is_any_time_left(run, budget_s, blocks):
    """After forty seconds an invocation of ten does not fit into half a second more."""
    clock, answer = stopwatch(10.0)
    jobs, _ = run(
        lambda job: {**answer(job), "iterations_ns": [10**7 + job.block]}, clock=clock, budget_s=budget_s, **RACE
    )
    assert [job.block for job in jobs] == blocks


@pytest.mark.parametrize("seed", range(4))
def test_in_a_race_the_serial_cell_of_an_interpreter_that_compiles_is_the_first_pilot(run, seed):
    """What it shows may spare the others theirs."""
    chance = random.Random(4)
    cells = [
        PlannedCell("one", scenario, "python", 8, ()) for scenario in ("threads", "processes", "serial", "asyncio")
    ]
    jobs, _ = run(
        lambda job: {"iterations_ns": [int(10**7 * chance.uniform(0.9, 1.1))] * job.min_iterations},
        cells,
        clock=lambda: 0.0,
        seed=seed,
        pilot_s=2.0,
        interpreters=COMPILING,
        **{**RACE, "max_invocations": 2},
    )
    (first, *others) = [job.cell.scenario for job in jobs if job.block == 1]
    assert first == "serial"
    assert others


def recorded(cell, block):
    """Return the record of an invocation of ``cell``."""
    took = {**dict.fromkeys(validity.MEASURED, 1), "wall_s": 0.5, "latency": None}
    known = {"schema": record.SCHEMA, **cell.data, "block": block, "iterations_ns": [50_000_000] * 7}
    return {**dict.fromkeys(record.FIELDS), **took, **known}


@pytest.fixture
def begun(tmp_path):
    """begun(elapsed_s, **header) -> a pass that has run for so long; each cell costs a second."""

    def make(elapsed_s, cells=CELLS, **changes):
        header = {**HEADER, "cells": [{**cell.data, "skip": cell.skip} for cell in cells], **changes}
        record.write_header(tmp_path, header)
        made = measuring_pass.MeasuringPass(tmp_path, header, {"one": "any"}, Progress(), None, clock=lambda: 500.0)
        made.began = 500.0 - elapsed_s
        for cell in cells:
            made.costs.note(cell, 1.0)
        return made

    return make


@pytest.mark.parametrize(("elapsed_s", "by_worth"), [(90.0, False), (95.0, False), (95.5, True)])
def test_a_race_that_cannot_measure_all_of_a_block_begins_with_what_is_worth_most(begun, elapsed_s, by_worth):
    """Five cells of a second each fit into the last five seconds."""
    cells = [
        PlannedCell("one", scenario, "python", 8, ())
        for scenario in ("serial", "threads", "processes", "asyncio", "tornado")
    ]
    made = begun(elapsed_s, cells, budget_s=100.0, race=True)
    at_random = [cell.key for cell in plan.order(cells, 1, HEADER["seed"])]
    worth = at_random[::-1]
    asked = []

    def open_cells(left_s):
        asked.append(left_s)
        return worth

    made.standings = SimpleNamespace(open=open_cells)
    assert [cell.key for cell in made._left(1)] == (worth if by_worth else at_random)
    assert asked == [100.0 - elapsed_s]


def test_what_was_answered_meanwhile_is_left_out_and_what_comes_after_it_is_measured(begun, monkeypatch):
    made, measured = begun(0.0, race=True), []
    made.standings = SimpleNamespace(open=lambda _left_s: [CELLS[1].key])
    monkeypatch.setattr(made, "_stand", lambda cells: None)
    monkeypatch.setattr(made, "_attempts", lambda cell, *_: measured.append(cell) or {"status": record.OK})
    monkeypatch.setattr(made, "progress", Progress())
    made._block(1, CELLS, None, 100.0)
    assert measured == CELLS[1:]


@pytest.mark.parametrize(
    ("race", "block", "ends_s", "chosen"),
    [(True, 0, 1.9, 1), (True, 0, 2.0, 0), (True, 0, 3.0, 0), (True, 1, 1.9, 0), (False, 0, 1.9, 0)],
)
def test_a_first_block_that_is_too_long_for_its_time_begins_with_the_best_hope(begun, race, block, ends_s, chosen):
    """Each cell costs a second, and of two that have the same hopes serial comes first."""
    for other in ("threads", "process-pool"):
        cells = [PlannedCell("two", scenario, "python", 8, ()) for scenario in (other, "serial")]
        made = begun(0.0, cells, race=race, interpreters=BOTH["interpreters"])
        assert made._next(block, cells, ends_s) is cells[chosen]


@pytest.mark.parametrize(
    ("statuses", "taken"),
    [
        (["ok"], 1),
        (["ok", "ok"], 1),
        (["ok", "crashed"], 0),
        (["ok", "timeout"], 0),
        (["crashed"], 0),
        (["timeout"], 0),
    ],
)
def test_a_resumed_race_looks_again_at_what_went_well_in_the_end(begun, statuses, taken):
    looks, updates = [], []
    made = begun(0.0, race=True)
    made.standings = SimpleNamespace(
        update=updates.append,
        is_look=lambda count: count == 1,
        look=lambda: looks.append(len(updates)),
        drop=lambda cell: None,
    )
    for block in range(2):
        attempts = [
            {**recorded(CELLS[0], block), "status": status, "attempt": attempt}
            for attempt, status in enumerate(statuses)
        ]
        made._recall(attempts)
    assert (len(updates), looks) == (2 * taken, [1] * taken), "at one invocation, and not at two"


@pytest.mark.parametrize("status", ["crashed", "timeout"])
def test_what_an_attempt_that_failed_took_says_nothing_of_others(run, status):
    cells = [*CELLS, PlannedCell("one", "asyncio", "python", 8, ())]
    order = [cell.scenario for cell in plan.order(cells, 0, HEADER["seed"])]
    failing = next(name for name in order if name != "serial")

    def fails(job):
        failed = job.cell.scenario == failing
        return {"status": status, "reason": "no", "wall_s": 100.0} if failed else {"wall_s": 1.0}

    run(fails, cells, invocations=1, max_invocations=1)
    assert [left_s for *_, left_s in run.last.progress.shown][-1] == pytest.approx(1.0)


def test_of_a_dropped_cell_no_invocation_is_waited_for_from_its_block_on(begun):
    made = begun(0.0, invocations=4)
    made._drop(CELLS[1], 1)
    assert made.total == 2 * 4 - 3


def test_a_race_measures_only_what_is_worth_it_after_its_first_block(begun):
    made = begun(0.0, race=True)
    made.standings = SimpleNamespace(open=lambda _left_s: [CELLS[1].key])
    assert {cell.key for cell in made._left(0)} == {cell.key for cell in CELLS}
    assert [cell.key for cell in made._left(1)] == [CELLS[1].key]


@pytest.mark.parametrize(
    ("enough_s", "more"),
    [
        (60, ": --resume --budget 60 should decide 2"),
        (100, ": --resume --budget 120 should decide 2"),
        (1800, ": --resume --budget 1800 should decide 2"),
        (1801, ", and none in 30 minutes more at this noise"),
    ],
)
def test_a_race_that_ends_undecided_names_the_shortest_budget_that_tells_something(begun, enough_s, more):
    made = begun(0.0, race=True)
    made.standings = SimpleNamespace(
        count_unanswered=lambda: 3, count_answerable_in=lambda seconds: 2 if seconds >= enough_s else 0
    )
    assert made._what_more_would_tell() == f"3 comparisons cannot be decided yet{more}"
