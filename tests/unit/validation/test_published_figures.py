"""The published figures: the table, the shapes under real interpreters, and what is said of agreement."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from runoff.common import tables
from runoff.common.paths import ROOT
from runoff.stats.intervals import Estimate
from runoff.validation import published_figures
from tests.helpers.expected import need

TABLE = tables.read("figures.toml", published_figures.FOLDER)
ANSWERS = {"fibo": (10, 55), "bubble": (12, 55), "primes": (30, 10), "factorial": (10, 3628800)}


def shape(python: str, name: str, model: str, workers: int) -> subprocess.CompletedProcess:
    size = str(ANSWERS[name][0])
    command = [python, str(ROOT / "contenders/shapes.py"), name, size, model, str(workers)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("model", ["serial", "threads", "processes"])
def test_every_shape_gives_its_answer_under_every_model(name, model):
    run = shape(sys.executable, name, model, 3)
    assert run.returncode == 0, run.stderr
    seconds, total = run.stdout.split()
    assert float(seconds) > 0
    assert int(total) == 3 * ANSWERS[name][1]


def test_shapes_run_on_2_7_and_interpreters_on_3_14(found):
    assert shape(need(found, "cpython-2.7").executable, "primes", "threads", 2).stdout.split()[1] == "20"
    run = shape(need(found, "cpython-3.14").executable, "fibo", "interpreters", 2)
    assert run.stdout.split()[1] == "110", run.stderr


def test_the_table_names_only_what_exists():
    for figure in TABLE["figure"]:
        assert figure["ratio"] > 0
        assert figure["band"] > 1
        for side in (figure["fast"], figure["slow"]):
            assert side["shape"] == "start-up" or side["shape"] in TABLE["work"]
    sizes = json.loads(json.dumps(TABLE["work"]))
    assert set(sizes) == set(ANSWERS)


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        (4.9, Estimate(3.0, 2.5, 3.5), "agrees"),
        (4.9, Estimate(0.5, 0.4, 0.6), "does not"),
        (0.4, Estimate(0.5, 0.4, 0.6), "agrees"),
        (4.9, Estimate(1.2, 0.9, 1.6), "cannot tell"),
        (4.9, Estimate(1.2, None, None), "cannot tell"),
    ],
)
def test_a_published_direction_agrees_differs_or_is_open(theirs, ours, said):
    assert published_figures.direction(theirs, ours) == said


def test_a_figure_that_differs_has_a_reason_and_one_that_agrees_has_none(found):
    side = published_figures.Side(found.interpreters[0], ())
    figure = {"band": 1.35, "cores": 4, "stands_in": "3.14t"}
    assert published_figures.differences(figure, side, 8, 3.0, Estimate(2.9, 2.8, 3.0)) == []
    reasons = published_figures.differences(figure, side, 2, 3.0, Estimate(1.9, 1.8, 2.0))
    assert reasons == ["2 cores here, 4 there", f"{side.interpreter.label} stands in for 3.14t"]


def test_an_interpreter_that_is_not_there_is_a_reason_and_no_crash():
    with pytest.raises(published_figures.CannotRun, match="no pypy on this machine"):
        published_figures.choose("pypy", [])


def test_a_side_that_fails_says_why(found, tmp_path):
    from runoff.common.guard import Guard

    guard = Guard()
    try:
        side = published_figures.Side(found.interpreters[-1], ("-c", "raise ValueError('no such thing')"))
        with pytest.raises(published_figures.CannotRun, match="ValueError: no such thing"):
            published_figures.take(side, guard)
    finally:
        guard.close()
