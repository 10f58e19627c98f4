"""The page's parts without a browser: colours, exports, and what is there only when measured."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
import struct
import zlib
from pathlib import Path

import numpy
import pytest

from runoff.analysis.measured_cells import MeasuredCells
from runoff.cli.report import command as cli
from runoff.records import record
from runoff.report import colours, pictures
from runoff.report.output import html_page, page_cells, page_data
from runoff.report.output.export import page_files, picture_files, png_file
from runoff.report.output.export.markdown import as_markdown
from runoff.report.output.export.numbers_csv import as_csv
from runoff.report.pictures.drawing import Drawing
from tests.helpers import runs
from tests.helpers.recipes import own_run

# Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009: whole
# severity, on linear RGB.
SIGHTS = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def oklab(rgb) -> tuple[float, float, float]:
    """Ottosson 2020: distances in it are about as large as they look."""
    r, g, b = (min(1.0, max(0.0, part)) for part in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def contrast(one: str, other: str) -> float:
    lights = sorted(sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear(each))) for each in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_can_be_told_apart_by_everyone(sight):
    seen = {
        colour: oklab([sum(w * part for w, part in zip(row, linear(colour))) for row in SIGHTS[sight]])
        for colour in colours.COLOURS
    }
    assert min(math.dist(a, b) for a, b in itertools.combinations(seen.values(), 2)) > 0.08


def test_colours_stand_out_from_both_pages():
    style = (html_page.SOURCES / "style.css").read_text()
    for paper in re.findall(r"--paper: (#\w{6})", style):
        assert all(contrast(colour, paper) >= 3 for colour in colours.COLOURS), paper


def test_sixteen_interpreters_have_sixteen_signs():
    assert len(set(colours.of([f"python-{at}" for at in range(16)]).values())) == 16


def test_a_picture_is_there_only_where_the_run_has_data_for_it(tmp_path):
    run = runs.whole(tmp_path)
    made, missing = pictures.draw(Drawing(MeasuredCells.of(run)))
    assert {each.name for each in made} == {"forest", "speed-up", "warm-up", "memory", "task-length", "F2"}
    assert {"Latency by percentile", "Payload sweep", "F8: very many requests at once"} <= {each for each, _ in missing}
    run = runs.failed(tmp_path)
    made, missing = pictures.draw(Drawing(MeasuredCells.of(run)))
    assert made == []
    assert len(missing) == len(pictures.PICTURES)


@pytest.mark.slow
def test_every_picture_can_be_written_as_svg_and_png(tmp_path):
    data = page_data.content(runs.whole(tmp_path))
    written = picture_files.write_pictures(tmp_path / "pictures", data)
    assert len(written) == 2 * len(data["pictures"])
    for path in written:
        assert path.read_bytes().startswith(b"\x89PNG" if path.suffix == ".png" else b"<svg"), path


def png(pixels, filters, alpha=255):
    """A PNG with an alpha, its rows filtered as told."""
    height, width, _ = pixels.shape
    whole = numpy.dstack([pixels, numpy.full((height, width), alpha, numpy.uint8)])
    rows = b""
    for at, kind in enumerate(filters):
        before = numpy.zeros_like(whole[at])
        if kind == png_file.SUB:
            before[1:] = whole[at, :-1]
        elif kind == png_file.UP and at:
            before = whole[at - 1]
        rows += bytes([kind]) + (whole[at] - before).astype(numpy.uint8).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, png_file.RGBA, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return png_file.SIGNATURE + b"".join(png_file._chunk(kind, data) for kind, data in chunks)


def test_a_png_gets_smaller_and_loses_nothing():
    pixels = numpy.random.default_rng(1).integers(0, 256, (3, 5, 3), numpy.uint8)
    written = png_file.smaller(png(pixels, [png_file.SUB, png_file.UP, png_file.NONE]))
    (_, header), (_, data), _ = png_file._chunks(written)
    assert struct.unpack(">IIBB", header[:10]) == (5, 3, 8, png_file.RGB)
    rows = numpy.frombuffer(zlib.decompress(data), numpy.uint8).reshape(3, 16)
    assert not rows[:, 0].any()
    assert (rows[:, 1:].reshape(3, 5, 3) == pixels).all()


@pytest.mark.parametrize(("kind", "alpha"), [(4, 255), (0, 254)])
def test_a_png_that_would_lose_something_is_left_alone(kind, alpha):
    given = png(numpy.zeros((2, 2, 3), numpy.uint8), [0, kind], alpha)
    assert png_file.smaller(given) == given


def test_on_paper_colours_that_nothing_else_explains_have_a_legend(tmp_path):
    drawn = {each.name: each for each in page_data.content(runs.whole(tmp_path))["pictures"]}
    for name, needed in (("memory", True), ("speed-up", True), ("forest", False), ("warm-up", False)):
        svg = picture_files.svg(drawn[name]).decode()
        assert ("legend-label" in svg) == needed, name


def test_a_cell_of_a_transport_shows_it_and_its_guarantees(tmp_path):
    planned = runs.cell("python", "distributed", "python", transport="zmq+tcp")
    records = runs.invocations(planned, 0.1, guarantees=["answered", "resent"])
    data = page_data.content(runs.run(tmp_path, ["python"], [planned], records))
    assert (data["cells"][0]["transport"], data["cells"][0]["guarantees"]) == ("zmq+tcp", ["answered", "resent"])
    assert not any(title.startswith("Transports") for title, _ in data["missing"])


def test_json_and_csv_carry_the_pages_numbers(tmp_path):
    data = page_data.content(runs.whole(tmp_path))
    assert json.loads(page_files.as_json(data))["cells"] == json.loads(json.dumps(data["cells"]))
    rows = list(csv.DictReader(io.StringIO(as_csv(data))))
    assert {"decision", "matrix", "forest", "claims", "cold start", "cost"} <= {row["section"] for row in rows}
    throughputs = [row for row in rows if row["section"] == "matrix" and row["quantity"] == "throughput"]
    expected = [cell["throughput"] for cell in data["cells"] if cell["throughput"]]
    assert [[float(row[name]) for name in ("value", "low", "high")] for row in throughputs] == expected
    iterations = [row for row in rows if row["quantity"].startswith("invocation ")]
    assert len(iterations) == sum(len(each["us"]) for cell in data["cells"] for each in cell["invocations"])


def test_the_page_has_every_script_of_its_folder_once_and_in_order(tmp_path):
    html = html_page.html(page_data.content(runs.hostile(tmp_path)))
    files = sorted((html_page.SOURCES / "scripts").iterdir())
    assert sorted(html_page.SCRIPTS) == [path.stem for path in files]
    firsts = {path.stem: path.read_text(encoding="utf-8").splitlines()[1] for path in files}
    places = [html.index(firsts[name]) for name in html_page.SCRIPTS]
    assert places == sorted(places)
    assert [html.count(first) for first in firsts.values()] == [1] * len(files)


def test_hostile_names_are_harmless_in_every_form(tmp_path):
    data = page_data.content(runs.hostile(tmp_path))
    html = html_page.html(data)
    assert "<script>window.hacked" not in html
    assert "<img" not in html.partition("<script>(() =>")[0]
    assert "<img" not in as_markdown(data).replace("&lt;img", "")
    data["cells"][0]["status"] = ""
    for sign in "=+-@":
        data["cells"][0]["reason"] = f"{sign}cmd|'/c calc'!A1"
        rows = list(csv.reader(io.StringIO(as_csv(data))))
        assert next(row[-1] for row in rows if row[4] == "status") == f"'{sign}cmd|'/c calc'!A1"
        assert all(row[-1][:1] not in ("=", "+", "-", "@") for row in rows)


def test_the_command_that_repeats_a_cell_names_no_folder_of_this_machine(tmp_path):
    run = runs.hostile(tmp_path)
    data = page_data.content(run)
    broken = next(cell for cell in data["cells"] if cell["status"] == "failed")
    assert broken["by_hand"].startswith("python -m harness")
    assert str(tmp_path) not in html_page.html(data).replace(data["run"]["folder"], "")


def test_the_command_that_repeats_a_cell_has_its_padding_in_short(tmp_path):
    run = runs.hostile(tmp_path)
    (log,) = tmp_path.glob("invocations/*/log.txt")
    log.write_text(f"$ cd . && RUNOFF_PADDING={'x' * 640} A=1 python -m harness\n")
    broken = next(cell for cell in page_data.content(run)["cells"] if cell["status"] == "failed")
    assert broken["by_hand"] == r"RUNOFF_PADDING=$(head -c 640 /dev/zero | tr '\0' x) A=1 python -m harness"


def test_the_report_writes_the_page_and_its_numbers_beside_the_run(tmp_path, capsys):
    run = runs.whole(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"schema": record.SCHEMA, **run.header}))
    (tmp_path / "records.jsonl").write_text("".join(json.dumps(each) + "\n" for each in run.records))
    cli([str(tmp_path)], standalone_mode=False)
    written = {path.name: path.stat().st_size for path in (tmp_path / "report").iterdir()}
    assert set(written) == {"index.html", "numbers.json", "numbers.csv"}
    assert 10**5 < written["index.html"] < 5 * 2**20
    told = capsys.readouterr().out
    assert told.startswith("Run python-2 with process-pool")
    assert "index.html" in told
    cli([str(tmp_path), "--markdown"], standalone_mode=False)
    assert capsys.readouterr().out.startswith("### What to deploy")


def test_no_source_of_the_page_names_another_place():
    for path in filter(Path.is_file, html_page.SOURCES.rglob("*")):
        places = set(re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8")))
        assert places <= {"http://www.w3.org/2000/svg"}, path


def test_the_forest_of_a_function_says_that_one_is_what_a_person_has_today(tmp_path):
    made = {each.name: each for each in pictures.draw(Drawing(MeasuredCells.of(own_run(tmp_path))))[0]}
    assert made["forest"].title == "How many times as fast as today's"
    assert "against today's (python-0, one call after another), task by task" in made["forest"].sentence
    assert made["forest"].finding.startswith("Against today's, ")


def test_the_page_says_when_an_interpreter_that_starts_slowly_has_paid(tmp_path):
    cells = [runs.cell(label, "serial", "python") for label in ("one", "two")]
    started = ((20_000_000, 0.08), (2_020_000_000, 0.04))  # 2 s later, and 40 ms faster each time
    records = [
        each
        for planned, (startup_ns, seconds) in zip(cells, started)
        for each in runs.invocations(planned, seconds, startup_ns=startup_ns)
    ]
    data = page_data.content(runs.run(tmp_path, ["one", "two"], cells, records))
    (line,) = data["cold"]["break_evens"]
    assert line.startswith("python: two overtakes one after ")
    assert line.endswith("until then one is the faster one")


def test_where_logs_are_too_many_those_of_failed_cells_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(page_cells, "LOGS", 1)
    good, bad = runs.cell("one", "serial", "python"), runs.cell("one", "threads", "python")
    crashed = {"status": "crashed", "reason": "SIGSEGV"}
    records = [*runs.invocations(good, 0.05, folder="good"), *runs.invocations(bad, 0, folder="bad", **crashed)]
    for name in ("good", "bad"):
        log = tmp_path / "invocations" / name / "log.txt"
        log.parent.mkdir(parents=True)
        log.write_text(f"$ cd . && python -m harness\n{name}\n")
    data = page_data.content(runs.run(tmp_path, ["one"], [good, bad], records))
    assert [row["log"] for row in data["cells"]] == [[], ["bad"]]


def test_iterations_that_are_left_out_leave_the_others_their_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(page_cells, "ITERATIONS", 4)
    planned = runs.cell("one", "serial", "python")
    data = page_data.content(runs.run(tmp_path, ["one"], [planned], runs.invocations(planned, 0.05, count=1)))
    named = [row["quantity"] for row in csv.DictReader(io.StringIO(as_csv(data)))]
    head = "invocation 0 iteration "
    assert [name.removeprefix(head) for name in named if name.startswith(head)] == ["1", "3", "5", "7"]
