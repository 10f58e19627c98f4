"""Where an export goes: the folder that is named, else one in the run's."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from runoff.cli import export
from runoff.common.errors import BadInput
from runoff.records import record
from tests.helpers import runs


@pytest.fixture
def run(tmp_path):
    """The folder of a small run on disk."""
    planned = [runs.cell("one", scenario, "python") for scenario in ("serial", "threads")]
    known = {"started_at": 1.7e9, "load_1m": 0.1, "hash_seed": 7}
    records = [each for cell in planned for each in runs.invocations(cell, 0.05, count=3, **known)]
    facts = {**runs.FACTS, "described": "CPython", "python_full": "3.13.0", "compiler": "GCC", "sys_version": "3.13.0"}
    made = runs.run(tmp_path / "run", ["one"], planned, records, schema=record.SCHEMA, interpreters={"one": facts})
    made.header["machine"]["machine"] = "x86_64"
    made.folder.mkdir()
    record.write_header(made.folder, made.header)
    (made.folder / record.RECORDS).write_text("".join(json.dumps(each) + "\n" for each in records))
    return made.folder


@pytest.mark.parametrize("named", [False, True])
def test_an_export_goes_into_the_runs_folder_unless_another_is_named(run, tmp_path, named):
    more = ["--into", str(tmp_path / "elsewhere")] if named else []
    told = CliRunner().invoke(export.command, [str(run), *more], catch_exceptions=False)
    assert told.exit_code == 0
    written = [path for path in (tmp_path / "elsewhere" if named else run / "export").rglob("*") if path.is_file()]
    assert len(written) == len(told.output.split()) > 1
    assert (run / "export").exists() != named


def test_a_folder_that_cannot_be_written_is_one_sentence(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="choose another folder with --into"):
        CliRunner().invoke(export.command, [str(run), "--into", str(tmp_path / "file" / "in")], catch_exceptions=False)
