"""The decisions of a measuring pass, each from the records that lead to it: again, longer, enough."""

from __future__ import annotations

import json
import math

import pytest

from runoff.driver.measuring import adaptive
from runoff.driver.measuring.adaptive import Adaptive, Length
from runoff.driver.plan import PlannedCell
from runoff.records import record
from runoff.stats import pilots, steady_state

HEADER = {
    "machine": {"cores": 2},
    "interpreters": {"one": {}, "jit": {"jit": True}},
    "pilot_s": 0.0,
    "half_width": None,
    "race": False,
    "invocations": 3,
    "min_iterations": 7,
    "max_iterations": 100,
    "max_seconds": 1.5,
    "waiting": {},
    "budget_s": 1000.0,
    "cells": [{"skip": None}, {"skip": "no"}],
}
CELL = PlannedCell("one", "serial", "python", 8, ())
MS = 10**6
LEVEL = [50 * MS] * 7
FALLING = [(100 - 2 * at) * MS for at in range(21)]


def deciding(**changes):
    return Adaptive({**HEADER, **changes})


def waiting(**changes):
    """The decisions of a run that measures each cell until it is steady."""
    return deciding(**{"half_width": 0.01, "min_iterations": 21, "max_seconds": 100.0, **changes})


def outcome(times=LEVEL, cell=CELL, block=0, status="ok", **fields):
    """Return the record of one invocation."""
    known = {"iterations_ns": times, "block": block, "status": status, "wall_s": 1.0, "attempt": 0, "processes": 1}
    made = {**dict.fromkeys(record.FIELDS), **cell.data, **known, **fields}
    return json.loads(json.dumps(made))  # as it comes from a reply or from the run's file


@pytest.mark.parametrize("first_ms", [80, 12])
def test_a_short_warm_tail_counts_and_what_came_before_it_does_not(first_ms):
    times = [first_ms * MS] * 12 + [10 * MS] * 30
    state = deciding()._state(outcome(times))
    assert (state.kind, state.start) == (steady_state.WARM_UP, 12)
    assert deciding()._warm(outcome(times)) == [10 * MS] * 30


# --- again ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("again", "compiles"), [([80 * MS] * 15 + [40 * MS] * 25, True), ([45 * MS] * 50, False)])
def test_a_first_pilot_that_became_faster_is_run_again_in_its_block(again, compiles):
    decisions = deciding(race=True, pilot_s=2.0)
    decisions.note(outcome([45 * MS] * 4))
    first = outcome([80 * MS] * 15 + [40 * MS] * 25, block=1)
    assert decisions.length(CELL, 1).pilot_s == 2.0
    decisions.note(first)
    assert "a second pilot tells" in decisions.reason_to_repeat(first)
    assert decisions.length(CELL, 1).pilot_s == 2.0
    second = outcome(again, block=1, attempt=1)
    decisions.note(second)
    assert decisions.reason_to_repeat(second) is None
    assert decisions.pilot_s(PlannedCell("one", "threads", "python", 8, ())) == (2.0 if compiles else 0.0)


def test_a_disturbed_block_is_measured_again_twice_and_each_block_and_cell_for_itself():
    decisions, told = deciding(), []
    other = PlannedCell("one", "threads", "python", 8, ())
    for cell, block in ((CELL, 0), (CELL, 0), (CELL, 0), (CELL, 1), (other, 0)):
        disturbed = outcome(cell=cell, block=block, tainted="throttled")
        decisions.note(disturbed)
        told.append(decisions.reason_to_repeat(disturbed))
    assert told == ["throttled", "throttled", None, "throttled", "throttled"]


@pytest.mark.parametrize(
    ("calm", "disturbed", "again"), [(0, 10, True), (0, 11, False), (60, 20, True), (60, 21, False), (0, 1, True)]
)
def test_on_a_machine_that_disturbs_over_a_quarter_nothing_is_measured_again(calm, disturbed, again):
    """Ten disturbed first attempts say nothing of the machine yet."""
    decisions = deciding()
    for block in range(calm):
        decisions.note(outcome(block=block))
    for block in range(disturbed):
        last = outcome(block=1000 + block, tainted="busy")
        decisions.note(last)
    assert (decisions.reason_to_repeat(last) == "busy") == again


def test_only_first_attempts_show_how_busy_the_machine_is():
    decisions = deciding()
    for block in range(40):
        decisions.note(outcome(block=block, attempt=1, tainted="busy"))
    last = outcome(block=99, tainted="busy")
    decisions.note(last)
    assert decisions.reason_to_repeat(last) == "busy"


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_what_failed_is_not_measured_again_and_teaches_nothing(status):
    decisions = waiting()
    failed = outcome(FALLING, status=status, tainted="busy")
    decisions.note(failed)
    assert decisions.reason_to_repeat(failed) is None
    assert decisions.seen(CELL).values == []
    assert decisions.iterations(CELL.key) == 21


# --- longer -----------------------------------------------------------------------------------------------------------


def test_a_run_that_waits_measures_again_with_twice_the_iterations_until_it_is_steady():
    decisions, first = waiting(), outcome(FALLING)
    decisions.note(first)
    assert decisions.reason_to_repeat(first) == "not steady after 21 iterations"
    assert decisions.iterations(CELL.key) == 42
    longer = outcome([50 * MS] * 42)
    decisions.note(longer)
    assert decisions.reason_to_repeat(longer) is None
    assert decisions.iterations(CELL.key) == 42
    assert decisions.iterations("another") == 21
    assert decisions.reason_to_repeat(outcome([50 * MS] * 60)) is None, "longer than it had to be"


def test_a_run_that_does_not_wait_is_never_longer():
    decisions, first = deciding(), outcome(FALLING)
    decisions.note(first)
    assert decisions.reason_to_repeat(first) is None
    assert decisions.iterations(CELL.key) == 7
    assert not decisions.waits
    assert waiting().waits


@pytest.mark.parametrize(
    ("header", "longer"),
    [
        ({"max_iterations": 42}, True),
        ({"max_iterations": 41}, False),
        ({"max_seconds": 3.36}, True),  # 21 iterations took 1.68 s
        ({"max_seconds": 3.35}, False),
        ({"budget_s": 1.5}, True),  # twice a second, three times, of one cell that is measured: 6 s, of 4 x 1.5 s
        ({"budget_s": 1.49}, False),
        ({"budget_s": 1.5, "cells": [{"skip": None}] * 2}, False),
        ({"budget_s": 1.5, "invocations": 4}, False),
    ],
)
def test_an_invocation_is_doubled_within_the_profiles_limits_and_its_share_of_the_budget(header, longer):
    decisions = waiting(**header)
    decisions.note(outcome(FALLING))
    assert decisions.iterations(CELL.key) == (42 if longer else 21)


def test_a_disturbed_invocation_does_not_make_the_next_one_longer():
    decisions = waiting()
    decisions.note(outcome(FALLING, tainted="busy"))
    assert decisions.iterations(CELL.key) == 21


def test_an_invocation_is_as_long_as_its_profile_says():
    assert deciding().length(CELL, 0) == Length(7, 100, 1.5, 0.0)
    assert deciding(min_iterations=200).length(CELL, 0) == Length(200, 200, 1.5, 0.0)


def test_tasks_that_wait_have_lengths_of_their_own():
    waits = PlannedCell("one", "serial", "io", 8, (("delay_ms", 50),))
    decisions = deciding(waiting={"min_iterations": 3, "max_iterations": 5, "max_seconds": 0.25})
    assert decisions.length(waits, 0) == Length(3, 5, 0.25)
    assert decisions.length(CELL, 0) == Length(7, 100, 1.5)
    assert deciding().length(waits, 0) == Length(7, 100, 1.5)


def pilot_of(cell, before=40):
    """A record of two seconds, the first iterations of which took three times as long."""
    return outcome([30 * MS] * (before + 1) + [10 * MS] * 200, cell)


JIT = PlannedCell("jit", "serial", "python", 8, ())


def test_a_pilot_is_no_first_invocation_and_goes_on_however_many_iterations_that_takes():
    decisions = deciding(pilot_s=2.0)
    assert decisions.length(JIT, 0).pilot_s == 0
    assert decisions.length(JIT, 1) == Length(7, pilots.MOST, 1.5, 2.0)


@pytest.mark.parametrize(("before", "start", "counted"), [(1, 8, 7), (5, 14, 7), (6, 16, 8), (40, 67, 33)])
def test_after_its_pilot_a_cell_runs_past_its_plateau_and_half_as_many_iterations_count(before, start, counted):
    """At least seven of them, as many as the profile asks for."""
    decisions = deciding(pilot_s=2.0)
    decisions.note(pilot_of(JIT, before))
    assert decisions.pilots.start(JIT.key) == start
    assert decisions.length(JIT, 2) == Length(start - 1 + counted, 100, 1.5)


def test_a_cell_that_is_warm_late_has_more_iterations_than_the_profile_permits_others():
    decisions = deciding(pilot_s=2.0)
    decisions.note(pilot_of(JIT, before=80))
    long = decisions.length(JIT, 2)
    assert long.max_iterations == long.min_iterations > 100


def test_an_interpreter_of_which_nothing_is_known_is_tried_by_one_serial_cell_in_python():
    decisions = deciding(pilot_s=2.0)
    assert decisions.pilot_s(CELL) == 2.0
    assert decisions.pilot_s(PlannedCell("one", "serial", "own-function", 8, ())) == 2.0
    for scenario, task in (
        ("threads", "python"),
        ("process-pool", "python"),
        ("asyncio", "own-function"),
        ("serial", "io"),
        ("serial", "native-gil"),
        ("serial", "payload"),
    ):
        assert decisions.pilot_s(PlannedCell("one", scenario, task, 8, ())) == 0
    assert decisions.pilot_s(PlannedCell("jit", "threads", "python", 8, ())) == 2.0
    decisions.note(outcome([50 * MS] * 41))
    assert decisions.pilot_s(CELL) == 0, "it does not compile"


# --- how long in a race -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at_least", "first"), [(7, 4), (3, 3), (1, 1)])
def test_a_race_looks_at_each_cell_shortly_first(at_least, first):
    decisions = deciding(race=True, min_iterations=at_least)
    assert decisions.length(CELL, 0).min_iterations == first
    assert decisions.length(CELL, 1).min_iterations == at_least
    decisions.note(outcome())
    assert decisions.length(CELL, 2).min_iterations == at_least


def alike(decisions, within=0.1, between=0.075, start_s=2.0, cells=4, **fields):
    """Note cells of two invocations whose noise is known at either level; an iteration takes half a second.

    Return the first. The count that is best is the root of (start / iteration) x (variance within / between).
    """
    made = [PlannedCell("one", "serial", "python", 8, (("concurrency", number),)) for number in range(cells)]
    for cell in made:
        for block, level in enumerate((-between / 2, between / 2)):
            spread = [level, level, level - within / 2, level + within / 2]
            times = [9 * 10**9, *(int(5e8 * math.exp(each)) for each in spread)]
            wall_s = start_s + sum(times[1:]) / 1e9
            decisions.note(outcome(times, cell, block, wall_s=wall_s, **fields))
    return made[0]


def test_later_invocations_are_as_long_as_the_noise_of_like_cells_asks_for():
    """A start is worth four iterations; the variances are 0.005 and 0.0003125: of 4 x 16 the root is 8."""
    decisions = deciding(race=True)
    assert decisions.length(alike(decisions), 2).min_iterations == 1 + 8


@pytest.mark.parametrize(("start_s", "best"), [(2.53, 9), (4.5, 12)])
def test_dearer_starts_ask_for_more_iterations_of_each(start_s, best):
    decisions = deciding(race=True)
    assert decisions.length(alike(decisions, start_s=start_s), 2).min_iterations == 1 + best


def test_a_cell_is_never_shorter_than_its_profile_says_and_few_cells_do_not_tell():
    decisions = deciding(race=True)
    assert decisions.length(alike(decisions, between=0.4), 2).min_iterations == 7
    decisions = deciding(race=True)
    assert decisions.length(alike(decisions, cells=3), 2).min_iterations == 7


def test_only_cells_of_the_same_scenario_task_and_batch_are_alike():
    for other in (("threads", "python", 8), ("serial", "io", 8), ("serial", "python", 16)):
        decisions = deciding(race=True)
        alike(decisions)
        cell = PlannedCell("one", *other, ())
        decisions.note(outcome(cell=cell))
        assert decisions.length(cell, 2).min_iterations == 7


def test_iterations_before_a_cell_was_warm_say_nothing_of_its_noise():
    decisions = deciding(race=True, pilot_s=100.0, interpreters={"one": {"jit": True}})
    cell = alike(decisions)
    assert decisions._iterations_now(cell, 2) == 7


# --- enough -----------------------------------------------------------------------------------------------------------


def test_a_cell_has_the_profiles_invocations_and_more_only_until_it_is_known():
    decisions = waiting(half_width=0.1)
    assert not decisions.enough(CELL.key, 2)
    assert decisions.enough(CELL.key, 3), "nothing was measured of it"
    for block, level in enumerate((40, 50, 60)):
        decisions.note(outcome([level * MS] * 21, block=block))
    assert not decisions.enough(CELL.key, 3)
    for block in range(3, 30):
        decisions.note(outcome([50 * MS] * 21, block=block))
    assert decisions.enough(CELL.key, 30)
    assert not decisions.enough(CELL.key, 2)


def test_a_profile_without_a_width_has_a_fixed_number_and_a_race_ends_by_itself():
    assert [deciding().enough(CELL.key, block) for block in (2, 3)] == [False, True]
    assert not deciding(race=True).enough(CELL.key, 40)


# --- what is known of a cell ------------------------------------------------------------------------------------------


def test_of_a_cell_that_was_not_measured_nothing_is_known():
    seen = deciding().seen(CELL)
    assert (seen.cell, seen.values, seen.warming, seen.tainted, seen.ceiling, seen.cost_s) == (
        CELL,
        [],
        True,
        0,
        0.0,
        0.0,
    )


def test_a_cell_is_known_by_the_last_attempt_at_each_block():
    decisions = deciding()
    for block, each_ms, wall_s, tainted in (
        (0, 900, 9.0, None),
        (0, 100, 1.0, "busy"),
        (1, 50, 3.0, None),
        (2, 40, 7.0, None),
    ):
        decisions.note(outcome([each_ms * MS] * 6 + [each_ms * MS + 1], block=block, wall_s=wall_s, tainted=tainted))
    seen = decisions.seen(CELL)
    assert seen.values == pytest.approx([80, 160, 200])
    assert (seen.warming, seen.tainted, seen.cost_s, seen.invocations) == (False, 1, 3.0, 3)
    assert seen.ceiling == pytest.approx(200)


def test_a_cell_that_was_warm_for_less_than_a_second_is_known_by_that():
    decisions = deciding()
    decisions.note(outcome([30 * MS] * 20 + [10 * MS] * 60))
    seen = decisions.seen(CELL)
    assert (seen.values, seen.warming) == ([pytest.approx(800)], False)


def test_a_cell_is_known_with_the_machines_pace_beside_each_of_its_throughputs():
    decisions = deciding()
    for block in range(2):
        paces_ns = [900, 900, *[100 * (1 + block)] * 6]
        decisions.note(outcome([100 * MS] * 7, block=block, paces_ns=paces_ns, started_at=5.0 + block))
    seen = decisions.seen(CELL)
    assert [(each.at, each.speed) for each in seen.starts] == [(5.0, pytest.approx(80)), (6.0, pytest.approx(80))]
    assert [each.pace_ns for each in seen.starts] == pytest.approx([100, 200])
    runner = f"{CELL.interpreter}/{CELL.scenario}"
    assert {(each.runner, each.cell) for each in seen.starts} == {(runner, CELL.key)}


def test_a_cell_of_a_run_that_was_begun_before_there_were_paces_has_none():
    decisions = deciding()
    decisions.note(outcome([100 * MS] * 7, block=0))
    decisions.note(outcome([100 * MS] * 7, block=1, paces_ns=[100] * 8, started_at=5.0))
    assert decisions.seen(CELL).starts == []


def test_invocations_that_were_not_warm_are_left_out_as_soon_as_one_was():
    decisions = deciding(pilot_s=2.0)
    decisions.note(outcome([30 * MS] * 7, JIT))
    assert decisions.seen(JIT).warming
    assert decisions.seen(JIT).values == pytest.approx([8 / 0.03])
    assert decisions.seen(JIT).ceiling == pytest.approx(8 / 0.03)
    decisions.note({**pilot_of(JIT), "block": 1})
    seen = decisions.seen(JIT)
    assert not seen.warming
    assert seen.values == [pytest.approx(800)]
    assert seen.ceiling == pytest.approx(800)


def test_a_cell_whose_compiler_was_busy_to_the_end_of_its_pilots_stays_a_lower_bound():
    decisions = deciding(pilot_s=2.0)
    decisions.note(outcome([30 * MS] * 7, JIT, compiling_ns=[3 * MS] * 7))
    seen = decisions.seen(JIT)
    assert (seen.warming, seen.stays_warming) == (True, False)
    decisions.note(outcome([20 * MS] * 100, JIT, block=1, compiling_ns=[3 * MS] * 100))
    seen = decisions.seen(JIT)
    assert (seen.warming, seen.stays_warming) == (True, True)
    assert seen.values == [pytest.approx(400)], "as fast as in the pilot, which is nearest to the truth"


def test_a_run_that_waits_until_a_cell_is_steady_goes_on_while_its_compiler_is_busy():
    for compiling_ns, iterations in (([0] * 100, 21), ([2 * MS] * 100, 200)):
        decisions = waiting(max_iterations=2000)
        decisions.note(outcome([20 * MS] * 100, compiling_ns=compiling_ns))
        assert decisions.iterations(CELL.key) == iterations


def test_the_classes_of_many_invocations_are_kept():
    """Each is asked for after every other one."""
    adaptive._classified.cache_clear()
    decisions = deciding()
    for block in range(3000):
        decisions.note(outcome([50 * MS + block] * 7, block=block))
    for _ in range(2):
        decisions.seen(CELL)
    assert adaptive._classified.cache_info().misses == 3000
