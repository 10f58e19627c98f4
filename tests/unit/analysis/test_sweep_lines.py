"""Sweeps on the terminal and their break-evens, on the committed run of the transports' curves as it was measured, and
as it would be with three invocations that differ by some per cent."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from runoff.analysis import sweep_lines
from runoff.analysis.cells import gather
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.paths import RESULTS
from runoff.records import record
from runoff.report import pictures
from runoff.report.output import sweep_tables, terminal
from runoff.report.pictures.drawing import Drawing

RUN = next(RESULTS.glob("*/reference-transports"))
FACTORS = (0.97, 1.0, 1.03)  # of an invocation's times: intervals of some 8 %


@pytest.fixture(scope="module")
def measured():
    return record.read(RUN)


@pytest.fixture(scope="module")
def repeated(measured):
    """The first invocation of every cell, three times over."""
    records = [
        {**each, "block": block, "iterations_ns": [int(ns * factor) for ns in each["iterations_ns"]]}
        for each in measured.records
        if each["status"] == record.OK and each["block"] == 0
        for block, factor in enumerate(FACTORS)
    ]
    return record.Run(measured.folder, measured.header, tuple(records))


def speeds(run, parameter, *also):
    return sweep_lines.over_serial(sweep_lines.swept(gather(run), parameter, *also))


def overtaking(run):
    """Those that are behind serial with short tasks and ahead with long ones: what they are is the measured run's."""
    found = speeds(run, "length_ms", "batch").items()
    names = [
        name for (_, name), line in found if [sweep_lines.side(line[0][1]), sweep_lines.side(line[-1][1])] == [-1, 1]
    ]
    assert names
    return names


def shown(run):
    stream = io.StringIO()
    terminal.show(Console(file=stream, width=200, markup=False), run)
    return stream.getvalue()


def row(text, title, way):
    """The cells of the line of ``way`` in the table called ``title``."""
    table = text[text.index(title) :]
    return next(line for line in table.splitlines() if f"  {way}  " in line)


@pytest.mark.parametrize("parameter", ["length_ms", "payload_bytes"])
def test_a_ring_is_where_both_neighbours_are_beyond_doubt_and_nowhere_else(repeated, parameter):
    found = speeds(repeated, parameter, "batch")
    assert found
    for key, line in found.items():
        ends = {sweep_lines.side(line[0][1]), sweep_lines.side(line[-1][1])}
        at = sweep_lines.crossings(line)
        if ends == {-1, 1}:
            assert at, key
        for place in at:
            before, after = [r for x, r in line if x <= place], [r for x, r in line if x >= place]
            assert before[-1].value < 1 < after[0].value or before[-1].value > 1 > after[0].value
            assert {sweep_lines.side(each) for each in before} & {-1, 1}
            assert {sweep_lines.side(each) for each in after} & {-1, 1}


def test_measured_lengths_have_rings_at_one_and_the_sentence_names_them(repeated):
    made, _ = pictures.draw(Drawing(MeasuredCells.of(repeated)))
    picture = next(each for each in made if each.name == "task-length")
    rings = [each for each in picture.rows if each.get("mark")]
    expected = {name: sweep_lines.crossings(line) for (_, name), line in speeds(repeated, "length_ms", "batch").items()}
    assert {each["scenario"] for each in rings} == {name for name, at in expected.items() if at} != set()
    for each in rings:
        assert each["value"] == 1
        assert each["us"] / 1000 in [pytest.approx(at) for at in expected[each["scenario"]]]
    assert "Measured at each length" in picture.sentence
    points = [each for each in picture.rows if not each.get("mark")]
    assert all(each["low"] < each["value"] < each["high"] for each in points)
    for name in overtaking(repeated):
        assert f"from about {sweep_tables.SWEEPS[0].in_words(expected[name][-1])}" in picture.finding, name


def test_one_invocation_has_no_ring_and_no_verdict(measured):
    once = record.Run(measured.folder, measured.header, tuple(r for r in measured.records if r["block"] == 0))
    assert not any(sweep_lines.crossings(line) for line in speeds(once, "length_ms", "batch").values())
    text = shown(once)
    assert "one invocation each: no intervals" in " ".join(text.split())
    assert "cannot tell" in row(text, "length: times the speed of serial", "zmq+ipc")


def test_all_tables_have_one_per_sweep_and_one_per_size(repeated):
    text = shown(repeated)
    for title in ("length: times the speed", "payload: microseconds per task", "noop: tasks/s, by the tasks under way"):
        assert text.count(title) == 1
    assert "ahead from" in " ".join(text.split())
    sizes = {cell["parameters"]["payload_bytes"] for cell in repeated.header["cells"] if cell["task"] == "payload"}
    for size in sizes:
        assert f"payload, 16 tasks of payload_bytes={size}: best scenario of each interpreter" in text


def test_a_break_even_above_a_size_of_nothing_is_between_the_two():
    behind, ahead = (sweep_lines.Estimate(value, value * 0.9, value * 1.1) for value in (0.5, 2.0))
    assert sweep_lines.crossings([(0, behind), (1024, ahead)]) == [pytest.approx(512)]


def test_doubt_on_the_side_that_a_line_goes_to_is_no_break_even():
    sure, up, down = (sweep_lines.Estimate(*each) for each in ((0.5, 0.4, 0.6), (1.5, 1.4, 1.6), (0.9, 0.7, 1.1)))
    doubtful = sweep_lines.Estimate(1.2, 0.8, 1.8)
    assert sweep_lines.crossings([(1, sure), (10, up), (100, down)]) == [pytest.approx(10 ** (0.6309297535714574))]
    assert sweep_lines.crossings([(1, up), (10, sure), (100, doubtful)])[1:] == []
