"""What is on disk: whole records or none, and files that are refused with a reason."""

from __future__ import annotations

import json
import math

import pytest

from runoff.common.errors import BadInput
from runoff.records import record

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


def test_a_cell_key_says_everything_that_tells_cells_apart():
    at_two = {**RECORD, "parameters": {"concurrency": 2}}
    assert record.cell_key(at_two) == "x/serial/noop/batch=1,concurrency=2"
    # The batch of a person's function follows from its length on that day: it is the same cell in another run.
    assert record.cell_key({**at_two, "task": "own-function"}) == "x/serial/own-function/concurrency=2"


def test_the_pace_of_an_invocation_is_that_beside_the_iterations_that_count():
    fields = {"iterations_ns": [5] * 4, "paces_ns": [9000, 9000, 100, 200, 400], "started_at": 7.5}
    found = record.pace_of(record.new({**RECORD, **fields}), 2)
    assert found[:4] == ("x", "serial/noop", "x/serial/noop/batch=1", 7.5)
    assert found[4] == pytest.approx(200)


def test_where_the_pace_was_not_taken_beside_what_counts_it_is_the_last_one_before():
    fields = {"iterations_ns": [5] * 5, "paces_ns": [9000, None, 100, None, 400, None], "started_at": 7.5}
    short = record.new({**RECORD, **fields})
    assert [record.pace_of(short, counted)[4] for counted in (0, 1, 3)] == pytest.approx([400, 400, 200])
    assert record.paces_of(short) == [9000, 100, 400]


def test_an_older_record_tells_nothing_of_the_pace():
    assert record.pace_of(record.new(RECORD), 1) is None
    assert record.pace_of(record.new({**RECORD, "paces_ns": [7, 7]}), 1) is None  # nobody knows when it was


@pytest.mark.parametrize(
    ("cpu_s", "wall_s", "compiling"),
    [(3.0, 2.0, [40, 0]), (1.0, 2.0, [60, 0]), (None, 2.0, [60, 0]), (3.0, None, [60, 0]), (3.0, 0.0, [60, 0])],
)
def test_what_compilers_work_on_several_cores_is_a_part_of_all_that_was_computed(cpu_s, wall_s, compiling):
    outcome = {**RECORD, "cpu_s": cpu_s, "wall_s": wall_s, "processes": 3, "compiling_ns": [60, 0]}
    assert record.compiling_of(outcome) == compiling
    assert record.warm_up_of(outcome)[4:6] == (compiling, 3)


def test_what_no_interpreter_told_is_none():
    assert record.compiling_of({**RECORD, "cpu_s": 3.0, "wall_s": 2.0, "compiling_ns": None}) is None
    assert record.compiling_of({**RECORD, "cpu_s": 3.0, "wall_s": 2.0}) is None


def test_wires_between_processes_warm_up_alike_and_workers_that_are_threads_by_themselves():
    def key(**parameters):
        return record.warm_up_key({**RECORD, "parameters": {"concurrency": 2, **parameters}})

    tcp = key(transport="zmq+tcp")
    assert tcp == key(transport="zmq+ipc") == key(transport="amqp", durable=False) == key(transport="amqp")
    assert len({tcp, key(transport="memory"), key(transport="zmq+inproc"), key(transport="other")}) == 4
