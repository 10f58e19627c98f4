"""How a run ends: its exit code, what stands in its header, and the command that goes on."""

from __future__ import annotations

import pytest

from runoff.cli.bench import ending
from runoff.common.errors import BAD_INPUT, INTERRUPTED, NOT_AS_REQUIRED, OK
from runoff.records import record
from tests.helpers import runs

CELL = runs.cell("one", "serial", "python")


@pytest.fixture
def end(tmp_path, monkeypatch, capsys):
    """end(records, interrupted, code of the report) -> (exit code, when it finished, what was printed)."""

    def ended(records, interrupted=False, code=OK):
        run = runs.run(tmp_path, ["one"], [CELL], records, finished_at=None, schema=record.SCHEMA)
        file = record.RecordFile(tmp_path / record.RECORDS)
        for each in records:
            file.append(each)
        file.close()
        reported = []
        monkeypatch.setattr(ending, "_report", lambda folder: reported.append(folder) or code)
        monkeypatch.setenv("RUNOFF_COMMAND", "nox -s bench-one -- --amqp-url amqp://me:secret@localhost/v")
        found = ending.end(tmp_path, run.header, interrupted)
        assert reported == ([tmp_path] if any(each["status"] == record.OK for each in records) else [])
        return found, record.read_header(tmp_path)["finished_at"], capsys.readouterr().out

    return ended


MEASURED = list(runs.invocations(CELL, 0.05, count=2))


def test_a_run_with_a_number_ends_with_its_report(end):
    code, finished_at, _ = end(MEASURED)
    assert code == OK
    assert finished_at > 1.7e9


def test_a_report_that_fails_fails_the_run(end):
    assert end(MEASURED, code=NOT_AS_REQUIRED)[0] == NOT_AS_REQUIRED


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([], "the budget was too small"),
        (runs.invocations(CELL, 0, status="skipped", reason="no gevent"), "every cell was skipped"),
        (
            runs.invocations(CELL, 0, status="crashed", reason="ended by SIGSEGV"),
            "every cell that was tried failed (1)",
        ),
    ],
)
def test_a_run_without_any_number_is_no_success(end, records, why):
    code, finished_at, said = end(list(records))
    assert code == BAD_INPUT
    assert finished_at is not None
    assert why in " ".join(said.split())


@pytest.mark.parametrize(
    ("records", "told"), [(MEASURED, "the answer so far is above"), ([], "nothing was measured yet")]
)
def test_an_interrupted_run_stays_open_and_names_the_command_that_goes_on(end, records, told):
    code, finished_at, said = end(records, interrupted=True)
    assert (code, finished_at) == (INTERRUPTED, None)
    assert told in " ".join(said.split())
    assert "secret" not in said
    assert said.rstrip().endswith("--resume")
