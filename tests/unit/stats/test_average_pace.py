"""Speeds at the machine's average pace, on simulated machines whose truth is known."""

from __future__ import annotations

import math
import statistics

import numpy
import pytest
from scipy.stats import linregress

from runoff.stats import average_pace, significance
from runoff.stats.average_pace import STRETCH, STRETCHES, PacedStart

#: By how much a neighbour slows the machine down, as the power of e; and how noisy a start is besides.
SLOW, NOISE = 0.6, 0.03


def starts(speeds, count, follows=1.0, kind="serial/python", seed=1, busy=None, constants=None):
    """Return ``count`` starts of the one cell of each interpreter of {label: true speed}, in random order.

    ``follows``: the power of the pace by which speeds fall. ``busy``: what share of a start the neighbour was busy, by
    its label and its number; at random by default. ``constants``: how much slower the work itself is by label.
    """
    chance = numpy.random.default_rng(seed)
    found = []
    for number in range(count):
        for label in chance.permutation(list(speeds)):
            share = float(chance.beta(0.5, 0.5)) if busy is None else busy(label, number)
            slow = SLOW * share
            constant = (constants or {}).get(label, 0.0)
            speed = speeds[label] * math.exp(-follows * slow + NOISE * chance.standard_normal())
            pace_ns = 1e6 * math.exp(constant + slow + 0.01 * chance.standard_normal())
            found.append(
                PacedStart(
                    f"{label}/{kind.partition('/')[0]}", kind, f"{label}/{kind}", float(len(found)), pace_ns, speed
                )
            )
    return found


def interpreter(start):
    return start.cell.partition("/")[0]


def by_interpreter(given, found):
    """Return {interpreter: (its even speeds, the variance in common)}."""
    labels = dict.fromkeys(map(interpreter, given))
    own = {label: [even for start, even in zip(given, found) if interpreter(start) == label] for label in labels}
    return {label: ([even.speed for even in each], each[0].variance) for label, each in own.items()}


def spread(values):
    return statistics.stdev(map(math.log, values))


def test_of_nothing_there_is_nothing():
    assert average_pace.even_out([]) == []


def test_a_busy_neighbour_leaves_the_noise_that_is_not_its_own():
    given = starts({"a": 100, "b": 200}, 40, constants={"b": 0.5})
    even = by_interpreter(given, average_pace.even_out(given))
    raw = [start.speed for start in given if interpreter(start) == "a"]
    assert spread(raw) > 5 * NOISE
    assert spread(even["a"][0]) < 1.3 * NOISE
    ratio = statistics.geometric_mean(even["b"][0]) / statistics.geometric_mean(even["a"][0])
    assert ratio == pytest.approx(2, rel=0.15)


def test_the_mean_over_all_starts_stays():
    given = starts({"a": 100}, 40)
    raw, even = ([each.speed for each in some] for some in (given, average_pace.even_out(given)))
    assert statistics.geometric_mean(even) == pytest.approx(statistics.geometric_mean(raw), rel=1e-6)


def test_what_does_not_follow_the_pace_is_left_as_it_is():
    given = starts({"a": 100, "b": 100}, 30, follows=0.0)
    for start, even in zip(given, average_pace.even_out(given)):
        assert even.speed == pytest.approx(start.speed, rel=0.02)
        assert even.variance < 0.01**2


def test_what_runs_faster_the_slower_the_work_beside_it_is_chance_and_left_alone():
    given = starts({"a": 100, "b": 100}, 30, follows=-1.0)
    found = average_pace.even_out(given)
    assert [each.speed for each in found] == pytest.approx([each.speed for each in given])
    assert {each.variance for each in found} == {0.0}


def test_nothing_is_believed_to_follow_more_than_a_little_beyond_the_work():
    """The neighbour of a cell that seems to fall by the third power is not the only reason."""
    given = starts({"a": 100, "b": 100}, 30, follows=3.0)
    even = by_interpreter(given, average_pace.even_out(given))
    raw = [start.speed for start in given if interpreter(start) == "a"]
    assert spread(even["a"][0]) == pytest.approx(spread(raw) / 2, rel=0.1)


@pytest.mark.parametrize(
    ("labels", "each", "known"), [("a", 5, False), ("a", 6, True), ("ab", 3, False), ("ab", 4, True)]
)
def test_four_degrees_of_freedom_are_enough_to_know_whether_a_kind_follows(labels, each, known):
    """The mean of each cell and the power take one each."""
    given = starts(dict.fromkeys(labels, 100), each, seed=3)
    found = average_pace.even_out(given)
    assert any(even.variance for even in found) == known
    assert ([even.speed for even in found] != pytest.approx([start.speed for start in given])) == known


def exactly(cells, runner="a/serial", kind="serial/python"):
    """Return starts in a row of {cell: its [(logarithm of the pace, of the speed)]}."""
    points = [(cell, *point) for cell, each in cells.items() for point in each]
    return [
        PacedStart(runner, kind, cell, float(at), math.exp(pace), math.exp(speed))
        for at, (cell, pace, speed) in enumerate(points)
    ]


def logs(found):
    return [math.log(each.speed) for each in found]


def test_the_speeds_of_one_cell_vary_as_those_about_their_line_and_its_mean_as_its_pace():
    """By the analysis of covariance, shrunk; and by double sampling the mean of the paces is one of so many."""
    pace = [0.1, 0.3, 0.2, 0.5, 0.4, 0.9, 0.6]
    speed = [7.0, 6.8, 6.9, 6.8, 6.7, 6.5, 6.6]
    line = linregress(pace, speed)
    power = -line.slope * (1 - (line.stderr / line.slope) ** 2)
    left = [each + power * at for at, each in zip(pace, speed)]
    found = average_pace.even_out(exactly({"a": list(zip(pace, speed))}))
    assert statistics.fmean(logs(found)) == pytest.approx(statistics.fmean(speed))
    assert statistics.variance(logs(found)) == pytest.approx(statistics.variance(left) * (7 - 1) / (7 - 2))
    assert found[0].variance == pytest.approx(power**2 * statistics.variance(pace) / 7)


FAR, NEAR, LEFT = 0.2, 0.1, 0.01
#: Two cells of one interpreter, one beside work that is slower by FAR, the other faster. Within a cell the speeds fall
#: by the root of the pace, but for LEFT that has nothing to do with it.
TWO_CELLS = {
    cell: [
        (far + pace, 7.0 - 0.5 * (far + pace) + left)
        for pace, left in ((NEAR, LEFT), (NEAR, -LEFT), (-NEAR, LEFT), (-NEAR, -LEFT))
    ]
    for cell, far in (("slow", FAR), ("fast", -FAR))
}
#: Of 8 values about 2 means and a power, of which it is the variance by the squares of 8 paces.
OF_POWER = 8 * LEFT**2 / 5 / (8 * NEAR**2)
#: What chance leaves of the power, one half.
POWER = 0.5 * (1 - OF_POWER / 0.5**2)
#: Of 8 paces about one mean.
OF_PACE = 8 * (NEAR**2 + FAR**2) / 7
#: Of the mean of 4 starts, by 8 paces about 2 means; and of cells, by a one-way analysis of variance.
OF_STARTS = 8 * NEAR**2 / 6 / 4
OF_CELLS = 2 * FAR**2 - OF_STARTS
#: How much of what a cell's starts have in common is its own.
OWN = OF_CELLS / (OF_CELLS + OF_STARTS)


def test_a_cell_stays_at_a_pace_of_its_own_and_its_speeds_are_moved_there():
    found = average_pace.even_out(exactly(TWO_CELLS))
    centres = [7.0 - sign * (0.5 * FAR - POWER * FAR * (1 - OWN)) for sign in (1, -1) for _ in range(4)]
    near = [(POWER - 0.5) * pace + left for pace in (NEAR, -NEAR) for left in (LEFT, -LEFT)]
    assert logs(found) == pytest.approx(
        [centre + math.sqrt(6 / 5) * each for centre, each in zip(centres, near * 2)], abs=1e-12
    )
    assert 0.95 < OWN < 0.97


def test_cells_that_differ_no_more_than_their_starts_have_no_pace_of_their_own():
    """Five starts of each of two cells, of which one met the busy neighbour three times and the other twice."""
    paces = {"a": (1, 1, 1, 0, 0), "b": (0, 0, 1, 1, 0)}
    cells = {cell: [(pace, 7.0 - pace) for pace in each] for cell, each in paces.items()}
    assert logs(average_pace.even_out(exactly(cells))) == pytest.approx([6.5] * 10)


def test_a_mean_is_known_as_well_as_the_paces_and_the_power_by_how_far_it_was_moved():
    for each in average_pace.even_out(exactly(TWO_CELLS)):
        of_paces = OF_PACE / 8 + OWN * OF_STARTS
        moved = (FAR * (1 - OWN)) ** 2
        assert each.variance == pytest.approx(POWER**2 * of_paces + moved * OF_POWER * POWER / 0.5)


def test_a_power_that_chance_explains_moves_nothing():
    noisy = [(0.0, 7.0), (0.0, 7.3), (0.0, 6.7), (0.1, 6.95), (0.1, 7.25), (0.1, 6.65), (0.05, 7.0)]
    line = linregress(*zip(*noisy))
    assert line.slope < -0.3
    assert line.stderr > -line.slope
    found = average_pace.even_out(exactly({"a": noisy}))
    assert logs(found) == pytest.approx([speed for _, speed in noisy])
    assert {each.variance for each in found} == {0.0}


def test_how_much_is_a_cells_own_is_known_from_all_cells():
    """Three cells about one mean: their means have 2 degrees of freedom, and their 12 starts 9 (8 with the power)."""
    cells = {**TWO_CELLS, "usual": [(pace - FAR, speed + 0.5 * FAR) for pace, speed in TWO_CELLS["slow"]]}
    of_starts = 12 * NEAR**2 / 9 / 4
    of_cells = (8 * FAR**2 / 2 - 4 * of_starts) * 3 / 12
    moved = FAR * of_starts / (of_cells + of_starts)
    power = 0.5 * (1 - 12 * LEFT**2 / 8 / (12 * NEAR**2) / 0.5**2)
    found = logs(average_pace.even_out(exactly(cells)))
    centres = [statistics.fmean(found[begin : begin + 4]) for begin in (0, 4, 8)]
    far = 0.5 * FAR - power * moved
    assert centres == pytest.approx([7.0 - far, 7.0 + far, 7.0])


def test_a_kind_of_too_few_starts_stays_as_it_is_and_changes_no_other():
    """A second kind of the same interpreter in another scenario, too few to be known, before or behind the first."""
    few = exactly({"few": TWO_CELLS["slow"][:3]}, "a/pool", "pool/python")
    alone = average_pace.even_out(exactly(TWO_CELLS))
    for name in ("a/pool", "z/pool"):
        others = [PacedStart(**{**vars(each), "runner": name, "kind": name, "cell": name}) for each in few]
        found = average_pace.even_out([*exactly(TWO_CELLS), *others])
        assert logs(found[:8]) == pytest.approx(logs(alone), abs=0.001)  # all help to know how much is a cell's own
        assert logs(found[8:]) == pytest.approx([math.log(each.speed) for each in few])
        assert [each.variance for each in found[8:]] == [0.0] * 3


def test_equal_paces_move_nothing():
    given = exactly({"a": [(0.0, speed) for speed in (7.0, 6.9, 7.2, 7.1, 6.8, 7.3, 7.0)]})
    with numpy.errstate(all="raise"):
        found = average_pace.even_out(given)
    assert logs(found) == pytest.approx([math.log(each.speed) for each in given])
    assert {each.variance for each in found} == {0.0}


@pytest.mark.parametrize("given", [1, 2])
def test_of_few_starts_nothing_is_known_and_they_stay(given):
    found = average_pace.even_out(exactly({"a": [(0.1, 7.0), (0.3, 6.0)][:given]}))
    assert logs(found) == pytest.approx([7.0, 6.0][:given])
    assert {each.variance for each in found} == {0.0}


@pytest.mark.parametrize(
    ("count", "in_a_row"),
    [
        (2 * STRETCH, STRETCH),
        (STRETCHES * STRETCH, STRETCH),
        (STRETCHES * STRETCH + 1, STRETCH + 1),
        (2 * STRETCHES * STRETCH, 2 * STRETCH),
    ],
)
def test_what_a_stretch_has_in_common_explains_the_paces_of_its_starts(count, in_a_row):
    """Each stretch has a pace of its own, and a run no more of them than it may have."""
    paces = numpy.sin(numpy.arange(count))
    found = average_pace.even_out(exactly({"a": [(pace, 7.0 - pace) for pace in paces.tolist()]}))
    parts = [paces[begin : begin + in_a_row] for begin in range(0, count, in_a_row)]
    unexplained = sum(float(part.var()) * len(part) for part in parts) / (count - len(parts))
    assert found[0].variance == pytest.approx(unexplained / count)


def test_one_kind_learns_nothing_from_another():
    follows = starts({"a": 100, "b": 100}, 30, kind="serial/python")
    other = starts({"a": 100, "b": 100}, 30, kind="serial/io", follows=0.0, seed=2)
    found = average_pace.even_out([*follows, *other])
    assert spread([each.speed for each in found[:60]]) < 1.5 * NOISE
    assert [each.speed for each in found[60:]] == pytest.approx([each.speed for each in other], rel=0.02)


def test_a_scenario_that_slows_the_machine_down_itself_gains_nothing_by_it():
    """Its processes share a core, so that the work beside them is slower as well: that is its speed."""
    alone = starts({"a": 100, "b": 100}, 30)
    crowded = [
        PacedStart(
            f"{interpreter(each)}/pool",
            "pool/python",
            f"{each.cell}, pool",
            each.at,
            each.pace_ns * 1.5,
            each.speed / 1.5,
        )
        for each in starts({"a": 100, "b": 100}, 30, seed=2)
    ]
    found = average_pace.even_out([*alone, *crowded])
    means = [statistics.geometric_mean(even.speed for even in some) for some in (found[:60], found[60:])]
    assert means[0] / means[1] == pytest.approx(1.5, rel=0.15)


def test_a_scenario_that_slows_the_machine_down_under_other_interpreters_alone_costs_nothing():
    """Under one interpreter the work beside its threads takes twice as long, under the other it does not."""
    serial = starts({"a": 100, "b": 100}, 8)
    threads = [
        each
        for number, task in enumerate(("python", "lock", "dict"))
        for each in starts({"a": 100, "b": 100}, 8, kind=f"threads/{task}", constants={"a": 0.7}, seed=2 + number)
    ]
    given = [*serial, *threads]
    even = by_interpreter(given[16:], average_pace.even_out(given)[16:])
    speeds = {label: statistics.geometric_mean(values) for label, (values, _) in even.items()}
    assert speeds["b"] / speeds["a"] == pytest.approx(1, rel=0.12)


def test_an_interpreter_that_was_started_more_while_the_machine_was_fast_is_not_favoured():
    """It was slow for the first half, and in the second a race had one interpreter started four times as often."""
    first = starts({"a": 100, "b": 100, "c": 100}, 32, busy=lambda label, number: 0.9)
    second = [
        each
        for each in starts({"a": 100, "b": 100, "c": 100}, 64, busy=lambda label, number: 0.1, seed=2)
        if interpreter(each) == "a" or int(each.at) % 4 == 0
    ]
    given = [*first, *(PacedStart(**{**vars(each), "at": each.at + len(first)}) for each in second)]
    raw = by_interpreter(given, [average_pace.Even(each.speed, 0.0) for each in given])
    even = by_interpreter(given, average_pace.even_out(given))
    speeds = [{label: statistics.geometric_mean(values) for label, (values, _) in each.items()} for each in (raw, even)]
    assert speeds[0]["a"] / speeds[0]["b"] > 1.1
    assert speeds[1]["a"] / speeds[1]["b"] == pytest.approx(1, abs=0.03)


def test_a_long_run_is_evened_out_as_well_by_longer_stretches():
    given = starts({"a": 100, "b": 100}, STRETCH * STRETCHES)
    even = by_interpreter(given, average_pace.even_out(given))
    assert spread(even["a"][0]) < 1.3 * NOISE


def test_starts_may_be_given_in_any_order():
    given = starts({"a": 100, "b": 200}, 40)
    found = dict(zip((each.at for each in given), average_pace.even_out(given)))
    mixed = [given[at] for at in numpy.random.default_rng(1).permutation(len(given))]
    for start, even in zip(mixed, average_pace.even_out(mixed)):
        assert even.speed == pytest.approx(found[start.at].speed)


def test_intervals_keep_their_promise_and_are_narrower():
    """Of 300 simulated runs of two equal interpreters, each with 12 starts of four cells."""
    missed, narrower = 0, []
    for seed in range(300):
        given = []
        for number, task in enumerate(("python", "mixed", "sort", "parse")):
            kind = f"serial/{task}"
            own = starts({"a": 100, "b": 100}, 12, kind=kind, seed=1000 * number + seed, constants={"b": 0.4})
            given += [PacedStart(**{**vars(each), "at": each.at + number / 4}) for each in own]
        found = average_pace.even_out(given)
        of_cell = {
            label: [even for start, even in zip(given, found) if start.cell == f"{label}/serial/python"]
            for label in "ab"
        }
        levels = [
            significance.level([even.speed for even in each], None, each[0].variance) for each in of_cell.values()
        ]
        ratio = significance.between(*levels).ratio
        raw = [[each.speed for each in given if each.cell == f"{label}/serial/python"] for label in "ab"]
        missed += not ratio.low <= 1 <= ratio.high
        narrower.append(significance.ratio(*raw).half_width / ratio.half_width)
    assert missed <= 24  # 5 % of 300, and three standard errors
    assert statistics.median(narrower) > 1.5


def test_what_is_shared_widens_the_interval_of_a_mean_however_many_values_it_has():
    values = [100.0, 101.0] * 200
    assert significance.level(values).speed.half_width < 0.001
    assert significance.level(values, shared=0.05**2).speed.half_width == pytest.approx(1.96 * 0.05, rel=0.02)


def test_a_cell_that_was_moved_far_is_known_less_well_than_one_that_was_not():
    """How far a kind follows the pace is known by chance only, which counts by how far a speed is moved."""
    chance = numpy.random.default_rng(1)
    given = []
    for number in range(48):
        slow = (-0.3, 0.3, 0.0)[number // 16] + 0.05 * chance.standard_normal()
        speed = 100 * math.exp(-slow + NOISE * chance.standard_normal())
        given.append(
            PacedStart("a/serial", "serial/python", str(number // 16), float(number), 1e6 * math.exp(slow), speed)
        )
    fast, slow, usual = (average_pace.even_out(given)[number].variance for number in (0, 16, 32))
    assert usual < min(fast, slow) / 3
