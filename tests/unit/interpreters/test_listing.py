"""What is said of interpreters that are here, and of those that are not."""

from __future__ import annotations

import sys

from runoff.common import tables
from runoff.interpreters import discover, facts, listing

TABLE = tables.read("interpreters.toml")


def test_an_interpreter_is_shown_with_what_it_can_and_lacks():
    known = {**facts.probe([sys.executable]), "capabilities": ["threads"]}
    interpreter = discover.Interpreter("cpython-3", "cpython", sys.executable, known, ("/a", "/b", "/c"))
    lines = "\n".join(listing.lines_of(interpreter, "GCC 12, PGO", "2024 to 2029", ["threads", "asyncio"]))
    assert lines.startswith("cpython-3: CPython 3.")
    for text in ("says that it is CPython; 2 other names", "GCC 12, PGO", "2024 to 2029", "lacks     asyncio", "+O"):
        assert text in lines
    missing = listing.missing(discover.Found((interpreter,), ()), TABLE)
    assert not any(line.startswith(("cpython:", "+O:")) for line in missing)


def test_each_family_and_variant_that_is_not_here_has_the_command_that_gets_it():
    lines = listing.missing(discover.Found((), ()), TABLE)
    names = [line.partition(":")[0] for line in lines]
    assert names == [*TABLE["families"], *(f"+{name}" for name in TABLE["variants"])]
    assert all(listing.GET in line for line in lines)
    gets = {row["get"].partition("-")[0] for row in TABLE["variants"].values()}
    assert gets <= set(TABLE["families"])
