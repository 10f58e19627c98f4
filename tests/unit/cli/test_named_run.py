"""The run that a command is about: the one that is named, or the newest that can be read."""

from __future__ import annotations

import json

import pytest

from runoff.cli import named_run
from runoff.common.errors import BadInput
from runoff.records import record
from tests.helpers import runs


@pytest.fixture
def made(tmp_path, monkeypatch):
    """made(name, changes of the header) -> the folder of a run among the results."""
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")

    def make(name, **changes):
        folder = tmp_path / "results" / "machine" / name
        folder.mkdir(parents=True)
        planned = [runs.cell("one", "serial", "python")]
        header = {
            **runs.run(folder, ["one"], planned, []).header,
            "interpreters": {"one": {**runs.FACTS, "described": "CPython"}},
        }
        (folder / record.HEADER).write_text(json.dumps({"schema": record.SCHEMA, **header, **changes}))
        return folder

    return make


def test_the_newest_is_the_one_that_began_last_whatever_it_is_called(made, capsys):
    made("20260101-000000", started_at=5.0)
    made("reference", started_at=7.0)
    assert named_run.read(None).folder.name == "reference"
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("damage", ["older", "cut short", "folder"])
def test_a_run_that_cannot_be_read_is_named_and_hides_no_other(made, capsys, damage):
    made("20260101-000000", started_at=5.0)
    header = made("20270101-000000", started_at=7.0, schema=1) / record.HEADER
    if damage != "older":
        header.unlink()
    if damage == "cut short":
        header.write_text('{"schema": 2, "pro')
    if damage == "folder":
        header.mkdir()
    assert named_run.read(None).folder.name == "20260101-000000"
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"left out: {header}")
    assert said.err.count("\n") == 1


def test_where_none_can_be_read_the_first_reason_is_said(made):
    made("20260101-000000", schema=1)
    with pytest.raises(BadInput, match="written by an older Runoff"):
        named_run.read(None)


def test_one_that_is_named_is_read_or_refused_alone(made, capsys):
    made("20260101-000000", schema=1)
    folder = made("20270101-000000")
    assert named_run.read(folder).folder == folder
    with pytest.raises(BadInput, match="holds no run"):
        named_run.read(folder.parent)
    assert capsys.readouterr() == ("", "")
