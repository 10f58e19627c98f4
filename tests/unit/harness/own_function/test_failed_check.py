"""How an error of a person's function is shown, whatever it holds."""

from __future__ import annotations

import pytest

from harness.own_function import failed_check


class Half:
    """Something of which nothing can be shown."""

    def __repr__(self):
        raise AttributeError("not set up yet")

    __str__ = __repr__


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ValueError("why"), "ValueError: why"),
        (ValueError(b"\xff"), "ValueError: b'\\xff'"),
        (ValueError(Half()), "ValueError: it cannot be shown"),
        (KeyError(Half()), "KeyError: it cannot be shown"),
    ],
)
def test_an_error_has_its_name_and_what_of_it_can_be_shown(error, shown):
    assert failed_check.describe_error(error)["error"] == shown
