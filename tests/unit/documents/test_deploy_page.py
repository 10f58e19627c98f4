"""docs/deploy.md says what a recipe's README says, whose commands tests/faults/workers runs."""

from __future__ import annotations

import re

from runoff.common.paths import ROOT
from tests.helpers import runs
from tests.helpers.recipes import write

PAGE = (ROOT / "docs/deploy.md").read_text(encoding="utf-8")
FACTS = {"python_full": "3.13.0", "implementation_version": "3.13.0"}


def commands(text: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.partition("   #")[0].strip() for block in blocks for line in block.splitlines()]


def test_each_command_of_the_page_that_is_no_session_is_one_of_the_readme(tmp_path):
    folder = write(runs.transports(tmp_path), tmp_path / "recipe", **FACTS)
    known = set(commands((folder / "README.md").read_text()))
    wanted = [line for line in commands(PAGE) if not re.match(r"nox |git clone |cd |pip install nox$", line)]
    assert len(wanted) > 5
    assert [line for line in wanted if line not in known] == []


def test_each_cell_about_another_library_has_its_source():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")]
    (header,) = [row for row in rows if "Dramatiq" in row and "Taskiq" in row and "Celery" in row and "](" not in row]
    compared = rows[rows.index(header) + 1 :]
    assert len(compared) >= 7
    for row in compared:
        if "(the command above)" in row:
            continue
        for cell in row.strip("| ").split(" | ")[1:]:
            assert "](" in cell or "`" in cell, cell
