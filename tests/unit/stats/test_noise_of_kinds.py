"""What the cells of a run show of each other's noise, on cells whose noise is known."""

from __future__ import annotations

import math

import numpy
import pytest
from scipy.special import polygamma
from scipy.stats import f as ratio_of_variances

from runoff.stats import noise_of_kinds, significance
from runoff.stats.moderated import Prior
from runoff.stats.noise_of_kinds import FREEDOMS

ANY = ("task", "scenario")


def noisy(chance, cells, count, freedom=None, sd=0.03):
    """Draw ``count`` values of each of ``cells`` cells, whose own noise differs as ``freedom`` says (None: not)."""
    spreads = sd if freedom is None else sd * numpy.sqrt(freedom / chance.chisquare(freedom, (cells, 1)))
    return numpy.exp(spreads * chance.standard_normal((cells, count))).tolist()


def alike(variance, count=2):
    """Return equally spaced values whose logarithms have exactly this variance."""
    step = math.sqrt(variance / numpy.arange(count).var(ddof=1))
    return [math.exp(step * at) for at in range(count)]


def drawn(freedom, cells, scale=0.01, count=2):
    """Return cells of ``count`` values whose variances are the quantiles of what ``freedom`` and ``scale`` make."""
    at = (numpy.arange(cells) + 0.5) / cells
    return [alike(scale * variance, count) for variance in ratio_of_variances.ppf(at, count - 1, freedom)]


def prior_of(cells):
    """Return what cells of one kind show."""
    return noise_of_kinds.learn((ANY, cell) for cell in cells)[ANY]


def helped_by(prior, above, below):
    """Compare two cells of a kind whose noise is ``prior``."""
    return significance.between(significance.level(above, prior), significance.level(below, prior))


def test_the_noise_of_other_cells_makes_up_for_few_invocations_where_cells_are_alike():
    chance, one, other = numpy.random.default_rng(1), [2.0, 2.03], [1.0, 1.02]
    found = prior_of(noisy(chance, 100, 3))
    assert found.variance == pytest.approx(0.03**2, rel=0.3)
    assert found.freedom > 5
    alone, helped = significance.compare(one, other), helped_by(found, one, other)
    assert helped.freedom == found.freedom + 1
    assert alone.freedom < 2.1
    assert helped.ratio.value == alone.ratio.value
    assert helped_by(found, [2.0, 2.0], [1.0, 1.0]).ratio.low < 1.95, "equal by chance"


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("freedom", [1.0, 2.0, 4.0])
def test_how_alike_cells_are_is_found(freedom, count):
    found = prior_of(drawn(freedom, 1000, count=count))
    assert found.freedom == pytest.approx(freedom, rel=0.1)
    assert found.variance == pytest.approx(0.01, rel=0.1)


def test_few_cells_are_thought_less_alike_than_as_many_as_show_it():
    few, many = (prior_of(drawn(4.0, cells)).freedom for cells in (20, 1000))
    assert 1.5 < few < 0.8 * many


def test_cells_of_the_same_noise_count_for_no_more_than_the_last_of_what_is_tried():
    assert 0.7 * FREEDOMS[-1] < prior_of([alike(0.01, 5)] * 1000).freedom < FREEDOMS[-1]


@pytest.mark.parametrize(("count", "shown"), [(9, False), (10, True)])
def test_ten_cells_with_two_values_show_noise_and_those_with_one_do_not_count(count, shown):
    cells = [alike(0.01)] * count + [[1.0]] * 50
    assert (noise_of_kinds.learn((ANY, cell) for cell in cells) != {}) == shown


def test_nothing_is_learnt_from_times_without_noise_and_one_without_any_is_no_reason_to_fail():
    assert noise_of_kinds.learn([(ANY, [1.0, 1.0])] * 50) == {}
    some = [alike(0.01)] * 40
    assert prior_of([*some, [1.0, 1.0]]).variance == pytest.approx(prior_of(some).variance, rel=0.2)


def nine_kinds():
    """Draw cells of three tasks by three scenarios, as (task, scenario, values); each kind has a noise of its own."""
    chance = numpy.random.default_rng(7)
    return [
        (task, scenario, cell)
        for by_task, task in enumerate("abc")
        for by_scenario, scenario in enumerate("xyz")
        for cell in noisy(chance, 3, 2, sd=0.01 * 2**by_task * 3**by_scenario)
    ]


def assert_equal(priors, others):
    assert [each.variance for each in priors] == pytest.approx([each.variance for each in others], rel=1e-6)
    assert [each.freedom for each in priors] == pytest.approx([each.freedom for each in others], rel=1e-6)


def test_what_tasks_and_scenarios_are_called_changes_nothing():
    called, seen = dict(zip("abcxyz", "bcayzx")), nine_kinds()
    found = noise_of_kinds.learn(((task, scenario), cell) for task, scenario, cell in seen)
    renamed = noise_of_kinds.learn(((called[task], called[scenario]), cell) for task, scenario, cell in seen)
    assert_equal(found.values(), renamed.values())


def test_equal_names_are_one_name_though_each_record_has_its_own():
    seen = nine_kinds()
    found = noise_of_kinds.learn(((task, scenario), cell) for task, scenario, cell in seen)
    read = noise_of_kinds.learn(((task + " read", scenario + " read"), cell) for task, scenario, cell in seen)
    assert_equal(found.values(), read.values())


@pytest.mark.parametrize("factor", [1e-5, 16.0])
def test_cells_are_as_alike_however_large_their_noise_is(factor):
    usual, other = (
        noise_of_kinds.learn(
            ((task, scenario), [value**power for value in cell]) for task, scenario, cell in nine_kinds()
        )
        for power in (1.0, factor)
    )
    assert_equal([Prior(each.variance * factor**2, each.freedom) for each in usual.values()], other.values())


def test_the_noise_of_a_kind_is_known_as_well_as_its_cells_inform_of_it(monkeypatch):
    """Fisher's information is the mean square of the slope of the logarithm of the density, by that of the scale."""
    freedom, cells, tiny = 4.0, 40, 1e-4
    monkeypatch.setattr(noise_of_kinds, "FREEDOMS", numpy.array([freedom]))
    ratios = ratio_of_variances.ppf((numpy.arange(2000) + 0.5) / 2000, 1, freedom)
    above, below = (ratio_of_variances.logpdf(ratios * math.exp(-each), 1, freedom) - each for each in (tiny, -tiny))
    information = (((above - below) / (2 * tiny)) ** 2).mean()
    found = prior_of(drawn(freedom, cells))
    spread = polygamma(1, freedom / 2) + 1 / (cells * information)
    assert polygamma(1, found.freedom / 2) == pytest.approx(spread, rel=1e-3)


@pytest.mark.parametrize("differ", [0.05, 0.2, 2.0])
def test_of_large_samples_the_likelihood_is_that_of_the_linear_mixed_model(monkeypatch, differ):
    """Logarithms of variances are normal there (restricted likelihood: Laird and Ware 1982)."""
    freedoms = numpy.array([60.0, 120.0, 240.0])
    monkeypatch.setattr(noise_of_kinds, "FREEDOMS", freedoms)
    monkeypatch.setattr(noise_of_kinds, "ROUNDS", 300)
    chance, groups = numpy.random.default_rng(1), numpy.repeat([0, 1, 2], [1, 5, 3])
    design = numpy.array(
        [[1.0, *numpy.eye(5)[task], *numpy.eye(3)[scenario]] for task in range(5) for scenario in range(3)]
    )
    logs = design @ (differ * chance.standard_normal(9)) + math.sqrt(2 / 120) * chance.standard_normal(15)
    fits = noise_of_kinds._fit(numpy.exp(logs), numpy.full(15, 1e6), design, groups)
    expected = []
    for freedom, effects, covariances in zip(freedoms, fits.effects, fits.covariances):
        between = (numpy.bincount(groups, effects**2 + covariances.diagonal()) / numpy.bincount(groups))[groups]
        of_groups = design[:, 1:] * between[1:] @ design[:, 1:].T
        inverse = numpy.linalg.inv(of_groups + numpy.eye(15) * polygamma(1, freedom / 2))
        beyond = logs - (inverse @ logs).sum() / inverse.sum()
        known = numpy.linalg.slogdet(inverse)[1] - math.log(inverse.sum())
        expected.append((known - beyond @ inverse @ beyond) / 2)
    found = fits.log_likelihoods
    assert (found - found[0]).tolist() == pytest.approx([each - expected[0] for each in expected], abs=0.05)


def test_each_task_and_each_scenario_has_its_own_noise():
    """The noise of serial C is 0.5 %; Python code makes it 4 times as large, a pool 5 times: together 20 times."""
    chance, sds = numpy.random.default_rng(2), {}
    for task, by_task in (("c", 1), ("python", 4)):
        sds.update({(task, scenario): 0.005 * by_task * by for scenario, by in (("serial", 1), ("pool", 5))})
    seen = [(kind, cell) for kind, sd in sds.items() for cell in noisy(chance, 30, 3, sd=sd)]
    found = noise_of_kinds.learn(seen)
    for kind, sd in sds.items():
        assert found[kind].variance == pytest.approx(sd**2, rel=0.5)
    together = prior_of(cell for _, cell in seen)
    assert min(each.freedom for each in found.values()) > 2 * together.freedom, "alike within a kind"


def test_a_kind_that_nobody_saw_is_known_by_its_task_and_its_scenario_and_counts_for_less():
    chance, seen = numpy.random.default_rng(3), []
    for (task, scenario), sd in {("c", "serial"): 0.005, ("c", "pool"): 0.025, ("python", "serial"): 0.02}.items():
        seen += [((task, scenario), cell) for cell in noisy(chance, 100, 3, sd=sd)]
    found = noise_of_kinds.learn([*seen, (("python", "pool"), []), (("java", "pool"), [1.0])])
    unseen = found["python", "pool"]
    assert unseen.variance == pytest.approx(0.1**2, rel=0.5)
    assert found["java", "pool"].freedom < unseen.freedom < found["c", "serial"].freedom


def test_a_task_with_one_cell_is_drawn_to_all_and_counts_for_less():
    chance = numpy.random.default_rng(4)
    many = {task: noisy(chance, 30, 4, sd=0.02) for task in "abcd"}
    seen = [((task, "serial"), cell) for task, cells in many.items() for cell in cells]
    single = alike(0.1**2, 4)
    found = noise_of_kinds.learn([*seen, (("single", "serial"), single)])
    assert found["a", "serial"].variance < found["single", "serial"].variance < 0.5 * 0.1**2
    assert found["single", "serial"].freedom < found["a", "serial"].freedom


def test_scenarios_that_do_not_differ_leave_tasks_as_they_are():
    chance = numpy.random.default_rng(5)
    cells = {task: noisy(chance, 60, 2, sd=sd) for task, sd in (("quiet", 0.01), ("loud", 0.1))}
    alone = noise_of_kinds.learn([((task, "one"), cell) for task in cells for cell in cells[task]])
    split = noise_of_kinds.learn([((task, str(at % 6)), cell) for task in cells for at, cell in enumerate(cells[task])])
    for task in cells:
        assert split[task, "0"].variance == pytest.approx(alone[task, "one"].variance, rel=0.2)
        assert split[task, "0"].freedom > 0.7 * alone[task, "one"].freedom


@pytest.mark.parametrize("freedom", [None, 2.0])
def test_moderated_intervals_of_two_invocations_keep_their_promise(freedom):
    """What pooled variance without more did not: a noisy cell among quiet ones is not called different."""
    chance, wrong = numpy.random.default_rng(3), 0
    for _ in range(10):
        cells = noisy(chance, 80, 2, freedom)
        prior = prior_of(cells)
        ratios = [helped_by(prior, one, other).ratio for one, other in zip(cells[::2], cells[1::2])]
        wrong += sum(not ratio.low <= 1 <= ratio.high for ratio in ratios)
    assert 5 <= wrong <= 31, "400 equal pairs; 5 % are 20"


def test_more_rounds_change_nothing_that_is_printed(monkeypatch):
    chance = numpy.random.default_rng(6)
    seen = [
        ((task, scenario), cell)
        for task in "abcdef"
        for scenario in "xyz"
        for cell in noisy(chance, 8, 2, 3.0, sd=0.01 * math.exp(chance.standard_normal()))
    ]
    soon = noise_of_kinds.learn(seen)
    monkeypatch.setattr(noise_of_kinds, "ROUNDS", 300)
    for kind, prior in noise_of_kinds.learn(seen).items():
        assert soon[kind].variance == pytest.approx(prior.variance, rel=0.05)
        assert soon[kind].freedom == pytest.approx(prior.freedom, rel=0.05)


def test_what_is_known_is_known_over_all_that_is_tried_by_how_likely_it_is(monkeypatch):
    """One says 0 and another, three times as likely, 2: their mean is 1.5, and they differ by a variance of 0.75."""
    monkeypatch.setattr(noise_of_kinds, "FREEDOMS", numpy.full(2, 4.0))
    fits = noise_of_kinds._Fits(
        numpy.array([-999.0, math.log(3) - 999]), numpy.array([[0.0], [2.0]]), numpy.full((2, 1, 1), 0.3)
    )
    mean, spread = noise_of_kinds._over_all(fits, numpy.ones((1, 1)))
    own = math.log(2) - (1 - numpy.euler_gamma)  # that of the logarithm of 4 by a chi-squared value of as many
    assert mean == pytest.approx([own + 1.5])
    assert spread == pytest.approx([math.pi**2 / 6 - 1 + 0.3 + 0.75])


@pytest.mark.parametrize("freedom", [0.2, 1.0, 3.0, 9.0])
def test_a_prior_has_the_degrees_of_freedom_that_make_its_logarithm_vary_so(freedom):
    spread = numpy.array([polygamma(1, freedom / 2)])
    (found,) = noise_of_kinds._priors(numpy.zeros(1), spread)
    assert found.freedom == pytest.approx(freedom, rel=1e-3)
