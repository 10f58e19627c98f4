"""What options may hold: lists of names and of whole numbers."""

from __future__ import annotations

import click
import pytest

from runoff.cli import option_values


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
    assert option_values.names(None, None, given) == names


@pytest.mark.parametrize("given", [("0",), ("-1",), ("1.5",), ("x",), ("9" * 10,), ("\N{SUPERSCRIPT TWO}",)])
def test_a_size_is_a_whole_number_from_one_up(given):
    assert option_values.numbers(None, None, ("1,2", "16")) == (1, 2, 16)
    with pytest.raises(click.BadParameter, match="whole numbers from 1 up"):
        option_values.numbers(None, None, given)
