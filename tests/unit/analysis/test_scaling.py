"""The Universal Scalability Law on data made from it, and what may not be fitted."""

from __future__ import annotations

import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runoff.analysis import scaling
from runoff.analysis.cells.comparing import compare
from runoff.stats.steady_state import NO_STEADY_STATE, Steadiness
from tests.fakes.made_cells import by_law, of_speed


@settings(deadline=None, max_examples=4)
@given(st.floats(0, 0.3), st.floats(0, 0.005), st.integers(0, 1000))
def test_without_noise_the_fit_finds_what_was_planted(contention, coherence, seed):
    law = scaling.fit(by_law(contention, coherence, seed, noise=1e-6), cores=16)
    assert law.one == pytest.approx(100, rel=0.01)
    assert law.contention == pytest.approx(contention, abs=0.005)
    assert law.coherence == pytest.approx(coherence, abs=5e-4)
    assert law.residual < 0.005


def test_an_extrapolation_has_an_interval_that_holds_the_truth_and_widens():
    held = 0
    for seed in range(6):
        law = scaling.fit(by_law(0.03, 2e-4, seed), cores=16, seed=seed)
        near, far = law.at(32), law.at(1024)
        held += far.low <= float(scaling._law(1024, 100.0, 0.03, 2e-4)) <= far.high
        assert math.log(far.high / far.low) > math.log(near.high / near.low)
    assert held >= 5


def test_the_peak_is_where_more_begins_to_hurt():
    law = scaling.fit(by_law(0.05, 0.002), cores=16)
    assert law.peak == pytest.approx(math.sqrt(0.95 / 0.002), rel=0.2)


def test_fewer_than_six_sizes_on_real_cores_are_not_fitted():
    samples = by_law(0.05, 0.002)
    assert scaling.fit(samples, cores=8) is not None  # 1, 2, 3, 4, 6, 8
    assert scaling.fit(samples, cores=6) is None


def law(one=100.0, contention=0.0, coherence=0.0, residual=0.0, points=6, draws=((100.0, 0.0, 0.0),) * 2):
    return scaling.Law(one, contention, coherence, residual, points, numpy.array(draws))


@pytest.mark.parametrize(
    ("contention", "coherence", "peak"),
    [
        (0.0, 0.0, math.inf),
        (0.04, 0.0096, 10.0),
        (0.5, 0.6, 1.0),
        (1.0, 0.01, 1.0),
        (1.2, 0.01, 1.0),
        (0.0, 0.25, 2.0),
        (0.05, 0.03, math.sqrt(95 / 3)),
    ],
)
def test_more_begins_to_hurt_where_the_law_has_its_maximum_and_never_below_one(contention, coherence, peak):
    assert law(contention=contention, coherence=coherence).peak == pytest.approx(peak)


def test_the_law_is_gunthers():
    """400 / (1 + 0.1 x 3 + 0.01 x 4 x 3)."""
    found = law(100.0, 0.1, 0.01)
    assert found.at(4).value == pytest.approx(400 / 1.42)
    assert found.at(1).value == pytest.approx(100)


def test_an_interval_leaves_out_a_fortieth_of_the_draws_at_either_end():
    found = law(50.0, draws=[(float(one), 0.0, 0.0) for one in range(101)])
    assert (found.at(1).low, found.at(1).high) == pytest.approx((2.5, 97.5))
    assert (found.at(2).low, found.at(2).high) == pytest.approx((5.0, 195.0))
    bent = law(50.0, draws=[(100.0, 0.5, each / 100) for each in range(101)])
    assert bent.at(2).low == pytest.approx(200 / (1.5 + 2 * 0.975), rel=1e-4)


@pytest.fixture
def few_draws(monkeypatch):
    """A hundredth of a second suffices for five draws."""
    monkeypatch.setattr(scaling, "DRAWS", 5)


def exact(contention=0.05, coherence=0.001, sizes=range(1, 8), **instead):
    """Return samples without noise; ``instead``: those of size N as ``n2=[...]``, as shares of the truth."""
    truth = {size: 100 * size / (1 + contention * (size - 1) + coherence * size * (size - 1)) for size in sizes}
    return {size: [true * each for each in instead.get(f"n{size}", (1.0,) * 3)] for size, true in truth.items()}


def test_a_fit_has_as_many_draws_as_are_asked_for_and_the_same_for_a_seed(few_draws):
    one, again, other = (scaling.fit(exact(n3=[0.9, 1.1, 1.0]), 8, seed) for seed in (1, 1, 2))
    assert one.draws.shape == (5, 3)
    assert one.points == 7
    assert numpy.array_equal(one.draws, again.draws)
    assert not numpy.array_equal(one.draws, other.draws)


def test_sizes_beyond_the_cores_and_sizes_without_a_number_are_left_out(few_draws):
    samples = {**exact(), 64: [1.0, 1.0, 1.0], 5: []}
    found = scaling.fit(samples, cores=7)
    assert found.points == 6
    assert found.contention == pytest.approx(0.05, abs=1e-3)


def test_a_size_that_is_hardly_known_hardly_counts(few_draws):
    """What it measured lies 8 % below the others' law, in the mean; beside it they are known to a hundredth of that."""
    found = scaling.fit(exact(n7=[0.6, 1.4]), 8)
    assert (found.one, found.contention) == pytest.approx((100, 0.05), rel=1e-2)
    assert found.coherence == pytest.approx(0.001, abs=1e-4)


def test_two_invocations_of_a_size_say_how_well_it_is_known(few_draws):
    """They lie 5 % below the law of the others, and are known as well as those are."""
    found = scaling.fit(exact(n7=[0.95, 0.9501]), 8)
    assert found.at(7).value / exact()[7][0] < 0.985


def test_a_size_is_known_as_well_as_the_mean_of_its_invocations(few_draws):
    """A hundred that scatter by 10 % say as much as three that scatter by 2 %, and lie 5 % below the others' law."""
    known = {f"n{size}": [0.98, 1.0, 1.02] for size in range(1, 7)}
    found = scaling.fit(exact(**known, n7=[0.85, 1.05] * 50), 8)
    assert 0.955 < found.at(7).value / exact()[7][0] < 0.985


def test_no_law_says_that_more_workers_help_each_other(few_draws):
    """Each adds more than the one before it."""
    assert scaling.fit(exact(contention=-0.02, coherence=0.0), 8).contention == pytest.approx(0.0, abs=1e-6)


def test_two_invocations_of_each_size_leave_more_open_than_thirty(monkeypatch):
    """Their means have the same error: what differs is how well that is known (Student's t, 12.7 against 2.05)."""
    monkeypatch.setattr(scaling, "DRAWS", 100)

    def fitted(count):
        apart = 0.01 * math.sqrt(count - 1)
        return scaling.fit(exact(**{f"n{size}": [1 - apart, 1 + apart] * (count // 2) for size in range(1, 8)}), 8)

    few, many = fitted(2), fitted(30)
    widths = [math.log(found.at(1).high / found.at(1).low) for found in (few, many)]
    assert widths[0] > 4 * widths[1]


def test_one_invocation_of_a_size_is_taken_as_known_to_a_hundredth(few_draws):
    """Beside sizes that are known to a thousandth it hardly counts, beside those known to a tenth it counts more."""
    known = {f"n{size}": [0.999, 1.001, 1.0] for size in range(1, 7)}
    vague = {f"n{size}": [0.85, 1.15, 1.0] for size in range(1, 7)}
    sure, unsure = (scaling.fit(exact(**others, n7=[0.95]), 8) for others in (known, vague))
    assert sure.at(7).value / exact()[7][0] > 0.99
    assert unsure.at(7).value / exact()[7][0] == pytest.approx(0.95, abs=0.01)


def test_a_residual_is_the_typical_distance_of_a_point_from_the_curve(few_draws):
    sizes = range(1, 13)
    bent = {f"n{size}": [1 + 0.03 * (-1) ** size] * 3 for size in sizes}
    found = scaling.fit(exact(sizes=sizes, **bent), 12)
    assert found.residual == pytest.approx(0.03, rel=0.15)
    assert scaling.fit(exact(), 8).residual < 1e-4


def test_a_law_that_misses_its_points_is_as_uncertain_as_it_misses_them(monkeypatch):
    """The points are known to one in ten thousand, and lie 3 % from the curve."""
    monkeypatch.setattr(scaling, "DRAWS", 10)
    sizes = range(1, 13)
    bent = {f"n{size}": [1 + 0.03 * (-1) ** size] * 3 for size in sizes}
    missed, met = (scaling.fit(samples, 12).at(6) for samples in (exact(sizes=sizes, **bent), exact(sizes=sizes)))
    assert 0.01 < math.log(missed.high / missed.low) < 0.5
    assert math.log(met.high / met.low) < 0.005


def speed_ups(cells):
    return scaling.speed_ups(scaling.of_several_sizes(cells), cells)


def test_a_size_is_held_against_serial_and_against_one_worker():
    _, one, two, four = cells = [
        of_speed("serial", 1.0),
        of_speed("thread-pool", 1.25, concurrency=1),
        of_speed("thread-pool", 0.625, concurrency=2),
        of_speed("thread-pool", 0.625, concurrency=4),
    ]
    found = speed_ups(cells)
    assert [(row.size, row.cell) for row in found] == [(1, one), (2, two), (4, four)]
    assert [row.over_serial.value for row in found] == pytest.approx([0.8, 1.6, 1.6])
    assert found[1].over_one == compare(two, one).ratio
    assert [row.per_core(2) for row in found] == pytest.approx([1, 1, 1])
    assert [row.per_core(4) for row in found] == pytest.approx([1, 1, 0.5])


def test_a_scenario_is_told_where_it_was_measured_at_one_and_at_more():
    cells = [
        of_speed("thread-pool", 1.0, concurrency=4),
        of_speed("thread-pool", 1.0, concurrency=1),
        of_speed("process-pool", 1.0, concurrency=2),
        of_speed("process-pool", 1.0, concurrency=4),
        of_speed("distributed", 1.0, concurrency=1, transport="zmq+tcp"),
        of_speed("distributed", 1.0, concurrency=2, transport="amqp"),
        of_speed("threads", 1.0),
    ]
    found = speed_ups(cells)
    assert [(row.scenario, row.size, row.over_serial) for row in found] == [
        ("thread-pool", 1, None),
        ("thread-pool", 4, None),
    ]


def test_sizes_of_other_batches_and_without_a_steady_state_are_no_part_of_a_line():
    many = of_speed("thread-pool", 1.0, concurrency=2)
    many.batch = 20
    one = of_speed("thread-pool", 1.0, concurrency=1)
    unsteady = of_speed("thread-pool", 1.0, concurrency=4)
    unsteady.steadiness = [Steadiness(NO_STEADY_STATE, None)] * 3
    assert scaling.of_several_sizes([one, many, unsteady]) == {}


def test_sizes_of_a_task_with_other_settings_are_another_line():
    """One payload has lost its N = 2, so that it has no line of its own and serves no other as a reference."""
    cells = [
        of_speed("serial", 1.0, payload_bytes=64),
        of_speed("serial", 9.0, payload_bytes=1024),
        of_speed("thread-pool", 1.0, concurrency=1, payload_bytes=64),
        of_speed("thread-pool", 0.5, concurrency=2, payload_bytes=64),
        of_speed("thread-pool", 9.0, concurrency=1, payload_bytes=1024),
    ]
    found = speed_ups(cells)
    assert [row.task for row in found] == ["python, payload_bytes=64"] * 2
    assert [(row.size, row.over_serial.value) for row in found] == [(1, pytest.approx(1)), (2, pytest.approx(2))]


def test_a_law_is_fitted_to_each_scenario_that_has_enough_sizes(few_draws):
    cells = [of_speed("thread-pool", 10 / values[0], concurrency=size) for size, values in exact().items()]
    cells += [of_speed("threads", 1.0, concurrency=size) for size in (1, 2)]
    laws = scaling.laws(scaling.of_several_sizes(cells), 8)
    assert list(laws) == [("python", "cpython-3.13", "thread-pool", 10)]
    assert laws["python", "cpython-3.13", "thread-pool", 10].one == pytest.approx(100, rel=0.01)
