"""What a report recommends, prints and writes, by its options."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from runoff.cli import report
from runoff.common.errors import BadInput
from runoff.records import record
from tests.helpers import runs

#: {label: (Python, seconds of a batch)}: the fastest one's support has ended.
MADE = {"new": ("3.13", 0.08), "old": ("3.8", 0.02)}


@pytest.fixture
def run(tmp_path):
    """run(changes of the header) -> the folder of a run on disk."""

    def made(**changes):
        planned = [runs.cell(label, "serial", task) for label in MADE for task in ("python", "io")]
        records = [each for cell in planned for each in runs.invocations(cell, MADE[cell["interpreter"]][1])]
        facts = {
            label: {
                **runs.FACTS,
                "python": python,
                "described": label,
                "python_full": f"{python}.0",
                "sys_version": python,
            }
            for label, (python, _) in MADE.items()
        }
        told = {"schema": record.SCHEMA, "interpreters": facts, "started_at": 1.79e9, **changes}
        folder = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        record.write_header(folder, runs.run(folder, list(MADE), planned, records, **told).header)
        (folder / record.RECORDS).write_text("".join(json.dumps(each) + "\n" for each in records))
        return folder

    return made


def said(*arguments) -> str:
    return CliRunner().invoke(report.command, [*map(str, arguments)], catch_exceptions=False).output


def test_what_is_past_its_support_is_recommended_where_that_was_asked_for_now_or_when_the_run_began(run):
    assert said(run()).startswith("Run new with serial")
    assert said(run(), "--allow-eol").startswith("Run old with serial")
    assert said(run(allow_eol=True)).startswith("Run old with serial")
    assert "**Run old with serial" in said(run(), "--allow-eol", "--markdown")


def test_the_page_is_written_into_the_runs_folder_unless_another_is_named(run, tmp_path):
    first, second = run(), run()
    assert f"Page: {first / 'report' / 'index.html'}" in said(first)
    assert {path.name for path in (first / "report").iterdir()} == {"index.html", "numbers.json", "numbers.csv"}
    assert f"Page: {tmp_path / 'page' / 'index.html'}" in said(second, "--into", tmp_path / "page", "--all")
    assert (tmp_path / "page" / "numbers.csv").exists()
    assert not (second / "report").exists()


def test_pictures_need_a_folder_and_are_those_that_were_named(run, tmp_path):
    folder = run()
    with pytest.raises(BadInput, match="--only needs a folder"):
        said(folder, "--only", "forest.svg")
    with pytest.raises(BadInput, match=r"no picture of this run is called 'forrest\.svg'; did you mean 'forest\.svg'"):
        said(folder, "--pictures", tmp_path / "none", "--only", "forrest.svg")
    assert "Pictures: 1 files in" in said(folder, "--pictures", tmp_path / "drawn", "--only", "forest.svg")
    assert [path.name for path in (tmp_path / "drawn").iterdir()] == ["forest.svg"]
