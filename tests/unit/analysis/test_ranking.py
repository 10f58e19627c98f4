"""One ranking: the best scenario of each interpreter, the same wherever it is shown."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from runoff.analysis.cells.comparing import compare
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.ranking import NO_BASELINE, NOT_RANKED, rank
from runoff.report.output import page_data, terminal
from runoff.report.pictures import forest
from runoff.report.pictures.drawing import Drawing
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness
from tests.helpers import runs


def cells_of(tmp_path, *planned_seconds, **changes) -> MeasuredCells:
    labels = list(dict.fromkeys(planned["interpreter"] for planned, _ in planned_seconds))
    records = [each for planned, seconds in planned_seconds for each in runs.invocations(planned, seconds)]
    changes = {"baseline_repeat": None, **changes}
    return MeasuredCells.of(runs.run(tmp_path, labels, [planned for planned, _ in planned_seconds], records, **changes))


def test_places_stand_from_the_fastest_down_each_against_the_best_of_the_baseline(tmp_path):
    cells = cells_of(
        tmp_path,
        (runs.cell("one", "serial", "python"), 1.0),
        (runs.cell("one", "threads", "python"), 0.5),
        (runs.cell("one", "asyncio", "python"), 0.8),
        (runs.cell("two", "serial", "python"), 0.1),
        (runs.cell("three", "serial", "python"), 0.9),
    )
    found = rank(cells, "python, 8 tasks")
    assert [place.interpreter for place in found.places] == ["two", "one", "three"]
    assert [place.verdict for place in found.places] == ["faster", "baseline", "slower"]
    assert found.by_interpreter["one"].cell.scenario == "threads"
    assert found.by_interpreter["one"].over_serial.value == pytest.approx(2, rel=0.05)
    assert found.by_interpreter["two"].ratio.value == pytest.approx(5, rel=0.05)


def test_the_gain_over_serial_knows_what_other_cells_show_of_its_noise(tmp_path):
    planned = [(runs.cell(label, name, "python"), 1.0) for label in "abcdef" for name in ("serial", "threads")]
    cells = cells_of(tmp_path, *planned)
    (place,) = (each for each in rank(cells, "python, 8 tasks").places if each.interpreter == "b")
    beside = {cell.scenario: cell for cell in cells.measured if cell.interpreter == "b"}
    assert beside["serial"].prior is not None
    assert place.over_serial == compare(place.cell, beside["serial"]).ratio


def test_a_race_claims_no_loss_while_another_scenario_may_have_been_unlucky(tmp_path):
    unlucky = runs.cell("two", "threads", "python")
    planned = [(runs.cell("one", "serial", "python"), 0.5), (runs.cell("two", "serial", "python"), 0.7)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds)]
    often = list(runs.invocations(unlucky, 0.72))
    every = [*(cell for cell, _ in planned), unlucky]
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    cells = MeasuredCells.of(runs.run(tmp_path / "seldom", ["one", "two"], every, [*records, often[0]], **raced))
    place = rank(cells, "python, 8 tasks").by_interpreter["two"]
    assert place.verdict == "cannot tell (threads of two was started too seldom: --resume)"
    cells = MeasuredCells.of(runs.run(tmp_path / "often", ["one", "two"], every, [*records, *often], **raced))
    assert rank(cells, "python, 8 tasks").by_interpreter["two"].verdict == "slower"


def test_a_race_claims_no_loss_while_a_scenario_with_as_many_starts_may_be_as_fast(tmp_path):
    """One of four starts of its best scenario was slow, so that another one looks like its best."""
    planned = [(runs.cell("one", "serial", "python"), 1.0), (runs.cell("two", "threads", "python"), 1.05)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds, count=4)]
    best = runs.cell("two", "serial", "python")
    records += [
        each
        for block, seconds in enumerate((1.25, 1.0, 1.01, 1.02))
        for each in runs.invocations(best, seconds, count=1, block=block)
    ]
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    every = [*(cell for cell, _ in planned), best]
    place = rank(MeasuredCells.of(runs.run(tmp_path, ["one", "two"], every, records, **raced)), "python, 8 tasks")
    assert place.by_interpreter["two"].cell.scenario == "threads"
    assert place.by_interpreter["two"].verdict == "cannot tell (serial of two was started too seldom: --resume)"


@pytest.mark.parametrize(("threads_s", "pool_s", "doubted"), [(3.0, 0.5, True), (0.5, 6.0, False)])
def test_a_race_claims_no_loss_while_a_cell_without_a_number_may_be_faster(tmp_path, threads_s, pool_s, doubted):
    """Of two only threads were measured; its pool is likely to be its best where it is that of one."""
    pools = [runs.cell(label, "process-pool", "python") for label in ("one", "two")]
    planned = [
        (runs.cell("one", "threads", "python"), threads_s),
        (pools[0], pool_s),
        (runs.cell("two", "threads", "python"), 3.1),
    ]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds)]
    every = [*(cell for cell, _ in planned), pools[1]]
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    cells = MeasuredCells.of(runs.run(tmp_path, ["one", "two"], every, records, **raced))
    verdict = rank(cells, "python, 8 tasks").by_interpreter["two"].verdict
    told = "cannot tell (process-pool of two was started too seldom: --resume)"
    assert verdict == (told if doubted else "slower")


@pytest.mark.parametrize(("fastest_s", "doubted"), [(0.72, True), (0.9, False), (1.5, False)])
def test_a_single_start_is_known_by_its_fastest_iteration(tmp_path, fastest_s, doubted):
    """Most of the one start of two's threads was disturbed; undisturbed they may be as fast as one's best."""
    seldom = runs.cell("two", "threads", "python")
    planned = [(runs.cell("one", "serial", "python"), 0.5), (runs.cell("two", "serial", "python"), 0.7)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds)]
    disturbed = next(iter(runs.invocations(seldom, 1.9)))
    disturbed = {**disturbed, "iterations_ns": [*disturbed["iterations_ns"], int(fastest_s * 1e9)]}
    every = [*(cell for cell, _ in planned), seldom]
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    cells = MeasuredCells.of(runs.run(tmp_path, ["one", "two"], every, [*records, disturbed], **raced))
    verdict = rank(cells, "python, 8 tasks").by_interpreter["two"].verdict
    assert ("started too seldom" in verdict) == doubted, verdict


RACED = {"baseline_repeat": None, "race": True, "min_invocations": 2}


def raced(tmp_path, *rows) -> MeasuredCells:
    """Return the cells of a race; ``rows``: (cell, the seconds of each of its starts)."""
    records = [
        each
        for planned, starts in rows
        for block, seconds in enumerate(starts)
        for each in runs.invocations(planned, seconds, count=1, noise=0, block=block)
    ]
    labels = list(dict.fromkeys(planned["interpreter"] for planned, _ in rows))
    return MeasuredCells.of(runs.run(tmp_path, labels, [planned for planned, _ in rows], records, **RACED))


TOLD = "cannot tell (threads of {} was started too seldom: --resume)"
FAST, SLOW = (0.5, 0.501, 0.499, 0.5), (0.7, 0.701, 0.699, 0.7)


@pytest.mark.parametrize(("one", "two", "slower"), [(FAST, SLOW, "two"), (SLOW, FAST, "one")])
def test_a_gain_is_doubted_as_a_loss_is(tmp_path, one, two, slower):
    rows = [(runs.cell("one", "serial", "python"), one), (runs.cell("two", "serial", "python"), two)]
    cells = raced(tmp_path, *rows, (runs.cell(slower, "threads", "python"), (0.72,)))
    assert rank(cells, "python, 8 tasks").by_interpreter["two"].verdict == TOLD.format(slower)


@pytest.mark.parametrize(("count", "threads_s", "doubted"), [(2, 0.6, True), (4, 0.54, False)])
def test_what_was_started_more_often_than_the_best_had_no_bad_luck(tmp_path, count, threads_s, doubted):
    """One start in two may have been slow by as much as a whole start often is; of four, more than the best's, none."""
    rows = [(runs.cell("one", "serial", "python"), FAST), (runs.cell("two", "serial", "python"), (0.53, 0.5301))]
    threads = [threads_s + 0.0001 * block for block in range(count)]
    cells = raced(tmp_path, *rows, (runs.cell("two", "threads", "python"), threads))
    verdict = rank(cells, "python, 8 tasks").by_interpreter["two"].verdict
    assert verdict == (TOLD.format("two") if doubted else "slower")


def test_what_another_task_shows_raises_no_doubt(tmp_path):
    rows = [(runs.cell("one", "serial", "python"), FAST), (runs.cell("two", "serial", "python"), SLOW)]
    rows += [(runs.cell("two", "threads", task), (0.4,)) for task in ("io", "sleep")]
    assert rank(raced(tmp_path, *rows), "python, 8 tasks").by_interpreter["two"].verdict == "slower"


def test_what_is_not_told_apart_keeps_its_own_reason(tmp_path):
    rows = [(runs.cell("one", "serial", "python"), FAST), (runs.cell("two", "serial", "python"), (0.4, 0.7, 0.5, 0.66))]
    cells = raced(tmp_path, *rows, (runs.cell("two", "threads", "python"), (0.72,)))
    verdict = rank(cells, "python, 8 tasks").by_interpreter["two"].verdict
    assert verdict.startswith("cannot tell")
    assert "too seldom" not in verdict


def test_of_equals_neither_is_doubted(tmp_path):
    near = (0.501, 0.502, 0.5, 0.501)
    rows = [(runs.cell("one", "serial", "python"), FAST), (runs.cell("two", "serial", "python"), near)]
    cells = raced(tmp_path, *rows, (runs.cell("two", "threads", "python"), (0.55,)))
    assert rank(cells, "python, 8 tasks").by_interpreter["two"].verdict == "equivalent"


def test_a_bound_on_a_loss_is_doubted_too(tmp_path):
    """The baseline was still warming up: it may become faster, and so may another scenario of the slower one."""
    rows = [(runs.cell("one", "serial", "python"), FAST), (runs.cell("two", "serial", "python"), SLOW)]
    for more, verdict in (((), "at most"), (((runs.cell("two", "threads", "python"), (0.72,)),), TOLD.format("two"))):
        cells = raced(tmp_path, *rows, *more)
        (one,) = (each for each in cells.measured if each.interpreter == "one")
        one.steadiness = [Steadiness(steady_state.STILL_WARMING, None)] * 4
        assert rank(cells, "python, 8 tasks").by_interpreter["two"].verdict.startswith(verdict)


@pytest.mark.parametrize(
    ("starts", "doubted"),
    [
        ([[1.0, 0.4, 1.0, 1.0, 1.0, 1.0, 1.0]] * 2, False),  # one of its iterations was fast, its starts were not
        ([[1.2] * 7, [2.4] * 7], True),  # slow as they are, two that differ so much say little
    ],
)
def test_of_several_starts_their_mean_and_their_noise_are_looked_at(tmp_path, starts, doubted):
    rows = [(runs.cell("one", "serial", "python"), 0.5), (runs.cell("two", "serial", "python"), 0.7)]
    records = [each for planned, seconds in rows for each in runs.invocations(planned, seconds)]
    seldom = runs.cell("two", "threads", "python")
    for block, seconds in enumerate(starts):
        times = {"iterations_ns": [int(each * 1e9) for each in seconds], "block": block}
        records += runs.invocations(seldom, 1.0, count=1, **times)
    every = [*(planned for planned, _ in rows), seldom]
    cells = MeasuredCells.of(runs.run(tmp_path, ["one", "two"], every, records, **RACED))
    verdict = rank(cells, "python, 8 tasks").by_interpreter["two"].verdict
    assert verdict == (TOLD.format("two") if doubted else "slower")


OTHERS = ("io", "mixed", "native-gil", "native-nogil")


@pytest.mark.parametrize(
    ("scale", "others", "doubted"), [(0.88, (), False), (0.88, OTHERS, True), (1.0, OTHERS, False)]
)
def test_more_luck_is_thinkable_where_several_tasks_share_the_risk(tmp_path, scale, others, doubted):
    """The other tasks take the same time under both."""
    rows = [(runs.cell(label, "serial", task), FAST) for task in others for label in ("one", "two")]
    rows += [(runs.cell("one", "serial", "python"), FAST), (runs.cell("two", "serial", "python"), SLOW)]
    rows += [(runs.cell("two", "threads", "python"), [scale * each for each in (0.6, 1.2, 0.75, 0.95)])]
    verdict = rank(raced(tmp_path, *rows), "python, 8 tasks").by_interpreter["two"].verdict
    assert verdict == (TOLD.format("two") if doubted else "slower")


def test_tasks_share_the_risk_of_an_interpreter(tmp_path):
    planned = []
    for task in ("python", "io", "mixed", "native-gil", "native-nogil"):
        planned += [(runs.cell("one", "serial", task), 1.0), (runs.cell("two", "serial", task), 1.0)]
    assert cells_of(tmp_path / "equal", *planned).sharing == {"two": 5}
    planned[1] = planned[1][0], 0.1
    cells = cells_of(tmp_path / "one faster", *planned)
    assert cells.sharing == {"two": 4}
    shares = [
        place.comparison.risk
        for work in cells.works.values()
        for place in rank(cells, work).places[:2]
        if place.comparison
    ]
    assert shares == pytest.approx([0.05 / 4] * 5)


def test_without_the_baseline_or_a_steady_state_there_is_no_comparison(tmp_path):
    cells = cells_of(tmp_path, (runs.cell("one", "serial", "python"), 1.0), (runs.cell("two", "serial", "python"), 0.5))
    one, two = cells.measured
    two.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 5
    assert rank(cells, one.work).by_interpreter["two"].verdict == NOT_RANKED
    one.steadiness, two.steadiness = two.steadiness, one.steadiness
    found = rank(cells, one.work)
    assert [(place.interpreter, place.verdict) for place in found.places] == [("two", NO_BASELINE), ("one", "baseline")]


def test_the_noise_of_another_size_raises_no_floor(tmp_path):
    noisy, quiet = runs.cell("one", "serial", "io", 1), runs.cell("one", "serial", "io", 16)
    waits = runs.cell("one", "threads", "io", 16)
    records = [
        *runs.invocations(noisy, 1.0, noise=0.5),
        *runs.invocations(quiet, 1.0),
        *runs.invocations(waits, 0.5),
    ]
    cells = MeasuredCells.of(runs.run(tmp_path, ["one"], [noisy, quiet, waits], records))
    assert cells.works == {"io": "io, 16 tasks"}
    assert cells.floor("io, 16 tasks").share < 0.05 < cells.floor("io, 1 tasks").share


def test_measured_cells_leave_out_the_skipped_the_repeated_and_the_driven(tmp_path):
    plain = runs.cell("one", "serial", "python")
    driven = runs.cell("one", "threads", "python", rates=[300])
    repeat = runs.cell("baseline-repeat", "serial", "python")
    skipped = runs.cell("one", "gevent", "io", skip="no gevent")
    records = [each for planned in (plain, driven, repeat) for each in runs.invocations(planned, 1.0)]
    cells = MeasuredCells.of(
        runs.run(tmp_path, ["one"], [plain, driven, repeat, skipped], records, baseline_repeat="baseline-repeat")
    )
    assert [cell.scenario for cell in cells.planned] == ["serial", "threads", "gevent"]
    assert [cell.scenario for cell in cells.measured] == ["serial"]
    assert [cell.scenario for cell in cells.driven] == ["threads"]
    assert list(cells.works) == ["python", "io"], "a task without a number is shown with its reason"


def test_terminal_page_and_picture_say_the_same_of_each_interpreter(tmp_path):
    run = runs.whole(tmp_path)
    cells = MeasuredCells.of(run)
    stream = io.StringIO()
    terminal.show(Console(file=stream, width=200, markup=False), run)
    brief = page_data.content(run)["brief"]
    drawn = {(row["task"], row["interpreter"]): row for row in forest.draw(Drawing(cells)).rows}
    for task, work in cells.works.items():
        for place in rank(cells, work).places:
            found = brief["rows"][place.interpreter][task]
            assert (found["scenario"], found["verdict"]) == (place.cell.name, place.verdict)
            if place.ratio:
                row = drawn[task, place.interpreter]
                assert (row["scenario"], row["verdict"], row["value"]) == (
                    place.cell.name,
                    place.verdict,
                    place.ratio.value,
                )
                assert place.verdict in stream.getvalue()


def test_a_doubt_is_of_the_slower_one_on_another_interpreter_alone(tmp_path):
    """A scenario that was started once leaves the verdict as it is.

    That is where it is far behind, beside the faster one, or what the faster one's workers did for the slower one.
    """
    planned = [(runs.cell("one", "serial", "python"), 0.5), (runs.cell("two", "serial", "python"), 0.7)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds)]
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    lent = runs.cell("two", "distributed", "python", transport="zmq+tcp", worker_interpreter="one")
    seldom = (
        (runs.cell("two", "threads", "python"), 7.0),
        (runs.cell("one", "threads", "python"), 0.72),
        (lent, 0.72),
    )
    for at, (once, seconds) in enumerate(seldom):
        every = [*(cell for cell, _ in planned), once]
        more = list(runs.invocations(once, seconds))[:1]
        cells = MeasuredCells.of(runs.run(tmp_path / str(at), ["one", "two"], every, [*records, *more], **raced))
        assert rank(cells, "python, 8 tasks").by_interpreter["two"].verdict == "slower"


@pytest.mark.parametrize(("reason", "doubted"), [(None, True), ("ended by SIGSEGV", False)])
def test_nobody_waits_for_a_scenario_that_failed_after_its_first_start(tmp_path, reason, doubted):
    planned = [(runs.cell("one", "serial", "python"), 0.5), (runs.cell("two", "serial", "python"), 0.7)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds)]
    seldom = runs.cell("two", "threads", "python")
    records += list(runs.invocations(seldom, 0.72))[:1]
    if reason:
        records += runs.invocations(seldom, 0.72, status="crashed", reason=reason, block=1)
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    every = [*(cell for cell, _ in planned), seldom]
    cells = MeasuredCells.of(runs.run(tmp_path, ["one", "two"], every, records, **raced))
    verdict = rank(cells, "python, 8 tasks").by_interpreter["two"].verdict
    assert ("started too seldom" in verdict) == doubted, verdict


@pytest.mark.parametrize(
    ("once_s", "tainted", "doubted"),
    [(1.2, None, True), (1.4, None, True), (1.7, None, False), (1.7, "the hypervisor took it", True)],
)
def test_nobody_waits_for_a_scenario_that_the_race_has_left_behind(tmp_path, once_s, tainted, doubted):
    """Starts of threads differ by a factor under other interpreters, so that more luck is thinkable than 1.6."""
    labels = ["one", "two", *"abcdefghij"]
    planned = [(runs.cell("one", "serial", "python"), 0.9), (runs.cell("two", "serial", "python"), 1.0)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds)]
    every = [cell for cell, _ in planned]
    for at, label in enumerate("abcdefghij"):
        every.append(runs.cell(label, "threads", "python"))
        for block, seconds in enumerate((3.0, 9.0 + at, 3.0)):
            records += list(runs.invocations(every[-1], seconds, count=1, noise=0, block=block))
    every.append(runs.cell("two", "threads", "python"))
    records += list(runs.invocations(every[-1], once_s, count=1, noise=0, tainted=tainted))
    raced = {"baseline_repeat": None, "race": True, "min_invocations": 2}
    cells = MeasuredCells.of(runs.run(tmp_path, labels, every, records, **raced))
    assert ("started too seldom" in rank(cells, "python, 8 tasks").by_interpreter["two"].verdict) == doubted


def test_a_work_that_nobody_chooses_by_shares_the_risk_of_its_own_pairs(tmp_path):
    planned = [(runs.cell(label, "serial", "noop"), 1.0) for label in ("one", "two", "three")]
    found = rank(cells_of(tmp_path, *planned), "noop, 8 tasks")
    assert [place.comparison.risk for place in found.places if place.comparison] == pytest.approx([0.025] * 2)


def test_what_has_no_serial_cell_has_no_gain_over_it(tmp_path):
    cells = cells_of(
        tmp_path, (runs.cell("one", "serial", "python"), 1.0), (runs.cell("two", "threads", "python"), 0.5)
    )
    found = rank(cells, "python, 8 tasks").by_interpreter
    assert found["two"].over_serial is None
    assert found["one"].over_serial.value == pytest.approx(1)
    assert found["one"].ratio is None


def test_a_difference_is_claimed_where_no_floor_is_known(tmp_path):
    """Three starts of the baseline show no floor."""
    planned = [(runs.cell("one", "serial", "python"), 1.0), (runs.cell("two", "serial", "python"), 0.8)]
    records = [each for cell, seconds in planned for each in runs.invocations(cell, seconds, count=3)]
    every = [cell for cell, _ in planned]
    cells = MeasuredCells.of(runs.run(tmp_path, ["one", "two"], every, records, baseline_repeat=None))
    found = rank(cells, "python, 8 tasks")
    assert (found.floor, found.by_interpreter["two"].verdict) == (None, "faster")
