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

#: Folders of the inside half that a worker imports; the tasks of the catalog need the last two.
WORKER = ("compat", "transports")
SAMPLES = ("native", "scenarios")


@dataclass(frozen=True)
class TaskModule:
    """A task as workers offer it: its name, the template of tasks.py with its values, and the folders beside it."""

    name: str
    template: str
    values: dict[str, Any]
    folders: tuple[str, ...]
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
    return TaskModule(cell.task, "sample_tasks.py", {"settings": settings}, (*WORKER, *SAMPLES))


def copy_folders(folders: tuple[str, ...], into: Path) -> None:
    """Copy the Python files of ``folders`` of this repository."""
    for name in folders:
        for path in sorted((ROOT / name).rglob("*.py")):
            target = into / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
