"""A cell: what it is called, which of its invocations count, and the figures that it gives."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from runoff.analysis import cells
from runoff.analysis.cells import Cell
from runoff.records import cell_keys, record
from runoff.stats import steady_state
from runoff.stats.intervals import geometric_mean
from runoff.stats.steady_state import Steadiness
from tests.helpers.exact_runs import cell, measured, run_of

STEADY, WARMING = Steadiness(steady_state.SETTLED, 4), Steadiness(steady_state.STILL_WARMING, None)


def of(*invocations, kinds=None, task="python", scenario="thread-pool", **parameters):
    """Return a cell of ``invocations`` (fields of their records), all steady where ``kinds`` does not say otherwise."""
    found = Cell("one", scenario, task, 10, parameters, "ok")
    found.invocations = [{"batch": 10, "iterations_ns": [10**9] * 7, "wall_s": 1.0, **each} for each in invocations]
    found.steadiness = list(kinds or [STEADY] * len(invocations))
    return found


def lasting(*seconds, **parameters):
    return of(*({"iterations_ns": [int(each * 1e9)] * 7} for each in seconds), **parameters)


def test_a_cell_is_named_by_how_it_was_run_and_not_by_its_task_or_load():
    assert of().name == "thread-pool"
    assert of(concurrency=2, workers=3, delay_ms=10, rates=[300], seconds=4).name == "thread-pool[2, workers=3]"
    assert of(start_method="fork").name == "thread-pool[fork]"


def test_a_work_is_named_by_its_task_its_size_and_its_settings():
    found = of(task="io", delay_ms=10, concurrency=2)
    assert found.work == "io, 10 tasks of delay_ms=10"
    assert found.task_with_settings == "io, delay_ms=10"
    assert (of().work, of().task_with_settings) == ("python, 10 tasks", "python")
    assert of(task="own-function").work == "own-function"


def test_a_place_is_the_cell_but_for_its_interpreter_and_how_children_are_started():
    found = of(concurrency=2, start_method="fork")
    assert found.place == "thread-pool/python/batch=10,concurrency=2"
    assert found.key == "one/thread-pool/python/batch=10,concurrency=2,start_method=fork"


def test_the_words_of_a_cells_parameters():
    assert of(rates=[300]).for_latency
    assert of(loads=[50]).for_latency
    assert not of(concurrency=2).for_latency
    assert of(worker_interpreter="two").runs_elsewhere
    assert not of().runs_elsewhere
    assert (of(transport="amqp").transport, of().transport) == ("amqp", "")


def test_guarantees_are_those_of_the_first_invocation_that_has_some():
    found = of({}, {"guarantees": []}, {"guarantees": ["answered", "broker"]}, {"guarantees": ["other"]})
    assert found.guarantees == ["answered", "broker"]
    assert found.brokered
    assert of({}).guarantees == []
    assert not of({}).brokered


def test_answers_of_workers_are_those_of_the_invocations_that_count_them():
    assert of({"worker_answers": [3, 2]}, {}, {"worker_answers": [4, 1]}).worker_answers == [[3, 2], [4, 1]]


def test_while_some_invocations_ran_past_the_warm_up_the_others_do_not_count():
    kinds = [WARMING, STEADY, STEADY]
    found = of(*({"iterations_ns": [each] * 7} for each in (10**10, 10**9, 10**9)), kinds=kinds)
    assert found.throughputs == [10.0, 10.0]
    assert not found.warming
    found.steadiness = [WARMING] * 3
    assert len(found.warm) == 3
    assert found.warming


def test_what_invocations_cost_is_known_where_it_was_measured():
    assert of({"wall_s": 2.0}, {"wall_s": None}, {"wall_s": 3.0}).walls_s == [2.0, 3.0]


def test_a_badge_says_the_state_the_failures_and_the_disturbances():
    assert of({}).badge == ""
    kind = Steadiness(steady_state.SLOW_DOWN, 4)
    found = of({"failures": {"b": 2, "a": 1}, "tainted": "busy"}, {"failures": {"b": 3}}, kinds=[kind] * 2)
    assert found.badge == "slows down, 1 failed: a, 5 failed: b, 1 tainted"
    assert found.tainted == 1


def test_a_cell_without_a_steady_state_is_not_ranked():
    found = of({}, {}, kinds=[Steadiness(steady_state.NO_STEADY_STATE, None)] * 2)
    assert not found.ranked
    assert found.badge == "no steady state"
    assert of({}, {}).ranked


CPU = {"cpu_s": 2.5, "open_cpu_s": 0.5, "checked": 100}


def test_cpu_seconds_are_the_mean_over_the_invocations_that_know_them():
    more = {**CPU, "cpu_s": 4.5}
    assert of(CPU, more, {**CPU, "cpu_s": None}, {**CPU, "open_cpu_s": None}).cpu_s_per_1000 == 30.0
    assert of({**CPU, "checked": 0}).cpu_s_per_1000 is None


@pytest.mark.parametrize("parameters", [{"rates": [300]}, {"loads": [50]}, {"kills": 4}])
def test_cpu_seconds_are_unknown_where_other_tasks_were_done_as_well(parameters):
    assert of(CPU, **parameters).cpu_s_per_1000 is None


def test_a_brokers_cpu_seconds_and_memory_stand_apart():
    found = of(
        {**CPU, "broker_cpu_s": 0.5, "broker_peak_memory_bytes": 7, "peak_memory_bytes": 5},
        {**CPU, "broker_cpu_s": None, "broker_peak_memory_bytes": 9, "peak_memory_bytes": None},
    )
    assert found.broker_cpu_s_per_1000 == 5.0
    assert (found.broker_peak_memory_bytes, found.peak_memory_bytes) == (9, 5)
    assert (of().broker_peak_memory_bytes, of().peak_memory_bytes) == (0, 0)
    assert (of(CPU).broker_cpu_s_per_1000, of({"peak_memory_bytes": None}).peak_memory_bytes) == (None, 0)


def test_the_best_is_steady_and_started_more_than_once_before_it_is_fast():
    slow, once, quick = lasting(2.0, 2.0), lasting(0.1), lasting(1.0, 1.0)
    unsteady = lasting(0.5, 0.5)
    unsteady.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 2
    assert cells.best_of([slow, once, unsteady, quick]) is quick
    assert cells.best_of([once, unsteady]) is once
    assert cells.best_of([unsteady]) is unsteady


def test_a_comparison_costs_what_one_more_invocation_of_both_does():
    one, other = of({"wall_s": 1.0}, {"wall_s": 3.0}, {"wall_s": 2.0}), of({"wall_s": 5.0}, {"wall_s": 5.0})
    assert cells.compare(one, other).cost_s == 7.0
    assert cells.compare(one, of({"wall_s": None}, {"wall_s": None})).cost_s is None
    assert cells.compare(one, other).warming == (False, False)
    other.steadiness = [WARMING] * 2
    assert cells.compare(one, other).warming == (False, True)
    assert cells.compare(other, one).warming == (True, False)


@pytest.mark.parametrize(("header", "first"), [({"race": True}, 3), ({"race": False}, None), ({}, None)])
def test_only_a_race_looks_while_it_runs(header, first):
    assert cells.first_look({"min_invocations": 3, **header}) == first


def test_tasks_that_failed_were_not_answered():
    assert cells.answered({"batch": 10, "iterations_ns": [1, 1, 1], "failures": {"a": 4, "b": 1}}) == 25
    assert cells.answered({"batch": 10, "iterations_ns": [1, 1, 1], "failures": None}) == 30


def test_cells_stand_by_interpreter_and_then_as_planned_and_the_baselines_repeat_last(tmp_path):
    known = {label: {"implementation": "CPython", "python": label[8:]} for label in ("cpython-3.13", "cpython-3.9")}
    planned = [
        cell("baseline-repeat"),
        cell("cpython-3.13", "threads"),
        cell("cpython-3.9"),
        cell("cpython-3.13", "serial"),
    ]
    found = cells.gather(run_of(tmp_path, planned, [], interpreters=known))
    assert [(each.interpreter, each.scenario) for each in found] == [
        ("cpython-3.9", "serial"),
        ("cpython-3.13", "threads"),
        ("cpython-3.13", "serial"),
        ("baseline-repeat", "serial"),
    ]


def test_a_cell_without_a_record_says_that_the_run_was_not_finished(tmp_path):
    (found,) = cells.gather(run_of(tmp_path, [cell()], [], finished_at=None))
    assert (found.status, found.reason) == (record.SKIPPED, "not measured: the run was not finished")


def test_a_cell_without_a_record_in_a_run_that_ended_was_beyond_its_budget(tmp_path):
    ended = {"finished_at": 1.7e9, "budget_s": 60.0}
    (found,) = cells.gather(run_of(tmp_path, [cell()], [], **ended))
    assert (found.status, found.reason) == (
        record.SKIPPED,
        "over the budget of 60 s: raise --budget or choose fewer cells",
    )


def test_a_failure_before_invocations_that_went_well_still_counts(tmp_path):
    (failed,) = measured(cell(), 1.0, status="timeout", reason="killed after 60 s")
    good = [{**each, "block": 1 + each["block"]} for each in measured(cell(), 1.0, 1.0)]
    (found,) = cells.gather(run_of(tmp_path, [cell()], [failed, *good]))
    assert (found.status, found.reason) == ("timeout", "killed after 60 s")


def times(*stretches):
    return [2 * 10**9, *(int(each * 1e9) for count, each in stretches for _ in range(count))]


def test_a_run_that_waits_wants_a_second_of_steady_iterations_and_another_does_not(tmp_path):
    (short,) = measured(cell(), 1.0, iterations_ns=times((10, 0.09), (20, 0.01)))
    waits = {"half_width": 0.01, "max_iterations": 1000, "max_seconds": 100.0}
    for changes, state in ((waits, steady_state.STILL_CHANGING), ({}, steady_state.WARM_UP)):
        (found,) = cells.gather(run_of(tmp_path, [cell()], [short], **changes))
        assert found.state == state


def test_what_a_pilot_showed_decides_whether_an_invocation_was_warm(tmp_path):
    jit = {"cpython-3.13": {"jit": True}}
    short, pilot = measured(cell(), 1.0, 1.0)
    pilot["iterations_ns"] = times((30, 0.03), (170, 0.01))
    short["iterations_ns"] = [30_000_000] * 7
    found = cells.gather(run_of(tmp_path, [cell()], [short, pilot], interpreters=jit, pilot_s=2.0))[0]
    assert [each.kind for each in found.steadiness] == [steady_state.STILL_WARMING, steady_state.WARM_UP]
    assert found.throughputs == [pytest.approx(1000)]
    failed = {**pilot, "status": "failed", "reason": "no"}
    assert (
        cells.pilots_of({"interpreters": jit, "pilot_s": 2.0, "machine": {"cores": 2}}, [failed]).start(
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
    quiet, *_, loud = cells.gather(run_of(tmp_path, planned, records))
    assert quiet.prior.variance < loud.prior.variance / 10
    alone = geometric_mean(quiet.throughputs)
    assert quiet.throughput.half_width < alone.half_width / 2, "its interval rests on what the others show as well"
    few = cells.gather(run_of(tmp_path, planned[:3], records[:6]))
    assert [each.prior for each in few] == [None] * 3


@pytest.mark.parametrize("changes", [{"rates": [300]}, {"status": "failed", "reason": "no"}])
def test_what_has_no_speed_of_its_own_says_nothing_of_noise(tmp_path, changes):
    loads = {name: value for name, value in changes.items() if name == "rates"}
    planned = [cell(scenario="thread-pool", concurrency=size, **loads) for size in range(10)]
    fields = {name: value for name, value in changes.items() if name != "rates"}
    records = [each for at, own in enumerate(planned) for each in measured(own, 1.0, 1.01 + at / 1000, **fields)]
    assert {each.prior for each in cells.gather(run_of(tmp_path, planned, records))} == {None}


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
    found = cells.gather(run_of(tmp_path, *paced()))
    for each in found:
        assert each.throughput.value == pytest.approx(100 / 1.5, rel=0.1)
        assert max(each.throughputs) / min(each.throughputs) < 1.05
        assert each.level.shared > 0
        assert each.throughput.half_width > 1.9 * math.sqrt(each.level.shared)
    assert cells.compare(*found).shared == sum(each.level.shared for each in found)


def test_a_cell_of_which_one_invocation_lacks_the_pace_keeps_the_speeds_it_had(tmp_path):
    planned, records = paced()
    records[6]["paces_ns"] = None
    found = {each.interpreter: each for each in cells.gather(run_of(tmp_path, planned, records))}
    old, new = found["cpython-3.13"], found["pypy-3.11"]
    assert old.throughputs == pytest.approx([10e9 / each["iterations_ns"][0] for each in records[::2]])
    assert (old.level.shared, len(new.even)) == (0.0, 12)


def test_the_work_beside_the_iterations_is_no_time_of_a_task():
    assert of({**CPU, "paces_ns": [10**8] * 8}).cpu_s_per_1000 == pytest.approx(12.0)
    assert of({**CPU, "paces_ns": [10**8, None] * 8}).cpu_s_per_1000 == pytest.approx(12.0), "it was done eight times"


def test_what_is_still_warming_up_says_nothing_of_noise(tmp_path):
    jit = {"cpython-3.13": {"jit": True}}
    planned = [cell(scenario="thread-pool", concurrency=size) for size in range(10)]
    records = [each for at, own in enumerate(planned) for each in measured(own, 1.0, 1.01 + at / 1000)]
    found = cells.gather(run_of(tmp_path, planned, records, interpreters=jit, pilot_s=1000.0))
    assert all(each.warming for each in found)
    assert {each.prior for each in found} == {None}
