"""Progress that is piped: what is new, and now and then the rest, but no line twice without a reason."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from runoff.common import progress
from runoff.common.progress import BOARD_EVERY_S, PLAIN_EVERY_S, Progress


def row(work: str, state: str, settled: bool) -> SimpleNamespace:
    return SimpleNamespace(work=work, leader="pypy-3.11 serial", ratio="2 times", state=state, settled=settled)


@pytest.fixture
def piped(monkeypatch):
    """A Progress into a pipe, the clock, and a function that returns what was printed since it was called last."""
    now, stream = [1000.0], io.StringIO()
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    made = Progress(Console(file=stream, width=200))

    def said() -> str:
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return text

    return made, now, said


def test_invocations_are_told_every_few_seconds(piped):
    made, now, said = piped
    made.show(1, 9, "python, serial", 65.0)
    assert said() == "   1 of 9  ETA 1:05  python, serial\n"
    now[0] += PLAIN_EVERY_S - 0.1
    made.show(2, 9, "python, serial", 60.0)
    assert said() == ""
    now[0] += 0.2
    made.show(3, 9, "python, serial", 60.0)
    assert said().startswith("   3 of 9 ")


def test_where_nobody_knows_how_many_there_will_be_the_most_time_is_told(piped):
    made, _, said = piped
    made.show(120, None, "python, serial", 185.0)
    assert said() == " 120 done, at most 3:05 left  python, serial\n"


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0:00"), (65.4, "1:05"), (3599, "59:59"), (86399, "23:59:59")])
def test_a_time_is_told_in_minutes_and_from_an_hour_on_in_hours(seconds, text):
    assert progress.clock(seconds) == text


def test_a_decision_is_told_at_once_and_again_when_it_is_another_one(piped):
    made, _, said = piped
    made.board([row("io", "so far", settled=False), row("python", "decided", settled=True)], 10.0, 60.0)
    told = said()
    assert "so far, after 0:10 (at most 1:00 left):" in told
    assert "python" in told
    assert " io " not in told
    made.board([row("io", "so far", settled=False), row("python", "decided", settled=True)], 20.0, 50.0)
    assert said() == ""
    made.board([row("python", "tied", settled=True)], 30.0, 40.0)
    assert "tied" in said()


def test_every_row_is_told_now_and_then(piped):
    made, now, said = piped
    rows = [row("io", "so far", settled=False), row("python", "decided", settled=True)]
    now[0] += BOARD_EVERY_S
    made.board(rows, 45.0, 15.0)
    assert [line.split()[0] for line in said().splitlines()] == ["so", "io", "python"]
    made.board(rows, 46.0, 14.0)
    assert said() == ""


def test_a_work_is_called_by_its_task_where_no_other_work_has_that_task(piped):
    made, now, said = piped
    works = ("python/batch=8", "io/batch=8,delay_ms=10", "io/batch=16,delay_ms=10")
    now[0] += BOARD_EVERY_S
    made.board([row(work, "leading", settled=False) for work in works], 45.0, 15.0)
    assert [line.split()[0] for line in said().splitlines()[1:]] == ["python", *works[1:]]


def test_the_columns_of_the_board_stand_below_each_other(piped):
    made, now, said = piped
    now[0] += BOARD_EVERY_S
    made.board([row(work, "leading", settled=False) for work in ("a", "b" * 60)], 45.0, 15.0)
    assert len({line.index("pypy-3.11") for line in said().splitlines()[1:]}) == 1
