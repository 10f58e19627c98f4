"""What the options of a run may hold, and what is selected by them."""

from __future__ import annotations

import click
import pytest

from runoff.cli.bench import options
from runoff.records import parameters


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ((), ()),
        (("io",), ("io",)),
        (("io,python", "noop"), ("io", "python", "noop")),
        ((" io , python ,", ""), ("io", "python")),
    ],
)
def test_names_can_be_repeated_or_listed(given, names):
    assert options.names(None, None, given) == names


@pytest.mark.parametrize("given", [("0",), ("-1",), ("1.5",), ("x",), ("9" * 10,), ("\N{SUPERSCRIPT TWO}",)])
def test_a_size_is_a_whole_number_from_one_up(given):
    assert options.numbers(None, None, ("1,2", "16")) == (1, 2, 16)
    with pytest.raises(click.BadParameter, match="whole numbers from 1 up"):
        options.numbers(None, None, given)


def test_what_is_not_named_is_left_to_the_profile():
    nothing = {
        **dict.fromkeys(("profile", "scenarios", "tasks", "concurrency")),
        **{name: () for name, _, _ in parameters.OPTIONS},
    }
    usual = options.selection(nothing)
    assert (usual.scenarios, usual.tasks, usual.where) == ((), (), ())
    named = options.selection(
        {**nothing, "profile": "smoke", "tasks": ("io",), "transport": ("amqp",), "batch": ("8",)}
    )
    assert (named.profile, named.tasks, named.scenarios) == ("smoke", ("io",), ())
    assert dict(named.where) == {"transport": ("amqp",), "batch": ("8",)}
    assert usual.profile != named.profile
