# Run by the report (Python 3.9 upward).
"""The pictures of a report, each one a Vega-Lite specification that the page draws and image files are made from.

Each family has a file; drawing.py holds what they share. A run gets the pictures that it has data for; ``draw`` lists
the others with what would give the data.
"""

from __future__ import annotations

from collections.abc import Callable

from runoff.report.pictures import (
    forest,
    latency_curves,
    memory_pareto,
    original_study,
    recovery_timeline,
    speed_up,
    sweep_curves,
    warm_up,
)
from runoff.report.pictures.drawing import Drawing, Picture

FULL = "nox -s bench-... (the quick profile) measures it"
VOID = "where the generator was late, on a busy machine, it is void and not drawn"

#: (title, what would give the data, function): in the order of the page
PICTURES: tuple[tuple[str, str, Callable[[Drawing], Picture | None]], ...] = (
    ("Ratios against the baseline", "name two interpreters or more", forest.draw),
    ("Speed-up over workers", "--concurrency 1,2,4 (or --profile rigorous) measures it", speed_up.draw),
    ("Warm-up", f"the serial scenario with a computing task; {FULL}", warm_up.draw),
    ("Latency by percentile", f"--profile latency measures it; {VOID}", latency_curves.draw),
    (
        "Latency by percentile, over each transport",
        f"--profile transports measures it; {VOID}",
        latency_curves.over_transports,
    ),
    ("Throughput against memory", FULL, memory_pareto.draw),
    ("Recovery timeline", "--profile transports measures it", recovery_timeline.draw),
    ("Payload sweep", "--profile rigorous measures it", sweep_curves.payload),
    (
        "Task length sweep",
        "--profile transports measures it, and the tasks noop and python suggest it",
        sweep_curves.length,
    ),
    ("Tasks under way", "--profile transports measures it", sweep_curves.in_flight),
    ("Credit", "--profile transports measures it", sweep_curves.credit),
    *((figure.title, original_study.HOW, figure.draw) for figure in original_study.FIGURES),
)


def draw(drawing: Drawing) -> tuple[list[Picture], list[tuple[str, str]]]:
    """Return the pictures that the run has data for, and (title, what would give the data) of the others."""
    made, missing = [], []
    for title, how, make in PICTURES:
        picture = make(drawing)
        if picture is None:
            missing.append((title, how))
        else:
            made.append(picture)
    return made, missing
