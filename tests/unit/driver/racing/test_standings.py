"""Racing: which cells are still worth a start, and what is decided, on throughputs that the test gives."""

from __future__ import annotations

import numpy
import pytest

from runoff.driver.plan import PlannedCell
from runoff.driver.racing import standings
from runoff.driver.racing.candidates import Seen
from runoff.driver.racing.rules import Rules
from runoff.driver.racing.standings import Standings
from runoff.stats.average_pace import PacedStart
from runoff.stats.moderated import Prior
from tests.fakes import drawn_races
from tests.fakes.raced_cells import LEAST, POOL, SERIAL, SERIAL_IO, THREADS, THREADS_IO, cells, standing

MOST = 64
ALIKE, DIFFERENT = Prior(0.03**2, 1e6), Prior(0.036**2, 1.8)


def raced(speeds, noise=0.02, seed=1, blocks=MOST, today=None):
    """Race cells of {cell: true speed}; return the standings, the values and the block it ended at."""
    chance = numpy.random.default_rng(seed)
    found = Standings(speeds, Rules("a", LEAST, today))
    values = {cell: [] for cell in speeds}
    for block in range(blocks):
        still_open = found.open() if block else {cell.key for cell in speeds}
        if not still_open:
            return found, values, block
        for cell, speed in speeds.items():
            if cell.key in still_open:
                values[cell].append(float(speed * numpy.exp(noise * chance.standard_normal())))
            found.update(Seen(cell, list(values[cell])))
        found.look()
    return found, values, blocks


def test_a_clear_difference_ends_after_few_invocations():
    found, _, block = raced({SERIAL["a"]: 100, SERIAL["b"]: 500})
    assert block <= 4
    (row,) = found.rows()
    assert (row.leader, row.state) == ("b serial", standings.DECIDED)


def test_only_the_best_scenario_of_an_interpreter_is_raced():
    _, values, _ = raced({SERIAL["a"]: 100, THREADS["a"]: 30, POOL["a"]: 85, SERIAL["b"]: 110})
    assert len(values[THREADS["a"]]) == 1
    assert len(values[POOL["a"]]) <= LEAST, "it may have been unlucky once, and was not"
    assert len(values[SERIAL["a"]]) > LEAST


@pytest.mark.parametrize("leads", ["a", "b"])
def test_what_a_person_has_today_is_started_until_it_is_told_apart_however_slow_it_is(leads):
    today = {"interpreter": "a", "scenario": "threads"}
    speeds = {SERIAL["a"]: 100, THREADS["a"]: 3, SERIAL["b"]: 500 if leads == "b" else 50}
    _, values, _ = raced(speeds, today=today)
    assert len(values[THREADS["a"]]) >= LEAST
    assert len(raced(speeds)[1][THREADS["a"]]) == 1


def test_one_that_is_better_by_a_single_start_is_started_again():
    found = standing(Seen(SERIAL["a"], [110, 90]), Seen(POOL["a"], [108]), Seen(SERIAL["b"], [50, 50]))
    assert POOL["a"].key in found.open()


def test_a_number_that_nothing_confirms_is_started_again_however_slow_it_is():
    leaders = Seen(SERIAL["a"], [100, 100], invocations=2), Seen(SERIAL["b"], [500, 500], invocations=2)
    assert POOL["a"].key not in standing(*leaders, Seen(POOL["a"], [10, 11], invocations=2)).open()
    assert POOL["a"].key in standing(*leaders, Seen(POOL["a"], [10, 12], invocations=2)).open()


def test_of_one_interpreter_what_the_decision_weighs_is_held_against_todays_program():
    today = [Seen(of["a"], [100, 100]) for of in (SERIAL, SERIAL_IO)]
    faster = [Seen(of["a"], [200, 200]) for of in (THREADS, THREADS_IO)]
    rows = {row.work: row.ratio for row in standing(*today, *faster).rows()}
    assert rows["python and io, half each"] == "2 times a serial"
    assert rows["io/batch=8"] == "200 tasks/s"


def test_the_scenarios_of_one_interpreter_alone_are_told_apart_and_it_ends():
    found, values, block = raced({SERIAL["a"]: 100, THREADS["a"]: 75, POOL["a"]: 30})
    assert block < MOST
    assert found.count_unanswered() == 0
    assert found.rows()[0].state == standings.ALONE
    assert len(values[POOL["a"]]) == 1


def test_equal_ones_are_tied_and_not_raced_for_ever():
    found, _, block = raced({SERIAL["a"]: 100, SERIAL["b"]: 100}, noise=0.01)
    assert found.rows()[0].state == standings.TIED
    assert block < MOST


def test_a_lead_that_noise_hides_stays_open():
    found, _, block = raced({SERIAL["a"]: 100, SERIAL["b"]: 104}, noise=0.3, blocks=10)
    assert block == 10
    assert set(found.open()) == {SERIAL["a"].key, SERIAL["b"].key}


def test_a_comparison_that_is_asked_for_two_reasons_is_counted_once():
    """Is b faster than the baseline a, and is b, which leads, the best? Of two interpreters, and of three."""
    noisy = Seen(SERIAL["a"], [100, 108]), Seen(SERIAL["b"], [130, 139])
    slower = Seen(SERIAL["c"], [60, 65])
    assert standing(*noisy).count_unanswered() == 1
    assert standing(*noisy, slower).count_unanswered() == 3
    assert standing(*noisy).count_answerable_in(1000.0) == 1
    assert standing(*noisy, slower).count_answerable_in(1000.0) == 3


def test_a_scenario_that_may_have_been_unlucky_once_is_started_again_before_its_interpreter_loses():
    """Threads of b are as fast as those of a, perhaps; its pool was measured often, and is slower."""
    slower = Seen(POOL["b"], [100, 101, 99, 100])
    claimed = Seen(THREADS["a"], [130, 131, 129, 130]), slower
    assert standing(*claimed).rows()[0].state == standings.DECIDED
    unlucky = Seen(THREADS["b"], [99])
    found = standing(*claimed, unlucky)
    assert found.rows()[0].state == standings.LEADING
    assert found.open() == [unlucky.cell.key]
    found.update(Seen(POOL["b"], [100, 101, 99, 100, 100]))  # five are no look, and no reason to wait for one
    found.update(Seen(THREADS["b"], [99, 98]))
    found.look()
    assert found.rows()[0].state == standings.DECIDED
    assert found.open() == []


@pytest.mark.parametrize(
    ("serial", "is_open"),
    [([130, 159, 154, 155], True), ([130, 159, 154, 155, 152], True), ([147, 148, 149, 147, 148], False)],
)
def test_a_scenario_that_its_noise_lets_be_as_fast_is_started_again_before_its_interpreter_loses(serial, is_open):
    """Serial of b is as fast as that of a but for one start, so that its pool looks like its best."""
    found = standing(
        Seen(SERIAL["a"], [158, 160, 159, 159]), Seen(POOL["b"], [149, 150, 150, 150]), Seen(SERIAL["b"], serial)
    )
    assert (SERIAL["b"].key in found.open()) == is_open
    assert (found.rows()[0].state == standings.DECIDED) == (not is_open)


def test_interpreters_past_their_support_are_asked_about_last_and_are_no_part_of_the_decision():
    """In both tasks c is fastest and equal to nobody; by price alone its questions would come first."""
    speeds = {"a": 1.0, "b": 1.5, "c": 2.0}
    seen = [
        Seen(of[label], [100 * speeds[label], 108 * speeds[label]], cost_s=0.1 if label == "c" else 0.5)
        for of in (SERIAL, SERIAL_IO)
        for label in speeds
    ]
    labels = [key.split("/")[0] for key in standing(*seen).open(60.0)]
    assert labels.index("c") < 2
    found = standing(*seen, past_support=["c"])
    labels = [key.split("/")[0] for key in found.open(60.0)]
    assert set(labels[-2:]) == {"c"}
    assert set(labels[:-2]) == {"a", "b"}
    assert {row.work: row.leader for row in found.rows()} == {
        "python/batch=8": "c serial",
        "io/batch=8": "c serial",
        "python and io, half each": "b serial",
    }


@pytest.mark.parametrize(("left_s", "labels"), [(0.5, ["c"]), (4.2, ["a", "b"]), (5.0, ["a", "b", "c"])])
def test_interpreters_past_their_support_get_a_second_start_with_what_the_others_leave(left_s, labels):
    """Two more starts of a and b, a second each, should tell them apart; c was started once."""
    seen = Seen(SERIAL["a"], [100, 104]), Seen(SERIAL["b"], [120, 126]), Seen(SERIAL["c"], [50], cost_s=0.4)
    worth = [key.split("/")[0] for key in standing(*seen, past_support=["c"]).open(left_s)]
    assert sorted(worth) == labels
    assert "c" not in worth[:-1]
    assert "c" in [key.split("/")[0] for key in standing(*seen).open(4.2)], "among equals it comes first"


def test_what_the_decision_weighs_is_started_first():
    alone = cells("serial", "mixed")
    others = Seen(alone["a"], [100]), Seen(alone["b"], [200])
    decides = [Seen(of[label], [100]) for of in (SERIAL, SERIAL_IO) for label in ("a", "b")]
    worth = standing(*others, *decides).open()
    assert {key.split("/")[2] for key in worth[:4]} == {"python", "io"}
    assert {key.split("/")[2] for key in worth[4:]} == {"mixed"}


def test_the_baseline_and_the_fastest_are_started_again_before_the_others():
    """With many interpreters the time may not be enough for a second start of each."""
    seen = [Seen(SERIAL[label], [speed]) for label, speed in (("a", 100), ("b", 200), ("c", 300))]
    assert [key.split("/")[0] for key in standing(*seen).open()] == ["a", "c", "b"]


def test_a_loss_waits_for_cells_without_a_number_that_may_be_faster():
    """Pools are best under a, and threads a tenth of that: b, of which only threads are known, has not lost."""
    seen = [Seen(POOL["a"], [100, 101]), Seen(THREADS["a"], [10]), Seen(THREADS["b"], [9, 9.1]), Seen(POOL["b"])]
    found = standing(*seen)
    assert [row.state for row in found.rows()] == [standings.LEADING]
    assert found.open() == [POOL["b"].key]
    found.update(Seen(POOL["b"], [80, 81]))
    found.look()
    assert [row.state for row in found.rows()] == [standings.DECIDED]


def test_a_loss_does_not_wait_for_cells_that_are_slow_under_others_or_cannot_be_measured():
    seen = [Seen(POOL["a"], [100, 101]), Seen(THREADS["a"], [10]), Seen(POOL["b"], [50, 51])]
    assert [row.state for row in standing(*seen, Seen(THREADS["b"])).rows()] == [standings.DECIDED]
    seen[2] = Seen(THREADS["b"], [9, 9.1])
    found = standing(*seen, Seen(POOL["b"]))
    assert found.open() == [POOL["b"].key]
    found.drop(POOL["b"])
    assert found.open() == []
    found.look()
    assert [row.state for row in found.rows()] == [standings.DECIDED]


def test_time_that_is_left_goes_where_it_can_tell_something():
    """Two works: one that two starts more should tell, and one that is lost in its noise."""
    clear = Seen(SERIAL["a"], [100, 108], cost_s=0.5), Seen(SERIAL["b"], [130, 139], cost_s=0.5)
    lost = Seen(SERIAL_IO["a"], [100, 180] * 2, cost_s=0.5), Seen(SERIAL_IO["b"], [100, 190] * 2, cost_s=0.5)
    found = standing(*clear, *lost)
    everything = {seen.cell.key for seen in (*clear, *lost)}
    assert set(found.open()) == everything, "a run without budget goes on with both"
    assert set(found.open(10.0)) == {seen.cell.key for seen in clear}
    assert set(found.open(0.1)) == {seen.cell.key for seen in clear}, "what is nearest, when nothing can be told"
    assert found.count_unanswered() > found.count_answerable_in(10.0) > found.count_answerable_in(0.1) == 0


def test_a_leader_is_decided_only_when_it_is_told_apart_from_every_other_one():
    others = Seen(SERIAL["a"], [100, 101, 99, 100]), Seen(SERIAL["b"], [300, 301, 299, 300])
    found = standing(*others, Seen(SERIAL["c"], [20, 900]))
    assert found.rows()[0].state == standings.LEADING
    assert set(found.open()) == {SERIAL[label].key for label in "abc"}
    assert standing(*others, Seen(SERIAL["c"], [100, 99, 101, 100])).rows()[0].state == standings.DECIDED


def test_a_bound_decides_where_it_is_enough_and_a_cell_that_may_compile_is_not_given_up():
    """Threads of b were once half as fast as its serial cell, which still becomes faster; its pool never was near."""
    found = standing(
        Seen(SERIAL["a"], [100, 101, 100, 99]),
        Seen(SERIAL["b"], [300, 301, 300, 299], warming=True, ceiling=301),
        Seen(THREADS["b"], [20], warming=True, ceiling=150),
        Seen(POOL["b"], [20], warming=True, ceiling=25),
    )
    assert found.rows()[0].state == standings.DECIDED
    assert found.rows()[0].ratio == "at least 3 times a"
    assert set(found.open()) == {THREADS["b"].key}


@pytest.mark.parametrize("stays", [False, True])
def test_a_cell_that_no_pilot_will_show_warm_gets_no_more_starts_for_what_it_cannot_answer(stays):
    """It is slower and a lower bound, and another of its interpreter was two thirds as fast in its only start."""
    seen = (
        Seen(SERIAL["a"], [200, 260, 230, 210]),
        Seen(SERIAL["b"], [100, 130, 110, 120], warming=True, stays_warming=stays, ceiling=120),
        Seen(THREADS["b"], [80], warming=True, stays_warming=stays, ceiling=80),
    )
    found = standing(*seen)
    assert found.count_unanswered()
    assert set(found.open()) == (set() if stays else {each.cell.key for each in seen})


def test_a_cell_that_stays_a_lower_bound_is_started_while_it_is_the_faster_one():
    noisy = [200, 380, 250, 300]
    found = standing(
        Seen(SERIAL["a"], [150, 240, 190, 170]),
        Seen(SERIAL["b"], noisy, warming=True, stays_warming=True, ceiling=380),
    )
    assert set(found.open()) == {SERIAL["a"].key, SERIAL["b"].key}


@pytest.mark.parametrize(("fastest", "is_open"), [(60, False), (95, True)])
def test_a_start_that_was_disturbed_for_a_while_is_known_by_its_fastest_iteration(fastest, is_open):
    """Most of one start of a's threads was slow: they are started again before a is said to be slower."""
    found = standing(
        Seen(SERIAL["a"], [100, 101, 100, 99]),
        Seen(THREADS["a"], [60], ceiling=fastest),
        Seen(SERIAL["b"], [130, 131, 130, 129]),
    )
    assert (THREADS["a"].key in found.open()) == is_open
    assert (found.rows()[0].state == standings.DECIDED) == (not is_open)


@pytest.mark.parametrize(("pool", "is_open"), [(80, True), (120, False)])
def test_no_compiler_shortens_what_a_serial_cell_waits_for(pool, is_open):
    """Each task waits 10 ms, so that serial cells do at most 100 a second, whatever is compiled yet."""
    a, b, serial = (
        PlannedCell(label, scenario, "io", 8, (("delay_ms", 10),))
        for label, scenario in (("a", "threads"), ("b", "threads"), ("b", "serial"))
    )
    found = standing(
        Seen(a, [50, 51, 50, 49]), Seen(b, [pool, pool, pool, pool]), Seen(serial, [60], warming=True, ceiling=70)
    )
    assert (serial.key in found.open()) == is_open


def test_what_the_decision_weighs_is_raced_although_no_work_alone_needs_it():
    """One scenario has to be good at computing and at waiting; the best at either is another one."""
    speeds = {POOL["a"]: 200, POOL["b"]: 400, THREADS["a"]: 110, THREADS["b"]: 200, SERIAL["a"]: 100, SERIAL["b"]: 190}
    speeds |= {SERIAL_IO["a"]: 10, SERIAL_IO["b"]: 10, THREADS_IO["a"]: 80, THREADS_IO["b"]: 60}
    found, values, _ = raced(speeds, blocks=12)
    row = found.rows()[-1]
    assert (row.work, row.leader, row.state) == ("python and io, half each", "b threads", standings.DECIDED)
    assert min(len(values[THREADS[label]]) for label in "ab") >= LEAST


@pytest.mark.parametrize("interpreters", [2, 5])
@pytest.mark.parametrize("noise", [ALIKE, DIFFERENT], ids=["alike", "different"])
def test_equal_cells_are_called_different_in_at_most_one_race_of_twenty(interpreters, noise):
    chance = numpy.random.default_rng(1)
    assert drawn_races.decided(chance, interpreters, 0.0, 40, 6, noise).hits <= 6, "of 48; 5 % are 2.4"


def test_a_large_difference_among_many_is_found_in_a_budget_that_cannot_measure_all():
    assert drawn_races.decided(numpy.random.default_rng(1), 10, 0.5, 60, 1, ALIKE).hits == 8


def paced(cell, speed, chance, at):
    """Return what is known of ``cell`` after 16 starts, while a neighbour halves the machine's speed now and then."""
    slow = [0.7 * float(chance.beta(0.5, 0.5)) for _ in range(16)]
    values = [float(speed * numpy.exp(0.02 * chance.standard_normal() - each)) for each in slow]
    runner, kind = f"{cell.interpreter}/{cell.scenario}", f"{cell.scenario}/{cell.task}"
    starts = [
        PacedStart(runner, kind, cell.key, at + 100.0 * number, float(1e6 * numpy.exp(each)), value)
        for number, (each, value) in enumerate(zip(slow, values))
    ]
    return Seen(cell, values, starts=starts)


def test_a_machine_that_changes_its_pace_decides_what_its_other_cells_help_to_know():
    """The average pace of an interpreter in a scenario is known from all tasks that it was started for."""
    chance = numpy.random.default_rng(2)
    beside = [cells("serial", task) for task in ("native-gil", "native-nogil", "contended-lock")]
    speeds = {SERIAL["a"]: 100, SERIAL["b"]: 125} | {each[label]: 50 for each in beside for label in "ab"}
    seen = [paced(cell, speed, chance, at) for at, (cell, speed) in enumerate(speeds.items())]
    even, raw = (standing(*known).rows()[0] for known in (seen, [Seen(each.cell, each.values) for each in seen]))
    assert (even.leader, even.state, raw.state) == ("b serial", standings.DECIDED, standings.LEADING)


def test_what_workers_of_another_interpreter_did_takes_no_part():
    lent = PlannedCell("b", "distributed", "python", 8, (("worker_interpreter", "a"),))
    found = standing(Seen(SERIAL["a"], [100, 101]), Seen(SERIAL["b"], [10, 10.1]), Seen(lent, [500, 505]))
    assert [(row.leader, row.state) for row in found.rows()] == [("a serial", standings.DECIDED)]
