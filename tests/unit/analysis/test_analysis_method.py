"""What the method adds to the table: states, the floor, common cells, warm-up; and what is never ranked."""

from __future__ import annotations

import pytest

from runoff.analysis import aa_floor, alarms, overall_mean
from runoff.analysis.cells import gathering
from runoff.analysis.cells.cell import Cell
from runoff.records import record
from runoff.stats import steady_state
from runoff.stats.average_pace import Even
from runoff.stats.steady_state import Steadiness
from tests.helpers.exact_runs import cell, header, measured, run_of, shown

STEADY = [1.0, 1.01, 0.99, 1.0, 1.01, 0.99]


def rigorous(planned, levels, blocks=5, seconds=1.5):
    """Records of 40 iterations each, at the levels given over quarters of the run."""
    per = 40 // len(levels)
    records = []
    for each in measured(planned, *[seconds] * blocks):
        times = [int(level * 1e8 * (1 + (at % 3 - 1) / 500)) for level in levels for at in range(per)]
        records.append({**each, "iterations_ns": [10**9, *times], "wall_s": 1.0})
    return records


WAITS = {"half_width": 0.01, "max_iterations": 50, "max_seconds": 5.0}  # 40 iterations of 0.1 s are all that there is


def test_a_cell_without_a_steady_state_shows_its_range_and_is_never_best(tmp_path):
    moving, steady = cell(), cell(scenario="threads")
    records = [*rigorous(moving, [1.0, 0.8, 0.6, 0.2]), *rigorous(steady, [1.0, 1.0])]
    run = run_of(tmp_path, [moving, steady], records, **WAITS)
    states = {each.scenario: (each.state, each.ranked) for each in gathering.gather(run)}
    assert states == {"serial": ("no steady state", False), "threads": ("flat", True)}
    text = shown(run)
    assert "threads" in next(line for line in text.splitlines() if "baseline" in line and "[" in line)
    assert "no steady state" in text
    assert " to " in next(line for line in text.splitlines() if "no steady state" in line and "serial" in line)
    assert any("without a steady state" in each for each in alarms.alarms(run, gathering.gather(run)))


def test_of_several_attempts_the_last_counts(tmp_path):
    planned = cell()
    first, second = measured(planned, 9.0)[0], measured(planned, 1.0)[0]
    run = run_of(tmp_path, [planned], [{**first, "tainted": "others"}, {**second, "tainted": None}])
    (found,) = gathering.gather(run)
    assert len(found.invocations) == 1
    assert round(found.throughput.value, 6) == 10
    assert found.tainted == 0


def test_an_invocation_disturbed_to_the_last_is_marked_and_an_alarm(tmp_path):
    planned = cell()
    records = measured(planned, 1.0, 1.0, 1.0, tainted="other processes used 1.9 cores")
    run = run_of(tmp_path, [planned], records)
    assert "3 tainted" in shown(run)
    assert any("3 invocations disturbed" in each for each in alarms.alarms(run, gathering.gather(run)))


def test_the_floor_is_of_odd_against_even_invocations_or_of_a_true_pair(tmp_path):
    planned = [cell(), cell("baseline-repeat")]
    records = [*measured(planned[0], *[1.0, 1.04] * 3), *measured(planned[1], *[1.10] * 6)]
    halves = run_of(tmp_path, planned[:1], records[:6])
    found = aa_floor.of(gathering.gather(halves), halves.header)
    assert (round(found.share, 3), found.how) == (0.04, "odd against even invocations")
    twice = run_of(tmp_path, planned, records, baseline_repeat="baseline-repeat")
    found = aa_floor.of(gathering.gather(twice), twice.header)
    assert (round(found.share, 3), found.how) == (0.079, "measured twice in this run")
    assert "baseline-repeat" not in [line.split()[0] for line in shown(twice).splitlines() if line.split()]


def test_the_floor_takes_claims_back(tmp_path):
    planned = [cell(), cell("pypy-3.11")]
    noisy_baseline = [1.0, 1.2, 1.0, 1.2, 1.0, 1.2]
    records = [*measured(planned[0], *noisy_baseline), *measured(planned[1], *[0.93] * 6)]
    text = shown(run_of(tmp_path, planned, records))
    assert "A/A floor 20.0 %" in text
    assert "(below the A/A" in text


def test_the_geometric_mean_is_over_common_cells_only_and_names_the_others(tmp_path):
    planned = [cell(), cell(scenario="threads"), cell("pypy-3.11"), cell("pypy-3.11", scenario="threads")]
    records = [
        *measured(planned[0], *STEADY),
        *measured(planned[1], *STEADY),
        *measured(planned[2], *[each / 4 for each in STEADY]),
        *measured(planned[3], 1.0, status="crashed", reason="ended by SIGSEGV"),
    ]
    text = "\n".join(overall_mean.in_words(gathering.gather(run_of(tmp_path, planned, records)), "cpython-3.13"))
    assert "Over 1 cell that all 2 interpreters completed" in text
    assert "4 [3." in text
    assert "Left out of it, 1 cell: threads/python/batch=10 (crashed on pypy-3.11)" in text


def test_break_even_stands_below_the_table(tmp_path):
    planned = [cell(), cell("pypy-3.11")]
    slow_start = [
        {**each, "startup_ns": 10**10, "first_answer_ns": 10**10 + each["cold_ns"]}
        for each in measured(planned[1], *[value / 10 for value in STEADY])
    ]
    text = shown(run_of(tmp_path, planned, [*measured(planned[0], *STEADY), *slow_start]))
    assert "pypy-3.11 overtakes cpython-3.13 after 11 s" in text


def test_cpu_per_1000_tasks_leaves_the_start_up_out(tmp_path):
    planned = cell()
    records = measured(planned, 1.0, 1.0, cpu_s=2.5, open_cpu_s=0.5, checked=100)
    (found,) = gathering.gather(run_of(tmp_path, [planned], records))
    assert found.cpu_s_per_1000 == 20.0
    (unknown,) = gathering.gather(run_of(tmp_path, [planned], measured(planned, 1.0, cpu_s=None, checked=10)))
    assert unknown.cpu_s_per_1000 is None


def test_what_a_broker_used_stands_beside_or_is_said_not_to_have_been_seen(tmp_path):
    planned = cell(scenario="distributed", transport="amqp")
    over = {"guarantees": ["answered", "broker"], "cpu_s": 2.5, "open_cpu_s": 0.5, "checked": 100}
    own = measured(planned, 1.0, 1.0, **over, broker_cpu_s=0.3, broker_peak_memory_bytes=123 * 2**20)
    text = shown(run_of(tmp_path, [planned], own))
    assert "20 + 3 " in text
    assert "10 + 123 MiB" in text
    text = shown(run_of(tmp_path, [planned], measured(planned, 1.0, 1.0, **over)))
    assert "20 + ? " in text
    assert "10 + ? MiB" in text
    assert text.count("the run's own node") == 2  # below both tables
    alone = measured(cell(), 1.0, 1.0, cpu_s=2.5, open_cpu_s=0.5, checked=100)
    assert "own node" not in shown(run_of(tmp_path, [cell()], alone))


def test_a_compiler_that_did_not_engage_is_an_alarm(tmp_path):
    planned = [cell(), cell("pypy-3.11")]
    slow = [{**each, "cold_ns": 45 * 10**8} for each in measured(planned[1], *[4.5 * value for value in STEADY])]
    run = run_of(tmp_path, planned, [*measured(planned[0], *STEADY), *slow])
    told = {**run.header["interpreters"]}
    told["pypy-3.11"] = {**told["pypy-3.11"], "jit": True}
    off = record.Run(tmp_path, {**run.header, "interpreters": told}, run.records)
    assert any("did not engage" in each for each in alarms.alarms(off, gathering.gather(off)))
    assert not any(
        "did not engage" in each for each in alarms.alarms(run, gathering.gather(run))
    )  # it claims no compiler


def test_a_run_from_before_a_field_existed_is_still_read(tmp_path):
    planned = cell()
    known = ({name: value for name, value in each.items() if name not in NEW} for each in measured(planned, *STEADY))
    old = [record.new(each) for each in known]
    assert "Cells: 1 ok" in shown(run_of(tmp_path, [planned], old))
    assert header([planned]).get("half_width") is None


NEW = ("attempt", "open_cpu_s", "memory_series", "foreign_cpu_s", "stolen_s", "throttled_s", "tainted", "latency")
NEW += ("broker_cpu_s", "broker_peak_memory_bytes")


AGAIN = "cpython-3.13-again"


def floor(folder, rows, **changes):
    """Return the floor of a run; ``rows``: (cell, its invocations' seconds)."""
    records = [each for planned, seconds in rows for each in measured(planned, *seconds)]
    run = run_of(folder, [planned for planned, _ in rows], records, **changes)
    return aa_floor.of(gathering.gather(run), run.header)


def test_only_cells_that_were_measured_on_both_sides_are_pairs(tmp_path):
    rows = [
        (cell(), (1.0, 1.0)),
        (cell(AGAIN), (1.1, 1.1)),
        (cell(scenario="threads"), (1.0, 1.0)),  # the baseline alone
        (cell(AGAIN, scenario="tornado"), (5.0, 5.0)),  # the repeat alone
        (cell(scenario="thread-pool", concurrency=2), (1.0, 1.0)),
        (cell(AGAIN, scenario="thread-pool", concurrency=4), (3.0, 3.0)),  # another size is another cell
    ]
    found = floor(tmp_path, rows, baseline_repeat=AGAIN)
    assert found.cells == 1
    assert found.share == pytest.approx(0.1, abs=1e-6)


def test_a_side_of_one_invocation_makes_no_pair(tmp_path):
    rows = [(cell(), (1.0, 1.0)), (cell(AGAIN), (1.1,))]
    assert floor(tmp_path, rows, baseline_repeat=AGAIN) is None


@pytest.mark.parametrize(("seconds", "share"), [((1.0, 1.2, 1.0), None), ((1.0, 1.2, 1.0, 1.2), 0.2)])
def test_odd_against_even_needs_two_of_each(tmp_path, seconds, share):
    found = floor(tmp_path, [(cell(), seconds)])
    assert (found and found.share) == (share and pytest.approx(share, abs=1e-6))


def test_the_largest_difference_counts_and_only_the_baseline_makes_it(tmp_path):
    rows = [
        (cell(), (1.0, 1.02, 1.0, 1.02)),
        (cell(scenario="threads"), (1.3, 1.0, 1.3, 1.0)),
        (cell("cpython-2.7"), (1.0, 9.0, 1.0, 9.0)),
        (cell("pypy-3.11"), (1.0, 9.0, 1.0, 9.0)),
    ]
    found = floor(tmp_path, rows)
    assert found.cells == 2
    assert found.share == pytest.approx(0.3, abs=1e-6)


def test_a_floor_is_said_with_how_it_was_found():
    found = aa_floor.Floor(0.0123, 1, "measured twice in this run")
    assert found.in_words == (
        "A/A floor 1.2 %: the largest difference of the baseline from itself (measured twice in this run, 1 cell); "
        "nothing below it is claimed"
    )


def test_what_is_driven_or_done_elsewhere_or_not_steady_says_nothing_of_the_baseline(tmp_path):
    uneven = (1.0, 1.5, 1.0, 1.5)
    lent = cell(scenario="distributed", worker_interpreter="pypy-3.11")
    failed = cell(scenario="tornado")
    for planned in (cell(scenario="threads", rates=[300]), lent):
        assert floor(tmp_path, [(planned, uneven)]) is None
    for status in ("failed", "timeout"):
        records = measured(failed, *uneven)
        records += [{**each, "block": 4} for each in measured(failed, 1.0, status=status, reason="no")]
        run = run_of(tmp_path, [failed], records)
        assert aa_floor.of(gathering.gather(run), run.header) is None
    run = run_of(tmp_path, [cell()], measured(cell(), *uneven))
    (found,) = gathering.gather(run)
    found.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 4
    assert aa_floor.of([found], run.header) is None


def beside(paces_ns, scenario="serial"):
    """Return a cell whose one invocation took so long for the work beside it."""
    found = Cell("cpython-3.13", scenario, "python", 10, {}, "ok", even=[Even(10.0, 0.0)])
    found.invocations = [{"paces_ns": paces_ns}]
    return found


def test_two_runs_differ_by_the_mean_pace_of_the_cells_that_both_have():
    before = [beside([10**6, 4 * 10**6]), beside([10**6], "threads"), beside([10**6], "tornado")]
    after = [beside([4 * 10**6, None, 4 * 10**6]), beside([2 * 10**6], "threads"), beside([10**9], "asyncio")]
    for runs in ((before, after), (after, before)):
        found = aa_floor.between_runs(*runs)
        assert found.share == pytest.approx(1.0), "both took twice as long"
        assert (found.cells, found.how) == (2, "the machine's pace, from run to run")


def test_two_runs_of_which_the_pace_is_not_known_for_a_cell_of_both_have_no_floor_between_them():
    unknown = beside([10**6])
    unknown.even = []
    for other in (unknown, beside([10**6], "threads")):
        assert aa_floor.between_runs([beside([10**6])], [other]) is None
