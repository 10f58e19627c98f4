"""The decision: what the rule makes of options, the sentences that say it, and what would change it."""

from __future__ import annotations

import math

import pytest

from runoff.analysis.decision import inputs, rule
from runoff.analysis.decision.sentences import decide
from runoff.stats import significance


def given_options(**options):
    """The rule's input for options given as (computing speed-up, waiting speed-up)."""
    made = [
        {
            "interpreter": name,
            "scenario": "threads",
            "p99_ms": None,
            **{f"{part}_name": "threads" for part in ("cpu", "io")},
            "cpu_speedup": cpu,
            "io_speedup": io,
            **{f"{part}_variance": 0.0001 for part in ("cpu", "io")},
            **{f"{part}_shared": 0.0 for part in ("cpu", "io")},
            **{f"{part}_freedom": 4 for part in ("cpu", "io")},
            **{f"{part}_gib": 0.0 for part in ("cpu", "io")},
            **{f"{part}_warming": False for part in ("cpu", "io")},
            "supported": True,
            "often": True,
            "cpu_tasks_per_s": 100 * cpu,
            "io_tasks_per_s": 100 * io,
        }
        for name, (cpu, io) in options.items()
    ]
    defaults = {weight["name"]: weight["default"] for weight in rule.RULE["weights"]}
    quantiles = inputs.t_quantiles(0.05)
    return {
        "options": {"python": made},
        "cores": 2,
        "floor": 0.0,
        "baseline": "today",
        "waits": "io",
        "t_quantiles": quantiles,
        "defaults": defaults,
    }


def test_the_cheapest_option_is_the_one_amdahl_says():
    given = given_options(today=(1.0, 1.0), computes=(4.0, 1.0), waits=(1.0, 3.0))
    for share, best in ((90, "computes"), (10, "waits")):
        found = decide(given, "python", {**given["defaults"], "share": share})
        assert found["ranked"][0]["interpreter"] == best
    half = decide(given, "python", {**given["defaults"], "share": 50})
    by_name = {each["interpreter"]: each["relative"] for each in half["ranked"]}
    assert by_name == pytest.approx({"today": 1.0, "computes": 0.625, "waits": 2 / 3})


def test_an_error_that_computing_and_waiting_share_does_not_even_out_between_them():
    given = given_options(today=(1.0, 1.0))
    given["options"]["python"][0] |= {"cpu_shared": 0.0001, "io_shared": 0.0001}  # all of the variance is shared
    (only,) = decide(given, "python", {**given["defaults"], "share": 30})["ranked"]
    assert only["variance"] == pytest.approx(0.0001)


def test_the_cost_is_what_the_machine_costs_for_a_million_tasks():
    given = given_options(today=(1.0, 1.0))
    weights = {**given["defaults"], "task_ms": 36.0, "core_price": 0.5, "memory_price": 0.0}
    (only,) = decide(given, "python", weights)["ranked"]
    assert only["cost"] == pytest.approx(10 * 2 * 0.5)  # ten hours of two cores


def test_what_would_change_the_answer_is_the_nearest_share_at_which_it_does():
    given = given_options(today=(1.0, 1.0), computes=(4.0, 1.0), waits=(1.0, 3.0))
    found = decide(given, "python", {**given["defaults"], "share": 90})
    (change,) = [each for each in found["changes"] if each["weight"]["name"] == "share"]
    # share/4 + (1 - share) = share + (1 - share)/3 at 8/17
    assert change["value"] == math.floor(100 * 8 / 17)
    assert change["direction"] == "below"
    assert change["best"].startswith("waits")


def test_what_is_tied_with_the_best_is_no_change():
    given = given_options(today=(1.0, 1.0), one=(4.0, 1.01), two=(4.04, 1.0), waits=(1.0, 3.0))
    found = decide(given, "python", {**given["defaults"], "share": 90})
    assert [each["interpreter"] for each in found["ranked"][:2]] == ["two", "one"]
    assert [each["best"] for each in found["changes"]] == ["waits with threads"]


def said(given, **weights):
    return decide(given, "python", {**given["defaults"], **weights})["lines"]


def test_an_option_that_is_ahead_is_said_in_three_sentences_without_a_currency():
    assert said(given_options(today=(1.0, 1.0), other=(2.0, 2.0))) == [
        "Run other with threads: python 200 tasks/s, io 200 tasks/s.",
        "Sure, 95 times in 100: the nearest competitor, today with threads, takes 2 times as long [1.96, 2.04].",
        "What would change it: no other share of computing in a task's time today; only other work.",
    ]
    first, second, _ = said(given_options(today=(1.0, 1.0), other=(2.0, 2.0)), core_price=0.5)
    assert "per million tasks" in first
    assert "costs 2 times as much" in second


def test_one_invocation_of_each_decides_nothing_and_names_the_nearest_competitor():
    given = given_options(today=(1.0, 1.0), other=(4.0, 4.0), near=(2.0, 2.0))
    for option in given["options"]["python"]:
        option.update(cpu_variance=None, io_variance=None)
    assert said(given)[:2] == [
        "Nothing can be decided from one invocation of each. Best seen: other with threads: python 400 tasks/s, io "
        "400 tasks/s.",
        "How sure, one invocation cannot say: the nearest competitor, near with threads, takes 2 times as long.",
    ]


def test_what_was_asked_is_named_where_nothing_would_change_the_answer():
    given = given_options(today=(1.0, 1.0), other=(2.0, 2.0))
    given["options"]["python"][0]["scenario"] = "serial"
    share = "share of computing in a task's time today"
    for weights, labels in (({"share": 0}, share), ({"memory_price": 1.0}, f"{share} or price of memory")):
        assert said(given, **weights)[2] == f"What would change it: no other {labels}; only other work."


def test_a_share_that_cannot_go_further_is_no_direction():
    given = given_options(today=(1.0, 1.0), computes=(4.0, 1.0), waits=(1.0, 1.001))
    assert said(given)[2].endswith(" time today at 0 %: waits with threads.")
    given = given_options(today=(1.0, 1.0), computes=(4.0, 1.0), waits=(1.0, 3.0))
    assert " time today at 47 % or less: waits with threads" in said(given, share=90)[2]


@pytest.mark.parametrize(("times_too_wide", "usable"), [(0.9, True), (1.1, False)])
def test_an_interval_that_is_too_wide_is_not_shown(times_too_wide, usable):
    given = given_options(today=(1.0, 1.0), other=(2.0, 2.0))
    half = math.log(times_too_wide * significance.TOO_WIDE) / 2 / given["t_quantiles"][15]
    for option in given["options"]["python"]:
        option.update(cpu_variance=half**2, io_variance=half**2)
    assert ("takes 2 times as long [no usable interval]" in said(given)[1]) != usable


@pytest.mark.parametrize("edge", [1.0001, 1.001, 1.004, 1.0051, 1.01])
def test_what_is_sure_has_an_interval_that_does_not_touch_1(edge):
    given = given_options(today=(1.0, 1.0), other=(3.0, 3.0))
    for option in given["options"]["python"]:  # so noisy that the interval of 3 times begins at edge
        half = math.log(3 / edge) / given["t_quantiles"][15]
        option.update(cpu_variance=half**2, io_variance=half**2)
    _, second, _ = said(given)
    assert second.startswith("Sure") == ("[1," not in second), second
    assert ("[1.01," in second) == (edge > 1.005)


def test_times_that_are_equal_are_a_tie_and_todays_interpreter_stays():
    given = given_options(today=(1.0, 1.0), other=(1.0, 1.0))
    for option in given["options"]["python"]:
        option.update(cpu_variance=0.0, io_variance=0.0)
    first, second, _ = said(given)
    assert first.startswith("Run today with threads, on today's interpreter: python 100 tasks/s")
    assert second == "Not told apart from today with threads: other with threads is its equal."
    assert "1 times" not in first + second
    for option in (exact := given_options(today=(1.0, 1.0), other=(2.0, 2.0)))["options"]["python"]:
        option.update(cpu_variance=0.0, io_variance=0.0)
    assert said(exact)[1].endswith("today with threads, takes 2 times as long [2, 2].")


def test_a_tie_of_two_that_are_ahead_of_today_names_both():
    first, second, _ = said(given_options(today=(1.0, 1.0), one=(2.0, 2.0), two=(2.01, 2.0)))
    assert first.startswith("Tied: run two with threads or one with threads")
    assert "; today with threads, the best of today's interpreter, takes 2 times as long [" in first
    assert second.startswith("Not told apart from two with threads: one with threads is even [0.9")


def test_what_still_warms_up_is_a_bound_and_no_loser():
    given = given_options(today=(1.0, 1.0), jit=(0.5, 1.0))
    given["options"]["python"][1]["cpu_warming"] = True
    first, second, _ = said(given)
    assert second == (
        "Not told apart from today with threads: jit with threads was still warming up, and may yet be the better one."
    )
    given = given_options(today=(1.0, 1.0), jit=(4.0, 4.0))
    given["options"]["python"][1]["cpu_warming"] = True
    first, second, _ = said(given)
    assert first.startswith("Run jit with threads: python at least 400 tasks/s, io 400 tasks/s.")
    assert "takes at least 4 times as long" in second


def test_one_scenario_name_stands_for_both_parts_and_each_figure_has_its_size():
    given = given_options(today=(1.0, 1.0), other=(2.0, 2.0))
    given["options"]["python"][1].update(cpu_name="threads[2]", io_name="threads[16]")
    first = said(given)[0]
    assert first.startswith("Run other with threads: python 200 tasks/s (threads[2]), io 200 tasks/s (threads[16]).")
    assert said(given, share=100)[0].startswith("Run other with threads[2]: python 200 tasks/s.")


def test_nothing_below_the_noise_floor_is_claimed():
    given = {**given_options(today=(1.0, 1.0), other=(1.5, 1.5)), "floor": 0.6}
    assert said(given)[1].startswith("Not told apart from other with threads: today with threads takes 1.5 times")


def test_without_a_task_that_it_weighs_the_answer_says_which_it_needs():
    given = given_options()
    assert decide(given, "nothing", given["defaults"])["lines"] == [
        "Nothing can be recommended: no task that it weighs was measured; it needs one that computes (python, "
        "native-nogil, ...) or io, which waits."
    ]


def test_where_nothing_can_be_recommended_the_refused_options_are_counted_by_reason():
    given = given_options(one=(1.0, 1.0), two=(1.0, 1.0), three=(1.0, 1.0))
    for option, part in zip(given["options"]["python"], ("cpu", "io", "io")):
        option[f"{part}_speedup"] = None
    (line,) = decide(given, "python", given["defaults"])["lines"]
    assert line.endswith(": its computing was not measured (1 option), its waiting was not measured (2 options).")


def test_a_latency_limit_refuses_what_was_not_measured_and_what_is_above_it():
    given = given_options(today=(1.0, 1.0), slow=(9.0, 9.0), quick=(2.0, 2.0))
    given["options"]["python"][1]["p99_ms"] = 80.0
    given["options"]["python"][2]["p99_ms"] = 10.0
    found = decide(given, "python", {**given["defaults"], "latency_limit": 10})
    assert [each["interpreter"] for each in found["ranked"]] == ["quick"]
    reasons = {each["interpreter"]: each["reason"] for each in found["refused"]}
    assert "not measured" in reasons["today"]
    assert "above the limit" in reasons["slow"]


def test_the_gain_over_today_is_said_where_another_is_nearer():
    first, second, _ = said(given_options(today=(1.0, 1.0), near=(2.0, 2.0), far=(4.0, 4.0)))
    assert first.endswith("; today with threads, the best of today's interpreter, takes 4 times as long [3.92, 4.09].")
    assert "near with threads, takes 2 times" in second


WEIGHTS = {weight["name"]: weight for weight in rule.RULE["weights"]}


def test_a_share_is_tried_in_steps_of_one_to_its_ends_and_a_price_in_steps_of_a_tenth():
    assert rule.scanned(WEIGHTS["share"], 3, "below") == [2, 1, 0]
    assert rule.scanned(WEIGHTS["share"], 97, "above") == [98, 99, 100]
    assert rule.scanned(WEIGHTS["share"], 0, "below") == rule.scanned(WEIGHTS["share"], 100, "above") == []
    up, down = (rule.scanned(WEIGHTS["memory_price"], 2.0, side) for side in ("above", "below"))
    assert up[:2] == pytest.approx([2.2, 2.42])
    assert down[:2] == pytest.approx([2 / 1.1, 2 / 1.21])
    assert (up[-1], down[-1]) == pytest.approx((2 * 1.1**72, 2 / 1.1**72))
    assert 900 < up[-1] / 2 < 1000
    assert rule.scanned(WEIGHTS["memory_price"], 0, "above") == []
    assert rule.scanned(WEIGHTS["memory_price"], 0.001, "above") != []


@pytest.mark.parametrize(
    ("low", "high", "ratio", "floor", "verdict"),
    [
        (1.005, 1.2, 1.1, 0.0, "tied"),  # printed, it begins at 1
        (1.0051, 1.2, 1.1, 0.0, "ahead"),
        (1.0051, 1.2, 1.1, 0.101, "tied"),
        (1.0051, 1.2, 1.1, 0.1, "tied"),
        (1.0051, 1.2, 1.1, 0.099, "ahead"),
        (0.96, 1.04, 1.0, 0.0, "same"),
        (0.95, 1.05, 1.0, 0.0, "same"),
        (0.949, 1.05, 1.0, 0.0, "tied"),
        (0.95, 1.051, 1.0, 0.0, "tied"),
    ],
)
def test_an_option_is_ahead_beyond_its_interval_and_the_floor_or_the_same_within_a_twentieth(
    low, high, ratio, floor, verdict
):
    found = {"low": low, "high": high, "ratio": ratio}
    assert rule._verdict({"floor": floor}, found, other_warming=False) == verdict
    assert rule._verdict({"floor": floor}, found, other_warming=True) == "warming"


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(0.2, 12.7062), (0.9, 12.7062), (1.01, 4.30265), (1.49, 4.30265), (1.51, 3.18245), (40.0, 1.95997)],
)
def test_an_interval_takes_the_whole_degrees_of_freedom_of_both_sides(freedom, quantile):
    """Two sides with the same noise have twice the freedom of one; beyond the table they have the normal quantile."""
    given = given_options(today=(1.0, 1.0), other=(2.0, 2.0))
    for option in given["options"]["python"]:
        option.update(cpu_freedom=freedom)
    ranked, _ = rule.rank(given, "python", {**given["defaults"], "share": 100})
    found = rule.compare(given, *ranked)
    assert found["ratio"] == pytest.approx(2)
    assert math.log(found["high"] / 2) == pytest.approx(quantile * math.sqrt(2 * 0.0001), rel=1e-4)
    assert found["low"] * found["high"] == pytest.approx(4)


def test_no_noise_has_no_width_and_unknown_noise_no_interval():
    given = given_options(today=(1.0, 1.0), other=(2.0, 2.0))
    for variance, low, verdict in ((0.0, pytest.approx(2), "ahead"), (None, None, "unknown")):
        for option in given["options"]["python"]:
            option.update(cpu_variance=variance, io_variance=variance)
        ranked, _ = rule.rank(given, "python", given["defaults"])
        found = rule.compare(given, *ranked)
        assert (found["ratio"], found["low"], found["verdict"]) == (pytest.approx(2), low, verdict)


def test_competitors_are_the_cheapest_of_each_other_interpreter_or_else_other_scenarios():
    best, own, two, second = (
        {"interpreter": label, "scenario": scenario}
        for label, scenario in (("one", "a"), ("one", "b"), ("two", "a"), ("two", "b"))
    )
    assert rule.competitors(best, [best, own, two, second]) == [two]
    assert rule.competitors(best, [best, own]) == [own]
    assert rule.competitors(best, [best]) == []


def test_only_the_parts_that_have_a_weight_and_a_number_count():
    values = {"computing": 0.5, "waiting": 0.5, "cpu_name": "threads", "io_name": None, "cpu_warming": False}
    values["io_warming"] = True
    assert rule.parts(values) == ["cpu"]
    assert not rule.warming(values)
    assert rule.parts({**values, "io_name": "threads"}) == ["cpu", "io"]
    assert rule.warming({**values, "io_name": "threads"})
    assert rule.parts({**values, "computing": 0.0, "waiting": 1.0, "io_name": "x"}) == ["io"]


def test_memory_counts_where_its_part_has_a_weight():
    given = given_options(today=(1.0, 1.0))
    given["options"]["python"][0].update(cpu_gib=2.0, io_gib=3.0)
    prices = {"task_ms": 3.6, "core_price": 0.0, "memory_price": 0.5}
    for share, gib in ((100, 2.0), (0, 3.0), (50, 3.0)):
        (only,) = decide(given, "python", {**given["defaults"], **prices, "share": share})["ranked"]
        assert only["cost"] == pytest.approx(gib * 0.5)
        assert (only["gib"], only["price"]) == pytest.approx((gib, gib * 0.5))


def test_what_was_left_behind_or_is_past_its_support_or_lacks_a_part_is_refused_with_the_reason():
    given = given_options(today=(1.0, 1.0), once=(1.0, 1.0), old=(1.0, 1.0), computes=(1.0, 1.0), waits=(1.0, 1.0))
    _, once, old, computes, waits = given["options"]["python"]
    once["often"], old["supported"], computes["io_speedup"], waits["cpu_speedup"] = (None,) * 4
    ranked, refused = rule.rank(given, "python", given["defaults"])
    assert [each["interpreter"] for each in ranked] == ["today"]
    assert {each["interpreter"]: each["reason"] for each in refused} == {
        "once": "it was started once and left behind",
        "old": "it is past its end of support",
        "computes": "its waiting was not measured",
        "waits": "its computing was not measured",
    }
    ranked, _ = rule.rank(given, "python", {**given["defaults"], "only_supported": 0, "share": 100})
    assert [each["interpreter"] for each in ranked] == ["today", "old", "computes"]
    assert len({each["cost"] for each in ranked}) == 1, "what was not measured counts nothing where it has no weight"
    assert rule.rank(given, "unknown", given["defaults"]) == ([], [])
