# Run by the report (Python 3.9 upward).
"""A comparison as a table for the terminal or in Markdown, and the verdict of a gate in continuous integration."""

from __future__ import annotations

from rich.console import Console

from runoff.analysis.cells.cell import Cell
from runoff.analysis.comparisons.two_runs import ComparedCell, LeftOut
from runoff.common import wording
from runoff.common.errors import NOT_AS_REQUIRED, OK, PROMISE_BROKEN
from runoff.common.printed_table import left, printed_table, right
from runoff.stats import significance

MANY = 3  # cells of one interpreter, left out for one reason, that are named; of more, their count is printed


def exit_code(compared: list[ComparedCell], left_out: list[LeftOut], strict: bool) -> int:
    """Return 1 where a cell is slower, 3 with ``strict`` where a verdict is missing, else 0."""
    if any(significance.says_slower(cell.verdict) for cell in compared):
        return PROMISE_BROKEN
    unknown = any(cell.verdict.startswith(significance.UNKNOWN) for cell in compared) or left_out or not compared
    return NOT_AS_REQUIRED if strict and unknown else OK


def gate_line(compared: list[ComparedCell], left_out: list[LeftOut], strict: bool) -> str:
    """Say what the gate decided, in the words of the exit code."""
    slower = sum(significance.says_slower(cell.verdict) for cell in compared)
    if slower:
        return f"gate: broken, {wording.counted(slower, 'cell')} slower (exit code 1)"
    unknown = sum(cell.verdict.startswith(significance.UNKNOWN) for cell in compared)
    parts = [f"{wording.counted(unknown, 'cell')} cannot be told"] if unknown else []
    parts += [f"{wording.counted(len(left_out), 'cell')} cannot be compared"] if left_out else []
    if not parts and compared:
        return "gate: kept, no cell is slower"
    doubt = " and ".join(parts) or "nothing was compared"
    if strict:
        return f"gate: undecided, no cell is known to be slower, but {doubt} (exit code 3)"
    return f"gate: kept, no cell is known to be slower, but {doubt} (with --strict: exit code 3)"


HEADINGS = ("cell", "A tasks/s", "B tasks/s", "B over A", "verdict")


def _row(cell: ComparedCell) -> tuple[str, ...]:
    verdict = cell.verdict + (f" (! {cell.doubt})" if cell.doubt else "")
    ratio = wording.times(cell.comparison.ratio)
    return cell.name, _speed(cell.before), _speed(cell.after), ratio, verdict


def _speed(cell: Cell) -> str:
    """Format the tasks per second of a cell; with ~ where it was still warming up, so that they are a lower bound."""
    return ("~ " if cell.warming else "") + wording.number(cell.throughput)


def markdown(compared: list[ComparedCell], left_out: list[LeftOut], title: str) -> str:
    """Return the cells as a Markdown table, for a pull request or the summary of a GitHub Actions job."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_row(cell) for cell in compared)]
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    missing = "".join(f"\n- {sentence}" for sentence in _not_compared(left_out))
    return f"### {title}\n\n{text}\n{missing}\n"


def show(console: Console, compared: list[ComparedCell], left_out: list[LeftOut], title: str) -> None:
    """Print the cells as a table."""
    name, *figures, verdict = HEADINGS
    table = printed_table(title, left(name, no_wrap=True), right(*figures), left(verdict))
    for cell in compared:
        table.add_row(*_row(cell))
    console.print(table)
    for sentence in _not_compared(left_out):
        console.print(sentence)


def _not_compared(left_out: list[LeftOut]) -> list[str]:
    """Return a sentence for each cell that is not compared, or one for many of one interpreter with one reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for cell in left_out:
        groups.setdefault((cell.name.partition("/")[0], cell.why), []).append(cell.name)
    return [
        f"no comparison: {what} ({why})"
        for (interpreter, why), names in groups.items()
        for what in (names if len(names) <= MANY else [f"{len(names)} cells of {interpreter}"])
    ]
