# Run by pytest (Python 3.9 upward).
"""Recipes written from a made-up run, for an interpreter with the given facts."""

from __future__ import annotations

import json
from pathlib import Path

from runoff.recipe import builds, chosen, folder, sizing, task_module
from runoff.records import record
from runoff.records.record import OWN_FUNCTION
from tests.helpers import runs

FACTS = {"family": "cpython", "implementation": "CPython", "implementation_version": "3.13.5", "python_full": "3.13.5"}


def choose(run: record.Run, option: str | None = None, **facts) -> chosen.Chosen:
    for known in run.header["interpreters"].values():
        known.update({**FACTS, "packages": ["six==1.17.0", "pika==1.4.4"], **facts})
    run.header["work"] = {"python": 60000}
    return chosen.choose_option(run, option)


def write(run: record.Run, into, option: str | None = None, **facts):
    choice = choose(run, option, **facts)
    task = task_module.of_cell(choice.cell, run.header)
    build = builds.build_of(choice.cell.interpreter, choice.facts)
    folder.write(into, folder.Recipe(choice, sizing.compute(choice.figures), build, task, 9101, "nox -s recipe"))
    return into


def own_run(folder: Path, left_out: list[dict[str, str]] | None = None) -> record.Run:
    """A run of a function with a module beside it, which workers behind RabbitMQ did; its files are in ``folder``."""
    place = folder / "shop"
    place.mkdir()
    (place / "orders.py").write_text("import json\nimport rates\n\ndef handle(x, factor=1):\n    return x * factor\n")
    (place / "rates.py").write_text("RATE = 2\n")
    (place / "private.py").write_text("KEY = 1\n")
    target = {"folder": str(place), "module": "orders", "name": "handle", "file": str(place / "orders.py")}
    content = {"target": target, "inputs": [[2], {"x": 3, "factor": 2}], "answers": [2, 6]}
    labels = ["python-0", "python-1"]
    for label in labels:
        path = task_module.workload_file("abc", label)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**content, "varies": False, "awaited": False, "changes_input": False}))
    behind = {"concurrency": 2, "transport": "amqp", "worker_kind": "thread"}
    cells = [runs.cell(label, "serial", OWN_FUNCTION) for label in labels]
    cells += [runs.cell(label, "distributed", OWN_FUNCTION, **behind) for label in labels]
    seconds = [0.08, 0.04, 0.05, 0.025]
    records = [each for cell, took in zip(cells, seconds) for each in runs.invocations(cell, took)]
    workload = {
        "function": "orders.py:handle",
        "digest": "abc",
        "variables": ["SHOP_KEY"],
        "words": ["--workload", "orders.py:handle"],
        "left_out": left_out or [],
    }
    today = {"interpreter": labels[0], "scenario": "serial"}
    return runs.run(folder, labels, cells, records, workload=workload, today=today)
