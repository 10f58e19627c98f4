"""The page's parts without a browser: colours, the rule, claims, exports, and what is there only when measured."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import re
import struct
import zlib

import numpy
import pytest

from runoff.analysis.cells import gather
from runoff.analysis.claims import check as claims
from runoff.analysis.decision import inputs, rule
from runoff.analysis.decision.sentences import decide
from runoff.analysis.measured_cells import MeasuredCells
from runoff.cli.report import command as cli
from runoff.records import record
from runoff.report import colours, pictures
from runoff.report.output import html_page, json_csv_markdown, page_data, png_file
from runoff.report.pictures.drawing import Drawing
from tests.helpers import runs

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


def checked(run):
    cells = MeasuredCells.of(run)
    ids = {id(cell): at for at, cell in enumerate(cells.planned)}
    return {row["name"]: row["by_interpreter"] for row in claims.check(cells, ids)}


def claim_run(tmp_path, held, released, gil=True):
    """serial, threads and processes on both native tasks; ``held``, ``released``: seconds of a batch with threads."""
    cells, records = [], []
    for task, threads in (("native-gil", held), ("native-nogil", released)):
        for scenario, seconds in (("serial", 1.0), ("threads", threads), ("processes", 0.3)):
            planned = runs.cell("python", scenario, task)
            cells.append(planned)
            records += runs.invocations(planned, seconds, gil={"at_start": gil, "at_end": gil})
    for scenario, seconds in (("serial", 1.0), ("threads", 0.1)):
        planned = runs.cell("python", scenario, "io")
        cells.append(planned)
        records += runs.invocations(planned, seconds)
    return runs.run(tmp_path, ["python"], cells, records)


def test_claims_hold_where_there_is_a_gil(tmp_path):
    found = checked(claim_run(tmp_path, held=1.0, released=0.3))
    assert {name: found[name]["python"]["verdict"] for name in ("C2", "C3", "C5")} == dict.fromkeys(
        ("C2", "C3", "C5"), claims.HOLDS
    )


def test_claims_about_the_gil_fail_without_one_and_say_why(tmp_path):
    found = checked(claim_run(tmp_path, held=0.3, released=0.3, gil=False))
    for name in ("C2", "C5"):
        assert found[name]["python"]["verdict"] == claims.FAILS
        assert "there is no GIL" in found[name]["python"]["why"]
    assert found["C3"]["python"]["verdict"] == claims.HOLDS


def test_a_claim_whose_cells_are_missing_cannot_be_told_and_says_what_is_missing(tmp_path):
    found = checked(claim_run(tmp_path, held=1.0, released=0.3))
    assert found["C8"]["python"]["verdict"] == claims.OPEN
    assert "not measured" in found["C8"]["python"]["why"]
    assert found["C9"]["python"]["verdict"] == claims.NOT_ASKED
    assert found["C11"]["python"]["verdict"] == claims.OPEN


@pytest.mark.parametrize(
    ("seconds", "failures", "verdict"), [(1.0, 3, "holds"), (1.0, 0, "does not hold"), (0.1, 3, "does not hold")]
)
def test_the_claim_about_high_load_needs_both_a_slower_loop_and_failures(tmp_path, seconds, failures, verdict):
    threads, loop = (
        runs.cell("python", "threads", "io-load", 100),
        runs.cell("python", "asyncio-aiohttp", "io-load", 100),
    )
    records = [
        *runs.invocations(threads, 0.3),
        *runs.invocations(loop, seconds, failures={"ECONNRESET": failures} if failures else {}),
    ]
    found = checked(runs.run(tmp_path, ["python"], [threads, loop], records))
    assert found["C8"]["python"]["verdict"] == verdict


ZMQ, AMQP = {"transport": "zmq+tcp", "worker_kind": "thread"}, {"transport": "amqp", "worker_kind": "thread"}


def killing_run(tmp_path, over_zmq, over_a_broker, count=3):
    cells, records = [], []
    for wire, found in ((ZMQ, over_zmq), (AMQP, over_a_broker)):
        planned = runs.cell("python", "distributed", "sleep", 20, concurrency=2, **wire, task_ms=4, kills=4)
        cells.append(planned)
        records += runs.invocations(planned, 0.04, count, kills=found, worker_answers=[71, 69])
    return checked(runs.run(tmp_path, ["python"], cells, records))["C11"]["python"]


QUICK, SLOW = runs.kills(7, 8, 9, 10), runs.kills(40, 50, 60, 99)


@pytest.mark.parametrize(
    ("over_zmq", "over_a_broker", "verdict", "why"),
    [
        (QUICK, SLOW, "holds", ""),
        (SLOW, SLOW, "does not hold", "refuted by from SIGKILL to the next answer to its tasks over ZeroMQ, median"),
        (QUICK, runs.kills(101, 200, 300, 400), "does not hold", "refuted by the same over a broker, median"),
        (runs.kills(7, 8, 9, 10, lost=1), SLOW, "does not hold", "refuted by tasks lost when workers were killed"),
        (QUICK, runs.kills(40, 50, 60, 99, twice=1), "does not hold", "refuted by answers delivered twice"),
        (runs.kills(7, 8, 30, 40), SLOW, "cannot tell", "the interval decides neither way"),
    ],
)
def test_killed_workers_are_judged_by_the_median_gap_and_by_every_task(tmp_path, over_zmq, over_a_broker, verdict, why):
    found = killing_run(tmp_path, over_zmq, over_a_broker)
    assert found["verdict"] == verdict
    assert why in found["why"]
    assert bool(why) == bool(found["why"])
    gap = found["parts"][0]
    assert gap["expect"] == "at most 20 ms"
    assert gap["ratio"][1] <= gap["ratio"][0] <= gap["ratio"][2]
    assert gap["above"].startswith("distributed[")


def test_a_cell_that_kills_decides_nothing_else_and_its_processor_time_is_not_that_of_its_iterations(tmp_path):
    planned = runs.cell("python", "distributed", "sleep", 20, concurrency=2, **ZMQ, task_ms=4, kills=4)
    run = runs.run(tmp_path, ["python"], [planned], runs.invocations(planned, 0.04, kills=QUICK))
    (cell,) = gather(run)
    assert cell.cpu_s_per_1000 is None
    assert inputs.gather(MeasuredCells.of(run))["tasks"] == []


def test_five_kills_are_too_few_for_an_interval_of_their_median(tmp_path):
    assert killing_run(tmp_path, runs.kills(7, 7, 7, 7, 7), SLOW, count=1)["parts"][0]["ratio"] == [7.0, None, None]
    assert killing_run(tmp_path, runs.kills(5, 6, 7, 8, 9, 10), SLOW, count=1)["parts"][0]["ratio"] == [7.5, 5.0, 10.0]


def test_a_run_without_kills_names_the_profile_that_makes_them(tmp_path):
    why = checked(claim_run(tmp_path, held=1.0, released=0.3))["C11"]["python"]["why"]
    assert why.count("not measured in this run, but by --profile transports") == 4


def test_a_broker_that_was_not_there_leaves_the_claim_open_with_its_reason(tmp_path):
    planned = [runs.cell("python", "distributed", "sleep", 20, **wire, task_ms=4, kills=4) for wire in (ZMQ, AMQP)]
    records = [
        *runs.invocations(planned[0], 0.04, kills=QUICK, worker_answers=[71, 69]),
        *runs.invocations(planned[1], 0, status="skipped", reason="no broker"),
    ]
    found = checked(runs.run(tmp_path, ["python"], planned, records))["C11"]["python"]
    assert found["verdict"] == claims.OPEN
    assert "the same over a broker, median: distributed" in found["why"]
    assert "skipped (no broker)" in found["why"]


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([28, 28], claims.HOLDS),
        ([32, 24], claims.HOLDS),
        ([36, 20], claims.FAILS),
        ([56, 0], claims.FAILS),
    ],
)
def test_the_load_spreads_evenly_where_the_busiest_worker_is_near_the_mean(tmp_path, answers, verdict):
    cells, records = [], []
    for transport, given in (("zmq+tcp", [28, 28]), ("zmq+ipc", answers)):
        planned = runs.cell("python", "distributed", "python", 8, concurrency=2, transport=transport)
        cells.append(planned)
        records += runs.invocations(planned, 0.03, worker_answers=given)
    spread = checked(runs.run(tmp_path, ["python"], cells, records))["C10"]["python"]["parts"][1]
    assert (spread["verdict"], spread["expect"]) == (verdict, "at most 1.2")
    assert spread["ratio"][0] == pytest.approx(max(answers) / 28)


def test_one_invocation_or_one_that_is_about_at_the_limit_decides_no_balance(tmp_path):
    planned = runs.cell("python", "distributed", "python", 8, concurrency=2, transport="memory")
    uneven = [[28, 28], [38, 18]]
    records = [next(runs.invocations(planned, 0.03, block=at, worker_answers=each)) for at, each in enumerate(uneven)]
    for some in (records[:1], records):
        found = checked(runs.run(tmp_path, ["python"], [planned], some))["C10"]["python"]
        assert found["parts"][1]["verdict"] == claims.OPEN


def test_two_invocations_judge_what_is_plain_and_serial_waits_of_another_size_stand_in(tmp_path):
    cells, records = [], []
    for scenario, sizes, wait in (("serial", (1, 2, 3), 1.0), ("threads", (1, 16), 0.0)):
        for n in sizes:
            planned = runs.cell("python", scenario, "io", n)
            cells.append(planned)
            records += runs.invocations(planned, wait * n or 1.01, count=2)
    found = checked(runs.run(tmp_path, ["python"], cells, records))
    ends, shorter = found["C1"]["python"]["parts"][1], found["C2"]["python"]["parts"][0]
    assert (ends["verdict"], shorter["verdict"]) == (claims.HOLDS, claims.HOLDS)
    assert shorter["ratio"][0] == pytest.approx(16 / 1.01, rel=0.1)


def test_one_task_alone_refutes_no_claim_about_many(tmp_path):
    cells = [runs.cell("python", scenario, "io", 1) for scenario in ("serial", "threads")]
    records = [record for planned in cells for record in runs.invocations(planned, 1.0)]
    assert checked(runs.run(tmp_path, ["python"], cells, records))["C2"]["python"]["verdict"] == claims.OPEN


def test_a_claim_names_the_reason_of_the_cell_it_lacks(tmp_path):
    run = claim_run(tmp_path, held=1.0, released=0.3)
    planned = runs.cell("python", "tornado", "io")
    record = list(runs.invocations(planned, 0, status="skipped", reason="no tornado: ImportError"))
    run = runs.run(tmp_path, ["python"], [*run.header["cells"], planned], [*run.records, *record])
    assert "no tornado: ImportError" in checked(run)["C6"]["python"]["why"]


def test_a_picture_is_there_only_where_the_run_has_data_for_it(tmp_path):
    run = runs.whole(tmp_path)
    made, missing = pictures.draw(Drawing(MeasuredCells.of(run)))
    assert {each.name for each in made} == {"forest", "speed-up", "warm-up", "memory", "task-length", "F2"}
    assert {"Latency by percentile", "Payload sweep", "F8: very many requests at once"} <= {each for each, _ in missing}
    run = runs.failed(tmp_path)
    made, missing = pictures.draw(Drawing(MeasuredCells.of(run)))
    assert made == []
    assert len(missing) == len(pictures.PICTURES)


def test_every_picture_can_be_written_as_svg_and_png(tmp_path):
    data = page_data.content(runs.whole(tmp_path))
    written = json_csv_markdown.write_pictures(tmp_path / "pictures", data)
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
        svg = html_page.svg(drawn[name]).decode()
        assert ("legend-label" in svg) == needed, name


def test_a_cell_of_a_transport_shows_it_and_its_guarantees(tmp_path):
    planned = runs.cell("python", "distributed", "python", transport="zmq+tcp")
    records = runs.invocations(planned, 0.1, guarantees=["answered", "resent"])
    data = page_data.content(runs.run(tmp_path, ["python"], [planned], records))
    assert (data["cells"][0]["transport"], data["cells"][0]["guarantees"]) == ("zmq+tcp", ["answered", "resent"])
    assert not any(title.startswith("Transports") for title, _ in data["missing"])


def test_json_and_csv_carry_the_pages_numbers(tmp_path):
    data = page_data.content(runs.whole(tmp_path))
    assert json.loads(json_csv_markdown.as_json(data))["cells"] == json.loads(json.dumps(data["cells"]))
    rows = list(csv.DictReader(io.StringIO(json_csv_markdown.as_csv(data))))
    assert {"decision", "matrix", "forest", "claims", "cold start", "cost"} <= {row["section"] for row in rows}
    throughputs = [row for row in rows if row["section"] == "matrix" and row["quantity"] == "throughput"]
    expected = [cell["throughput"] for cell in data["cells"] if cell["throughput"]]
    assert [[float(row[name]) for name in ("value", "low", "high")] for row in throughputs] == expected
    iterations = [row for row in rows if row["quantity"].startswith("invocation ")]
    assert len(iterations) == sum(len(each["us"]) for cell in data["cells"] for each in cell["invocations"])


def test_hostile_names_are_harmless_in_every_form(tmp_path):
    data = page_data.content(runs.hostile(tmp_path))
    html = html_page.html(data)
    assert "<script>window.hacked" not in html
    assert "<img" not in html.partition("<script>(() =>")[0]
    assert "<img" not in json_csv_markdown.as_markdown(data).replace("&lt;img", "")
    data["cells"][0]["reason"] = "=cmd|'/c calc'!A1"
    data["cells"][0]["status"] = ""
    assert all(row[-1][:1] not in ("=", "@") for row in csv.reader(io.StringIO(json_csv_markdown.as_csv(data))))


def test_the_command_that_repeats_a_cell_names_no_folder_of_this_machine(tmp_path):
    run = runs.hostile(tmp_path)
    data = page_data.content(run)
    broken = next(cell for cell in data["cells"] if cell["status"] == "failed")
    assert broken["by_hand"].startswith("python -m harness")
    assert str(tmp_path) not in html_page.html(data).replace(data["run"]["folder"], "")


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
    for path in html_page.SOURCES.iterdir():
        places = set(re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8")))
        assert places <= {"http://www.w3.org/2000/svg"}, path


def test_the_gain_over_today_is_said_where_another_is_nearer():
    first, second, _ = said(given_options(today=(1.0, 1.0), near=(2.0, 2.0), far=(4.0, 4.0)))
    assert first.endswith("; today with threads, the best of today's interpreter, takes 4 times as long [3.92, 4.09].")
    assert "near with threads, takes 2 times" in second
