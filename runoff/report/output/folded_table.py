# Run by the report (Python 3.9 upward).
"""A table as lines of text; where it is wider than the terminal, its columns are folded into blocks."""

from __future__ import annotations

GAP = 2  # spaces between columns


def lines(headings: list[str], rows: list[list[str]], width: int) -> list[str]:
    """Return the lines: the first column, to the left, begins each block; the others stand to the right."""
    table = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*table)]
    blocks: list[list[int]] = [[]]
    for column in range(1, len(headings)):
        if blocks[-1] and widths[0] + sum(widths[each] + GAP for each in (*blocks[-1], column)) > width:
            blocks.append([])
        blocks[-1].append(column)
    return [
        (f"{line[0]:<{widths[0]}}" + "".join(f"{line[at]:>{widths[at] + GAP}}" for at in block)).rstrip()
        for block in blocks
        for line in table
    ]
