"""The decision: what the rule makes of options, the sentences that say it, and what would change it."""

from __future__ import annotations

import math

import pytest

from runoff.analysis.decision import inputs, rule
from runoff.analysis.decision.sentences import decide


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


def said(given, **weights):
    return decide(given, "python", {**given["defaults"], **weights})["lines"]


def test_an_option_that_is_ahead_is_said_in_three_sentences_without_a_currency():
    assert said(given_options(today=(1.0, 1.0), other=(2.0, 2.0))) == [
        "Run other with threads: python 200 tasks/s, io 200 tasks/s.",
        "Sure, 95 times in 100: the nearest competitor, today with threads, takes 2 times as long [1.96, 2.04].",
        "What would change it: nothing that was asked (share of computing in a task's time today), only other work.",
    ]
    first, second, _ = said(given_options(today=(1.0, 1.0), other=(2.0, 2.0)), core_price=0.5)
    assert "per million tasks" in first
    assert "costs 2 times as much" in second


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


def test_a_latency_limit_refuses_what_was_not_measured_and_what_is_above_it():
    given = given_options(today=(1.0, 1.0), slow=(9.0, 9.0), quick=(2.0, 2.0))
    given["options"]["python"][1]["p99_ms"] = 80.0
    given["options"]["python"][2]["p99_ms"] = 8.0
    found = decide(given, "python", {**given["defaults"], "latency_limit": 10})
    assert [each["interpreter"] for each in found["ranked"]] == ["quick"]
    reasons = {each["interpreter"]: each["reason"] for each in found["refused"]}
    assert "not measured" in reasons["today"]
    assert "above the limit" in reasons["slow"]


def test_the_gain_over_today_is_said_where_another_is_nearer():
    first, second, _ = said(given_options(today=(1.0, 1.0), near=(2.0, 2.0), far=(4.0, 4.0)))
    assert first.endswith("; today with threads, the best of today's interpreter, takes 4 times as long [3.92, 4.09].")
    assert "near with threads, takes 2 times" in second
