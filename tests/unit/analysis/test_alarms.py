"""The alarms of a run: each is there where its reason is, says what to do about it, and is absent otherwise."""

from __future__ import annotations

import pytest

from runoff.analysis import alarms
from runoff.analysis.cells.gathering import gather
from tests.helpers.exact_runs import cell, measured, run_of

STEADY = (1.0, 1.01, 0.99)


def told(folder, rows, **changes):
    """Return the alarms of a run; ``rows``: (cell, its records)."""
    records = [each for _, own in rows for each in own]
    run = run_of(folder, [planned for planned, _ in rows], records, **changes)
    return alarms.alarms(run, gather(run))


def of_one(folder, *seconds, header=None, **fields):
    """Return the alarms of a run of one cell."""
    return told(folder, [(cell(), measured(cell(), *(seconds or STEADY), **fields))], **(header or {}))


BACK = (
    "cpython-3.13: the GIL came back while it ran, turned on by {}: its threads did not run in parallel; use a build "
    "of that module that supports free threading"
)


@pytest.mark.parametrize(
    ("gil", "others", "module"),
    [
        ({"at_start": False, "at_end": True, "enabled_by": "swig"}, [], "swig"),
        ({"at_start": False, "at_end": True}, [], "an import that CPython does not name"),
        (
            {"at_start": False, "at_end": False},
            [{"gil": True, "gil_enabled_by": "b"}, {"gil": True, "gil_enabled_by": "a"}, {"gil": False}],
            "a and b in its child processes or workers",
        ),
        ({"at_start": False, "at_end": False}, [{"gil": True}], "an import in its child processes or workers"),
        ({"at_start": False, "at_end": False}, [{"gil": False}], None),
        ({"at_start": False, "at_end": False}, [], None),
        ({"at_start": False, "at_end": None}, [], None),
        ({"at_start": True, "at_end": True}, [{"gil": True}], None),
        ({"at_start": None, "at_end": True}, [], None),
    ],
)
def test_a_gil_that_came_back_is_named_with_what_turned_it_on(tmp_path, gil, others, module):
    found = of_one(tmp_path, gil=gil, answered_by={"others": others})
    assert found == ([BACK.format(module)] if module else [])


def test_workers_of_another_interpreter_may_have_a_gil(tmp_path):
    lent = cell(scenario="distributed", transport="zmq+tcp", worker_interpreter="pypy-3.11")
    gil = {"at_start": False, "at_end": False}
    records = measured(lent, *STEADY, gil=gil, answered_by={"others": [{"gil": True}]})
    assert told(tmp_path, [(lent, records)]) == []


def test_a_gil_that_came_back_itself_is_told_rather_than_that_of_its_children(tmp_path):
    records = measured(cell(), *STEADY, answered_by={"others": [{"gil": True, "gil_enabled_by": "child"}]})
    for each, at_end in zip(records, (False, True, False)):
        each["gil"] = {"at_start": False, "at_end": at_end, "enabled_by": "parent"}
    assert told(tmp_path, [(cell(), records)]) == [BACK.format("parent")]


def test_two_builds_are_compared_by_their_serial_python_code_alone(tmp_path):
    built = {"implementation": "CPython", "python": "3.13"}
    known = {
        "cpython-3.13": {**built, "described": "one", "build": {"pgo": False, "lto": False}},
        "pypy-3.11": {**built, "described": "other", "build": {"pgo": True, "lto": True}},
    }
    differ = "cpython-3.13 was built without PGO and LTO, pypy-3.11 with{}: compare builds that you would deploy"
    rows = [(each, measured(each, *STEADY)) for each in (cell(), cell(scenario="threads"), cell(task="io"))]
    unknown = differ.format("")
    assert told(tmp_path, rows, interpreters=known) == [unknown]
    elsewhere = [cell("pypy-3.11", scenario=name) for name in ("process-pool", "threads")]
    for other in (*elsewhere, *(cell("pypy-3.11", task=name) for name in ("io", "sleep"))):
        assert told(tmp_path, [*rows, (other, measured(other, *STEADY))], interpreters=known) == [unknown]
    failed = cell("pypy-3.11")
    broken = measured(failed, 1.0, status="crashed", reason="no")
    assert told(tmp_path, [*rows, (failed, broken)], interpreters=known) == [unknown]
    for speed, (first, second) in ((2.0, ("pypy-3.11", "cpython-3.13")), (0.5, ("cpython-3.13", "pypy-3.11"))):
        there = cell("pypy-3.11")
        (line,) = told(
            tmp_path, [*rows, (there, measured(there, *[each / speed for each in STEADY]))], interpreters=known
        )
        assert f"; {first} is 2 [1.9" in line
        assert f"] times as fast as {second} at python: compare" in line


def test_a_compiler_is_judged_where_there_is_a_baseline_to_judge_it_by(tmp_path):
    jit = {"cpython-3.13": {"described": "one"}, "pypy-3.11": {"described": "other", "jit": True}}
    other = cell("pypy-3.11")
    off = [{**each, "cold_ns": 10**9} for each in measured(other, *STEADY)]
    own = (cell(), measured(cell(), *STEADY))
    (line,) = told(tmp_path, [own, (other, off)], interpreters=jit)
    assert line == (
        "pypy-3.11: its just-in-time compiler did not engage, as far as times show (1 times as fast as cpython-3.13, "
        "and its first iteration took only 1 times a later one); look for an option or a variable that turns it off, a "
        "debugger or a tracer"
    )
    assert told(tmp_path, [(other, off)], interpreters=jit) == []
    assert told(tmp_path, [own, (other, measured(other, *STEADY))], interpreters=jit) == [], (
        "the first took twice as long"
    )


def test_a_soak_decides_no_speed(tmp_path):
    assert of_one(tmp_path, 1.0, header={"soak_s": 60.0, "max_iterations": 8}) == [
        "a soak: each cell ran once, for memory's slope; its speeds decide nothing"
    ]


@pytest.mark.parametrize("most", [6, 7])
def test_a_soak_whose_task_is_so_short_that_its_iterations_were_used_up_says_so(tmp_path, most):
    assert of_one(tmp_path, 1.0, header={"soak_s": 60.0, "max_iterations": most})[1:] == [
        f"1 cell ended before the soak's time, after {most} iterations, the most that it keeps: soak a longer task"
    ]


def test_a_profile_of_one_invocation_decides_nothing(tmp_path):
    assert of_one(tmp_path, 1.0, 1.0, header={"min_invocations": 1, "profile": "smoke"}) == [
        "smoke profile: it shows that everything runs; its numbers decide nothing (leave out --profile)"
    ]


def test_cells_with_too_few_invocations_are_counted(tmp_path):
    rows = [(cell(), measured(cell(), *STEADY))]
    assert told(tmp_path, rows) == told(tmp_path, rows, min_invocations=2) == []
    for scenario, count in (("threads", 2), ("tornado", 1)):
        few = cell(scenario=scenario)
        rows.append((few, measured(few, *STEADY[:count])))
    failed = cell(scenario="processes")
    rows.append((failed, measured(failed, 1.0, status="failed", reason="no")))
    assert told(tmp_path, rows) == ["fewer than 3 invocations in 2 cells: no verdict; raise --budget or take fewer"]


def test_a_race_counts_the_pairs_of_which_no_scenario_was_started_often_enough(tmp_path):
    raced = {"race": True, "min_invocations": 3}
    often = cell(scenario="threads")
    rows = [(cell(), measured(cell(), 1.0)), (often, measured(often, *STEADY, 1.0))]
    assert told(tmp_path, rows, **raced) == [], "one scenario of the pair is enough"
    for planned, count in ((cell("pypy-3.11"), 2), (cell("pypy-3.11", task="io"), 2), (cell(task="io"), 3)):
        rows.append((planned, measured(planned, *STEADY[:count])))
    for no_work in (cell(task="noop"), cell(task="sleep"), cell(task="length"), cell(task="mixed", rates=[300])):
        rows.append((no_work, measured(no_work, 1.0)))
    assert told(tmp_path, rows, **raced) == [
        "2 of 4 pairs of a task and an interpreter have no scenario that was warm in 3 starts: only large differences "
        "are told of them; --resume --budget 120 goes on"
    ]


LONG = [1.0] * 40


@pytest.mark.parametrize(
    ("times_s", "header", "alarm"),
    [
        (
            [*[1.0] * 20, *[0.2] * 5],
            {"half_width": 0.01, "max_iterations": 50, "max_seconds": 1e3},
            "1 cell without a steady state: shown with the range and not ranked (--all)",
        ),
        (
            [*[1.0] * 20, *[0.2] * 5],
            {"half_width": 0.01, "max_iterations": 500, "max_seconds": 1e3},
            "1 cell still changing at the end (~): --profile rigorous waits longer",
        ),
        (LONG, {"half_width": 0.01, "max_iterations": 50, "max_seconds": 1e3}, None),
    ],
)
def test_a_cell_that_did_not_settle_is_counted(tmp_path, times_s, header, alarm):
    records = [{**each, "iterations_ns": [int(s * 1e9) for s in (2.0, *times_s)]} for each in measured(cell(), *STEADY)]
    assert told(tmp_path, [(cell(), records)], **header) == ([alarm] if alarm else [])


def test_cells_whose_invocations_differ_in_class_are_counted(tmp_path):
    rows = []
    for scenario in ("serial", "threads"):
        planned = cell(scenario=scenario)
        records = measured(planned, *[1.0] * 4)
        for at, each in enumerate(records):
            each["iterations_ns"] = [10**9, *[(1 + at % 2) * 10**8] * 10, *[10**8] * 40]
        rows.append((planned, records))
    assert told(tmp_path, rows) == [
        "2 cells warmed up in one invocation and not in the next: expect it where you deploy"
    ]


def test_disturbed_invocations_are_counted_with_the_first_reason(tmp_path):
    reasons = (None, "throttled", "busy")
    records = [{**each, "tainted": reason} for each, reason in zip(measured(cell(), *STEADY), reasons)]
    assert told(tmp_path, [(cell(), records)]) == [
        "2 invocations disturbed at each attempt (first: throttled): stop other work"
    ]


@pytest.mark.parametrize(
    ("used_s", "told_of"),
    [((0.0, 0.1, 9.0), False), ((0.1, 0.2, 9.0), False), ((0.1, 0.21, 9.0), True), ((None,) * 3, False)],
)
def test_other_processes_are_told_of_where_they_used_over_a_tenth_of_the_cores(tmp_path, used_s, told_of):
    """The median over invocations of two seconds counts; ``used_s`` is of each second."""
    records = [
        {**each, "foreign_cpu_s": used and 2 * used, "wall_s": 2.0}
        for each, used in zip(measured(cell(), *STEADY), used_s)
    ]
    failed = measured(cell(scenario="threads"), *[1.0] * 4, reason="no", foreign_cpu_s=99.0, wall_s=1.0)
    failed = [{**each, "status": ("failed", "timeout")[at % 2]} for at, each in enumerate(failed)]
    found = told(tmp_path, [(cell(), records), (cell(scenario="threads"), failed)])
    line = "other processes used 0.2 of 2 cores while most cells were measured: stop other work and run again"
    assert found == ([line] if told_of else [])


def test_what_was_still_warming_up_in_its_best_scenario_is_told_of(tmp_path):
    busy = [
        cell(task="mixed"),
        cell(task="own-function"),
        cell(task="io", scenario="thread-pool"),
        cell(task="io", scenario="tornado"),
    ]
    busy += [cell(task="noop"), cell(task="sleep", loads=[50])]  # no work to choose by, and a given speed
    calm = cell(task="contended-dict")
    rows = [(calm, measured(calm, *STEADY, compiling_ns=[0] * 7))]
    rows += [(each, measured(each, *STEADY, compiling_ns=[100_000_000] * 7)) for each in busy]
    found = told(tmp_path, rows, pilot_s=2.0, interpreters={"cpython-3.13": {"described": "one", "jit": True}})
    assert found == [
        "cpython-3.13 was still warming up at mixed, own-function and io: its figures there are lower bounds (~); "
        "--soak 1 shows later ones"
    ]


def paced(made, *paces_ns, **fields):
    """Return (a cell, its records): in each start the work beside the iterations takes one of ``paces_ns``."""
    records = measured(made, *[1.0] * len(paces_ns), started_at=1.0, **fields)
    return made, [{**each, "paces_ns": [pace_ns] * 8} for each, pace_ns in zip(records, paces_ns)]


CHANGED = "the machine's pace changed: the same work took {} times as long at slow moments as at fast ones. "


@pytest.mark.parametrize(
    ("paces_ns", "changed"),
    [
        ([1000, 1000, 1250] * 4, None),
        ([1000, 1000, 1900] * 4, 1.9),
        ([1000, 1500, 3000], 2.5),
        ([1000 * 2**at for at in range(11)], 256.0),
    ],
)
def test_a_machine_that_changes_its_pace_is_told_of_by_its_slow_and_its_fast_tenth(tmp_path, paces_ns, changed):
    found = told(tmp_path, [paced(cell(), *paces_ns)])
    assert [each.startswith(CHANGED.format(changed)) for each in found] == [True] * (changed is not None)


def test_a_given_load_changes_the_pace_beside_it(tmp_path):
    assert told(tmp_path, [paced(cell(task="sleep", loads=[50]), *[1000, 1000, 1900] * 4)]) == []


def test_a_cell_that_slows_the_work_beside_it_down_is_no_change_of_the_machines_pace(tmp_path):
    alone, beside = paced(cell(), *[1000] * 6), paced(cell(scenario="process-pool", concurrency=2), *[2000] * 6)
    assert told(tmp_path, [alone, beside]) == []


def test_two_starts_of_a_cell_do_not_show_its_usual_pace(tmp_path):
    assert not any("pace" in each for each in told(tmp_path, [paced(cell(), 1000, 2000)]))


@pytest.mark.parametrize(("kind", "told_of"), [("pss", False), ("rss", True)])
def test_memory_that_is_no_proportional_share_is_told_of(tmp_path, kind, told_of):
    found = of_one(tmp_path, memory_kind=kind)
    assert found == (
        ["memory is RSS, not PSS, on this system: pages that processes share are counted once in each of them"]
        if told_of
        else []
    )


def test_what_is_past_its_end_of_support_is_an_alarm(tmp_path):
    old = {"implementation": "CPython", "python": "3.8", "described": "old"}
    assert of_one(tmp_path, header={"interpreters": {"cpython-3.13": old}, "started_at": 1.8e9}) == [
        "past the end of support: cpython-3.13 (2024-10-07); not recommended without --allow-eol"
    ]


def test_the_most_important_alarm_comes_first(tmp_path):
    gil = {"at_start": False, "at_end": True, "enabled_by": "swig"}
    found = of_one(tmp_path, 1.0, gil=gil, tainted="busy", memory_kind="rss", foreign_cpu_s=2.0, wall_s=1.0)
    heads = ("the GIL came back", "fewer than 3", "1 invocation disturbed", "other processes used", "memory is RSS")
    assert len(found) == len(heads)
    assert all(head in line for head, line in zip(heads, found))
