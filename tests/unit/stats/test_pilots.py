"""Where a cell is warm: on recorded series of real compilers, and on shapes whose truth is known."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy
import pytest

from runoff.stats import plateau, steady_state
from runoff.stats.pilots import Pilots
from runoff.stats.steady_state import Steadiness

REAL = {
    cell: [[1000 * time_us for time_us in times] for times in both]
    for cell, both in json.loads(Path(__file__).with_name("real_series.json").read_text())["series"].items()
}
CORES = 2
CELL = ("pypy-3.11", "python", "pypy-3.11/serial/python/batch=8")


def series(*stretches, noise=0.02, spikes=0.03, seed=1):
    """The cold iteration, then (count, ms) after one another."""
    chance = numpy.random.default_rng(seed)
    warm = numpy.concatenate([level * numpy.exp(noise * chance.standard_normal(count)) for count, level in stretches])
    warm[chance.random(len(warm)) < spikes] *= 2
    return [int(1e6 * stretches[0][1]), *(int(value * 1e6) for value in warm)]


def lasting(times, seconds):
    """The first iterations of ``times`` that fill ``seconds``."""
    total = numpy.cumsum(times)
    return times[: int(numpy.searchsorted(total, seconds * 1e9)) + 1]


@pytest.mark.parametrize("cell", [cell for cell in REAL if cell.startswith("pypy") and "native" not in cell])
def test_invocations_that_run_past_the_pilot_agree_with_a_long_one(cell):
    pilot, other = REAL[cell]
    pilots = Pilots(1.0, ["pypy-3.11"], CORES)
    pilots.note("pypy-3.11", "python", cell, pilot)
    start = pilots.start(cell)
    if start is None:  # nothing was promised
        return
    fast = numpy.percentile(other[len(other) // 2 :], 25)
    after = numpy.percentile(other[start : start + 20], 25)
    assert after < 1.25 * fast, "two busy cores: the fastest quarter is what the compiler left"


def test_what_quick_measured_of_pypy_was_before_its_compiler():
    short = REAL["pypy-3.11/serial/python"][1][:4]
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    assert pilots.steadiness(*CELL, short).kind == steady_state.STILL_WARMING
    pilots.note(*CELL, REAL["pypy-3.11/serial/python"][1])
    assert pilots.steadiness(*CELL, short).kind == steady_state.STILL_WARMING
    found = pilots.steadiness(*CELL, REAL["pypy-3.11/serial/python"][0])
    assert found.kind == steady_state.WARM_UP
    assert found.start > 4


def test_an_interpreter_without_a_compiler_needs_no_pilot():
    pilots = Pilots(2.0, [], CORES)
    cell = ("cpython-3.13", "python", "cpython-3.13/serial/python/batch=8")
    assert not pilots.scouted("cpython-3.13")
    pilots.note(*cell, REAL["cpython-3.13/serial/python"][0])
    assert pilots.scouted("cpython-3.13")
    assert pilots.wanted_s(*cell) == 0
    assert pilots.steadiness(*cell, [50_000_000] * 3) is None


def test_a_compiler_that_nobody_declared_is_found_by_two_pilots():
    pilots = Pilots(2.0, [], CORES)
    for seed in (1, 2):
        assert not pilots.scouted("new")
        pilots.note("new", "python", "new/serial", series((60, 30), (400, 10), seed=seed))
    assert pilots.scouted("new")
    assert not pilots.suspects("new")
    assert pilots.wanted_s("new", "python", "new/threads") == 2.0
    assert pilots.steadiness("new", "python", "new/threads", [10_000_000] * 7).kind == steady_state.STILL_WARMING


@pytest.mark.parametrize(
    ("one", "other", "compiles"), [(23, 35, True), (35, 23, True), (23, 36, False), (36, 23, False)]
)
def test_two_pilots_show_a_compiler_that_comes_after_up_to_half_as_many_iterations_again(one, other, compiles):
    """The plateau begins with iteration 24 of one, and with 36 or 37 of the other."""
    pilots = Pilots(2.0, [], CORES)
    for slow in (one, other):
        pilots.note(*CELL, [30_000_000, *[30_000_000] * slow, *[10_000_000] * 200])
    assert pilots.scouted(CELL[0])
    assert pilots.warms(*CELL) == compiles


@pytest.mark.parametrize("second", [series((40, 50)), series((5, 75), (45, 40))], ids=["even", "slow for less long"])
def test_a_machine_that_was_slow_for_a_second_is_no_compiler(second):
    """CPython 3.7 beside a neighbour: 75 ms an iteration, then 40; what it measures meanwhile is a bound."""
    pilots = Pilots(2.0, [], CORES)
    pilots.note("old", "python", "old/serial", series((16, 75), (20, 40)))
    assert pilots.suspects("old")
    assert not pilots.scouted("old")
    assert pilots.steadiness("old", "python", "old/threads", [40_000_000] * 7).kind == steady_state.STILL_WARMING
    pilots.note("old", "python", "old/serial", second)
    assert pilots.scouted("old")
    assert pilots.wanted_s("old", "python", "old/threads") == 0
    assert pilots.steadiness("old", "python", "old/threads", [40_000_000] * 7) is None


def test_a_task_that_does_not_warm_up_needs_one_pilot():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    assert pilots.wanted_s("pypy-3.11", "native-gil", "pypy-3.11/serial/native-gil") == 2.0
    pilots.note("pypy-3.11", "native-gil", "pypy-3.11/serial/native-gil", series((60, 50)))
    assert pilots.wanted_s("pypy-3.11", "native-gil", "pypy-3.11/thread-pool/native-gil") == 0
    assert pilots.wanted_s(*CELL) == 2.0


def test_a_flat_pilot_that_mostly_waited_spares_no_other_its_own():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note("pypy-3.11", "mixed", "pypy-3.11/serial/mixed", series((30, 106)), cpu_share=0.4)
    assert pilots.wanted_s("pypy-3.11", "mixed", "pypy-3.11/thread-pool/mixed") == 2
    assert pilots.wanted_s("pypy-3.11", "mixed", "pypy-3.11/serial/mixed") == 0
    pilots.note("pypy-3.11", "mixed", "pypy-3.11/thread-pool/mixed", series((90, 26)), cpu_share=1.3)
    assert pilots.wanted_s("pypy-3.11", "mixed", "pypy-3.11/tornado/mixed") == 0


def test_a_compiler_that_comes_within_the_first_iterations_warms_other_scenarios_up_as_well():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    # PyPy 8.0.1, a serial cell of 8 tasks: compiled after 16 tasks, of which a pool's processes do four each a time.
    pilots.note(*CELL, [int(1e6 * time_ms) for time_ms in [30.8, 37.6, *[12.7] * 160]])
    assert pilots.start(CELL[2]) == 8
    assert pilots.wanted_s("pypy-3.11", "python", "pypy-3.11/process-pool/python") == 2
    found = pilots.steadiness("pypy-3.11", "python", "pypy-3.11/process-pool/python", [20_000_000] * 7)
    assert found.kind == steady_state.STILL_WARMING


def busy(count, time_ns, *shares):
    """A flat series of ``count`` iterations, and the compiler's times: equal parts with one of ``shares`` each."""
    part = count // len(shares)
    return [time_ns] * count, [int(share * time_ns) for share in shares for _ in range(part)]


@pytest.mark.parametrize(
    ("processes", "count", "wanted_s"), [(3, 4, 2.0), (3, 19, 2.0), (3, 20, 0), (3, 40, 0), (1, 4, 0)], ids=str
)
def test_processes_that_had_no_time_to_tell_what_they_compile_need_a_pilot(processes, count, wanted_s):
    """A fifth of a second is enough."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.0))
    pool = ("pypy-3.11", "python", "pypy-3.11/process-pool/python")
    pilots.note(*pool, [10_000_000] * count, [0] * count, processes=processes)
    assert pilots.wanted_s(*pool) == wanted_s


def test_a_pilot_of_processes_that_compiled_nothing_is_enough():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, [15_000_000] * 4, [0] * 4, processes=3)
    assert pilots.wanted_s(*CELL) == 2.0
    pilots.note(*CELL, *busy(200, 15_000_000, 0.0), processes=3)
    assert pilots.wanted_s(*CELL) == 0
    assert pilots.start(CELL[2]) == 1


def test_a_flat_pilot_whose_compiler_is_busy_shows_no_plateau():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    times, compiling = busy(200, 15_000_000, 0.15, 0.1)
    pilots.note(*CELL, times, compiling)
    assert pilots.start(CELL[2]) is None
    assert pilots.stays_warming(*CELL)
    assert pilots.wanted_s(*CELL) == 0, "after 4 s it would still compile for 7.5 % of the time"
    assert pilots.steadiness(*CELL, times, compiling) == Steadiness(steady_state.STILL_WARMING, 100)
    assert pilots.steadiness(*CELL, times[:199], compiling[:199]).start == 99
    assert pilots.steadiness(*CELL, times[:7], compiling[:7]) == Steadiness(steady_state.STILL_WARMING, None)


def test_a_flat_pilot_spares_none_whose_compiler_was_busy_its_own():
    """PyPy, C code: the tasks do not warm up, and what sends them to a pool of processes does."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    serial, pool = (("pypy-3.11", "native-gil", f"pypy-3.11/{name}/native-gil") for name in ("serial", "process-pool"))
    pilots.note(*serial, *busy(40, 50_000_000, 0.0))
    pilots.note(*pool, *busy(8, 30_000_000, 0.0))
    assert pilots.wanted_s(*pool) == 0
    pilots.note(*pool, *busy(8, 30_000_000, 0.01))
    assert pilots.wanted_s(*pool) == 2
    other = ("pypy-3.11", "native-gil", "pypy-3.11/other/native-gil")
    pilots.note(*other, *busy(8, 30_000_000, 0.01))
    pilots.note(*other, *busy(4, 30_000_000, 0.0), processes=3)
    assert pilots.wanted_s(*other) == 2, "an invocation too short to tell anything takes nothing back"
    assert pilots.wanted_s(*serial) == 0


def test_where_the_interpreter_tells_another_cells_warm_up_asks_nothing_of_an_idle_compiler():
    """PyPy, Python code: its loop is compiled at once, the dispatch of a pool of processes within a second."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pool, threads, loop = (("pypy-3.11", "python", f"pypy-3.11/{name}") for name in ("pool", "threads", "loop"))
    pilots.note(*CELL, *busy(40, 50_000_000, 0.0))
    pilots.note(*pool, *busy(200, 15_000_000, 0.3, 0.0))
    assert pilots.start(pool[2]) > 90
    pilots.note(*threads, *busy(8, 30_000_000, 0.0))
    assert pilots.wanted_s(*threads) == 0
    assert pilots.steadiness(*threads, *busy(8, 30_000_000, 0.0)) is None
    assert pilots.wanted_s(*loop) == 2, "of that one nothing is known yet"
    pilots.note(*loop, *busy(200, 15_000_000, 0.0))
    assert pilots.wanted_s(*loop) == 0


def test_an_idle_compiler_whose_cell_became_faster_is_warm_only_past_that():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    times = [30_000_000] * 40 + [10_000_000] * 160
    pilots.note("pypy-3.11", "python", "pypy-3.11/threads", *busy(40, 50_000_000, 0.0))
    pilots.note(*CELL, times, [0] * 200)
    assert pilots.steadiness(*CELL, times[:9], [0] * 9).kind == steady_state.STILL_WARMING


def test_a_flat_pilot_that_mostly_waited_spares_no_idle_cell_its_own():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    serial, threads, loop = (("pypy-3.11", "mixed", f"pypy-3.11/{name}") for name in ("serial", "threads", "loop"))
    pilots.note(*serial, *busy(30, 106_000_000, 0.0), cpu_share=0.4)
    pilots.note(*loop, *busy(200, 15_000_000, 0.2))
    pilots.note(*threads, *busy(8, 30_000_000, 0.0), cpu_share=0.5)
    assert pilots.wanted_s(*threads) == 2


def test_a_flat_pilot_that_mostly_waited_spares_no_other_whatever_else_waits():
    """Nobody has told of this cell's compilers."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    for task in ("io", "mixed"):
        pilots.note("pypy-3.11", task, f"pypy-3.11/serial/{task}", *busy(30, 106_000_000, 0.0), cpu_share=0.4)
    assert pilots.warms("pypy-3.11", "io", "pypy-3.11/threads/io")


def test_a_compiler_that_worked_in_the_last_half_is_busy_though_it_is_done_at_the_end():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.0, 0.0, 0.1, 0.0))
    assert pilots.start(CELL[2]) is None


@pytest.mark.parametrize(
    ("compiling", "wanted_s"),
    [([0, 0, 0, 5, 0, 0, 0, 0], 0), ([0, 0, 0, 0, 4, 0, 0, 0], 2), ([0, 0, 0, 0, 3, 0, 0, 0], 0)],
)
def test_a_compiler_is_at_work_that_worked_for_over_half_a_per_cent_of_the_last_half(compiling, wanted_s):
    """That is 0.3 ms of four iterations."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.0))
    threads = ("pypy-3.11", "python", "pypy-3.11/threads")
    pilots.note(*threads, [15_000_000] * 8, [100_000 * each for each in compiling])
    assert pilots.wanted_s(*threads) == wanted_s


@pytest.mark.parametrize(("compiling", "batch"), [(True, 8), (True, 4), (False, 8)])
def test_a_flat_pilot_spares_no_cell_its_own_that_takes_far_longer_for_a_task(compiling, batch):
    """PyPy, two threads at one lock: 20 ms where one takes 9, and it becomes faster for a quarter of a second."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    serial, threads = (("pypy-3.11", "contended-lock", f"pypy-3.11/{name}") for name in ("serial", "threads"))
    pilots.note(*serial, [9_000_000] * 240, [0] * 240 if compiling else None, batch=8)
    for task_ms, wanted_s in ((20 / 8, 2), (14 / 8, 2), (13 / 8, 0), (20 / 8, 0)):
        times = [int(batch * task_ms * 1e6)] * 8
        pilots.note(*threads, times, [0] * 8 if compiling else None, batch=batch)
        assert pilots.wanted_s(*threads) == wanted_s, "the fastest that was seen of a cell tells"


@pytest.mark.parametrize(
    ("last_ms", "wanted_s"), [((16, 15, 14, 13), 0), ((17, 16, 15, 14), 2)], ids=["14.5 ms", "15.5 ms"]
)
def test_a_task_takes_as_long_as_in_the_last_half_of_an_invocation(last_ms, wanted_s):
    """It may take half as long again as 10 ms. The last three quarters took longer, and the last two less."""
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(300, 10_000_000, 0.0))
    threads = ("pypy-3.11", "python", "pypy-3.11/threads")
    pilots.note(*threads, [each * 10**6 for each in (30, 20, 18, 17, *last_ms)], [0] * 8)
    assert pilots.wanted_s(*threads) == wanted_s


@pytest.mark.parametrize(("compiled_for", "warm"), [(0.01, True), (0.011, False)])
def test_an_invocation_is_warm_whose_compiler_worked_for_one_per_cent_of_its_last_half(compiled_for, warm):
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.9, 0.0))
    start = pilots.start(CELL[2])
    count = 2 * start
    found = pilots.steadiness(*CELL, [10_000_000] * count, [int(10_000_000 * compiled_for)] * count)
    assert (found.kind == steady_state.WARM_UP) == warm


@pytest.mark.parametrize(("compiling", "start"), [([0, 0, 9], 5), ([0, 0, 0, 1 / 3], 6)])
def test_a_pilot_is_flat_whose_compiler_was_done_within_the_first_stretch(compiling, start):
    """The compiler worked for so many milliseconds of an iteration's ten.

    The third iteration is in the last half of three, four and five. The fourth is a ninetieth of that of six and less
    of that of seven.
    """
    times, compiling = [10_000_000] * 300, [*(int(10**6 * each) for each in compiling), *[0] * (300 - len(compiling))]
    assert steady_state.calm_from(times, compiling) == start
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, times, compiling)
    assert pilots.warms(*CELL) == (start > plateau.STRETCH)
    if start == plateau.STRETCH:
        assert pilots.steadiness(*CELL, times[:6]) is None, "of one iteration nothing is said"
        assert pilots.steadiness(*CELL, times[:7]) == Steadiness(steady_state.FLAT, 5)


@pytest.mark.parametrize(("share", "waited_for"), [(0.0133, True), (0.0134, False)])
@pytest.mark.parametrize(("pilot_s", "count"), [(2.0, 200), (3.0, 300)])
def test_a_compiler_is_waited_for_that_may_be_done_in_twice_a_pilots_length(share, waited_for, pilot_s, count):
    """The pilot was half as long again as it had to be; the next is twice that."""
    pilots = Pilots(pilot_s, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(count, 15_000_000, share))
    assert pilots.wanted_s(*CELL) == (3 * pilot_s if waited_for else 0)


def test_all_that_counts_of_an_invocation_is_held_against_its_compiler():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.0))
    pilots.note(*CELL, [15_000_000] * 8, [0, *[3_000_000] * 3, *[100_000] * 4])
    found = pilots.steadiness(*CELL, [15_000_000] * 8, [0, *[3_000_000] * 3, *[100_000] * 4])
    assert found == Steadiness(steady_state.STILL_WARMING, 1)


@pytest.mark.parametrize(("compiled_ms", "shown"), [(1, True), (2, False)])
def test_a_pilot_shows_a_plateau_whose_compiler_worked_for_up_to_one_per_cent_of_its_last_half(compiled_ms, shown):
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, [100_000_000] * 30, [1_000_000 * compiled_ms] * 30)
    assert (pilots.start(CELL[2]) is not None) == shown


def test_a_compiler_that_may_be_done_soon_gets_longer_pilots():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    assert not pilots.stays_warming(*CELL)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.15, 0.0115))
    assert not pilots.stays_warming(*CELL)
    assert pilots.wanted_s(*CELL) == 6
    pilots.note(*CELL, *busy(400, 15_000_000, 0.15, 0.1, 0.01, 0.01))
    assert pilots.wanted_s(*CELL) == 0
    assert pilots.start(CELL[2]) > 200
    assert not pilots.stays_warming(*CELL)


def test_a_compiler_that_is_done_by_the_middle_of_a_pilot_leaves_it_warm():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    times, compiling = busy(200, 15_000_000, 0.9, 0.0)
    pilots.note(*CELL, times, compiling)
    assert pilots.start(CELL[2]) > 90, "of the last half of 197 iterations it worked for 1.8 %"
    assert pilots.steadiness(*CELL, times, compiling) == Steadiness(steady_state.WARM_UP, 197)


def test_a_later_invocation_whose_compiler_is_at_work_again_is_no_warmer_for_its_pilot():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, *busy(200, 15_000_000, 0.9, 0.0))
    start = pilots.start(CELL[2])
    times = [5_000_000] * (start + 10)
    calm, at_work = [0] * (start + 10), [*[0] * (start - 10), *[5_000_000] * 10, *[0] * 10]
    assert pilots.steadiness(*CELL, times, calm) == Steadiness(steady_state.WARM_UP, start)
    assert pilots.steadiness(*CELL, times, at_work) == Steadiness(steady_state.STILL_WARMING, start)
    assert pilots.steadiness(*CELL, times[:start], calm[:start]) == Steadiness(steady_state.STILL_WARMING, None)


def test_one_iteration_as_long_as_a_pilot_is_warm_if_the_compiler_is_not_busy():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, [3_000_000_000], [1_000_000_000])
    assert pilots.steadiness(*CELL, [3_000_000_000], [1_000_000_000]).kind == steady_state.STILL_WARMING


def test_a_pilot_that_still_falls_is_doubled_and_then_left_as_a_bound():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    lengths = []
    while wanted := pilots.wanted_s(*CELL):
        lengths.append(wanted)
        count = int(wanted * 50)  # of 20 ms, falling to 10 ms
        pilots.note(*CELL, lasting([int(20e6 - 10e6 * at / count) for at in range(2 * count)], wanted))
    assert lengths == pytest.approx([2.0, 4.0, 8.0], rel=0.1)
    assert pilots.start(CELL[2]) is None


@pytest.mark.parametrize("length_ms", [0.01, 0.5, 5, 50])
@pytest.mark.parametrize("drop", [1.2, 3, 10])
@pytest.mark.parametrize("plateau_s", [0.0, 0.1, 0.6])
def test_no_pilot_ends_on_a_plateau_before_the_drop(length_ms, drop, plateau_s):
    before = max(1, int(plateau_s * 1000 / (length_ms * drop)))
    pilot = lasting(series((before, length_ms * drop), (int(4000 / length_ms), length_ms)), 2.0)
    pilots = Pilots(2.0, [CELL[0]], CORES)
    pilots.note(*CELL, pilot)
    found = pilots.steadiness(*CELL, pilot) or steady_state.classify(pilot, 0.0)
    assert found.start is not None
    late = statistics.fmean(pilot[found.start :])
    assert late == pytest.approx(1.03 * length_ms * 1e6, rel=0.05), "3 % of spikes, each twice as long"


def test_a_step_upward_is_not_measured_before_it():
    found = plateau.last(series((100, 10), (150, 15)))
    assert found is not None
    assert 100 <= found.start <= 106


def test_a_series_that_swings_between_two_states_has_its_fast_one_as_level():
    found = plateau.last(series(*[(10, 10), (10, 13)] * 10))
    assert found is not None
    assert found.level_ns == pytest.approx(10e6, rel=0.05)


def test_a_few_long_iterations_are_judged_by_their_second_half():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, [3 * 10**9] + [10**9] * 6)
    assert pilots.start(CELL[2]) == 1
    pilots.note(*CELL, [3 * 10**9] + [2 * 10**9] * 3 + [10**9] * 4)
    assert pilots.start(CELL[2]) == 6 + 5, "half as late again as the first of them, and a stretch"


@pytest.mark.parametrize(("third_ms", "start"), [(275, 3), (276, 4)])
def test_what_counts_of_a_few_long_iterations_is_as_fast_as_their_second_half(third_ms, start):
    """The second one took five times as long: the pilot itself counts from what is within a tenth of the rest on."""
    times = [time_ms * 10**6 for time_ms in (4000, 1400, 300, third_ms, 250, 250, 250, 250)]
    pilots = noted(*[time_ns // 10**6 for time_ns in times])
    assert pilots.steadiness(*CELL, times) == Steadiness(steady_state.WARM_UP, start)


#: PyPy 3.11, 300 calls of examples/orders over 32 processes on two cores: each process made ten calls an iteration.
IN_32_PROCESSES_MS = [1425, 1013, 921, 734]
ONE_MORE = [1118, 650, 638, 620]


def test_three_iterations_show_no_plateau_unless_each_is_as_long_as_a_pilot():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, [time_ms * 10**6 for time_ms in ONE_MORE])
    assert pilots.start(CELL[2]) is None
    assert pilots.wanted_s(*CELL) > 4
    pilots.note(*CELL, [5 * time_ms * 10**6 for time_ms in ONE_MORE])
    assert pilots.start(CELL[2]) == 1


def test_long_iterations_that_still_become_faster_show_no_plateau():
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, [10 * time_ms * 10**6 for time_ms in IN_32_PROCESSES_MS])
    assert pilots.start(CELL[2]) is None


def test_processes_that_share_a_core_need_a_longer_pilot_each_and_many_stay_a_bound():
    times = [10**9] * 6
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, times, processes=5)
    assert pilots.start(CELL[2]) == 1
    pilots = Pilots(2.0, ["pypy-3.11"], CORES)
    pilots.note(*CELL, times, processes=12)
    assert pilots.start(CELL[2]) is None
    assert pilots.wanted_s(*CELL) == 8
    pilots.note(*CELL, times, processes=33)
    assert pilots.wanted_s(*CELL) == 0
    assert pilots.steadiness(*CELL, times).kind == steady_state.STILL_WARMING


def noted(*iterations_ms, declared=True, pilot_s=2.0, **how):
    """Return the pilots of a run with one cell, of which these iterations were seen."""
    pilots = Pilots(pilot_s, [CELL[0]] if declared else [], CORES)
    pilots.note(*CELL, [round(1e6 * each_ms) for each_ms in iterations_ms], **how)
    return pilots


@pytest.mark.parametrize(("first_ms", "compiles"), [(1190, False), (1200, True)])
def test_what_becomes_a_fifth_faster_within_a_pilot_has_a_compiler(first_ms, compiles):
    """The cold iteration does not count."""
    assert noted(9000, first_ms, *[1000] * 7, declared=False).warms(*CELL) == compiles


@pytest.mark.parametrize(("first_ms", "flat"), [(1050, True), (1060, False)])
def test_a_pilot_is_flat_whose_first_stretch_took_at_most_a_twentieth_longer(first_ms, flat):
    pilots = noted(9000, first_ms, *[1000] * 7)
    assert pilots.warms(*CELL) != flat


@pytest.mark.parametrize(("count", "found"), [(1, None), (2, None), (3, Steadiness(steady_state.FLAT, 1))])
def test_all_iterations_count_after_the_cold_one_where_the_cells_own_pilot_was_flat(count, found):
    """What swings for ever would be as fast as one of its sides, were they few."""
    times = [10_000_000] * 240
    pilots = Pilots(2.0, [CELL[0]], CORES)
    pilots.note(*CELL, times)
    assert pilots.steadiness(*CELL, times[:count]) == found
    other = "pypy-3.11", "python", "pypy-3.11/thread-pool/python"
    assert pilots.steadiness(*other, times[:count]) is None, "its own rule holds for a cell that was spared"


def test_a_machine_that_was_steady_for_a_while_says_nothing_of_what_does_not_compile():
    pilots = Pilots(2.0, [], CORES)
    pilots.note(*CELL, [10_000_000] * 240)
    assert pilots.steadiness(*CELL, [10_000_000] * 7) is None


@pytest.mark.parametrize(("slow", "flat"), [(3, True), (4, False), (5, False)])
def test_a_pilot_is_flat_whose_first_stretch_is_on_its_plateau_or_hardly_above_it(slow, flat):
    """A stretch is of five, and its lower quartile is fast if two of them are."""
    assert noted(25, *[26] * slow, *[25] * 100).warms(*CELL) is False
    assert noted(25, *[40] * slow, *[25] * 100).warms(*CELL) is not flat


@pytest.mark.parametrize(("last_ms", "still_faster"), [(950, False), (945, True)])
def test_few_iterations_are_on_a_plateau_whose_second_half_is_within_five_per_cent_of_what_came_before(
    last_ms, still_faster
):
    """Of eight, four are held against the two before them; of five, two against one."""
    pilots = noted(9000, 5000, 5000, 900, 1100, *[last_ms] * 4)
    assert pilots.start(CELL[2]) == (None if still_faster else 5 + 5)
    pilots = noted(9000, 5000, 5000, 1000, last_ms - 45, last_ms + 45)
    assert pilots.start(CELL[2]) == (None if still_faster else 5 + 5)


@pytest.mark.parametrize(("count", "start"), [(9, None), (10, 17 + 5)])
def test_twenty_iterations_after_the_cold_one_are_judged_by_their_stretches(count, start):
    """Of nineteen the last nine are twice as fast as the four before them: they still become faster."""
    assert noted(*[200] * 11, *[100] * count).start(CELL[2]) == start


def test_four_iterations_show_a_plateau_and_three_do_not():
    assert noted(900, 600, 600, 600, 600).start(CELL[2]) == 1
    assert noted(900, 600, 600, 600).start(CELL[2]) is None
    assert noted(900, 2000, 2000).start(CELL[2]) == 1, "each is as long as a pilot"
    assert noted(900, 1999, 2000).start(CELL[2]) is None
    assert noted(900, 2000).start(CELL[2]) is None, "one has no second half"


def test_a_pilot_has_its_length_or_so_many_iterations_that_more_tell_nothing():
    pilots = Pilots(2.0, [], CORES)
    assert pilots.is_pilot("cell", [10**9, 10**9])
    assert not pilots.is_pilot("cell", [10**9, 10**9 - 1])
    assert pilots.is_pilot("cell", [1] * 20_000)
    assert pilots.is_pilot("cell", [1] * 20_001)
    assert not pilots.is_pilot("cell", [1] * 19_999)
    assert Pilots(0.5, [], CORES).is_pilot("cell", [10**9])
    assert not Pilots(0.0, [], CORES).is_pilot("cell", [10**9] * 30_000)


def test_a_run_without_pilots_asks_for_none_and_takes_nothing_for_warming_up():
    pilots = noted(300, *[100] * 50, pilot_s=0.0)
    assert pilots.scouted("any")
    assert not pilots.warms(*CELL)
    assert pilots.wanted_s(*CELL) == 0
    assert pilots.steadiness(*CELL, [10**8] * 7) is None


@pytest.mark.parametrize(("processes", "pilot_s"), [(1, 2), (5, 2), (6, 4), (8, 4), (9, 6), (14, 8), (15, 0)])
def test_a_pilot_lasts_as_many_times_as_long_as_processes_come_in_turns(processes, pilot_s):
    """Two cores and the one that asks leave room for three; beyond four turns none is tried."""
    pilots = Pilots(2.0, [CELL[0]], CORES)
    pilots.note(*CELL, [10**8] * 7, processes=processes)
    assert pilots.wanted_s(*CELL) == pilot_s


@pytest.mark.parametrize(("processes", "pilot_s"), [(7, 2), (8, 4)])
def test_three_cores_leave_room_for_four_processes(processes, pilot_s):
    pilots = Pilots(2.0, [CELL[0]], 3)
    pilots.note(*CELL, [10**8] * 7, processes=processes)
    assert pilots.length_s(CELL[2]) == pilot_s


@pytest.mark.parametrize(("longest_s", "wanted_s"), [(2, 4), (3, 6), (7.9, 15.8), (8, 0)])
def test_a_pilot_that_still_falls_is_followed_by_one_of_twice_its_length_up_to_four_times_the_first(
    longest_s, wanted_s
):
    pilots = noted(*[longest_s * each for each in (300, 300, 300, 100)])
    assert pilots.start(CELL[2]) is None
    assert pilots.wanted_s(*CELL) == pytest.approx(wanted_s)


def test_of_several_pilots_of_a_cell_the_longest_counts():
    pilots = noted(30, *[30] * 40, *[10] * 400)
    start = pilots.start(CELL[2])
    assert start == 62 + 5, "one and a half times 41, rounded up, and a stretch"
    pilots.note(*CELL, [30_000_000] * 81 + [10_000_000] * 20)
    assert pilots.start(CELL[2]) == start
    pilots.note(*CELL, [30_000_000] * 81 + [10_000_000] * 400)
    assert pilots.start(CELL[2]) == 122 + 5


@pytest.mark.parametrize(("count", "warm"), [(8, False), (9, False), (10, True)])
def test_an_invocation_is_warm_that_has_two_iterations_from_the_start_on(count, warm):
    """The pilot's compiler came within its first two iterations: others are warm from their ninth on."""
    pilots = noted(30.8, 37.6, *[12.7] * 160)
    found = pilots.steadiness(*CELL, [12_700_000] * count)
    assert found == (
        steady_state.Steadiness(steady_state.WARM_UP, 8)
        if warm
        else steady_state.Steadiness(steady_state.STILL_WARMING, None)
    )


@pytest.mark.parametrize(("count", "warm"), [(68, False), (69, True)])
def test_an_invocation_is_warm_that_has_two_iterations_from_a_later_start_on(count, warm):
    pilots = noted(30, *[30] * 40, *[10] * 400)
    assert pilots.start(CELL[2]) == 67
    assert (pilots.steadiness(*CELL, [10_000_000] * count).start == 67) == warm


def test_a_pilot_is_warm_from_its_own_plateau_and_a_flat_one_from_its_first_warm_iteration():
    pilot = [30_000_000] * 41 + [10_000_000] * 400
    pilots = noted(30, *[30] * 80, *[10] * 400)
    assert pilots.steadiness(*CELL, pilot) == steady_state.Steadiness(steady_state.WARM_UP, 41)
    flat = ("pypy-3.11", "python", "pypy-3.11/threads/python/batch=8")
    pilots.note(*flat, [10_000_000] * 300)
    assert pilots.steadiness(*flat, [10_000_000] * 7) == steady_state.Steadiness(steady_state.FLAT, 1)


@pytest.mark.parametrize(("cpu_share", "waits"), [(0.69, True), (0.7, False)])
def test_a_cell_that_computes_for_seven_tenths_of_its_time_does_not_hide_a_warm_up(cpu_share, waits):
    pilots = noted(*[50] * 60, cpu_share=cpu_share)
    assert pilots.warms(*CELL) == waits
    pilots.note(*CELL, [50_000_000] * 60, cpu_share=1.0)
    assert not pilots.warms(*CELL)
