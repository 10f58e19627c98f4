"""What the measuring pass decides: again, longer, enough; with an invoke that answers as the test says."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from runoff.driver import invoke, measuring_pass, run_header
from runoff.driver.plan import Cell
from runoff.records import record
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
CELLS = [Cell("one", "serial", "python", 8, ()), Cell("one", "threads", "python", 8, ())]


class Progress:
    def show(self, *_):
        pass

    say = board = show


@pytest.fixture
def run(tmp_path):
    """run(answer, **header) -> (jobs, records); ``answer(job)`` gives the fields in which a record differs."""

    def start(answer, cells=CELLS, folder: Path = tmp_path, clock=time.monotonic, **changes):
        jobs = []

        def invoke(job, _folder, _guard):
            jobs.append(job)
            told = {"status": "ok", "iterations_ns": [50_000_000] * job.min_iterations, "wall_s": 0.5, **answer(job)}
            return {
                **dict.fromkeys(record.FIELDS),
                "schema": record.SCHEMA,
                **job.cell.data,
                "block": job.block,
                **told,
            }

        header = {**HEADER, "cells": [{**cell.data, "skip": None} for cell in cells], **changes}
        record.write_header(folder, header)
        server = SimpleNamespace(url=lambda _delay: "", pid=1)
        environments = {"one": None, "baseline_repeat": None}
        measuring_pass.MeasuringPass(folder, header, environments, Progress(), None, start=invoke, clock=clock).run(
            server
        )
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
    cells = [Cell("one", "serial", "python", 8, ()), Cell("one", "threads", "io", 8, (("delay_ms", 50),))]
    jobs, _ = run(lambda job: {}, cells, max_seconds=2.5, waiting={"max_seconds": 0.25})
    limits = {(job.cell.task, invoke.request_of(job)["max_ns"]) for job in jobs}
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
    many = [Cell("one", "serial", "python", n, ()) for n in range(1, 41)]
    jobs, _ = run(lambda job: {"tainted": "busy", "attempt": job.attempt}, cells=many)
    repeated = [job for job in jobs if job.attempt]
    assert len(jobs) - len(repeated) == 40 * HEADER["invocations"]
    assert len(repeated) == 2 * 10, "until it was clear that it does not help"


def test_a_compiling_cell_has_a_pilot_second_and_then_runs_past_its_plateau(run):
    def falls(job):
        count = max(job.min_iterations, int(job.pilot_s * 100))
        return {"iterations_ns": [30_000_000 if at < 40 else 10_000_000 for at in range(count)]}

    jobs, _ = run(falls, CELLS[:1], pilot_s=2.0, interpreters={"one": {"jit": True}})
    assert [(job.pilot_s > 0, job.min_iterations) for job in jobs[:2]] == [(False, 7), (True, 7)]
    assert jobs[2].min_iterations > 40 + HEADER["min_iterations"] - 1
    assert jobs[2].max_iterations >= jobs[2].min_iterations


def test_cells_that_warm_up_alike_share_one_pilot_a_block_though_it_was_too_short(run):
    def falls(job):
        count = max(job.min_iterations, int(job.pilot_s * 100))
        return {"iterations_ns": [int(20e6 - 10e6 * at / count) for at in range(count)]}

    carriers = ("memory", "zmq+ipc", "zmq+tcp")
    cells = [Cell("one", "distributed", "python", 8, (("transport", carrier),)) for carrier in carriers]
    jobs, _ = run(falls, cells, pilot_s=2.0, max_invocations=4, invocations=4, interpreters={"one": {"jit": True}})
    assert [(job.block, job.pilot_s) for job in jobs if job.pilot_s] == [(1, 2.0), (2, pytest.approx(6, rel=0.1))]


def test_a_compiling_cell_in_an_open_loop_is_warm_before_the_load_of_its_only_invocation(run):
    driven = [Cell("one", "serial", "python", 8, (("loads", [50]), ("seconds", 4)))]
    jobs, _ = run(lambda job: {}, driven, pilot_s=2.0, max_invocations=1, interpreters={"one": {"jit": True}})
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

    jobs, _ = run(answer, **RACE)
    assert [job.min_iterations for job in jobs if job.block == 0] == [4, 4]
    counts = Counter(job.cell.scenario for job in jobs)
    assert counts == {"serial": 3, "threads": 1}, "four times as slow as its interpreter's best: out"


def test_a_race_that_nothing_decides_keeps_to_its_budget(run, monkeypatch):
    now = [0.0]
    chance = random.Random(4)

    def answer(job):
        now[0] += 1.0
        return {"iterations_ns": [int(10**7 * chance.uniform(0.5, 2))] * job.min_iterations, "wall_s": 1.0}

    said = []
    monkeypatch.setattr(Progress, "say", lambda _self, message: said.append(message))
    jobs, _ = run(answer, clock=lambda: now[0], **RACE, budget_s=20.0)
    assert 20 <= len(jobs) <= 21
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


@pytest.mark.parametrize(
    ("parameters", "rounds"),
    [
        ({}, 6500),
        ({"delay_ms": 10}, 6500),
        ({"delay_ms": 10, "cpu_share": 0.5}, 10_000),  # ten milliseconds of computing beside ten of waiting
        ({"delay_ms": 30, "cpu_share": 0.25}, 10_000),
        ({"delay_ms": 0, "cpu_share": 0.5}, 1),
    ],
)
def test_the_share_of_computing_is_of_the_whole_task(parameters, rounds):
    measuring = object.__new__(measuring_pass.MeasuringPass)
    measuring.header = {"work": {"python": 6500}, "work_ms": {"python": 6.5}}
    assert measuring._rounds("python", parameters) == pytest.approx(rounds, abs=1)


@pytest.mark.parametrize("today", [None, {"interpreter": "one", "scenario": "threads"}])
def test_what_every_ratio_is_against_is_measured_whatever_the_budget_is(run, today):
    cells = [Cell("one", scenario, "python", 8, ()) for scenario in ("processes", "threads", "asyncio", "serial")]
    jobs, records = run(lambda job: {}, cells, budget_s=0.0, today=today)
    assert [job.cell.scenario for job in jobs] == ["threads" if today else "serial"]
    assert sum(each["status"] == record.SKIPPED for each in records) == 3
