# Run by the report (Python 3.9 upward).
"""The eight figures of the original study, drawn for every interpreter: the time of N tasks."""

from __future__ import annotations

from dataclasses import dataclass

import altair as alt

from runoff.analysis.cells.cell import Cell
from runoff.analysis.sweep_lines import by
from runoff.common.wording import listed, sentence, short
from runoff.report.pictures.drawing import Drawing, Picture, Rows, inverse, lines_of, names, spanned

HOW = "--profile original-study measures it"


@dataclass(frozen=True)
class Figure:
    """One figure.

    ``series`` holds (scenario, task, name of the line), drawn where they were measured. ``one_size`` says whether one
    batch size is enough for a picture.
    """

    name: str
    title: str
    series: tuple[tuple[str, str, str], ...]
    sentence: str
    one_size: bool = False

    def draw(self, drawing: Drawing) -> Picture | None:
        """Draw the seconds for a batch against its size; return None with too few lines or sizes."""
        rows: Rows = []
        for scenario, task, word in self.series:
            cells = [cell for cell in drawing.cells if cell.ranked and (cell.scenario, cell.task) == (scenario, task)]
            for label, of_label in by(lambda cell: cell.interpreter, _of_one_delay(cells)).items():
                sizes = sorted({cell.batch: cell for cell in of_label}.items())
                for n, cell in sizes if len(sizes) > 1 or self.one_size else ():
                    row = {"interpreter": label, "scenario": word, "batch": n, "failures": sum(cell.failures.values())}
                    rows.append({**row, **inverse(cell, float(n))})
        if len(names(rows, "scenario")) < max(1, min(2, len(self.series) - 1)):
            return None  # nothing to compare
        chart = lines_of(
            drawing,
            rows,
            alt.X(
                "batch:Q",
                title="tasks in a batch (N)",
                scale=alt.Scale(type="log") if self.name == "F8" else alt.Scale(),
            ),
            alt.Y("value:Q", title="seconds for the batch"),
        )
        failed = sum(row["failures"] for row in rows)
        finding = _grown(rows) if not self.one_size else _quickest(rows)
        finding += f" {failed} requests failed: the cells in the matrix say which." if failed else ""
        return Picture(self.name, self.title, finding, self.sentence, chart, rows)


LOOPS = ("tornado", "asyncio-tornado", "asyncio-aiohttp", "twisted", "gevent")

FIGURES = (
    Figure(
        "F1",
        "F1: serial",
        (("serial", "native-gil", "computing"), ("serial", "python", "computing in Python"), ("serial", "io", "I/O")),
        "One task after another: times should add up to straight lines.",
    ),
    Figure(
        "F2",
        "F2: threads",
        (("threads", "native-gil", "computing, GIL held"), ("threads", "io", "I/O")),
        "One thread per task: waiting overlaps, computing that holds a GIL does not.",
    ),
    Figure(
        "F3",
        "F3: threads with the GIL released",
        (("threads", "native-nogil", "computing, GIL released"), ("serial", "native-nogil", "serial")),
        "One thread per task, computing in C that lets go of the GIL, beside the same one after another.",
    ),
    Figure(
        "F4",
        "F4: processes",
        (("processes", "native-gil", "computing"), ("processes", "io", "I/O")),
        "One process per task: both overlap, and each process has to be made first.",
    ),
    Figure(
        "F5",
        "F5: every way to compute",
        (
            ("serial", "native-gil", "serial"),
            ("threads", "native-gil", "threads, GIL held"),
            ("threads", "native-nogil", "threads, GIL released"),
            ("processes", "native-gil", "processes"),
        ),
        "Computing four ways: threads that hold a GIL should lie on serial, those that release it on processes.",
    ),
    Figure(
        "F6",
        "F6: on an event loop",
        tuple(
            (loop, task, f"{loop}, {word}")
            for loop in LOOPS[:4]
            for task, word in (("native-gil", "computing"), ("io", "I/O"))
        ),
        "On a loop waiting overlaps and computing does not: it blocks the loop.",
    ),
    Figure(
        "F7",
        "F7: a loop with a pool behind it",
        (
            ("tornado", "native-gil", "loop alone"),
            ("tornado+thread-pool", "native-gil", "loop and threads"),
            ("tornado+process-pool", "native-gil", "loop and processes"),
        ),
        "Computing handed from the loop to a pool: threads that hold a GIL should gain nothing, processes should.",
    ),
    Figure(
        "F8",
        "F8: very many requests at once",
        tuple((name, "io-load", name) for name in ("threads", *LOOPS)),
        "The same request, hundreds and thousands at once: which model keeps up, and at what size it no longer does.",
        one_size=True,
    ),
)


def _grown(rows: Rows) -> str:
    """Describe, line by line, how many times as long the largest batch takes as the smallest."""
    parts = []
    for word, of_word in by(lambda row: row["scenario"], rows).items():
        times = []
        for line in by(lambda row: row["interpreter"], of_word).values():
            times.append((line[-1]["batch"] / line[0]["batch"], line[-1]["value"] / line[0]["value"]))
        tasks, longer = zip(*times)
        parts.append(f"{word} takes {spanned(longer)} times as long for {spanned(tasks)} times the tasks")
    return sentence("; ".join(parts))


def _quickest(rows: Rows) -> str:
    """Describe which line is the quickest on each interpreter, for the largest batch."""
    largest = max(row["batch"] for row in rows)
    quickest = []
    for label, line in by(lambda row: row["interpreter"], [row for row in rows if row["batch"] == largest]).items():
        best = min(line, key=lambda row: row["value"])
        quickest.append(f"{best['scenario']} on {label} ({short(best['value'])} s)")
    return f"With {largest} at once the quickest are {listed(quickest)}."


def _of_one_delay(cells: list[Cell]) -> list[Cell]:
    """Return the cells of the delay that was measured at most sizes: another delay is other work."""
    delays = by(lambda cell: cell.parameters.get("delay_ms"), cells)
    return max(delays.values(), key=lambda of_delay: len({cell.batch for cell in of_delay}), default=[])
