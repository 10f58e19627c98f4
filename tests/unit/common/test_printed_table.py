"""Tables have their title and caption on the left, text on the left and figures on the right."""

from __future__ import annotations

from rich.console import Console

from runoff.common.printed_table import left, printed_table, right


def lines(table, width):
    console = Console(width=width)
    with console.capture() as captured:
        console.print(table)
    return [line.rstrip() for line in captured.get().splitlines() if line.strip()]


def test_text_is_on_the_left_and_figures_are_on_the_right_below_a_title():
    table = printed_table("what", left("way"), right("tasks/s", "p99"), left("state"), caption="why")
    table.add_row("serial", "12", "3", "steady")
    assert lines(table, 60) == [
        "what",
        "  way      tasks/s   p99   state",
        " ─────────────────────────────────",
        "  serial        12     3   steady",
        "why",
    ]


def test_what_must_not_wrap_stays_on_one_line_where_there_is_no_room():
    table = printed_table("what", left("name", no_wrap=True), left("way"), right("p50"), right("p99", no_wrap=True))
    table.add_row("an interpreter", "threads and more", "1 [0, 2]", "3 [2, 4]")
    first, *others = lines(table, 46)[3:]
    assert ["an interpreter" in first, "3 [2, 4]" in first] == [True, True]
    assert others
    assert "threads and more" not in first


def test_it_looks_as_its_caller_asks_in_the_rest():
    table = printed_table("what", show_footer=True, pad_edge=False)
    table.add_column("way", footer="all")
    table.add_row("serial")
    assert lines(table, 60) == ["what", " way", " ──────", " serial", " all"]
