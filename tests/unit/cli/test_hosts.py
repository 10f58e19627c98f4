# Run by pytest (Python 3.9 upward).
"""What ``nox -s hosts`` prints and writes of what it has measured."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from rich.console import Console

from runoff.benchmarks.hosts import measure, table
from runoff.cli.benchmarks import hosts
from runoff.report.output.export import picture_files
from runoff.report.pictures import over_delays

SPEEDS = {
    "zmq+tcp, thread": ([90000, 92000, 94000], [95000, 94000, 93000], [90000, 89000, 80000]),
    "raw DEALER/ROUTER, tcp, JSON, one at a time": ([1300, 1290, 1200], [351, 350, 352], [47, 47, 46]),
}


def record():
    speeds = [
        {"contender": name, "delay_ms": delay_ms, "tasks_per_s": turns}
        for name, by_delay in SPEEDS.items()
        for delay_ms, turns in zip(measure.DELAYS_MS, by_delay)
    ]
    ours = [{"contender": "zmq+tcp, thread", "delay_ms": delay_ms} for delay_ms in measure.DELAYS_MS]
    return {
        "interpreter": "cpython-3.13",
        "described": "CPython 3.13.0, ~/python",
        "machine": {"cores": 2},
        "where": "each on a host of its own",
        "turns": 3,
        "speeds": speeds,
        "latencies": [{**row, "p50_us": [210.0, 240.0, 250.0], "p99_us": [800.0, 900.0, 1900.0]} for row in ours],
        "lengths": [{**row, "task_ms": ms, "efficiency": [0.9, 0.92, 0.5]} for ms in (0.1, 1) for row in ours],
    }


def test_the_tables_have_medians_and_shares_of_neighbours():
    console = Console(record=True, width=160)
    for each in table.tables(record()):
        console.print(each)
    text = console.export_text()
    (ours, latency, short, long) = [line.split() for line in text.splitlines() if line.startswith("  zmq+tcp, thread")]
    assert ours[2:] == ["92000", "94000", "102%", "89000", "97%"]
    assert latency[2:] == ["0.2", "0.9"] * 3
    assert short[2:] == ["0.1", "90%", "90%", "90%"]
    assert long[2:] == ["1", "90%", "90%", "90%"]


def test_the_picture_has_a_line_for_each_contender_and_says_what_is_left():
    picture = over_delays.draw(record())
    assert [row["trip"] for row in picture.rows] == ["0 ms", "2 ms", "20 ms"] * 2
    assert picture.rows[2]["low"] == 80000
    assert (
        picture.finding == "Of the tasks per second at 0 ms, 20 ms leave: zmq+tcp, thread: 96.7 %; "
        "raw DEALER/ROUTER, tcp, JSON, one at a time: 3.64 %."
    )
    svg = picture_files.svg(picture).decode()
    for words in (*SPEEDS, "round trip between hosts", "no-op tasks per second", "20 ms"):
        assert words in svg
    marks = re.findall(r'aria-roledescription="line mark"[^>]*', svg)
    assert len({re.search(r'stroke-dasharray="([^"]*)"', mark)[0] for mark in marks}) == 2


def test_the_record_and_its_picture_are_written_side_by_side(tmp_path, monkeypatch):
    monkeypatch.setattr(hosts, "prepare_one", lambda *_: None)
    monkeypatch.setattr(measure, "measure", lambda *_: record())
    result = CliRunner().invoke(hosts.command, ["--results", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    (written,) = tmp_path.glob("*/*/hosts.json")
    assert json.loads(written.read_text()) == record()
    assert {path.name for path in written.parent.iterdir()} == {"hosts.json", "hosts.svg", "hosts.png"}


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(measure, "measure", lambda *_: pytest.fail("it has measured"))
    result = CliRunner().invoke(hosts.command, ["--results", str(tmp_path / "file" / "inside")])
    assert "cannot be written" in str(result.exception)
