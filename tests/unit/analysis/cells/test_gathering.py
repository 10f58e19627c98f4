"""From the records of a run to cells: their order, their status, their warm-up, their noise and their pace."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from runoff.analysis.cells import comparing, gathering
from runoff.records import cell_keys, record
from runoff.stats import steady_state
from runoff.stats.intervals import geometric_mean
from tests.helpers.exact_runs import cell, measured, run_of


def test_cells_stand_by_interpreter_and_then_as_planned_and_the_baselines_repeat_last(tmp_path):
    known = {label: {"implementation": "CPython", "python": label[8:]} for label in ("cpython-3.13", "cpython-3.9")}
    planned = [
        cell("baseline-repeat"),
        cell("cpython-3.13", "threads"),
        cell("cpython-3.9"),
        cell("cpython-3.13", "serial"),
    ]
    found = gathering.gather(run_of(tmp_path, planned, [], interpreters=known))
    assert [(each.interpreter, each.scenario) for each in found] == [
        ("cpython-3.9", "serial"),
        ("cpython-3.13", "threads"),
        ("cpython-3.13", "serial"),
        ("baseline-repeat", "serial"),
    ]


def test_a_cell_without_a_record_says_that_the_run_was_not_finished(tmp_path):
    (found,) = gathering.gather(run_of(tmp_path, [cell()], [], finished_at=None))
    assert (found.status, found.reason) == (record.SKIPPED, "not measured: the run was not finished")


def test_a_cell_without_a_record_in_a_run_that_ended_was_beyond_its_budget(tmp_path):
    ended = {"finished_at": 1.7e9, "budget_s": 60.0}
    (found,) = gathering.gather(run_of(tmp_path, [cell()], [], **ended))
    assert (found.status, found.reason) == (
        record.SKIPPED,
        "over the budget of 60 s: raise --budget or choose fewer cells",
    )


def test_a_failure_before_invocations_that_went_well_still_counts(tmp_path):
    (failed,) = measured(cell(), 1.0, status="timeout", reason="killed after 60 s")
    good = [{**each, "block": 1 + each["block"]} for each in measured(cell(), 1.0, 1.0)]
    (found,) = gathering.gather(run_of(tmp_path, [cell()], [failed, *good]))
    assert (found.status, found.reason) == ("timeout", "killed after 60 s")


def test_a_failure_that_gives_no_reason_is_one_all_the_same(tmp_path):
    (good,) = measured(cell(), 1.0)
    for status in ("crashed", "timeout"):
        (failed,) = measured(cell(), 1.0, status=status)
        for records in ([failed, {**good, "block": 1}], [failed]):
            (found,) = gathering.gather(run_of(tmp_path, [cell()], records))
            assert (found.status, found.reason, found.unmeasured) == (status, None, False)


def times(*stretches):
    return [2 * 10**9, *(int(each * 1e9) for count, each in stretches for _ in range(count))]


def test_a_run_that_waits_wants_a_second_of_steady_iterations_and_another_does_not(tmp_path):
    (short,) = measured(cell(), 1.0, iterations_ns=times((10, 0.09), (20, 0.01)))
    waits = {"half_width": 0.01, "max_iterations": 1000, "max_seconds": 100.0}
    for changes, state in ((waits, steady_state.STILL_CHANGING), ({}, steady_state.WARM_UP)):
        (found,) = gathering.gather(run_of(tmp_path, [cell()], [short], **changes))
        assert found.state == state


def test_what_a_pilot_showed_decides_whether_an_invocation_was_warm(tmp_path):
    jit = {"cpython-3.13": {"jit": True}}
    short, pilot = measured(cell(), 1.0, 1.0)
    pilot["iterations_ns"] = times((30, 0.03), (170, 0.01))
    short["iterations_ns"] = [30_000_000] * 7
    found = gathering.gather(run_of(tmp_path, [cell()], [short, pilot], interpreters=jit, pilot_s=2.0))[0]
    assert [each.kind for each in found.steadiness] == [steady_state.STILL_WARMING, steady_state.WARM_UP]
    assert found.throughputs == [pytest.approx(1000)]
    past = {**pilot, "block": 2, "iterations_ns": pilot["iterations_ns"][:31] + [10_000_000] * 20}
    for records, known in (([pilot, past], True), ([past], False)):
        pilots = gathering.pilots_of({"interpreters": jit, "pilot_s": 4.0, "machine": {"cores": 2}}, records)
        assert (pilots.start(cell_keys.warm_up_key(pilot)) is not None) == known
    failed = {**pilot, "status": "failed", "reason": "no"}
    assert (
        gathering.pilots_of({"interpreters": jit, "pilot_s": 2.0, "machine": {"cores": 2}}, [failed]).start(
            cell_keys.warm_up_key(pilot)
        )
        is None
    )


def test_cells_of_a_task_learn_their_noise_from_each_other(tmp_path):
    planned = [
        cell(scenario="thread-pool", task=task, concurrency=size) for task in ("python", "io") for size in range(9)
    ]
    records = [
        each for at, own in enumerate(planned) for each in measured(own, 1.0, 1.01 + 0.1 * (at // 9) + at / 1000)
    ]
    quiet, *_, loud = gathering.gather(run_of(tmp_path, planned, records))
    assert quiet.prior.variance < loud.prior.variance / 10
    alone = geometric_mean(quiet.throughputs)
    assert quiet.throughput.half_width < alone.half_width / 2, "its interval rests on what the others show as well"
    few = gathering.gather(run_of(tmp_path, planned[:3], records[:6]))
    assert [each.prior for each in few] == [None] * 3


@pytest.mark.parametrize("changes", [{"rates": [300]}, {"status": "failed", "reason": "no"}])
def test_what_has_no_speed_of_its_own_says_nothing_of_noise(tmp_path, changes):
    loads = {name: value for name, value in changes.items() if name == "rates"}
    planned = [cell(scenario="thread-pool", concurrency=size, **loads) for size in range(10)]
    fields = {name: value for name, value in changes.items() if name != "rates"}
    records = [each for at, own in enumerate(planned) for each in measured(own, 1.0, 1.01 + at / 1000, **fields)]
    assert {each.prior for each in gathering.gather(run_of(tmp_path, planned, records))} == {None}


def paced():
    """Return the cells and the invocations of two interpreters: 12 of 0.1 s an iteration at the machine's full pace."""
    chance = random.Random(1)
    planned = [cell("cpython-3.13"), cell("pypy-3.11")]
    records = []
    for block, (at, of_it) in itertools.product(range(12), enumerate(planned)):
        slow = 1 + chance.random()
        taken = {"iterations_ns": [int(1e8 * slow)] * 7, "paces_ns": [int(1e6 * slow)] * 8}
        records.append({**measured(of_it, 1.0)[0], **taken, "block": block, "started_at": 2.0 * block + at})
    return planned, records


def test_speeds_are_those_at_the_machines_average_pace(tmp_path):
    found = gathering.gather(run_of(tmp_path, *paced()))
    for each in found:
        assert each.throughput.value == pytest.approx(100 / 1.5, rel=0.1)
        assert max(each.throughputs) / min(each.throughputs) < 1.05
        assert each.level.shared > 0
        assert each.throughput.half_width > 1.9 * math.sqrt(each.level.shared)
    assert comparing.compare(*found).shared == sum(each.level.shared for each in found)


def test_a_cell_of_which_one_invocation_lacks_the_pace_keeps_the_speeds_it_had(tmp_path):
    planned, records = paced()
    records[6]["paces_ns"] = None
    found = {each.interpreter: each for each in gathering.gather(run_of(tmp_path, planned, records))}
    old, new = found["cpython-3.13"], found["pypy-3.11"]
    assert old.throughputs == pytest.approx([10e9 / each["iterations_ns"][0] for each in records[::2]])
    assert (old.level.shared, len(new.even)) == (0.0, 12)


def test_what_is_still_warming_up_says_nothing_of_noise(tmp_path):
    jit = {"cpython-3.13": {"jit": True}}
    planned = [cell(scenario="thread-pool", concurrency=size) for size in range(10)]
    records = [each for at, own in enumerate(planned) for each in measured(own, 1.0, 1.01 + at / 1000)]
    found = gathering.gather(run_of(tmp_path, planned, records, interpreters=jit, pilot_s=1000.0))
    assert all(each.warming for each in found)
    assert {each.prior for each in found} == {None}
