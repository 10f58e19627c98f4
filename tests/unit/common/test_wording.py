"""Numbers as text."""

from __future__ import annotations

import pytest

from runoff.common import wording


@pytest.mark.parametrize(
    ("us", "text"),
    [(0.24, "240 ns"), (1.0, "1 us"), (999.0, "999 us"), (1500.0, "1.5 ms"), (2e6, "2 s"), (1.5e9, "1500 s")],
)
def test_a_duration_has_the_unit_in_which_it_is_read_best(us, text):
    assert wording.duration(us) == text


def test_no_text_from_a_file_is_obeyed_by_a_terminal_or_fails_in_utf_8():
    read = {"a\x1b[2J": ["tab\tline\nend", "\x9b0m\x7f", "\ud800", "é😀", 5, None]}
    made = {"a\\x1b[2J": ["tab\tline\nend", "\\x9b0m\\x7f", "\\ud800", "é😀", 5, None]}
    assert wording.harmless(read) == made
