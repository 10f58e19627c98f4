"""Where a cell is warm: on recorded series of real compilers, and on shapes whose truth is known."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import numpy
import pytest

from runoff.stats import plateau, steady_state
from runoff.stats.pilots import Pilots

REAL = {
    cell: [[1000 * time_us for time_us in times] for times in both]
    for cell, both in json.loads(Path(__file__).with_name("real_series.json").read_text())["series"].items()
}
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
    pilots = Pilots(1.0, ["pypy-3.11"])
    pilots.note("pypy-3.11", "python", cell, pilot)
    start = pilots.start(cell)
    if start is None:  # nothing was promised
        return
    fast = numpy.percentile(other[len(other) // 2 :], 25)
    after = numpy.percentile(other[start : start + 20], 25)
    assert after < 1.25 * fast, "two busy cores: the fastest quarter is what the compiler left"


def test_what_quick_measured_of_pypy_was_before_its_compiler():
    short = REAL["pypy-3.11/serial/python"][1][:4]
    pilots = Pilots(2.0, ["pypy-3.11"])
    assert pilots.steadiness(*CELL, short).kind == steady_state.STILL_WARMING
    pilots.note(*CELL, REAL["pypy-3.11/serial/python"][1])
    assert pilots.steadiness(*CELL, short).kind == steady_state.STILL_WARMING
    found = pilots.steadiness(*CELL, REAL["pypy-3.11/serial/python"][0])
    assert found.kind == steady_state.WARM_UP
    assert found.start > 4


def test_an_interpreter_without_a_compiler_needs_no_pilot():
    pilots = Pilots(2.0, [])
    cell = ("cpython-3.13", "python", "cpython-3.13/serial/python/batch=8")
    assert not pilots.scouted("cpython-3.13")
    pilots.note(*cell, REAL["cpython-3.13/serial/python"][0])
    assert pilots.scouted("cpython-3.13")
    assert pilots.wanted_s(*cell) == 0
    assert pilots.steadiness(*cell, [50_000_000] * 3) is None


def test_a_compiler_that_nobody_declared_is_found_by_its_pilot():
    pilots = Pilots(2.0, [])
    pilots.note("new", "python", "new/serial", series((60, 30), (400, 10)))
    assert pilots.wanted_s("new", "python", "new/threads") == 2.0
    assert pilots.steadiness("new", "python", "new/threads", [10_000_000] * 7).kind == steady_state.STILL_WARMING


def test_a_task_that_does_not_warm_up_needs_one_pilot():
    pilots = Pilots(2.0, ["pypy-3.11"])
    assert pilots.wanted_s("pypy-3.11", "native-gil", "pypy-3.11/serial/native-gil") == 2.0
    pilots.note("pypy-3.11", "native-gil", "pypy-3.11/serial/native-gil", series((60, 50)))
    assert pilots.wanted_s("pypy-3.11", "native-gil", "pypy-3.11/thread-pool/native-gil") == 0
    assert pilots.wanted_s(*CELL) == 2.0


def test_a_flat_pilot_that_mostly_waited_spares_no_other_its_own():
    pilots = Pilots(2.0, ["pypy-3.11"])
    pilots.note("pypy-3.11", "mixed", "pypy-3.11/serial/mixed", series((30, 106)), cpu_share=0.4)
    assert pilots.wanted_s("pypy-3.11", "mixed", "pypy-3.11/thread-pool/mixed") == 2
    assert pilots.wanted_s("pypy-3.11", "mixed", "pypy-3.11/serial/mixed") == 0
    pilots.note("pypy-3.11", "mixed", "pypy-3.11/thread-pool/mixed", series((90, 26)), cpu_share=1.3)
    assert pilots.wanted_s("pypy-3.11", "mixed", "pypy-3.11/tornado/mixed") == 0


def test_a_compiler_that_comes_within_the_first_iterations_warms_other_scenarios_up_as_well():
    pilots = Pilots(2.0, ["pypy-3.11"])
    # PyPy 8.0.1, a serial cell of 8 tasks: compiled after 16 tasks, of which a pool's processes do four each a time.
    pilots.note(*CELL, [int(1e6 * time_ms) for time_ms in [30.8, 37.6, *[12.7] * 160]])
    assert pilots.start(CELL[2]) == 8
    assert pilots.wanted_s("pypy-3.11", "python", "pypy-3.11/process-pool/python") == 2
    found = pilots.steadiness("pypy-3.11", "python", "pypy-3.11/process-pool/python", [20_000_000] * 7)
    assert found.kind == steady_state.STILL_WARMING


def test_a_pilot_that_still_falls_is_doubled_and_then_left_as_a_bound():
    pilots = Pilots(2.0, ["pypy-3.11"])
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
    pilots = Pilots(2.0, [CELL[0]])
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
    pilots = Pilots(2.0, ["pypy-3.11"])
    pilots.note(*CELL, [3 * 10**9] + [10**9] * 6)
    assert pilots.start(CELL[2]) == 1
    pilots.note(*CELL, [3 * 10**9] + [2 * 10**9] * 3 + [10**9] * 4)
    assert pilots.start(CELL[2]) == 1


#: PyPy 3.11, 300 calls of examples/orders over 32 processes on two cores: each process made ten calls an iteration.
IN_32_PROCESSES_MS = [1425, 1013, 921, 734]
ONE_MORE = [1118, 650, 638, 620]


def test_three_iterations_show_no_plateau_unless_each_is_as_long_as_a_pilot():
    pilots = Pilots(2.0, ["pypy-3.11"])
    pilots.note(*CELL, [time_ms * 10**6 for time_ms in ONE_MORE])
    assert pilots.start(CELL[2]) is None
    assert pilots.wanted_s(*CELL) > 4
    pilots.note(*CELL, [5 * time_ms * 10**6 for time_ms in ONE_MORE])
    assert pilots.start(CELL[2]) == 1


def test_long_iterations_that_still_become_faster_show_no_plateau():
    pilots = Pilots(2.0, ["pypy-3.11"])
    pilots.note(*CELL, [10 * time_ms * 10**6 for time_ms in IN_32_PROCESSES_MS])
    assert pilots.start(CELL[2]) is None


def test_processes_that_share_a_core_need_a_longer_pilot_each_and_many_stay_a_bound():
    times = [10**9] * 6
    pilots = Pilots(2.0, ["pypy-3.11"], cores=2)
    pilots.note(*CELL, times, processes=5)
    assert pilots.start(CELL[2]) == 1
    pilots = Pilots(2.0, ["pypy-3.11"], cores=2)
    pilots.note(*CELL, times, processes=12)
    assert pilots.start(CELL[2]) is None
    assert pilots.wanted_s(*CELL) == 8
    pilots.note(*CELL, times, processes=33)
    assert pilots.wanted_s(*CELL) == 0
    assert pilots.steadiness(*CELL, times).kind == steady_state.STILL_WARMING
