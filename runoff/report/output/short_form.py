# Run by the report (Python 3.9 upward).
"""Print the short form: the decision, one matrix of interpreters and tasks, the alarms, and where everything else is.

At most LINES lines, whatever the run holds. Rows and columns are told apart within 80 columns: the matrix is cut into
blocks of tasks that fit, and scenarios are letters that stand explained below it.
"""

from __future__ import annotations

import string
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from runoff.analysis.alarms import alarms
from runoff.analysis.comparisons import variant_lines
from runoff.analysis.deployable import support
from runoff.analysis.measured_cells import MeasuredCells, count_outcomes
from runoff.analysis.ranking import NOT_RANKED, Place, rank
from runoff.common.paths import shown
from runoff.common.wording import counted, short
from runoff.records import record
from runoff.report.output import folded_table, own_form
from runoff.stats import significance
from runoff.stats.intervals import Estimate

LINES = 60
LEAST_WIDTH = 60  # narrower than this the terminal breaks lines itself
LONGEST_ALARM = 3  # lines of one alarm; the whole of it is on the page
#: What stands beside a ratio, by how its verdict begins; in ASCII, since a pipe may carry nothing else.
MARKS = {
    significance.FASTER: ">",
    significance.SLOWER: "<",
    significance.SAME: "=",
    significance.UNKNOWN: "?",
}
WARMING = "~"  # where one of the two still becomes faster, whatever the verdict
PAST_END = " !"
PAST_END_EXPLAINED = ", ! past its end of support"
EXPLAINED = "> faster, < slower, = equivalent within 5 %, ? cannot tell, ~ still warming up (a bound), - no number"


def text(run: record.Run, decision: list[str], page: Path, width: int) -> str:
    """Return the short form of ``run``; ``decision``: its sentences; ``page``: where the page was written."""
    cells, width = MeasuredCells.of(run), max(LEAST_WIDTH, width)
    matrix = own_form.lines(cells, width) if "workload" in run.header else _matrix(cells, width)
    # The matrix has the variants of the baseline.
    variants = _wrapped(variant_lines.in_words(cells, without_parent=cells.baseline), width)
    head = [*_wrapped(decision, width), "", *matrix, *variants, *_counted(cells, width)]
    where = [f"Page: {shown(page)}", f"Records: {shown(run.folder)}", "Every table on the terminal: --all"]
    last = [*_wrapped([_made(cells)], width), *where]
    return "\n".join([*head, *_alarms(alarms(run, cells.planned), width, LINES - len(head) - len(last)), *last])


def _wrapped(texts: list[str], width: int) -> list[str]:
    return [line for each in texts for line in textwrap.wrap(each, width, subsequent_indent="  ")]


def _matrix(cells: MeasuredCells, width: int) -> list[str]:
    """Return the lines of the matrix: ratios over the baseline's best, which has its tasks/s in its own row."""
    if not cells.measured:
        return ["Nothing was measured.", ""]
    places = {task: rank(cells, work).by_interpreter for task, work in cells.works.items()}
    if not places:
        return ["No task of this run compares interpreters; its curves are on the page.", ""]
    used = Counter(place.cell.name for of_task in places.values() for place in of_task.values())
    letters = dict(zip((name for name, _ in used.most_common()), _letters()))
    ended = support.ended(cells.header)
    rows = [
        [
            label + PAST_END * (label in ended),
            *(_figure(of_task, label, cells.baseline, letters) for of_task in places.values()),
        ]
        for label in cells.labels
    ]
    legend = f"Times the speed of {cells.baseline}, whose own row is in tasks/s; each with its best scenario:"
    explained = [f"{letter} {name}" for name, letter in letters.items()]
    return [
        *_wrapped([legend], width),
        *folded_table.lines(["", *places], rows, width),
        *_wrapped(["; ".join(explained), EXPLAINED + (PAST_END_EXPLAINED if ended else "")], width),
        "",
    ]


def _figure(of_task: dict[str, Place], label: str, baseline: str, letters: dict[str, str]) -> str:
    """Return one figure: the ratio, its mark and the letter of the scenario, as 5.03 > a."""
    place = of_task.get(label)
    if place is None:
        return "-"
    letter = letters[place.cell.name]
    if place.ratio is None:
        mark = "?" if place.verdict == NOT_RANKED else " "
        bound = ">=" if place.cell.warming else ""
        return f"{bound}{short(place.cell.throughput.value)}/s {mark} {letter}"
    warming = place.cell.warming, of_task[baseline].cell.warming
    if any(warming):
        return f"{_bound(place.ratio, warming)} {WARMING} {letter}"
    mark = next(mark for verdict, mark in MARKS.items() if place.verdict.startswith(verdict))
    return f"{short(place.ratio.value)} {mark} {letter}"


def _bound(ratio: Estimate, warming: tuple[bool, bool]) -> str:
    """Format a ratio of which one side still becomes faster, as >=1.2; as it is where a bound tells nothing."""
    if ratio.low is None or ratio.high is None or all(warming) or ratio.high > significance.TOO_WIDE * ratio.low:
        return short(ratio.value)
    return f">={short(ratio.low)}" if warming[0] else f"<={short(ratio.high)}"


def _letters() -> Iterator[str]:
    """Yield a, b ... z, aa, ab ..."""
    yield from string.ascii_lowercase
    for first in string.ascii_lowercase:
        yield from (first + second for second in string.ascii_lowercase)


def _counted(cells: MeasuredCells, width: int) -> list[str]:
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in count_outcomes(cells.planned).items())
    broken = [cell for cell in cells.planned if cell.status not in (record.OK, record.SKIPPED)]
    first = f"; the first: {broken[0].interpreter}, {broken[0].name}: {broken[0].reason}" if broken else ""
    return _wrapped([f"Cells: {outcomes}{first}"], width)[:LONGEST_ALARM]


def _alarms(found: list[str], width: int, room: int) -> list[str]:
    """Return the lines of the alarms that have ``room``, most important first, and how many are left."""
    lines: list[str] = []
    for at, alarm in enumerate(found):
        wrapped = textwrap.wrap(
            f"! {alarm}", width, subsequent_indent="  ", max_lines=LONGEST_ALARM, placeholder=" ..."
        )
        if len(lines) + len(wrapped) + 1 > room:
            return [*lines, f"! and {len(found) - at} more: --all"]
        lines += wrapped
    return lines


def _made(cells: MeasuredCells) -> str:
    header = cells.header
    machine, many = header["machine"], counted(len(cells.labels), "interpreter")
    return (
        f"{header['profile']} profile, {many}, {machine['cores']} cores ({machine['cpu']}), seed {header['seed']}. "
        "Intervals hold 95 times in 100, over invocations."
    )
