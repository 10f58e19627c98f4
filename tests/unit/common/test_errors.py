# Run by pytest (Python 3.9 upward).
"""A name that is not known: the nearest one is offered, and what there is stays short enough to be read."""

from __future__ import annotations

import pytest

from runoff.common.errors import MANY, BadInput, choose, ending

FEW = ["bench-cpython", "bench-pypy", "measure"]
LOTS = [*FEW, *(f"bench-cpython-3.{minor}+{name}" for minor in range(6, 16) for name in ("O", "malloc"))]


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "SIGKILL"), (-99, "signal 99")]
)
def test_how_a_process_ended(code, words):
    assert ending(code) == words


def test_known_names_are_returned():
    assert choose("session", iter(["measure", "bench-pypy"]), FEW) == ["measure", "bench-pypy"]


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("bench-pypi", FEW, "; did you mean 'bench-pypy'? (known: bench-cpython, bench-pypy, measure)"),
        ("x", FEW, " (known: bench-cpython, bench-pypy, measure)"),
        ("x", [], " (known: none)"),
    ],
)
def test_few_names_are_all_listed(name, known, said):
    with pytest.raises(BadInput) as raised:
        choose("session", [name], known)
    assert str(raised.value) == f"no session is called {name!r}{said}"


def test_of_many_names_the_nearest_are_listed():
    with pytest.raises(BadInput) as raised:
        choose("session", ["bench-pypi"], LOTS)
    said = str(raised.value)
    assert f"did you mean 'bench-pypy'? (the nearest of {len(LOTS)}: bench-pypy, " in said
    assert said.count(", ") < MANY
    with pytest.raises(BadInput, match="known: bench-cpython, .*3.15"):
        choose("session", ["zzz"], LOTS)
