"""What is on disk: whole records or none, and files that are refused with a reason."""

from __future__ import annotations

import json
import math

import pytest

from runoff.common.errors import BadInput
from runoff.records import record, validity

HEADER = {
    "profile": "quick",
    "command": "nox -s bench-cpython",
    "baseline": "x",
    "seed": 1,
    "budget_s": 60.0,
    "min_invocations": 3,
    "machine": {"cores": 2, "cpu": "a processor", "system": "Linux", "kernel": "6"},
    "noise_before": {},
    "interpreters": {"x": {"described": "X", "implementation": "X", "python": "3.13", "capabilities": []}},
    "cells": [{"interpreter": "x", "scenario": "serial", "task": "noop", "batch": 1, "parameters": {}}],
    "started_at": 1.7e9,
    "finished_at": None,
}
RECORD = {
    "schema": record.SCHEMA,
    "interpreter": "x",
    "scenario": "serial",
    "task": "noop",
    "batch": 1,
    "parameters": {},
    "block": 0,
    "status": "ok",
    "iterations_ns": [5],
    **dict.fromkeys(validity.MEASURED, 1),
}


@pytest.fixture
def folder(tmp_path):
    record.write_header(tmp_path, HEADER)
    return tmp_path


def append(folder, *records):
    stream = record.RecordFile(folder / record.RECORDS)
    for each in records:
        stream.append(each)
    stream.close()


def test_records_come_back_with_every_field(folder):
    append(folder, RECORD, {**RECORD, "block": 1})
    run = record.read(folder)
    assert run.header["finished_at"] is None
    assert [each["block"] for each in run.records] == [0, 1]
    assert set(run.records[0]) == set(record.FIELDS)


def test_a_record_is_on_disk_when_append_returns(folder):
    stream = record.RecordFile(folder / record.RECORDS)
    stream.append(RECORD)
    assert json.loads((folder / record.RECORDS).read_text())["task"] == "noop"
    stream.close()


def test_a_line_cut_short_is_refused_and_then_mended_without_loss(folder):
    append(folder, RECORD, {**RECORD, "block": 1})
    path = folder / record.RECORDS
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(BadInput, match="line 2: cut short.*--resume"):
        record.read(folder)
    assert path.read_bytes() == whole[:-20], "reading changes nothing"
    record.mend(folder)
    assert [each["block"] for each in record.read(folder).records] == [0]
    assert (folder / "records.jsonl.cut").read_bytes().startswith(b'{"schema"')


def test_mending_a_file_whose_only_line_is_cut(folder):
    (folder / record.RECORDS).write_bytes(b'{"schema": 1')
    record.mend(folder)
    assert record.read(folder).records == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"schema": 3, "status": "ok"}', "newer Runoff .schema 3"),
        ('{"schema": 1, "status": "ok"}', "older Runoff .schema 1; this one reads 2.: measure again"),
        ('{"status": "ok"}', "names no schema"),
        ("[]", "names no schema"),
        ("no json", "not JSON"),
        ('{"schema": 2, "status": "superb"}', "its status is 'superb'"),
    ],
)
def test_lines_that_are_not_ours_are_refused_by_number(folder, line, message):
    append(folder, RECORD)
    with (folder / record.RECORDS).open("a") as stream:
        stream.write(line + "\n")
    with pytest.raises(BadInput, match=f"line 2.*{message}"):
        record.read(folder)


def test_what_a_terminal_would_obey_is_read_as_escapes(tmp_path):
    record.write_header(tmp_path, {**HEADER, "profile": "\x1b[2Jquick"})
    assert record.read_header(tmp_path)["profile"] == "\\x1b[2Jquick"


def test_headers_that_are_missing_damaged_or_newer_are_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no run"):
        record.read(tmp_path)
    (tmp_path / record.HEADER).write_text("{")
    with pytest.raises(BadInput, match="cannot be read"):
        record.read(tmp_path)
    (tmp_path / record.HEADER).write_text('{"schema": 99}')
    with pytest.raises(BadInput, match="newer Runoff"):
        record.read(tmp_path)


def test_a_full_disk_is_a_clear_error_and_leaves_the_earlier_records(tmp_path):
    (tmp_path / record.RECORDS).symlink_to("/dev/full")
    stream = record.RecordFile(tmp_path / record.RECORDS)
    with pytest.raises(BadInput, match="No space left on device.*--resume"):
        stream.append(RECORD)
    stream.close()


def test_a_run_is_written_by_one_command_at_a_time(tmp_path):
    first = record.RecordFile(tmp_path / record.RECORDS)
    for another in (lambda: record.RecordFile(tmp_path / record.RECORDS), lambda: record.mend(tmp_path)):
        with pytest.raises(BadInput, match="being measured by another command"):
            another()
    first.append(RECORD)
    first.close()
    record.mend(tmp_path)
    record.RecordFile(tmp_path / record.RECORDS).close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="--results"):
        record.write_header(tmp_path / "file" / "run", HEADER)
    with pytest.raises(BadInput, match="--results"):
        record.RecordFile(tmp_path / "no" / "such" / "folder.jsonl")


def test_what_the_reader_would_refuse_is_known_before_it_is_written():
    assert record.unreadable(record.new(RECORD)) is None
    assert record.unreadable(record.new({**RECORD, "memory_series": [(0.5, 7)]})) is None
    for fields in ({"latency": [{"rate": math.nan}]}, {"clock": {"resolution_ns": math.inf}}, {"open_ns": -1}):
        assert record.unreadable(record.new({**RECORD, **fields}))
