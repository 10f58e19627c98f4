"""What a run says of each claim: which cells are compared, and the reason where it cannot be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runoff.analysis.cells.gathering import gather
from runoff.analysis.claims import check as claims
from runoff.analysis.decision import inputs
from runoff.analysis.measured_cells import MeasuredCells
from tests.helpers import runs


def checked(run):
    cells = MeasuredCells.of(run)
    ids = {id(cell): at for at, cell in enumerate(cells.planned)}
    return {row["name"]: row["by_interpreter"] for row in claims.check(cells, ids)}


def claim_run(tmp_path, held, released, gil=True):
    """serial, threads and processes on both native tasks; ``held``, ``released``: seconds of a batch with threads."""
    cells, records = [], []
    for task, threads in (("native-gil", held), ("native-nogil", released)):
        for scenario, seconds in (("serial", 1.0), ("threads", threads), ("processes", 0.3)):
            planned = runs.cell("python", scenario, task)
            cells.append(planned)
            records += runs.invocations(planned, seconds, gil={"at_start": gil, "at_end": gil})
    for scenario, seconds in (("serial", 1.0), ("threads", 0.1)):
        planned = runs.cell("python", scenario, "io")
        cells.append(planned)
        records += runs.invocations(planned, seconds)
    return runs.run(tmp_path, ["python"], cells, records)


def test_claims_hold_where_there_is_a_gil(tmp_path):
    found = checked(claim_run(tmp_path, held=1.0, released=0.3))
    assert {name: found[name]["python"]["verdict"] for name in ("C2", "C3", "C5")} == dict.fromkeys(
        ("C2", "C3", "C5"), claims.HOLDS
    )


def test_claims_about_the_gil_fail_without_one_and_say_why(tmp_path):
    found = checked(claim_run(tmp_path, held=0.3, released=0.3, gil=False))
    for name in ("C2", "C5"):
        assert found[name]["python"]["verdict"] == claims.FAILS
        assert "there is no GIL" in found[name]["python"]["why"]
    assert found["C3"]["python"]["verdict"] == claims.HOLDS


def test_a_claim_whose_cells_are_missing_cannot_be_told_and_says_what_is_missing(tmp_path):
    found = checked(claim_run(tmp_path, held=1.0, released=0.3))
    assert found["C8"]["python"]["verdict"] == claims.OPEN
    assert "not measured" in found["C8"]["python"]["why"]
    assert found["C9"]["python"]["verdict"] == claims.NOT_ASKED
    assert found["C11"]["python"]["verdict"] == claims.OPEN


@pytest.mark.parametrize(
    ("seconds", "failures", "verdict"), [(1.0, 3, "holds"), (1.0, 0, "does not hold"), (0.1, 3, "does not hold")]
)
def test_the_claim_about_high_load_needs_both_a_slower_loop_and_failures(tmp_path, seconds, failures, verdict):
    threads, loop = (
        runs.cell("python", "threads", "io-load", 100),
        runs.cell("python", "asyncio-aiohttp", "io-load", 100),
    )
    records = [
        *runs.invocations(threads, 0.3),
        *runs.invocations(loop, seconds, failures={"ECONNRESET": failures} if failures else {}),
    ]
    found = checked(runs.run(tmp_path, ["python"], [threads, loop], records))
    assert found["C8"]["python"]["verdict"] == verdict


ZMQ, AMQP = {"transport": "zmq+tcp", "worker_kind": "thread"}, {"transport": "amqp", "worker_kind": "thread"}


def killing_run(tmp_path, over_zmq, over_a_broker, count=3):
    cells, records = [], []
    for wire, found in ((ZMQ, over_zmq), (AMQP, over_a_broker)):
        planned = runs.cell("python", "distributed", "sleep", 20, concurrency=2, **wire, task_ms=4, kills=4)
        cells.append(planned)
        records += runs.invocations(planned, 0.04, count, kills=found, worker_answers=[71, 69])
    return checked(runs.run(tmp_path, ["python"], cells, records))["C11"]["python"]


QUICK, SLOW = runs.kills(7, 8, 9, 10), runs.kills(40, 50, 60, 99)


@pytest.mark.parametrize(
    ("over_zmq", "over_a_broker", "verdict", "why"),
    [
        (QUICK, SLOW, "holds", ""),
        (SLOW, SLOW, "does not hold", "refuted by from SIGKILL to the next answer to its tasks over ZeroMQ, median"),
        (QUICK, runs.kills(101, 200, 300, 400), "does not hold", "refuted by the same over a broker, median"),
        (runs.kills(7, 8, 9, 10, lost=1), SLOW, "does not hold", "refuted by tasks lost when workers were killed"),
        (QUICK, runs.kills(40, 50, 60, 99, twice=1), "does not hold", "refuted by answers delivered twice"),
        (runs.kills(7, 8, 30, 40), SLOW, "cannot tell", "the interval decides neither way"),
    ],
)
def test_killed_workers_are_judged_by_the_median_gap_and_by_every_task(tmp_path, over_zmq, over_a_broker, verdict, why):
    found = killing_run(tmp_path, over_zmq, over_a_broker)
    assert found["verdict"] == verdict
    assert why in found["why"]
    assert bool(why) == bool(found["why"])
    gap = found["parts"][0]
    assert gap["expect"] == "at most 20 ms"
    assert gap["ratio"][1] <= gap["ratio"][0] <= gap["ratio"][2]
    assert gap["above"].startswith("distributed[")


def test_a_cell_that_kills_decides_nothing_else_and_its_processor_time_is_not_that_of_its_iterations(tmp_path):
    planned = runs.cell("python", "distributed", "sleep", 20, concurrency=2, **ZMQ, task_ms=4, kills=4)
    run = runs.run(tmp_path, ["python"], [planned], runs.invocations(planned, 0.04, kills=QUICK))
    (cell,) = gather(run)
    assert cell.cpu_s_per_1000 is None
    assert inputs.gather(MeasuredCells.of(run))["tasks"] == []


def test_five_kills_are_too_few_for_an_interval_of_their_median(tmp_path):
    assert killing_run(tmp_path, runs.kills(7, 7, 7, 7, 7), SLOW, count=1)["parts"][0]["ratio"] == [7.0, None, None]
    assert killing_run(tmp_path, runs.kills(5, 6, 7, 8, 9, 10), SLOW, count=1)["parts"][0]["ratio"] == [7.5, 5.0, 10.0]


def test_a_run_without_kills_names_the_profile_that_makes_them(tmp_path):
    why = checked(claim_run(tmp_path, held=1.0, released=0.3))["C11"]["python"]["why"]
    assert why.count("not measured in this run, but by --profile transports") == 4


def test_a_broker_that_was_not_there_leaves_the_claim_open_with_its_reason(tmp_path):
    planned = [runs.cell("python", "distributed", "sleep", 20, **wire, task_ms=4, kills=4) for wire in (ZMQ, AMQP)]
    records = [
        *runs.invocations(planned[0], 0.04, kills=QUICK, worker_answers=[71, 69]),
        *runs.invocations(planned[1], 0, status="skipped", reason="no broker"),
    ]
    found = checked(runs.run(tmp_path, ["python"], planned, records))["C11"]["python"]
    assert found["verdict"] == claims.OPEN
    assert "the same over a broker, median: distributed" in found["why"]
    assert "skipped (no broker)" in found["why"]


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([28, 28], claims.HOLDS),
        ([32, 24], claims.HOLDS),
        ([36, 20], claims.FAILS),
        ([56, 0], claims.FAILS),
    ],
)
def test_the_load_spreads_evenly_where_the_busiest_worker_is_near_the_mean(tmp_path, answers, verdict):
    cells, records = [], []
    for transport, given in (("zmq+tcp", [28, 28]), ("zmq+ipc", answers)):
        planned = runs.cell("python", "distributed", "python", 8, concurrency=2, transport=transport)
        cells.append(planned)
        records += runs.invocations(planned, 0.03, worker_answers=given)
    spread = checked(runs.run(tmp_path, ["python"], cells, records))["C10"]["python"]["parts"][1]
    assert (spread["verdict"], spread["expect"]) == (verdict, "at most 1.2")
    assert spread["ratio"][0] == pytest.approx(max(answers) / 28)


def test_one_invocation_or_one_that_is_about_at_the_limit_decides_no_balance(tmp_path):
    planned = runs.cell("python", "distributed", "python", 8, concurrency=2, transport="memory")
    uneven = [[28, 28], [38, 18]]
    records = [next(runs.invocations(planned, 0.03, block=at, worker_answers=each)) for at, each in enumerate(uneven)]
    for some in (records[:1], records):
        found = checked(runs.run(tmp_path, ["python"], [planned], some))["C10"]["python"]
        assert found["parts"][1]["verdict"] == claims.OPEN


def test_two_invocations_judge_what_is_plain_and_serial_waits_of_another_size_stand_in(tmp_path):
    cells, records = [], []
    for scenario, sizes, wait in (("serial", (1, 2, 3), 1.0), ("threads", (1, 16), 0.0)):
        for n in sizes:
            planned = runs.cell("python", scenario, "io", n)
            cells.append(planned)
            records += runs.invocations(planned, wait * n or 1.01, count=2)
    found = checked(runs.run(tmp_path, ["python"], cells, records))
    ends, shorter = found["C1"]["python"]["parts"][1], found["C2"]["python"]["parts"][0]
    assert (ends["verdict"], shorter["verdict"]) == (claims.HOLDS, claims.HOLDS)
    assert shorter["ratio"][0] == pytest.approx(16 / 1.01, rel=0.1)


def test_one_task_alone_refutes_no_claim_about_many(tmp_path):
    cells = [runs.cell("python", scenario, "io", 1) for scenario in ("serial", "threads")]
    records = [record for planned in cells for record in runs.invocations(planned, 1.0)]
    assert checked(runs.run(tmp_path, ["python"], cells, records))["C2"]["python"]["verdict"] == claims.OPEN


def test_a_claim_names_the_reason_of_the_cell_it_lacks(tmp_path):
    run = claim_run(tmp_path, held=1.0, released=0.3)
    planned = runs.cell("python", "tornado", "io")
    record = list(runs.invocations(planned, 0, status="skipped", reason="no tornado: ImportError"))
    run = runs.run(tmp_path, ["python"], [*run.header["cells"], planned], [*run.records, *record])
    assert "no tornado: ImportError" in checked(run)["C6"]["python"]["why"]


def test_claims_of_a_run_that_stops_by_what_it_sees_share_the_risk_of_its_looks(tmp_path):
    run = claim_run(tmp_path, held=1.0, released=0.3)
    raced = replace(run, header={**run.header, "race": True})
    ratios = [[part["ratio"] for part in checked(each)["C2"]["python"]["parts"]] for each in (run, raced)]
    for (value, low, high), (same, lower, higher) in zip(*ratios):
        assert value == same
        assert lower < low < high < higher
