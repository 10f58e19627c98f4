# Run by the driver (Python 3.9 upward).
"""What `nox -s interpreters` says: what was found and what was not, with the command that gets it."""

from __future__ import annotations

from collections.abc import Iterable

from runoff.common.loose import Table
from runoff.common.paths import shown
from runoff.common.wording import counted
from runoff.interpreters import install, variants
from runoff.interpreters.discover import Found, Interpreter

GET = "nox -s interpreters -- get"


def lines_of(interpreter: Interpreter, build: str, support: str, wanted: Iterable[str]) -> list[str]:
    """Return the lines on one interpreter; ``build`` and ``support`` are sentences, ``wanted`` capability words."""
    facts = interpreter.facts
    others = len(interpreter.aliases) - 1
    also = f"; {counted(others, 'other name')} of it" if others > 0 else ""
    jit = {None: "no JIT", True: "JIT on", False: "JIT off"}[facts["jit"]]
    lacks = [word for word in wanted if word not in facts["capabilities"]]
    methods = ", ".join(facts["start_methods"]) or "none"
    rows = {
        "found": f"{shown(interpreter.executable)}; it says that it is {facts['implementation']}{also}",
        "build": build,
        "mode": f"GIL {'on' if facts['gil'] else 'off'}, {jit}; children by {methods}",
        "can": ", ".join(facts["capabilities"]),
        "lacks": ", ".join(lacks) or "nothing that a scenario needs",
        "support": support,
        "variants": " ".join(variants.PLUS + name for name in interpreter.variants) or "none",
    }
    described = interpreter.described.partition(f", {shown(interpreter.executable)}")[0]
    return [f"{interpreter.label}: {described}", *(f"  {name:<9} {text}" for name, text in rows.items())]


def missing(found: Found, table: Table) -> list[str]:
    """Return a line for each family, and each variant, that nothing here has, with the command that gets it."""
    have = {each.family for each in found.interpreters}
    lines = [
        f"{name}: not found ({family['summary']}); get it: {GET} {name}, or: {install.by_hand(family)}"
        for name, family in table["families"].items()
        if name not in have
    ]
    able = {name for each in found.interpreters for name in each.variants}
    lines += [
        f"{variants.PLUS}{name}: no interpreter for it ({row['summary']}); get one: {GET} {row['get']}"
        for name, row in table["variants"].items()
        if name not in able
    ]
    return lines
