"""Results files with one field wrong: one sentence, or a run that can be analysed and exported."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest

from runoff.analysis.cells import gathering
from runoff.common.errors import BadInput
from runoff.records import record
from runoff.report.output.export import pyperf_export
from tests.helpers import runs

WRONG = [None, [], {}, "x", "", -1, 0, 1.5, math.nan, math.inf, True, [None], {"x": None}]
FACTS = {**runs.FACTS, "described": "CPython", "python_full": "3.13.0", "compiler": "GCC", "sys_version": "3.13.0"}

OF_AN_INVOCATION = {"started_at": 1.7e9, "wall_s": 0.5, "load_1m": 0.1, "hash_seed": 7}


@pytest.fixture
def whole(tmp_path: Path):
    """Return header and records of a small run."""
    planned = [runs.cell("one", scenario, "python") for scenario in ("serial", "threads")]
    records = [each for cell in planned for each in runs.invocations(cell, 0.05, count=3, **OF_AN_INVOCATION)]
    made = runs.run(tmp_path, ["one"], planned, records)
    machine = {**made.header["machine"], "machine": "x86_64"}
    header = {**made.header, "schema": record.SCHEMA, "machine": machine, "interpreters": {"one": FACTS}}
    return header, records


def outcome(folder: Path, header: Any, records: list[Any]) -> str | None:
    """Read, analyse and export a run; return the sentence with which it was refused."""
    (folder / record.HEADER).write_text(json.dumps(header))
    (folder / record.RECORDS).write_text("".join(json.dumps(each) + "\n" for each in records))
    try:
        run = record.read(folder)
        gathering.gather(run)
        pyperf_export.export(run, folder / "export")
    except BadInput as error:
        return str(error)
    return None


def mutations(value: dict[str, Any], *path: str):
    """Yield (what was done, a copy of ``value``), each field below ``path`` left out or replaced with each of WRONG."""
    for name in _at(value, path):
        without = copy.deepcopy(value)
        del _at(without, path)[name]
        yield f"without {'.'.join((*path, name))}", without
        for wrong in WRONG:
            changed = copy.deepcopy(value)
            _at(changed, path)[name] = wrong
            yield f"{'.'.join((*path, name))} = {wrong!r}", changed


def _at(value: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for name in path:
        value = value[name]
    return value


def test_the_run_itself_is_right(tmp_path, whole):
    assert outcome(tmp_path, *whole) is None


def test_an_interpreter_that_could_not_be_prepared_has_skipped_records_alone(tmp_path, whole):
    header, records = whole
    reason = "no environment: uv failed"
    planned = [*header["cells"], {**header["cells"][0], "interpreter": "absent", "skip": reason}]
    skipped = {**records[0], "interpreter": "absent", "status": "skipped", "reason": reason, "iterations_ns": None}
    assert outcome(tmp_path, {**header, "cells": planned}, [*records, skipped]) is None
    ran = {**records[0], "interpreter": "absent"}
    assert "is not one of this run's" in outcome(tmp_path, {**header, "cells": planned}, [*records, ran])


@pytest.mark.parametrize("path", [(), ("machine",), ("interpreters", "one")], ids=str)
def test_a_header_with_one_field_wrong_ends_in_a_sentence(tmp_path, whole, path):
    header, records = whole
    for what, changed in mutations(header, *path):
        said = outcome(tmp_path, changed, records)
        assert said is None or "\n" not in said, what


def test_a_record_with_one_field_wrong_ends_in_a_sentence(tmp_path, whole):
    header, records = whole
    for what, changed in mutations(records[0]):
        said = outcome(tmp_path, header, [changed, *records[1:]])
        assert said is None or "\n" not in said, what


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"iterations_ns": [5, 0]}, "its field iterations_ns is '[5, 0]' and must be a list of whole numbers above 0"),
        ({"iterations_ns": [5, -7]}, "must be a list of whole numbers above 0"),
        (
            {"paces_ns": [5, 0]},
            "its field paces_ns is '[5, 0]' and must be a list, each a whole number above 0 or null",
        ),
        ({"paces_ns": [5] * 3}, "its field paces_ns must have one number more than iterations_ns"),
        ({"compiling_ns": [5] * 9}, "its field compiling_ns must have as many numbers as iterations_ns"),
        ({"compiling_ns": [5, -1]}, "its field compiling_ns is '[5, -1]' and must be a list of whole numbers from 0"),
        ({"wall_s": math.nan}, "NaN is no number"),
        ({"wall_s": math.inf}, "Infinity is no number"),
        ({"interpreter": "another"}, "its interpreter 'another' is not one of this run's"),
        ({"batch": 9}, "its cell one/serial/python/batch=9 is none that run.json plans"),
        ({"iterations_ns": None}, "its status is ok and it has no times"),
        ({"block": 1}, "it repeats line 1"),
    ],
)
def test_says_what_is_wrong_with_a_record_and_in_which_line(tmp_path, whole, changes, sentence):
    header, records = whole
    said = outcome(tmp_path, header, [records[1], {**records[0], **changes}, *records[2:]])
    assert said is not None
    assert sentence in said
    assert f"{record.RECORDS}, line 2" in said


def test_a_run_none_of_whose_interpreters_has_an_environment_is_right(tmp_path, whole):
    header, records = whole
    cells_ = [{**cell, "skip": "no environment"} for cell in header["cells"]]
    skipped = dict.fromkeys(("iterations_ns", "attempt", "answered_by"))
    records = [
        {**each, **skipped, "block": 0, "status": "skipped", "reason": "no environment"} for each in records[::3]
    ]
    said = outcome(tmp_path, {**header, "interpreters": {}, "cells": cells_}, records)
    assert said == f"{tmp_path}: nothing was measured, so there is nothing to export; name another run"


@pytest.mark.parametrize("text", ["", "null", "[]", "[" * 100_000, "\x00", '{"schema": true}', '{"schema": 2}'])
def test_a_file_that_is_no_header_ends_in_a_sentence(tmp_path, whole, text):
    outcome(tmp_path, *whole)
    (tmp_path / record.HEADER).write_text(text)
    with pytest.raises(BadInput):
        record.read(tmp_path)
