"""From what the gate saw of a person's function to the cells that fit it."""

from __future__ import annotations

import pytest

from runoff.common import tables
from runoff.driver import plan
from runoff.workload import measuring, plan_rows
from runoff.workload.call_times import CallTimes
from runoff.workload.gate import Check, GateOutcome, Verdict, Workload
from runoff.workload.plan_rows import Nature
from runoff.workload.target import Target


def seen(call_s=0.5e-3, cpu_share=1.0, bytes_in=100):
    return CallTimes(call_s, call_s, 0.01, 100, cpu_share, 1.0, bytes_in, 100)


def sizes(found, scenario):
    rows = [row.content for row in found.rows if "loads" not in row.content]
    return [row["concurrency"][0] for row in rows if row["scenarios"] == [scenario]]


def left_out(found):
    return dict(found.left_out)


def test_what_computes_is_tried_at_one_and_at_the_cores():
    found = plan_rows.plan(seen(), Nature(), 4)
    for scenario in ("thread-pool", "process-pool", "interpreter-pool"):
        assert sizes(found, scenario) == [1, 4]
    assert sizes(found, "asyncio") == []
    assert "coroutine" in left_out(found)["asyncio"]


@pytest.mark.parametrize(("share", "wide"), [(0.69, True), (0.71, False)])
def test_what_waits_is_tried_wide_as_well(share, wide):
    found = plan_rows.plan(seen(20e-3, share), Nature(), 2)
    assert sizes(found, "thread-pool") == ([1, 2, 8, 32, 128] if wide else [1, 2])
    assert sizes(found, "process-pool") == ([1, 2, 8, 32] if wide else [1, 2])


def test_a_coroutine_has_a_loop():
    assert sizes(plan_rows.plan(seen(5e-3, 0.1), Nature(awaited=True), 2), "asyncio") == [1, 2, 8, 32, 128]


@pytest.mark.parametrize("awaited", [True, False])
def test_what_is_emptied_before_each_call_has_one_call_at_a_time_in_a_process(awaited):
    found = plan_rows.plan(seen(20e-3, 0.1), Nature(awaited=awaited, fresh=True), 2)
    ways = {row.content["scenarios"][0] for row in (*found.rows, *found.others)}
    assert ways == {"serial", "process-pool", "interpreter-pool", "distributed", "processes"}
    assert {row.content["worker_concurrency"] for row in found.rows if "transport" in row.content} == {1}
    assert "--fresh" in left_out(found)["thread-pool"]
    assert ("--fresh" in left_out(found)["asyncio"]) is awaited
    assert [row.content["scenarios"] for row in found.rows if "loads" in row.content] == [["process-pool"]]


def test_chosen_sizes_take_the_place_of_the_plans():
    assert sizes(plan_rows.plan(seen(), Nature(), 2, (3, 5)), "thread-pool") == [3, 5]


@pytest.mark.parametrize(
    ("call_s", "as_json", "bytes_in", "sent"),
    [
        (0.09e-3, True, 100, set()),
        (0.1e-3, True, 100, {"zmq+tcp"}),
        (1e-3, True, 100, {"zmq+tcp", "amqp"}),
        (1e-3, False, 100, set()),
        (1e-3, True, 2**20, set()),
    ],
)
def test_what_is_long_enough_to_travel_has_workers(call_s, as_json, bytes_in, sent):
    found = plan_rows.plan(seen(call_s, bytes_in=bytes_in), Nature(as_json=as_json), 2)
    assert {row.content["transport"] for row in found.rows if "transport" in row.content} == sent
    assert {name for name in left_out(found) if name.startswith("distributed")} == {
        f"distributed over {transport}" for transport in plan_rows.BREAK_EVEN_S if transport not in sent
    }


def test_workers_whose_credit_the_client_learns_hold_twice_what_they_run():
    rows = [row.content for row in plan_rows.plan(seen(20e-3, 0.1), Nature(), 2).rows if "transport" in row.content]
    credits = {(row["transport"], row["worker_concurrency"]): row.get("credit") for row in rows}
    assert credits == {("zmq+tcp", 8): 16, ("zmq+tcp", 32): 64, ("amqp", 8): None, ("amqp", 32): None}


def test_latency_behind_each_transport_may_be_asked_for():
    found = plan_rows.plan(seen(5e-3), Nature(), 2)
    driven = [row.content for row in found.others if "loads" in row.content]
    assert [(row["scenarios"], row["transport"]) for row in driven] == [
        (["distributed"], "zmq+tcp"),
        (["distributed"], "amqp"),
    ]


@pytest.mark.parametrize(
    ("call_s", "share", "awaited", "way"),
    [
        (0.5e-3, 1.0, False, ("process-pool", 2)),
        (20e-3, 0.1, False, ("thread-pool", 32)),
        (5e-3, 0.1, True, ("asyncio", 32)),
        (0.05, 1.0, False, None),  # 80 calls in 4 s at half of the capacity of two cores
    ],
)
def test_latency_is_measured_in_the_way_that_fits_where_calls_are_many_enough(call_s, share, awaited, way):
    found = plan_rows.plan(seen(call_s, share), Nature(awaited=awaited), 2)
    driven = [row.content for row in found.rows if "loads" in row.content]
    assert [(row["scenarios"][0], row["concurrency"][0]) for row in driven] == ([way] if way else [])
    assert all(row["loads"] == [50, 80] for row in driven)
    assert ("latency" in left_out(found)) == (way is None)


@pytest.mark.parametrize("call_s", [1e-6, 20e-6, 0.5e-3, 20e-3, 0.5, 2.0, 30.0])
@pytest.mark.parametrize("cpu_share", [0.05, 1.0])
def test_an_iteration_is_long_against_the_clock_and_an_invocation_short(call_s, cpu_share):
    found = plan_rows.plan(seen(call_s, cpu_share), Nature(), 2)
    for row in found.rows:
        at_once = row.content.get("concurrency", [1])[0] * row.content.get("worker_concurrency", 1)
        assert row.content["batch"] >= at_once
        running = at_once if cpu_share < 0.5 else min(at_once, 2)
        takes_s = row.content["batch"] * (call_s + plan_rows.HANDOVER_S[row.content["scenarios"][0]]) / running
        assert max(0.9 * plan_rows.ITERATION_S, call_s) <= takes_s <= 1.3 * max(plan_rows.ITERATION_S, call_s)
    assert found.min_iterations == {2.0: 2, 30.0: 1}.get(call_s, 7)


def verdict(label, failed=(), answered=True):
    rows = [Check("answers", answered, None if answered else "input 2: ValueError: no", 0.0)]
    rows += [Check(check, False, "its reason\nand more", 0.0) for check in failed]
    return Verdict(label, rows, answers=[1], times=seen())


def made(*verdicts, call_s=0.5e-3):
    workload = Workload("orders.py:handle", Target("/x", "orders", "handle", None), [[1]], None, {})
    found = plan_rows.plan(seen(call_s), Nature(), 2)
    return measuring.Measuring(
        workload, GateOutcome(list(verdicts), None), found, {"interpreter": "a", "scenario": "serial"}, (), "abc"
    )


def test_the_plan_is_of_a_function_that_is_to_forget(monkeypatch):
    monkeypatch.setattr(measuring.files, "write", lambda *_: None)
    workload = Workload("orders.py:handle", Target("/x", "orders", "handle", None, fresh=True), [[1]], None, {})
    today = {"interpreter": "a", "scenario": "serial"}
    planned = measuring.make(workload, GateOutcome([verdict("a")], None), today, (), (), 2)
    assert "--fresh" in left_out(planned.plan)["thread-pool"]


def test_the_plan_becomes_sets_that_the_driver_reads():
    table = made(verdict("a")).table(tables.read("experiments.toml"))
    plan.check(plan.Selection(scenarios=("thread-pool",), concurrency=(3,)), table)
    plan.check(plan.Selection(scenarios=("processes",)), table)  # not planned, and may be asked for
    with pytest.raises(plan.BadInput, match="gevent has no cell"):
        plan.check(plan.Selection(scenarios=("gevent",)), table)
    assert table["profiles"]["quick"]["min_iterations"] == 7
    quick = made(verdict("a"), call_s=30.0).table(tables.read("experiments.toml"))["profiles"]["quick"]
    assert quick["min_iterations"] == 1
    assert quick["timeout_s"] == pytest.approx(20 * 30.0, rel=0.01)


def test_a_smoke_run_measures_every_way_and_no_latency():
    table = made(verdict("a")).table(tables.read("experiments.toml"))
    driven = {name for name, row in table["sets"].items() if "loads" in row}
    smoke, quick = (set(table["profiles"][name]["sets"]) for name in ("smoke", "quick"))
    assert quick & driven
    assert smoke == quick - driven


@pytest.mark.parametrize(
    ("failed", "skipped"),
    [
        (["threads"], {"thread-pool"}),
        (["fork"], {"process-pool"}),
        (["spawn", "forkserver"], set()),  # the cell begins its children by fork
        (["leaves nothing", "gil"], set()),
        (["answers of a"], {"serial", "thread-pool", "process-pool"}),
    ],
)
def test_what_failed_a_check_is_measured_in_the_ways_that_do_not_need_it(failed, skipped):
    found = made(verdict("a"), verdict("b", failed))
    for scenario in ("serial", "thread-pool", "process-pool"):
        method = "fork" if scenario == "process-pool" else None
        reason = found.reason_to_skip("b", scenario, method)
        assert (reason is not None) == (scenario in skipped)
        assert reason is None or reason == f"the gate: {failed[0]}: its reason"
        assert found.reason_to_skip("a", scenario, method) is None


@pytest.mark.parametrize(
    ("peaks_mib", "grows"),
    [
        ([20, 30, 40, 50, 60, 70], 2**20),
        ([20, 60, 60, 60, 60, 60], None),  # a set-up
        ([20, 30, 40, 42, 43, 44], None),  # a heap that finds its size
        ([20, None, None, None, None, None], None),
    ],
)
def test_a_function_that_grows_with_each_call_is_told_from_one_that_sets_itself_up(peaks_mib, grows):
    stretches = [
        {"calls": 10, "wall_ns": 10**7, "cpu_ns": 10**7, "waits": 0, "peak_bytes": peak and peak * 2**20}
        for peak in peaks_mib
    ]
    reply = {"stretches": stretches, "first_ns": 1, "load_ns": 1, "threads": None}
    assert CallTimes.of_reply(reply, [[1]], [1]).grows == grows


def test_the_share_of_computing_is_not_fooled_by_a_busy_machine():
    def reply(waits):
        stretch = {"calls": 10, "wall_ns": 10**9, "cpu_ns": 4 * 10**8, "waits": waits, "peak_bytes": 0}
        return {"stretches": [stretch], "first_ns": 10**8, "load_ns": 1, "threads": None}

    assert CallTimes.of_reply(reply(2), [[1]], [1]).cpu_share == 1.0  # others took the core: it never gave it up
    assert CallTimes.of_reply(reply(10), [[1]], [1]).cpu_share == 0.4
    assert CallTimes.of_reply(reply(None), [[1]], [1]).cpu_share == 0.4


def profile(*verdicts, call_s=30.0):
    return made(*verdicts, call_s=call_s).table(tables.read("experiments.toml"))["profiles"]["quick"]


def test_an_invocation_of_several_long_iterations_is_waited_for():
    quick = profile(verdict("a"), call_s=2.9)
    assert quick["min_iterations"] == 2
    assert quick["timeout_s"] == pytest.approx(20 * 2 * 2.9, rel=0.01)


def test_the_most_that_a_run_takes_grows_with_the_interpreters_that_passed():
    one, two, failed = (
        profile(*verdicts)["max_budget_s"]
        for verdicts in ([verdict("a")], [verdict("a"), verdict("b")], [verdict("a"), verdict("b", answered=False)])
    )
    assert (two, failed) == (2 * one, one)


def test_only_who_passed_has_the_requirements_of_the_function_in_its_environment(monkeypatch):
    monkeypatch.setattr(measuring, "layered", lambda ours, installed: "layered")
    passed, failed = verdict("a"), verdict("b", ["answers of a"])
    passed.installed = failed.installed = object()
    assert made(passed, failed).environments({"a": "ours", "b": "ours"}) == {"a": "layered", "b": "ours"}


def test_a_call_adds_what_came_with_the_calls_between_two_looks_at_the_memory():
    stretches = [
        {"calls": calls, "wall_ns": 10**7, "cpu_ns": 10**7, "waits": 0, "peak_bytes": peak_mib * 2**20}
        for calls, peak_mib in zip((1, 2, 4, 8, 16, 32), (20, 22, 26, 34, 50, 82))
    ]
    reply = {"stretches": stretches, "first_ns": 1, "load_ns": 1, "threads": None}
    assert CallTimes.of_reply(reply, [[1]], [1]).grows == 2**20


@pytest.mark.parametrize(("share", "batches"), [(1.0, [200, 200]), (0.1, [200, 800])])
def test_what_computes_has_no_larger_batch_for_more_calls_at_once_than_there_are_cores(share, batches):
    found = plan_rows.plan(seen(0.5e-3, share), Nature(), 2, (2, 8))
    rows = [row.content for row in found.rows if row.content["scenarios"] == ["thread-pool"]]
    assert [row["batch"] for row in rows if "loads" not in row] == batches
