"""The exit code of planted mistakes: of a module whose tests noticed too few of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from runoff.cli import mutate


@pytest.mark.parametrize(("shares", "code"), [((0.9, 0.8), 0), ((0.9, 0.79), 1), ((0.1, 0.9), 1), ((None, 0.9), 0)])
def test_one_module_with_too_few_noticed_decides_the_exit_code(monkeypatch, shares, code):
    names = ("plan", "statistics")
    counts = {
        name: SimpleNamespace(killed=1, survivors=(), named=0, untried=0, share=each)
        for name, each in zip(names, shares)
    }
    limits = []
    session = SimpleNamespace(prepare=lambda: None, mutants=list, run=lambda limit_s, _progress: limits.append(limit_s))
    table = mutate.tables.read("mutation.toml")
    monkeypatch.setattr(mutate.tables, "read", lambda name: {**table, "killed_share": 0.8})
    monkeypatch.setattr(mutate.mutants, "Session", lambda module, seed: session)
    left = iter(counts[name] for name in names)
    monkeypatch.setattr(mutate.mutants, "count", lambda module, mutants: next(left))
    told = CliRunner().invoke(mutate.command, [*names, "--minutes", "2"], standalone_mode=False)
    assert told.return_value == code, told.output
    assert limits == [120, 120]
