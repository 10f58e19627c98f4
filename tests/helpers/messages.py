"""The table of all messages that a person can see: python -m tests.helpers.messages prints it to be read aloud."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from runoff.common.paths import ROOT

FOLDERS = ("runoff", "harness", "scenarios", "transports", "contenders", "native", "compat")
#: Calls whose arguments reach a person: what is raised, and what is printed.
SPEAKS = {"BadInput", "BadParameter", "UsageError", "PrepareFailed", "ProbeFailed", "Missing", "print", "say", "exit"}
#: Keywords that click shows in --help.
HELP = {"help", "short_help", "summary"}


def messages() -> Iterator[tuple[str, int, str, str]]:
    """Yield (file, line, what says it, text) of every message; a value that is filled in is shown as {name}."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _of_file(path)
    yield from _of_file(ROOT / "noxfile.py")


def _of_file(path: Path) -> Iterator[tuple[str, int, str, str]]:
    name = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            spoken = [*node.args[:1]] if called in SPEAKS or called.endswith(("Error", "Failed")) else []
            spoken += [word.value for word in node.keywords if word.arg in HELP]
            for value in spoken:
                if text := _text(value):
                    yield name, node.lineno, called, text
        elif isinstance(node, ast.Return) and node.value is not None and (text := _text(node.value)) and " " in text:
            yield name, node.lineno, "return", text


def _text(node: ast.expr) -> str:
    """Return the text that ``node`` spells; "" where it is not text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"
            for part in node.values
            if isinstance(part, (ast.Constant, ast.FormattedValue))
        )
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left) + _text(node.right)
    if isinstance(node, ast.IfExp):
        return " / ".join(filter(None, (_text(node.body), _text(node.orelse))))
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "format":
        return _text(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    return ""


if __name__ == "__main__":
    for file, line, how, text in messages():
        print(f"{file}:{line}\t{how}\t{' '.join(text.split())}")
