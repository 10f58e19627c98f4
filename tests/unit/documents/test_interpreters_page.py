"""The page on interpreters and the table that it is about agree."""

from __future__ import annotations

import re

from runoff.common import tables
from runoff.common.paths import ROOT
from runoff.interpreters import install, variants

PAGE = (ROOT / "docs/interpreters.md").read_text(encoding="utf-8")
TABLE = tables.read("interpreters.toml")


def _row(name: str, row: dict) -> str:
    """Return the line of the page for one variant."""
    since = f", from {row['since']}" if "since" in row else ""
    settings = [f"{variable}={value}" for variable, value in row.get("variables", {}).items()]
    at_start = [f"harness/at_start/{row['at_start']}"] if "at_start" in row else []
    how = " ".join([*settings, *row.get("options", ()), *row.get("packages", ()), *at_start])
    facts = ", ".join(f"`{fact}` is `{value}`" for fact, value in row["engaged"].items())
    return f"| `{variants.PLUS}{name}` | {', '.join(row['families'])}{since} | `{how}` | {facts} |"


def test_every_variant_has_its_line_and_no_other_has():
    lines = re.findall(r"^\| `\+.*$", PAGE, re.MULTILINE)
    assert lines == [_row(name, row) for name, row in TABLE["variants"].items()]


def test_families_that_are_not_run_here_have_the_command_of_the_table():
    for name in ("graalpy", "rustpython", "ironpython"):
        family = TABLE["families"][name]
        way = family["provide"][0]
        installs = [way["tool"], *install.INSTALLERS[way["tool"]]["install"][1:], *way["packages"]]
        assert f"| {family['implementation']} | `{' '.join(installs)}`" in PAGE


def test_each_python_has_the_line_of_the_parallel_python_that_is_installed_there():
    rows = [(row["python"], row["optional"]["pp"]) for row in TABLE["environments"] if "pp" in row.get("optional", {})]
    assert len(rows) > 1
    for python, packages in rows:
        assert f"| {', '.join(python)} | {', '.join(f'`{package}`' for package in packages)} |" in PAGE
