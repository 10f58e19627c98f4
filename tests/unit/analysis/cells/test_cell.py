"""A cell: what it is called, which of its invocations count, and the figures that it gives."""

from __future__ import annotations

import pytest

from runoff.analysis.cells.cell import Cell, answered
from runoff.records import record
from runoff.stats import steady_state
from runoff.stats.average_pace import Even
from runoff.stats.moderated import Prior
from runoff.stats.steady_state import Steadiness

STEADY, WARMING = Steadiness(steady_state.SETTLED, 4), Steadiness(steady_state.STILL_WARMING, None)


def of(*invocations, kinds=None, task="python", scenario="thread-pool", **parameters):
    """Return a cell of ``invocations`` (fields of their records), all steady where ``kinds`` does not say otherwise."""
    found = Cell("one", scenario, task, 10, parameters, "ok")
    found.invocations = [{"batch": 10, "iterations_ns": [10**9] * 7, "wall_s": 1.0, **each} for each in invocations]
    found.steadiness = list(kinds or [STEADY] * len(invocations))
    return found


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
    found = of(concurrency=2, start_method="fork", workers=3)
    assert found.place == "thread-pool/python/batch=10,concurrency=2,workers=3"
    assert found.key == "one/thread-pool/python/batch=10,concurrency=2,start_method=fork,workers=3"


def test_the_words_of_a_cells_parameters():
    assert of(rates=[300]).for_latency
    assert of(loads=[50]).for_latency
    assert not of(concurrency=2).for_latency
    assert of(worker_interpreter="two").runs_elsewhere
    assert not of().runs_elsewhere
    assert (of(transport="amqp").transport, of().transport) == ("amqp", "")


def test_a_cell_is_measured_where_it_was_ok_alone():
    assert [status for status in record.STATUSES if Cell("one", "serial", "io", 1, {}, status).measured] == [record.OK]


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
    more = {**CPU, "cpu_s": 4.25}
    assert of(CPU, more, {**CPU, "cpu_s": None}, {**CPU, "open_cpu_s": None}).cpu_s_per_1000 == 28.75
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


def test_tasks_that_failed_were_not_answered():
    assert answered({"batch": 10, "iterations_ns": [1, 1, 1], "failures": {"a": 4, "b": 1}}) == 25
    assert answered({"batch": 10, "iterations_ns": [1, 1, 1], "failures": None}) == 30
    assert of({"failures": {"a": 4, "b": 1}}).throughputs == [pytest.approx(65 / 7)]


def test_the_ceiling_is_the_speed_of_the_fastest_iteration():
    assert of({}, {"iterations_ns": [10**9, 3 * 10**8, 10**9]}, {}).ceiling == pytest.approx(100 / 3)


def test_a_single_start_at_the_average_pace_has_the_variance_of_its_move_there():
    found = of({})
    found.prior = Prior(0.01, 10.0)
    assert found.level.shared == 0.0
    moved = of({})
    moved.prior, moved.even = found.prior, [Even(12.5, 0.25)]
    assert moved.throughputs == [12.5]
    assert moved.level.shared == 0.25
    assert moved.level.variance == pytest.approx(found.level.variance + 0.25)


def test_the_work_beside_the_iterations_is_no_time_of_a_task():
    time_ns = 125 * 10**6
    assert of({**CPU, "paces_ns": [time_ns] * 8}).cpu_s_per_1000 == 10.0
    assert of({**CPU, "paces_ns": [time_ns, None] * 8}).cpu_s_per_1000 == 10.0, "it was done eight times"
