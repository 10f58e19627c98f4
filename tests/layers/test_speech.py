"""Docstrings of the inside half: a function's begins with a verb; ruff's D rules check those of the outside half."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from tests.helpers.source_files import files

ROOMS = ("compat", "native", "transports", "scenarios", "harness", "contenders", "tests/inside")
#: Imperatives that a docstring may begin with. Add one that is missing; a noun or "returns" does not belong there.
VERBS = set((Path(__file__).parent / "verbs.txt").read_text(encoding="utf-8").split())


def docstrings(path: Path) -> list[tuple[int, str]]:
    """Return (line, docstring) of each function of ``path``; properties and tests state facts and are left out."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("test_"):
            continue
        if any(isinstance(each, ast.Name) and each.id == "property" for each in node.decorator_list):
            continue
        text = ast.get_docstring(node)
        if text:
            found.append((node.lineno, text))
    return found


def complaint(text: str) -> str | None:
    """Return what is wrong with the first paragraph of a docstring; None where it is right."""
    summary, _, rest = text.partition("\n")
    if summary.split()[0].rstrip(",.;:").lower() not in VERBS:
        return "does not begin with a verb"
    if rest and rest.split("\n")[0].strip():
        return "has a summary of more than one line"
    return None if summary.endswith((".", "?", "!")) else "has a summary that does not end a sentence"


@pytest.mark.parametrize("path", files(*ROOMS), ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_of_functions_begin_with_a_verb(path):
    found = {f"{path.name}:{line}: {text.splitlines()[0]}": complaint(text) for line, text in docstrings(path)}
    assert {where: what for where, what in found.items() if what} == {}


def test_the_rule_would_notice_a_breach():
    assert complaint("What the scenario does.") == "does not begin with a verb"
    assert complaint("Returns nothing.") == "does not begin with a verb"
    assert complaint("Return nothing\nat all.") == "has a summary of more than one line"
    assert complaint("Return nothing") == "has a summary that does not end a sentence"
    assert complaint("Return nothing.\n\nAt all.") is None


@pytest.mark.parametrize("path", files("compat", "native", "transports", "scenarios", "harness", "contenders"), ids=str)
def test_every_module_has_a_docstring(path):
    if path.name != "setup.py":
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
