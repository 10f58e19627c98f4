# Run by the driver (Python 3.9 upward).
"""What the workers run: the sample task of the run as a module tasks.py, and the inside half that it needs."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runoff.analysis.cells import Cell
from runoff.common.errors import BadInput
from runoff.common.paths import ROOT
from runoff.records.schema import Header
from scenarios import catalog

#: What a worker imports of the inside half; and what the tasks of the catalog import besides.
WORKER = ("compat", "transports")
SAMPLES = (
    *("native/__init__.py", "native/foreign.py", "native/reference.py"),
    *("scenarios/__init__.py", "scenarios/catalog.py", "scenarios/tasks"),
)


@dataclass(frozen=True)
class TaskModule:
    """A task as workers offer it: its name, the values of the template of tasks.py, and the code that it imports."""

    name: str
    values: dict[str, Any]
    code: tuple[str, ...]
    requirements: tuple[str, ...] = ()


def of_cell(cell: Cell, header: Header) -> TaskModule:
    """Return the task of ``cell``; raise BadInput for one that needs more than Python beside it."""
    row = catalog.by_name(catalog.TASKS)[cell.task]
    if row.waits or row.needs:
        beside = "the latency server" if row.waits else ", ".join(row.needs)
        raise BadInput(
            f"the sample task {cell.task} cannot be deployed, it needs {beside}; measure another one: "
            f"nox -s bench-{cell.interpreter} -- --scenario distributed --task python"
        )
    settings = {name: cell.parameters[name] for name in row.parameters}
    if row.work:
        settings["rounds"] = int(header["work"][row.work])
    return TaskModule(cell.task, {"settings": settings}, (*WORKER, *SAMPLES))


def copy_code(code: tuple[str, ...], into: Path) -> None:
    """Copy Python files and folders of them from this repository."""
    for name in code:
        for path in [ROOT / name] if name.endswith(".py") else sorted((ROOT / name).rglob("*.py")):
            target = into / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
