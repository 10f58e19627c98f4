"""Sweeps on the terminal and their break-evens, on the committed run of the transports' curves as it was measured, and
as it would be with three invocations that differ by some per cent."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from runoff.analysis import sweep_lines
from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.gathering import gather
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.paths import RESULTS
from runoff.records import record
from runoff.report import pictures
from runoff.report.output import terminal
from runoff.report.output.tables import sweep_tables
from runoff.report.pictures.drawing import Drawing
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness

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


def ratio(value):
    """A ratio that is beyond doubt."""
    return sweep_lines.Estimate(value, value * 0.9, value * 1.1)


UNSURE, ONCE = sweep_lines.Estimate(1.0, 0.5, 2.0), sweep_lines.Estimate(2.0, None, None)


def test_a_side_is_that_of_the_whole_interval():
    assert [sweep_lines.side(each) for each in (ratio(2.0), ratio(0.5), UNSURE, ONCE)] == [1, -1, 0, 0]
    touching = (sweep_lines.Estimate(1.5, 1.0, 2.0), sweep_lines.Estimate(0.7, 0.5, 1.0))
    assert [sweep_lines.side(each) for each in touching] == [0, 0]


def test_a_crossing_is_between_its_neighbours_in_logarithms():
    line = [(1, ratio(0.5)), (100, ratio(4.0))]
    assert sweep_lines.crossings(line) == [pytest.approx(100 ** (1 / 3))]
    assert sweep_lines.crossings([(2, ratio(0.5)), (5, ratio(2.0))]) == [pytest.approx(10**0.5)]
    assert sweep_lines.crossings([(0, ratio(0.5)), (90, ratio(4.0))]) == [pytest.approx(30)]
    assert sweep_lines.crossings([(1, ratio(2.0)), (2, ratio(4.0))]) == []
    assert sweep_lines.crossings([(1, ratio(1.0)), (2, ratio(4.0))]) == []
    assert sweep_lines.crossings([(1, ratio(4.0)), (2, ratio(1.0))]) == []


def test_every_crossing_is_found():
    line = [(1, ratio(0.5)), (4, ratio(2.0)), (16, ratio(0.5))]
    assert sweep_lines.crossings(line) == [pytest.approx(2), pytest.approx(8)]
    for ends in ((0.5, 2.0), (2.0, 0.5)):
        line = [(1, ratio(ends[0])), (4, ratio(1.0)), (9, ratio(ends[1]))]
        assert sweep_lines.crossings(line) == [pytest.approx(4)], "measured at 1 itself"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0.5, 2.0), "from about 2 ms"),
        ((0.5, 2.0, 0.5), "from about 8 ms"),
        ((2.0, 3.0), "throughout"),
        ((None, 3.0), "at the end"),
    ],
)
def test_a_line_says_since_when_it_is_on_its_side(values, words):
    line = [(4**at, ratio(value) if value else UNSURE) for at, value in enumerate(values)]
    assert sweep_lines.since(line, lambda value: f"{value:g} ms") == words


def against(**lines):
    """What is said of lines, given as their ratios to serial at 1, 4, 16 ..."""
    found = {("one", name): [(4**at, each) for at, each in enumerate(values)] for name, values in lines.items()}
    return sweep_lines.against_serial(found, lambda value: f"{value:g} ms")


def test_lines_are_said_to_be_ahead_behind_or_not_told_apart():
    words = against(
        pool=[ratio(0.5), ratio(2.0)],
        wire=[ratio(0.5), ratio(0.6)],
        loop=[ratio(0.5), UNSURE],
        threads=[ratio(2.0)] * 2,
    )
    assert words == (
        "Ahead of serial: pool on one from about 2 ms and threads on one throughout; behind serial: wire on one "
        "throughout; not told apart from serial at the end: loop on one."
    )
    assert against(wire=[ratio(0.5)]) == "Behind serial: wire on one throughout."
    assert against() == ""


def test_one_invocation_a_point_says_that_it_cannot_say():
    assert against(pool=[ONCE, ONCE]) == (
        "One invocation a point cannot show whether anything is ahead of serial or behind it."
    )
    assert against(pool=[ONCE, ONCE], wire=[ratio(0.5)]) != against(pool=[ONCE, ONCE])


def point(value, scenario="thread-pool", seconds=1.0, label="one", kind=steady_state.SETTLED, **more):
    """A cell at one value of a sweep."""
    found = Cell(label, scenario, "length", 10, {"length_ms": value, **more}, "ok")
    for factor in (0.99, 1.0, 1.01):
        found.invocations.append({"batch": 10, "iterations_ns": [int(seconds * factor * 1e9)] * 7})
        found.steadiness.append(Steadiness(kind, None if kind == steady_state.NO_STEADY_STATE else 4))
    return found


def test_a_line_has_two_values_at_least_in_order_and_only_of_cells_with_a_rank():
    assert list(sweep_lines.swept([point(4), point(1)], "length_ms")["one", "thread-pool"]) == [1, 4]
    assert sweep_lines.swept([point(4)], "length_ms") == {}
    assert sweep_lines.swept([point(4), point(1, kind=steady_state.NO_STEADY_STATE)], "length_ms") == {}
    assert sweep_lines.swept([point(4), point(1)], "credit") == {}
    ends = [point(4), point(1), point(2, scenario="tornado")]
    assert sweep_lines.in_a_line(ends) == {id(ends[0]), id(ends[1])}


def test_what_moves_with_the_parameter_makes_no_line_of_its_own():
    few, many = point(4), point(1)
    many.batch = 100
    assert list(sweep_lines.swept([few, many], "length_ms", "batch")) == [("one", "thread-pool")]
    assert sweep_lines.swept([few, many], "length_ms") == {}


def test_a_line_is_held_against_serial_of_its_own_interpreter_at_its_own_values():
    cells = [
        *(point(value, "serial", seconds) for value, seconds in ((1, 1.0), (4, 4.0), (16, 16.0))),
        *(point(value, seconds=2.0) for value in (1, 4, 8)),
        *(point(value, "process-pool", seconds=1.0) for value in (1, 4)),
        *(point(value, seconds=2.0, label="two") for value in (1, 4)),
    ]
    found = sweep_lines.over_serial(sweep_lines.swept(cells, "length_ms"))
    assert {key: [(value, each.value) for value, each in line] for key, line in found.items()} == {
        ("one", "thread-pool"): [(1, pytest.approx(0.5)), (4, pytest.approx(2.0))],
        ("one", "process-pool"): [(1, pytest.approx(1.0)), (4, pytest.approx(4.0))],
    }


def test_lines_that_differ_in_a_kind_of_worker_are_named_by_it():
    def wired(value, kind):
        return Cell("one", "distributed", "length", 8, {"transport": "amqp", "worker_kind": kind, "length_ms": value})

    made = [wired(value, kind) for value in (1, 2) for kind in ("thread", "process")]
    assert list(sweep_lines.series(made, "length_ms")) == [("one", "amqp, thread"), ("one", "amqp, process")]
    sized = [point(1, workers=2, concurrency=8), point(1, workers=4, concurrency=16)]
    assert list(sweep_lines.series(sized, "length_ms")) == [
        ("one", "thread-pool, workers=2, concurrency=8"),
        ("one", "thread-pool, workers=4, concurrency=16"),
    ]
    loaded = [point(1), point(1, rates=[300]), point(1, start_method="fork")]
    assert list(sweep_lines.series(loaded, "length_ms")) == [("one", "thread-pool")]
