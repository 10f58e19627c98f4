"""Break-even on curves whose crossing is known, and the evidence of a compiler that did nothing."""

from __future__ import annotations

import pytest

from runoff.analysis import warmup
from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare
from runoff.analysis.measured_cells import MeasuredCells
from runoff.stats import significance, steady_state
from runoff.stats.steady_state import STILL_WARMING, WARM_UP, Steadiness


def cell(label: str, startup_ms: float, iterations_ms: list[float], start: int, blocks: int = 5) -> Cell:
    """10 tasks a batch; ``start``: from which iteration on it is steady. A per mille apart from block to block."""
    found = Cell(label, "serial", "python", 10, {}, "ok")
    for block in range(blocks):
        times = [int(ms * 1e6 * (1 + block / 1000)) for ms in iterations_ms]
        found.invocations.append(
            {
                "block": block,
                "batch": found.batch,
                "startup_ns": int(startup_ms * 1e6),
                "open_ns": 0,
                "cold_ns": times[0],
                "first_answer_ns": int(startup_ms * 1e6) + times[0],
                "iterations_ns": times,
            }
        )
        found.steadiness.append(Steadiness(WARM_UP, start))
    return found


def break_even(found: Cell, against: Cell) -> warmup.BreakEven | None:
    """Return where the two cross, were they shown alone."""
    return warmup.break_even(found, against, significance.verdict(compare(found, against)))


BASELINE = cell("cpython-3.13", 10, [100.0] * 20, 1)


def test_a_crossing_inside_the_record():
    # 50 + 300 + 9 x 20 = 530 ms for 10 batches against 10 + 1000: level where 350 + 20 (k - 1) = 10 + 100 k
    found = break_even(cell("pypy-3.11", 50, [300.0] + [20.0] * 19, 1), BASELINE)
    assert found.overtakes
    assert found.tasks == pytest.approx(10 * 320 / 80, rel=0.01)
    assert found.seconds == pytest.approx(0.41, rel=0.01)
    assert found.low_s <= found.seconds <= found.high_s


def test_a_crossing_beyond_the_record_follows_the_steady_rates():
    found = break_even(cell("jython-2.7", 5010, [50.0] * 20, 1), BASELINE)
    assert found.tasks == pytest.approx(10 * 100, rel=0.02)
    assert found.seconds == pytest.approx(10.01, rel=0.02)


def test_one_that_starts_sooner_and_runs_slower_is_overtaken():
    late = cell("cpython-3.13", 200, [100.0] * 20, 1)
    found = break_even(cell("micropython", 1, [120.0] * 20, 1), late)
    assert not found.overtakes
    assert found.tasks == pytest.approx(10 * 199 / 20, rel=0.02)
    assert "is overtaken by cpython-3.13 after" in warmup.in_words("micropython", "cpython-3.13", found)


def test_one_that_is_ahead_from_the_start_has_no_break_even():
    assert break_even(cell("fast", 5, [50.0] * 20, 1), BASELINE) is None


def test_no_break_even_is_claimed_where_no_difference_is():
    assert break_even(cell("same", 500, [100.1] * 20, 1), BASELINE) is None


def test_a_cell_is_told_by_its_cold_time_its_warm_up_and_its_steady_rate():
    found = warmup.of_cell(cell("pypy-3.11", 50, [300.0] + [80.0] * 4 + [20.0] * 15, 5))
    assert found.cold_s == pytest.approx(0.35, rel=0.01)
    assert found.steady_after_s == pytest.approx(0.05 + 0.3 + 0.32, rel=0.01)
    assert found.tasks_per_s == pytest.approx(500, rel=0.01)


@pytest.mark.parametrize(
    ("iterations_ms", "engaged"),
    [
        ([450.0] * 20, False),  # PyPy with its compiler off: 4.5 times slower, from the first iteration to the last
        ([82.0] + [71.0] * 19, False),  # and where it is faster than a CPython that was built without optimisation
        ([1500.0] + [450.0] * 19, True),  # as slow, but it did become faster: Jython
        ([48.0] + [45.0] * 19, True),  # twice as fast, with a warm-up too short to be seen
        ([300.0] + [20.0] * 19, True),
    ],
)
def test_a_compiler_that_did_nothing_is_found_by_evidence(iterations_ms, engaged):
    evidence = warmup.not_engaged(cell("pypy-3.11", 50, iterations_ms, 1), BASELINE)
    assert (evidence is None) == engaged


def test_a_compiler_that_may_yet_come_is_not_said_to_have_done_nothing():
    waiting = cell("pypy-3.11", 50, [450.0] * 4, 1)
    waiting.steadiness = [Steadiness(STILL_WARMING, None) for _ in waiting.steadiness]
    assert warmup.not_engaged(waiting, BASELINE) is None


def test_a_compiler_that_says_that_it_worked_did_something():
    told = cell("pypy-3.11", 50, [450.0] * 20, 1)
    for each in told.invocations:
        each["compiling_ns"] = [0] * 20
    assert warmup.not_engaged(told, BASELINE) is not None
    told.invocations[2]["compiling_ns"][7] = 1
    assert warmup.not_engaged(told, BASELINE) is None


def test_nothing_is_said_of_the_baselines_own_compiler():
    slow = cell("pypy-3.11", 50, [450.0] * 20, 1)
    assert warmup.not_engaged(slow, slow) is None


def test_the_compilers_share_is_that_of_the_last_half_where_the_interpreter_tells():
    told = cell("pypy-3.11", 50, [100.0] * 20, 1)
    assert warmup.of_cell(told).compiler_share is None
    for at, each in enumerate(told.invocations):
        each["compiling_ns"] = [90_000_000] * 10 + [at * 2_000_000] * 5 + [0] * 5
    assert warmup.of_cell(told).compiler_share == pytest.approx(0.02, rel=0.01)


def test_a_run_of_one_iteration_says_nothing_of_a_compiler():
    assert warmup.not_engaged(cell("pypy-3.11", 50, [450.0], 1), BASELINE) is None
    assert warmup.not_engaged(cell("pypy-3.11", 50, [450.0] * 2, 1), BASELINE) is not None
    assert "took only 1.3 times a later one" in warmup.not_engaged(cell("p", 50, [585.0] + [450.0] * 19, 1), BASELINE)


@pytest.mark.parametrize(("crossing", "claimed"), [(2, False), (3, False), (4, True)])
def test_a_break_even_is_claimed_where_more_than_half_of_the_blocks_cross(crossing, claimed):
    """The others are ahead from their start, and faster as well."""
    found = cell("pypy-3.11", 50, [310.0] + [20.0] * 19, 1, blocks=6)
    sooner = cell("pypy-3.11", 5, [20.0] * 20, 1, blocks=6)
    found.invocations[crossing:] = sooner.invocations[crossing:]
    against = cell("cpython-3.13", 10, [100.0] * 20, 1, blocks=6)
    assert (break_even(found, against) is not None) == claimed


def test_an_invocation_without_a_steady_state_says_not_when_it_is_steady():
    found = cell("pypy-3.11", 50, [300.0, 20.0, 20.0, 20.0], 1)
    found.steadiness = [Steadiness(STILL_WARMING, None) for _ in found.steadiness]
    assert warmup.of_cell(found).steady_after_s is None
    assert warmup.of_cell(found).cold_s == pytest.approx(0.35, rel=0.01)


def test_a_break_even_is_said_with_its_range_and_who_is_ahead_until_then():
    ahead = warmup.BreakEven(True, 0.8251, 120.4, 0.71, 0.94)
    assert warmup.in_words("pypy-3.11", "cpython-3.13", ahead) == (
        "pypy-3.11 overtakes cpython-3.13 after 0.83 s or 120 tasks (0.71 to 0.94 s over blocks); until then "
        "cpython-3.13 is the faster one"
    )
    behind = warmup.BreakEven(False, 0.8251, 120.4, 0.71, 0.94)
    assert warmup.in_words("micropython", "cpython-3.13", behind) == (
        "micropython is overtaken by cpython-3.13 after 0.83 s or 120 tasks (0.71 to 0.94 s over blocks); until then "
        "micropython is the faster one"
    )


def test_a_break_even_is_the_median_over_blocks_with_its_range():
    found = cell("pypy-3.11", 50, [300.0] + [20.0] * 19, 1, blocks=5)
    for each, startup_ms in zip(found.invocations, (50, 50, 50, 130, 10)):
        each["startup_ns"] = startup_ms * 1_000_000
    at = break_even(found, BASELINE)
    assert at.seconds == pytest.approx(0.41, rel=0.01)
    assert at.low_s == pytest.approx(0.36, rel=0.01)
    assert at.high_s == pytest.approx(0.51, rel=0.01)


def test_a_block_that_only_one_of_two_has_is_left_out():
    found = cell("pypy-3.11", 50, [300.0] + [20.0] * 19, 1, blocks=8)
    against = cell("cpython-3.13", 10, [100.0] * 20, 1, blocks=5)
    whole = break_even(found, against)
    assert whole.seconds == pytest.approx(0.41, rel=0.01)
    for each in found.invocations[:3]:
        each["block"] += 100
    assert break_even(found, against).low_s > whole.low_s


def test_imports_count_as_start_up():
    slow = cell("pypy-3.11", 23, [300.0] + [20.0] * 19, 1)
    for each in slow.invocations:
        each["open_ns"] = 27_000_000
    assert break_even(slow, BASELINE).seconds == pytest.approx(0.41, rel=0.01)


def test_records_of_different_lengths_go_on_at_their_steady_rates():
    short = cell("pypy-3.11", 50, [300.0] + [20.0] * 2, 1)
    found = break_even(short, BASELINE)
    assert found.seconds == pytest.approx(0.41, rel=0.01)
    assert found.tasks == pytest.approx(40, rel=0.01)
    few = cell("cpython-3.13", 10, [100.0] * 2, 1)
    assert break_even(cell("pypy-3.11", 50, [300.0] + [20.0] * 19, 1), few).tasks == pytest.approx(40, rel=0.01)


def test_of_several_crossings_the_last_counts():
    """Ahead at first, then behind through a slow stretch, then ahead for good."""
    waits = cell("pypy-3.11", 0, [50.0, 50.0, 700.0, *[20.0] * 17], 3)
    found = break_even(waits, BASELINE)
    # 800 + 20 (k - 3) = 10 + 100 k at k = 9.125
    assert found.tasks == pytest.approx(91.25, rel=0.01)
    assert found.seconds == pytest.approx(0.9225, rel=0.01)


def test_the_evidence_of_a_compiler_that_did_nothing_is_said():
    evidence = warmup.not_engaged(cell("pypy-3.11", 50, [450.0] * 20, 1), BASELINE)
    assert evidence == "0.22 times as fast as cpython-3.13, and its first iteration took only 1 times a later one"


@pytest.mark.parametrize(("first_ms", "engaged"), [(195.0, False), (205.0, True)])
def test_a_first_iteration_of_twice_a_later_one_shows_a_compiler(first_ms, engaged):
    assert (warmup.not_engaged(cell("pypy-3.11", 50, [first_ms] + [100.0] * 19, 1), BASELINE) is None) == engaged


@pytest.mark.parametrize(("each_ms", "engaged"), [(51.0, False), (49.0, True)])
def test_twice_the_baselines_speed_shows_a_compiler(each_ms, engaged):
    assert (warmup.not_engaged(cell("pypy-3.11", 50, [each_ms] * 20, 1), BASELINE) is None) == engaged


def exact(label, startup_ms, iterations_ms, start=1):
    """A cell whose blocks differ by a millionth."""
    found = cell(label, startup_ms, iterations_ms, start)
    for block, each in enumerate(found.invocations):
        each["iterations_ns"] = [int(ms * 1e6 * (1 + block / 1e6)) for ms in iterations_ms]
    return found


@pytest.mark.parametrize(
    ("startup_ms", "iterations_ms", "batches"),
    [
        (60, [300.0] + [20.0] * 19, 4.125),  # 360 + 20 (k - 1) = 10 + 100 k
        (60, [300.0] + [20.0] * 2, 4.125),  # the same, beyond its own record
        (5010, [50.0] * 20, 100.0),  # beyond both: 5010 + 50 k = 10 + 100 k
        (5010, [50.0] * 3, 100.0),
        (5010, [50.0] * 40, 100.0),
        (110, [60.0] * 20, 2.5),
        (2049, [1.0] * 20, 2039 / 99),
    ],
)
def test_a_break_even_is_where_both_have_done_as_many_batches_in_the_same_time(startup_ms, iterations_ms, batches):
    found = break_even(exact("pypy-3.11", startup_ms, iterations_ms), exact("cpython-3.13", 10, [100.0] * 20))
    assert found.overtakes
    assert found.tasks == pytest.approx(10 * batches, rel=1e-4)
    assert found.seconds == pytest.approx(0.01 + 0.1 * batches, rel=1e-4)
    assert found.low_s <= found.seconds <= found.high_s <= found.low_s * 1.001


@pytest.mark.parametrize(
    ("startup_ms", "iterations_ms", "start", "batches"),
    [
        (50, [50.0] + [20.0] * 19, 1, 0.8),  # within the first: 50 + 50 k = 10 + 100 k
        (85, [300.0] + [50.0] * 5 + [30.0] + [50.0] * 3 + [20.0] * 10, 10, 6 + 25 / 70),  # 25 ms behind, 45 ahead
        (10, [60.0] * 5 + [725.0] + [50.0] * 14, 6, 14.5),  # ahead, then behind, and ahead again
        (585, [70.0] * 19 + [80.0], 1, 19.25),  # within the last: 5 ms behind, 15 ahead
    ],
)
def test_a_break_even_within_the_record_is_where_the_curves_cross_and_not_where_steady_rates_would(
    startup_ms, iterations_ms, start, batches
):
    found = break_even(exact("pypy-3.11", startup_ms, iterations_ms, start), exact("cpython-3.13", 10, [100.0] * 20))
    assert found.overtakes
    assert found.tasks == pytest.approx(10 * batches, rel=1e-4)
    assert found.seconds == pytest.approx(0.01 + 0.1 * batches, rel=1e-4)


def test_one_that_is_overtaken_was_ahead_until_then():
    """1 + 120 k = 200 + 100 k within the record, and 1 + 120 k = 451 + 100 k beyond it."""
    for startup_ms, batches in ((200, 9.95), (451, 22.5)):
        found = break_even(exact("micropython", 1, [120.0] * 20), exact("cpython-3.13", startup_ms, [100.0] * 20))
        assert not found.overtakes
        assert found.tasks == pytest.approx(10 * batches, rel=1e-4)
        assert found.seconds == pytest.approx(0.001 + 0.12 * batches, rel=1e-4)


def test_two_that_are_equally_fast_cross_within_their_records_or_nowhere():
    late, level = exact("late", 50, [100.0] * 20), exact("baseline", 10, [100.0] * 20)
    assert warmup.break_even(late, level, significance.FASTER) is None
    sooner = exact("sooner", 50, [100.0] * 5 + [40.0] + [100.0] * 14, 6)  # 90 + 450 + 40 (k - 5) = 10 + 100 k
    assert warmup.break_even(sooner, level, significance.FASTER).tasks == pytest.approx(10 * (5 + 2 / 3), rel=1e-4)


def test_only_what_became_steady_says_when():
    found = exact("pypy-3.11", 50, [300.0] + [20.0] * 19)
    kinds = (steady_state.FLAT, steady_state.SLOW_DOWN, steady_state.SETTLED, steady_state.SETTLED, WARM_UP)
    found.steadiness = [Steadiness(kind, start) for kind, start in zip(kinds, (1, 2, 9, 9, 3))]
    assert warmup.of_cell(found).steady_after_s == pytest.approx(0.37, rel=1e-4), "the median of 0.35, 0.37 and 0.39"


def of_run(*cells: Cell, **header) -> MeasuredCells:
    return MeasuredCells({"baseline": BASELINE.interpreter, **header}, list(cells))


def test_no_break_even_is_claimed_of_a_difference_below_the_floor():
    near, again = cell("pypy-3.11", 500, [85.0] * 20, 1), cell("again", 10, [130.0] * 20, 1)
    assert warmup.break_evens(of_run(BASELINE, near)) == {id(near): break_even(near, BASELINE)}
    assert warmup.break_evens(of_run(BASELINE, near, again, baseline_repeat="again")) == {}


def noisy(label: str, startup_ms: float, iteration_ms: float) -> Cell:
    """Return a cell whose invocations differ by 4 %."""
    found = cell(label, startup_ms, [iteration_ms] * 20, 1)
    for each, factor in zip(found.invocations, (1.05, 1.02, 0.95, 0.98, 1.0)):
        each["iterations_ns"] = [int(iteration_ms * factor * 1e6)] * 20
    return found


def test_what_is_shown_together_and_looked_at_while_it_ran_claims_no_break_even_by_chance():
    """Alone the difference of 7 % has a p of 0.017."""
    baseline, near = noisy(BASELINE.interpreter, 10, 100.0), noisy("pypy-3.11", 500, 93.0)
    equals = [noisy(f"equal-{number}", 10, 100.0) for number in range(3)]
    assert list(warmup.break_evens(of_run(baseline, near))) == [id(near)]
    assert warmup.break_evens(of_run(baseline, near, *equals)) == {}
    assert warmup.break_evens(of_run(baseline, near, race=True, min_invocations=2)) == {}
