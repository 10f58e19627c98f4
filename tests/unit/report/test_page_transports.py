"""The page's parts about transports: sweeps and their break-evens, killed workers, promises, and the forms of them."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from rich.console import Console

from runoff.analysis import latency, sweep_lines
from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.gathering import gather
from runoff.analysis.measured_cells import MeasuredCells
from runoff.cli.report import command as cli
from runoff.common.errors import BadInput
from runoff.records import record
from runoff.report import pictures
from runoff.report.output import html_page, page_data, terminal
from runoff.report.output.export import page_files
from runoff.report.output.export.markdown import as_markdown
from runoff.report.output.export.numbers_csv import as_csv
from runoff.report.pictures import drawing
from runoff.report.pictures.drawing import Drawing
from runoff.stats.intervals import Estimate
from tests.helpers import runs


def drawn(run):
    made, _ = pictures.draw(Drawing(MeasuredCells.of(run)))
    return {each.name: each for each in made}


def line(picture, label, name):
    return [row for row in picture.rows if (row["interpreter"], row["scenario"]) == (label, name) and "mark" not in row]


def test_every_curve_of_the_transports_is_drawn_and_says_what_it_shows(tmp_path):
    made = drawn(runs.transports(tmp_path))
    for name in ("latency-transports", "recovery", "payload", "task-length", "in-flight", "credit", "speed-up"):
        assert made[name].finding.endswith("."), name
        assert {row["interpreter"] for row in made[name].rows} == {"python-0", "python-1"}, name
        for transport in runs.WIRES:
            assert transport in {row["scenario"] for row in made[name].rows}, name


def test_what_more_tasks_under_way_give_is_told_from_the_numbers(tmp_path):
    picture = drawn(runs.transports(tmp_path))["in-flight"]
    one, _, many = line(picture, "python-0", "amqp")
    assert many["value"] / one["value"] == pytest.approx((60 + 900) / (60 + 900 / 256), rel=0.05)
    assert "amqp on python-0 15" in picture.finding
    assert "from 1 to 256" in picture.finding


def test_the_wire_without_a_promise_stands_beside_the_others(tmp_path):
    run = runs.transports(tmp_path)
    plain = runs.cell("python-0", "distributed-plain", "noop", 512, concurrency=1, in_flight=1)
    more = runs.invocations(plain, 512e-6 * 150, guarantees=[])
    run = runs.run(tmp_path, ["python-0", "python-1"], [*run.header["cells"], plain], [*run.records, *more])
    assert len(line(drawn(run)["in-flight"], "python-0", "distributed-plain")) == 2
    assert page_data.content(run)["transports"]["promises"]["distributed-plain"] == ["no promise"]


def test_the_break_even_is_where_a_transport_and_serial_take_as_long(tmp_path):
    picture = drawn(runs.transports(tmp_path))["task-length"]
    found = {(row["interpreter"], row["scenario"]): row["us"] for row in picture.rows if row.get("mark")}
    for at, label in enumerate(("python-0", "python-1")):
        for transport, (cost_us, *_) in runs.WIRES.items():
            # length = cost + length / 1.9, on an interpreter that is 1 + at times as slow; a straight line between
            # lengths ten times apart is that much off.
            assert found[label, transport] == pytest.approx(cost_us / (1 - 1 / 1.9) / (1 + at), rel=0.5)
            assert label != "python-0" or f"{transport} on {label} from about" in picture.finding


def test_a_crossing_that_intervals_leave_in_doubt_is_no_break_even():
    sure = [(1.0, Estimate(0.5, 0.4, 0.6)), (100.0, Estimate(2.0, 1.8, 2.2))]
    assert sweep_lines.crossings(sure) == [pytest.approx(10)]
    for doubtful in (Estimate(2.0, 0.9, 4.0), Estimate(2.0, None, None)):
        assert sweep_lines.crossings([sure[0], (100.0, doubtful)]) == []


def test_a_line_is_called_by_what_sets_it_apart_and_nothing_else():
    def one(label, many, **more):
        return Cell(label, "distributed", "noop", 8, {"transport": "amqp", "in_flight": many, **more})

    alike = [one(label, many) for label in "ab" for many in (1, 2)]
    assert set(sweep_lines.series(alike, "in_flight")) == {("a", "amqp"), ("b", "amqp")}
    apart = [one("a", many, concurrency=workers) for many in (1, 2) for workers in (1, 2)]
    assert set(sweep_lines.series(apart, "in_flight")) == {("a", "amqp, concurrency=1"), ("a", "amqp, concurrency=2")}
    mixed = [*alike, one("a", 1, worker_interpreter="b")]
    assert set(sweep_lines.series(mixed, "in_flight")) == {
        ("a", "amqp"),
        ("b", "amqp"),
        ("a", "amqp, worker_interpreter=b"),
    }


@pytest.mark.parametrize("others", [[], ["serial", "thread-pool"], ["process-pool", "interpreter-pool", "memory"]])
def test_a_transport_has_the_same_dash_in_every_picture_and_no_two_lines_share_one(others):
    told = [*others, "zmq+tcp", "amqp, concurrency=2"]
    signs = drawing.signs(told)
    assert signs[-2:] == [drawing.FIXED["zmq+tcp"], drawing.FIXED["amqp"]]
    assert len(set(signs)) == len(told)


def test_the_time_line_is_the_median_over_kills_and_marks_the_gap(tmp_path):
    picture = drawn(runs.transports(tmp_path))["recovery"]
    bins = [row for row in line(picture, "python-0", "zmq+tcp") if not row.get("gap")]
    assert [row["ms"] for row in bins] == [10 * at for at in range(-10, 21)]
    assert [row["value"] for row in bins] == [0 if row["ms"] == 0 else 2 for row in bins]
    (gap,) = [row for row in line(picture, "python-0", "zmq+tcp") if row.get("gap")]
    assert (gap["until"], gap["worst"]) == (8, 11)  # 5 to 11 ms, in each of five invocations
    assert "8 ms over zmq+tcp on python-0 (worst 11)" in picture.finding
    assert "no tasks lost in 210 kills" in picture.finding


def test_what_was_lost_or_delivered_twice_is_counted_over_all_invocations(tmp_path):
    planned = runs.cell("python", "distributed", "sleep", 20, transport="amqp", task_ms=4, kills=2)
    records = runs.invocations(
        planned, 0.1, count=3, kills=runs.kills(30, 50, lost=2, twice=1), guarantees=["answered"]
    )
    run = runs.run(tmp_path, ["python"], [planned], records)
    (row,) = page_data.content(run)["kills"]
    assert (row["killed"], row["tasks"], row["lost"], row["twice"], row["resent"]) == (6, 1800, 6, 3, 6)
    assert (row["back_ms"], row["worst_ms"]) == ([40.0, 30.0, 50.0], 50.0)
    assert row["guarantees"] == ["answered"]
    assert "6 tasks lost in 6 kills" in drawn(run)["recovery"].finding


def test_a_cell_whose_kills_gave_no_gap_is_no_row(tmp_path):
    planned = runs.cell("python", "distributed", "sleep", 20, transport="amqp", task_ms=4, kills=2)
    run = runs.run(tmp_path, ["python"], [planned], runs.invocations(planned, 0.1, kills=runs.kills()))
    assert page_data.content(run)["kills"] == []
    assert "recovery" not in drawn(run)


def test_transports_are_held_against_the_same_workers_over_memory(tmp_path):
    data = page_data.content(runs.transports(tmp_path))["transports"]
    assert data["promises"]["amqp"] == runs.WIRES["amqp"][2]
    assert data["words"] == ["answered", "resent", "machines", "durable"]
    rows = {(row["interpreter"], row["work"], row["transport"]): row for row in data["rows"]}
    noop = rows["python-1", "noop, 512 tasks", "zmq+tcp"]
    assert noop["over_memory"][0] == pytest.approx((10 + 50 / 256) / (20 + 200 / 256), rel=0.05)
    assert rows["python-1", "noop, 512 tasks", "memory"]["over_memory"] is None
    assert rows["python-0", "python, 8 tasks", "amqp"]["balance"][0] == pytest.approx(33 / 32)
    assert not any(row["work"].startswith(("sleep", "length")) for row in data["rows"])


def test_tasks_that_are_there_for_a_curve_are_no_work_to_decide_by(tmp_path):
    data = page_data.content(runs.transports(tmp_path))
    assert not {"sleep", "length", "noop"} & set(data["brief"]["tasks"])
    assert list(data["decision"]["given"]["options"]) == ["python"]
    made = {each.name: each for each in data["pictures"]}
    assert {row["task"] for name in ("forest", "memory") for row in made[name].rows} <= {"python", "payload"}


def test_latencies_at_a_rate_are_called_by_it(tmp_path):
    run = runs.transports(tmp_path)
    cell = next(cell for cell in gather(run) if "rates" in cell.parameters)
    assert cell.for_latency
    (row,) = latency.of_cell(cell)
    assert (row.load, row.rate, row.count) == ("300 tasks/s", 300.0, 10000)
    picture = drawn(run)["latency-transports"]
    assert picture.finding.startswith("At 300 tasks/s, p99.9 goes from 3 ms (memory on python-0) to 18 ms (amqp on")
    assert "latency" not in drawn(run)  # that one is of scenarios without a transport


def test_latencies_over_each_transport_are_rows_and_the_void_ones_say_so(tmp_path):
    run = runs.transports(tmp_path)
    late = runs.cell("python-0", "distributed", "sleep", 64, transport="zmq+ipc", task_ms=2, rates=[300], seconds=4)
    (part,) = runs.latencies(300.0, 2)
    records = [
        *runs.invocations(late, 1e-3, count=2, latency=[part], guarantees=["answered"]),
        *runs.invocations(late, 1e-3, count=1, latency=[{**part, "late": part["latencies"]}]),
    ]
    for block, each in enumerate(records):
        each["block"] = block
    run = runs.run(tmp_path, ["python-0", "python-1"], [*run.header["cells"], late], [*run.records, *records])
    data = page_data.content(run)
    rows = {(row["interpreter"], row["transport"]): row for row in data["transports"]["latencies"]}
    assert len(rows) == 2 * len(runs.WIRES) + 1
    row = rows["python-1", "amqp"]
    assert (row["work"], row["load"], row["samples"], row["void"]) == ("noop", "300 tasks/s", 10000, 0)
    assert (row["p50"], row["max"]) == (pytest.approx(12, rel=0.01), pytest.approx(18, rel=0.01))
    half = rows["python-0", "zmq+ipc"]
    assert (half["work"], half["samples"], half["void"], half["invocations"]) == ("sleep, task_ms=2", 4000, 1, 3)
    places = {row["place"] for row in drawn(run)["latency-transports"].rows}
    assert places == {
        "python-0 at 300 tasks/s, noop",
        "python-1 at 300 tasks/s, noop",
        "python-0 at 300 tasks/s, sleep, task_ms=2",
    }
    assert r"| python-0 | zmq+ipc | sleep, task\_ms=2 | 300 tasks/s |" in as_markdown(data)
    quantities = [row["quantity"] for row in csv.DictReader(io.StringIO(as_csv(data)))]
    assert "invocations void at 300 tasks/s" in quantities


def test_a_load_at_which_the_generator_was_always_late_has_no_figures(tmp_path):
    planned = runs.cell("python", "distributed", "noop", 64, transport="amqp", rates=[300], seconds=4)
    (part,) = runs.latencies(300.0, 2)
    late = {**part, "late": part["latencies"]}
    records = runs.invocations(planned, 1e-3, count=2, latency=[late], guarantees=["answered"])
    run = runs.run(tmp_path, ["python"], [planned], records)
    found = page_data.content(run)["transports"]
    assert found["promises"] == {"amqp": ["answered"]}
    (row,) = found["latencies"]
    assert [row[name] for name in ("p50", "p99", "max", "samples", "void")] == [None, None, None, 0, 2]
    assert row["late"] == pytest.approx(6, rel=0.02)
    assert "latency-transports" not in drawn(run)


def test_the_latency_of_what_takes_no_time_satisfies_no_limit_on_work(tmp_path):
    given = page_data.content(runs.transports(tmp_path))["decision"]["given"]
    assert {option["p99_ms"] for option in given["options"]["python"]} == {None}


def test_every_form_has_what_the_page_says_of_transports(tmp_path):
    run = runs.transports(tmp_path)
    data = page_data.content(run)
    rows = list(csv.DictReader(io.StringIO(as_csv(data))))
    for section, quantity in (
        ("kills", "back after, median over kills"),
        ("kills", "back after, worst"),
        ("kills", "tasks lost"),
        ("transports", "ratio to memory"),
        ("matrix", "balance, busiest worker over the mean"),
        ("matrix", "promises"),
        ("matrix", "latency p99 at 300 tasks/s"),
        ("in-flight", "finding"),
    ):
        assert any((row["section"], row["quantity"]) == (section, quantity) for row in rows), (section, quantity)
    (gap,) = [
        row
        for row in rows
        if row["quantity"] == "back after, median over kills"
        and (row["interpreter"], "amqp" in row["cell"]) == ("python-0", True)
    ]
    assert float(gap["value"]) == 18
    answers = [row for row in rows if row["quantity"].endswith("answers of worker 1")]
    assert {row["value"] for row in answers} == {"33"}
    exported = json.loads(page_files.as_json(data))
    assert exported["kills"] == json.loads(json.dumps(data["kills"]))
    assert all(picture["finding"] for picture in exported["pictures"])
    markdown = as_markdown(data)
    assert "| worker killed | transport |" in markdown
    assert "| python-0 | amqp |" in markdown
    stream = io.StringIO()
    terminal.show(Console(file=stream, width=200, markup=False), run)
    assert "workers killed (SIGKILL)" in stream.getvalue()
    assert "over memory" in stream.getvalue()


@pytest.mark.slow
def test_only_the_pictures_that_are_named_are_written(tmp_path):
    run = runs.transports(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"schema": record.SCHEMA, **run.header}))
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(each) + "\n" for each in run.records))
    folder = tmp_path / "pictures"
    command = [str(tmp_path), "--pictures", str(folder), "--only"]
    cli([*command, "recovery.png,memory.svg"], standalone_mode=False)
    assert {path.name for path in folder.iterdir()} == {"recovery.png", "memory.svg"}
    with pytest.raises(BadInput, match="did you mean 'recovery.png'"):
        cli([*command, "recovry.png"], standalone_mode=False)
    with pytest.raises(BadInput, match="--pictures"):
        cli([str(tmp_path), "--only", "recovery.png"], standalone_mode=False)


def test_hostile_words_of_a_transport_are_harmless(tmp_path):
    html = html_page.html(page_data.content(runs.hostile(tmp_path)))
    assert "<script>window.hacked" not in html
    assert "<img" not in html.partition("<script>(() =>")[0]


def test_no_picture_says_what_it_cannot_know(tmp_path):
    for picture in drawn(runs.transports(tmp_path)).values():
        for word in ("nan", "inf", "None"):
            assert word not in picture.finding.split(), picture.name
        assert all(math.isfinite(row["value"]) for row in picture.rows if row.get("value") is not None), picture.name
