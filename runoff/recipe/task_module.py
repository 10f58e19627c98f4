# Run by the driver (Python 3.9 upward).
"""What the workers run: the run's sample task or a person's own function, as a module tasks.py, and its code."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runoff.analysis.cells.cell import Cell
from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.common.paths import ROOT, shown, workload_file
from runoff.recipe import own_code
from runoff.records.record import OWN_FUNCTION
from runoff.records.schema import Header, HeaderWorkload
from scenarios import catalog

#: What a worker imports of the inside half; and what the tasks of the catalog, or an own function, import besides.
WORKER = ("compat", "transports")
SAMPLES = (
    "native/__init__.py",
    "native/foreign.py",
    "native/reference.py",
    "scenarios/__init__.py",
    "scenarios/catalog.py",
    "scenarios/compilers.py",
    "scenarios/own_function",
    "scenarios/tasks",
)
OWN = ("scenarios/__init__.py", "scenarios/own_function")
#: A need of tasks that every build in builds.toml meets.
STDLIB = "stdlib"


@dataclass(frozen=True)
class TaskModule:
    """A task as workers offer it: its ``template`` in task_templates/ and the values of that.

    ``code`` is copied from this repository, and ``own`` ({path in app/own: path}) from where the function lies.
    ``answers`` belong to ``inputs``; ``checked`` is false for answers that vary.
    """

    name: str
    template: str
    values: Data
    code: tuple[str, ...]
    inputs: list[Any]
    answers: list[Any]
    checked: bool = True
    own: dict[str, Path] | None = None
    variables: tuple[str, ...] = ()


def require_deployable(task: str, label: str) -> None:
    """Raise BadInput for a sample task that needs more than Python beside it, or that is none."""
    row = catalog.by_name(catalog.TASKS).get(task)
    needs = [name for name in row.needs if name != STDLIB] if row else []
    if row is None:
        why = "the run has measured no task that computes"
    elif row.waits or needs:
        beside = "the latency server" if row.waits else ", ".join(needs)
        why = f"the sample task {task} cannot be deployed, it needs {beside}"
    else:
        return
    raise BadInput(
        f"{why}; measure another one: nox -s bench-{label} -- --scenario distributed --task python --transport amqp"
    )


def of_cell(cell: Cell, header: Header) -> TaskModule:
    """Return the task of ``cell``; raise BadInput where its files are gone."""
    if cell.task == OWN_FUNCTION:
        return _own_function(cell, header["workload"])
    row = catalog.by_name(catalog.TASKS)[cell.task]
    settings = {name: cell.parameters[name] for name in row.parameters}
    if row.work:
        settings["rounds"] = int(header["work"][row.work])
    numbers = list(range(cell.batch))
    code = (*WORKER, *SAMPLES)
    return TaskModule(cell.task, "sample", {"settings": settings}, code, [[number] for number in numbers], numbers)


def _own_function(cell: Cell, workload: HeaderWorkload) -> TaskModule:
    path = workload_file(workload["digest"], cell.interpreter)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInput(
            f"the run's data on {workload['function']} is missing from {shown(path.parent)}; measure it again: "
            f"nox -s bench-{cell.interpreter} -- {' '.join(workload['words'])}"
        ) from None
    target = content["target"]
    if target.get("adapter"):
        raise BadInput(
            f"{workload['function']} is a program or a benchmark, and workers offer functions: measure a function that "
            "does the same, or deploy it as it is"
        )
    own = own_code.files(target)
    file = str(Path(target["file"]).relative_to(target["folder"])) if target["file"] else None
    return TaskModule(
        name=target["name"],
        template="own_function",
        values={"target": {**target, "file": file}, "awaited": content["awaited"]},
        code=(*WORKER, *OWN),
        inputs=content["inputs"],
        answers=content["answers"],
        checked=not content["varies"],
        own=own,
        variables=tuple(workload["variables"]),
    )


def copy_code(task: TaskModule, into: Path) -> None:
    """Copy the code that workers import."""
    sources = {path.relative_to(ROOT): path for name in task.code for path in _python_files(ROOT / name)}
    sources.update({Path("own", name): path for name, path in (task.own or {}).items()})
    for name, path in sources.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, into / name)


def _python_files(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.py"))
