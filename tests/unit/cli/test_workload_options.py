"""The options that name a person's function: what today is, and what is refused."""

from __future__ import annotations

import pytest

from runoff.cli.workload import options
from runoff.common.errors import BadInput


@pytest.mark.parametrize(
    ("given", "today"),
    [
        (None, ("b", "serial")),
        ("a", ("a", "serial")),
        ("a/process-pool", ("a", "process-pool")),
    ],
)
def test_today_is_the_baseline_one_call_after_another_unless_it_is_named(given, today):
    found = options.today({"today": given}, ["a", "b"], "b")
    assert (found["interpreter"], found["scenario"]) == today


@pytest.mark.parametrize(("given", "reason"), [("c/serial", "'c'"), ("a/process-pol", "did you mean 'process-pool'")])
def test_a_today_that_is_none_is_refused_before_the_gate(given, reason):
    with pytest.raises(BadInput, match=reason):
        options.today({"today": given}, ["a", "b"], "b")
