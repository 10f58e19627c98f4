# Run by the report (Python 3.9 upward).
"""Compare each variant of an interpreter with its own parent, whatever the baseline is."""

from __future__ import annotations

from runoff.analysis.cells.comparing import best_of_each
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.ranking import against
from runoff.common.wording import times


def in_words(cells: MeasuredCells, without_parent: str | None = None) -> list[str]:
    """Return a line per variant: its speed over its parent's at each task, each with its best scenario.

    Variants of the interpreter called ``without_parent`` are left out.
    """
    facts_of = cells.header["interpreters"]
    variants = {label: variant for label in cells.labels if (variant := facts_of[label].get("variant"))}
    best = {task: best_of_each(cells.of_work(work)) for task, work in cells.works.items()}
    found = [
        (label, variant, task, of_task[label], of_task[variant["parent"]])
        for label, variant in variants.items()
        if variant["parent"] != without_parent
        for task, of_task in best.items()
        if label in of_task and variant["parent"] in of_task
        if of_task[label].ranked and of_task[variant["parent"]].ranked
    ]
    floors = [floor for task in best if (floor := cells.floor(cells.works[task]))]
    floor = max(floors, key=lambda each: each.share, default=None)
    compared = against([(own, parent) for *_, own, parent in found], floor, cells.header)
    lines: dict[str, list[str]] = {}
    for (label, variant, task, *_), (comparison, verdict) in zip(found, compared):
        shown = ", ".join(f"{name} {value}" for name, value in variant["engaged"].items()) or "no fact to show it"
        head = f"{label} against {variant['parent']} ({shown}, in each process):"
        lines.setdefault(head, []).append(f"{task} {times(comparison.ratio)} {verdict}")
    return [f"{head} {'; '.join(tasks)}" for head, tasks in lines.items()]
