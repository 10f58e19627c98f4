"""The short form: the decision, one matrix, the alarms, where the rest is; within 60 lines of 80 columns."""

from __future__ import annotations

import re

import pytest

from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.ranking import rank
from runoff.common.paths import RESULTS
from runoff.common.wording import short
from runoff.records import record
from runoff.report.output import short_form
from runoff.stats import steady_state
from runoff.stats.intervals import Estimate
from runoff.stats.steady_state import Steadiness
from tests.helpers import runs

SENTENCES = ["Run it.", "Sure.", "Nothing would change it."]


def text_of(run, width=80):
    return short_form.text(run, SENTENCES, run.folder / "report" / "index.html", width)


def rows_of(text, labels):
    """{interpreter: what stands behind its name}, of all blocks of the matrix."""
    rows = {}
    for line in text.splitlines():
        label = line.partition(" ")[0]
        if label in labels:
            rows[label] = rows.get(label, "") + line[len(label) :]
    return rows


@pytest.mark.parametrize("name", ["eleven", *runs.COMMITTED])
def test_fits_sixty_lines_of_eighty_columns_and_tells_every_row_apart(tmp_path, name):
    run = runs.whole(tmp_path, 11) if name == "eleven" else record.read(next(RESULTS.glob(f"*/{name}")))
    text = text_of(run)
    lines = text.splitlines()
    assert lines[:3] == SENTENCES
    assert len(lines) <= short_form.LINES
    paths = ("Page: ", "Records: ")
    assert max(len(line) for line in lines if not line.startswith(paths)) <= 80
    assert text.isascii()
    assert set(rows_of(text, run.header["interpreters"])) == set(run.header["interpreters"])
    assert "Every table on the terminal: --all" in lines


def test_each_cell_has_the_ratio_the_mark_and_the_scenario_of_the_ranking(tmp_path):
    run = runs.whole(tmp_path)
    text = text_of(run)
    cells = MeasuredCells.of(run)
    rows = rows_of(text, cells.labels)
    for work in cells.works.values():
        for place in rank(cells, work).places:
            (letter,) = re.findall(rf"(?:^|; |  )([a-z]+) {re.escape(place.cell.name)}(?:;|$)", text, re.MULTILINE)
            if place.ratio:
                mark = {"faster": ">", "slower": "<", "equivalent": "="}.get(place.verdict, "?")
                assert f"{short(place.ratio.value)} {mark} {letter}" in rows[place.interpreter]
            else:
                assert f"{short(place.cell.throughput.value)}/s   {letter}" in rows[place.interpreter]


def test_what_still_warms_up_is_shown_as_a_bound(tmp_path, monkeypatch):
    run = runs.whole(tmp_path, 2)
    monkeypatch.setattr(Cell, "warming", property(lambda cell: cell.interpreter == "python-1"))
    assert re.search(r">=1\.[45]\d* ~ [a-z]", rows_of(text_of(run), ["python-1"])["python-1"])


@pytest.mark.parametrize(
    ("low", "high", "warming", "shown"),
    [
        (0.7, 0.9, (True, False), ">=0.7"),
        (0.7, 0.9, (False, True), "<=0.9"),
        (0.7, 0.9, (True, True), "0.8"),
        (0.01, 1.1, (True, False), "0.8"),
        (None, None, (True, False), "0.8"),
    ],
)
def test_a_bound_is_the_end_of_the_interval_unless_that_says_nothing(low, high, warming, shown):
    assert short_form._bound(Estimate(0.8, low, high), warming) == shown


def test_a_cell_without_a_steady_state_has_its_speed_and_no_ratio(tmp_path):
    run = runs.whole(tmp_path, 2)
    cells = MeasuredCells.of(run)
    for cell in cells.every:
        if cell.interpreter == "python-1":
            cell.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * len(cell.invocations)
    row = next(line for line in short_form._matrix(cells, 80) if line.startswith("python-1"))
    assert re.search(r"\d/s \? [a-z]", row)


def test_many_alarms_keep_the_room_and_the_rest_is_counted():
    wrapped = short_form._alarms([f"alarm {number}" for number in range(9)], 80, 5)
    assert wrapped == ["! alarm 0", "! alarm 1", "! alarm 2", "! alarm 3", "! and 5 more: --all"]
    assert short_form._alarms([], 80, 5) == []
    long = short_form._alarms(["word " * 200], 80, 10)
    assert len(long) == short_form.LONGEST_ALARM
    assert long[-1].endswith("...")


def test_a_run_without_a_number_says_so(tmp_path):
    text = text_of(runs.failed(tmp_path))
    assert "Nothing was measured." in text
    assert "4 crashed; the first: one, serial: SIGSEGV" in text
