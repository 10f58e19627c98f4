"""Tables of text that are folded into blocks of columns."""

from __future__ import annotations

from runoff.report.output import folded_table

HEADINGS, ROWS = ["", "io", "python"], [["a", "1", "22"], ["bb", "333", "4"]]


def test_one_block_where_all_columns_fit():
    assert folded_table.lines(HEADINGS, ROWS, 15) == ["     io  python", "a     1      22", "bb  333       4"]


def test_what_does_not_fit_stands_below_with_the_first_column_again():
    assert folded_table.lines(HEADINGS, ROWS, 14) == [
        *("     io", "a     1", "bb  333"),
        *("    python", "a       22", "bb       4"),
    ]


def test_a_column_wider_than_the_terminal_is_a_block_all_the_same():
    assert len(folded_table.lines(HEADINGS, ROWS, 1)) == 6
