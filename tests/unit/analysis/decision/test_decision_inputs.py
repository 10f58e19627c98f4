"""What the decision is made from: of several sizes of one scenario the fastest, and only of the same work."""

from __future__ import annotations

import math

import pytest

from runoff.analysis.decision import inputs
from runoff.analysis.measured_cells import MeasuredCells
from runoff.stats import histogram
from tests.helpers.exact_runs import cell, measured, run_of


def options(folder, rows):
    """Return {(interpreter, scenario): option} for the task python; ``rows``: (cell, seconds of a batch)."""
    records = [each for planned, seconds in rows for each in measured(planned, *[seconds] * 3)]
    data = inputs.gather(MeasuredCells.of(run_of(folder, [planned for planned, _ in rows], records)))
    return {(each["interpreter"], each["scenario"]): each for each in data["options"]["python"]}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_sizes_of_a_scenario_the_faster_stands_for_it(tmp_path, order):
    sizes = [
        (cell(scenario="thread-pool", concurrency=2), 1.0),
        (cell(scenario="thread-pool", concurrency=4), 0.5),
    ]
    found = options(tmp_path, [(cell(), 1.0), *sizes[::order]])["cpython-3.13", "thread-pool"]
    assert found["cpu_name"] == "thread-pool[4]"
    assert found["cpu_tasks_per_s"] == pytest.approx(20)
    assert found["cpu_speedup"] == pytest.approx(2)


def test_what_takes_no_part_in_computing_has_no_speed_at_it(tmp_path):
    found = options(tmp_path, [(cell(), 1.0), (cell("pypy-3.11", task="io"), 0.1)])
    assert found["pypy-3.11", "serial"]["cpu_tasks_per_s"] is None
    assert found["pypy-3.11", "serial"]["io_tasks_per_s"] == pytest.approx(100)


def gathered(folder, rows, allow_eol=False, **changes):
    """``rows``: (cell, seconds of its invocations' batches, further fields)."""
    records = [each for planned, seconds, more in rows for each in measured(planned, *seconds, **more)]
    run = run_of(folder, [planned for planned, *_ in rows], records, **changes)
    return inputs.gather(MeasuredCells.of(run), allow_eol)


OWN = "cpython-3.13"
THRICE = (1.0, 1.0, 1.0)


def one(given, task, interpreter=OWN, scenario="serial"):
    (found,) = [
        each for each in given["options"][task] if (each["interpreter"], each["scenario"]) == (interpreter, scenario)
    ]
    return found


def test_computing_that_is_asked_about_comes_first_and_overheads_are_none(tmp_path):
    tasks = (
        "other",
        "native-gil",
        "noop",
        "io",
        "payload",
        "io-load",
        "mixed",
        "length",
        "sleep",
        "native-nogil",
        "python",
    )
    given = gathered(tmp_path, [(cell(task=task), THRICE, {}) for task in tasks])
    assert given["tasks"] == ["python", "native-nogil", "native-gil", "other"]
    assert (given["waits"], given["baseline"], given["cores"]) == ("io", OWN, 2)


@pytest.mark.parametrize(("tasks", "share"), [(("python", "io"), 50), (("python",), 100), (("io",), 0), ((), 0)])
def test_what_was_not_measured_has_no_share(tmp_path, tasks, share):
    given = gathered(tmp_path, [(cell(task=task), THRICE, {}) for task in (*tasks, "noop")])
    assert given["defaults"]["share"] == share
    assert list(given["options"]) == (["python"] if "python" in tasks else ["nothing"])


def test_a_part_without_a_number_adds_no_uncertainty(tmp_path):
    given = gathered(tmp_path, [(cell(), (1.0, 1.1, 1.2), {}), (cell("pypy-3.11", task="io"), THRICE, {})])
    found = one(given, "python", "pypy-3.11")
    assert [found[f"cpu_{name}"] for name in ("name", "place", "speedup", "warming", "variance", "shared", "gib")] == [
        *(None, None, None, False, 0.0, 0.0, 0.0)
    ]
    assert found["cpu_freedom"] > 1e6
    assert found["invocations"] == 3
    assert (found["io_name"], found["io_place"], found["io_warming"]) == ("serial", "serial/io/batch=10", False)


def test_an_option_has_as_many_invocations_as_its_part_with_fewest(tmp_path):
    given = gathered(tmp_path, [(cell(), THRICE, {}), (cell(task="io"), THRICE[:2], {})])
    assert one(given, "python")["invocations"] == 2


def test_memory_is_told_in_gib_and_noise_as_the_variance_of_a_mean(tmp_path):
    given = gathered(tmp_path, [(cell(), (1.0, math.e**0.1), {"peak_memory_bytes": 3 * 2**29})])
    found = one(given, "python")
    assert found["cpu_gib"] == 1.5
    assert found["cpu_variance"] == pytest.approx(0.005 / 2)
    assert found["cpu_freedom"] == 1


def speedups(folder, rows, **changes):
    """Return {(interpreter, scenario): times today's speed}."""
    found = gathered(folder, rows, **changes)["options"]["python"]
    return {(each["interpreter"], each["scenario"]): pytest.approx(each["cpu_speedup"]) for each in found}


def test_every_speed_is_told_against_todays_serial_program(tmp_path):
    rows = [
        (cell("cpython-3.11"), (0.25,) * 3, {}),
        (cell(scenario="threads"), (0.5,) * 3, {}),
        (cell(scenario="process-pool"), (0.2,) * 3, {}),
        (cell(), THRICE, {}),
        (cell("pypy-3.11"), (0.25,) * 3, {}),
    ]
    keys = [(each["interpreter"], each["scenario"]) for each, *_ in rows]
    known = {label: {"described": label} for label in ("cpython-3.11", OWN, "pypy-3.11")}
    assert speedups(tmp_path, rows, interpreters=known) == dict(zip(keys, (4, 2, 5, 1, 4)))
    today = {"interpreter": OWN, "scenario": "threads"}
    assert speedups(tmp_path, rows, interpreters=known, today=today) == dict(zip(keys, (2, 1, 2.5, 0.5, 2)))


def test_without_a_serial_program_todays_slowest_is_what_speeds_are_told_against_or_anyones(tmp_path):
    threads, loop = (cell(scenario="threads"), (0.5,) * 3, {}), (cell(scenario="tornado"), (2.0,) * 3, {})
    other = [(cell("pypy-3.11"), (0.25,) * 3, {}), (cell("pypy-3.11", "threads"), THRICE, {})]
    found = speedups(tmp_path, [threads, loop, other[0]])
    assert found == {(OWN, "threads"): 4, (OWN, "tornado"): 1, ("pypy-3.11", "serial"): 8}
    assert speedups(tmp_path, other) == {("pypy-3.11", "serial"): 1, ("pypy-3.11", "threads"): 0.25}


def test_the_floor_is_the_largest_of_the_works(tmp_path):
    assert gathered(tmp_path, [(cell(), THRICE, {})])["floor"] == 0.0
    uneven, even = (1.0, 1.2, 1.0, 1.2), (1.0, 1.1, 1.0, 1.1)
    rows = [(cell(), uneven, {}), (cell(task="io"), even, {})]
    assert gathered(tmp_path, rows)["floor"] == pytest.approx(0.2, abs=1e-6)


def test_what_a_race_started_once_and_left_behind_is_marked(tmp_path):
    rows = [
        (cell(), THRICE, {}),
        (cell(scenario="threads"), (1.0,), {}),
        (cell("pypy-3.11"), (1.0,), {}),
    ]
    given = gathered(tmp_path, rows, race=True)
    assert [
        one(given, "python", *key)["often"] for key in ((OWN, "serial"), (OWN, "threads"), ("pypy-3.11", "serial"))
    ] == [*(True, None, True)]


@pytest.mark.parametrize("often", [2, 4])
def test_what_was_warm_in_one_of_several_starts_is_not_left_behind(often):
    counts = [{"invocations": 1, "started": often}, {"invocations": 1, "started": 1}]
    options = [{"interpreter": "pypy-3.11", **each} for each in counts]
    inputs._mark_left_behind(options)
    assert [option["often"] for option in options] == [True, None]


def test_an_option_was_started_as_often_as_its_part_with_fewest(tmp_path):
    given = gathered(tmp_path, [(cell(), THRICE, {}), (cell(task="io"), (1.0, 1.0), {})])
    assert one(given, "python")["started"] == 2


def test_what_is_past_its_end_of_support_is_so_whether_it_is_allowed_or_not(tmp_path):
    old = {OWN: {"implementation": "CPython", "python": "3.8"}, "pypy-3.11": {"implementation": "X", "python": "1"}}
    rows = [(cell(), THRICE, {}), (cell("pypy-3.11"), THRICE, {})]
    for allowed in (False, True):
        given = gathered(tmp_path, rows, allowed, interpreters=old, started_at=1.8e9)
        assert [one(given, "python", label)["supported"] for label in old] == [None, True]
        assert given["defaults"]["only_supported"] == (0 if allowed else 1)


def test_quantiles_are_of_students_t_and_the_last_is_the_normal_one():
    table = inputs.t_quantiles(0.05)
    assert len(table) == 61
    assert [table[at] for at in (0, 1, 9, 59, 60)] == pytest.approx([12.7062, 4.3027, 2.2281, 2.0003, 1.96], abs=1e-4)


def test_a_race_has_spent_some_of_its_risk_at_earlier_looks(tmp_path):
    rows = [(cell(), (1.0,) * 6, {}), (cell("pypy-3.11"), THRICE, {}), (cell("pypy-3.11", "threads"), (1.0,), {})]
    fixed, raced = (gathered(tmp_path, rows, race=race)["t_quantiles"] for race in (False, True))
    assert fixed == inputs.t_quantiles(0.05)
    assert raced == inputs.t_quantiles(0.0275), "the first look, at three invocations, and the end"
    twice = gathered(tmp_path, [(cell(), (1.0, 1.0), {})], race=True, min_invocations=2)
    assert twice["t_quantiles"] == inputs.t_quantiles(0.0275)
    once = gathered(tmp_path, [(cell(), (1.0,), {})], race=True)
    assert once["t_quantiles"] == inputs.t_quantiles(0.05)


def driven(capacity, task="python", scenario="thread-pool", ms=10, count=1000, load=50.0, **changes):
    """A row of a cell that was driven at half of its capacity."""
    times = [int(ms * 1e6)] * count
    part = {"load": load, "capacity": capacity, "rate": load, "sent": count, "wall_ns": 10**9}
    part = {**part, "latencies_ns": times, "late_ns": [0] * count, **changes}
    planned = cell(scenario=scenario, task=task, loads=[load], seconds=4)
    return planned, THRICE, {"latency": [histogram.from_reply(part)]}


def test_what_was_driven_alone_has_its_capacity_as_its_speed(tmp_path):
    given = gathered(tmp_path, [driven(300.0), driven(100.0, scenario="serial")])
    assert one(given, "python", scenario="thread-pool")["cpu_tasks_per_s"] == pytest.approx(300)
    assert one(given, "python", scenario="thread-pool")["cpu_speedup"] == pytest.approx(3)
    beside = gathered(tmp_path, [driven(300.0), (cell(), THRICE, {})])
    assert [each["scenario"] for each in beside["options"]["python"]] == ["serial"], "a closed loop is another measure"


def test_the_noise_of_what_was_driven_is_that_of_its_capacity(tmp_path):
    planned, seconds, _ = driven(300.0)
    capacities = [300.0, 300 * math.e**0.1, 300 * math.e**0.2]
    records = [{**each, **driven(capacity)[2]} for each, capacity in zip(measured(planned, *seconds), capacities)]
    found = inputs.gather(MeasuredCells.of(run_of(tmp_path, [planned], records)))
    assert one(found, "python", scenario="thread-pool")["cpu_variance"] == pytest.approx(0.01 / 3)


def test_the_latency_is_that_of_the_highest_load_that_enough_samples_show(tmp_path):
    planned, seconds, low = driven(300.0)
    _, _, high = driven(300.0, ms=30, load=80.0)
    _, _, few = driven(300.0, ms=90, load=90.0, count=300)
    parts = [*high["latency"], *few["latency"], *low["latency"]]
    rows = [(planned, seconds, {"latency": parts}), (cell(scenario="thread-pool"), THRICE, {})]
    assert one(gathered(tmp_path, rows), "python", scenario="thread-pool")["p99_ms"] == pytest.approx(30, rel=0.01)
    short = [driven(300.0, count=300), rows[1]]
    assert one(gathered(tmp_path, short), "python", scenario="thread-pool")["p99_ms"] is None


def test_the_latency_of_a_mixture_is_none_of_work(tmp_path):
    rows = [driven(300.0, task="noop"), (cell(scenario="thread-pool"), THRICE, {})]
    assert one(gathered(tmp_path, rows), "python", scenario="thread-pool")["p99_ms"] is None
