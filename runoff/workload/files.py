# Run by the driver (Python 3.9 upward).
"""What the task of a person's function reads, one file an interpreter."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.paths import WORKLOADS, shown, workload_file
from runoff.workload import requirement_files
from runoff.workload.file_state import MOST_BYTES, state
from runoff.workload.gate import GateOutcome, Workload
from runoff.workload.target import Target

#: Of further files, size and time are taken and not the text: no function needs a package of so many.
MOST_FILES = 2000


def digest(workload: Workload) -> str:
    """Return a digest of all that the function is known by: its place, its source, inputs, requirements."""
    choices = json.dumps([workload.target.as_request(), workload.inputs, sorted(workload.variables)])
    parts = [choices, requirement_files.digest(workload.requirements)]
    if workload.target.file:
        parts.append(state(Path(workload.target.file), math.inf))
    for index, path in enumerate(sources(workload.target)):
        parts.append(f"{path} {state(path, MOST_BYTES if index < MOST_FILES else 0)}")
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def sources(target: Target) -> Iterator[Path]:
    """Yield the modules that the function lies among: those in the folder of its file, or those of its package.

    There are none of a module that lies elsewhere, as one that the requirements bring.
    """
    if target.file and "." not in target.module:
        yield from sorted(Path(target.file).parent.glob("*.py"))
        return
    first = target.module.partition(".")[0]
    if Path(target.folder, f"{first}.py").is_file():
        yield from sorted(Path(target.folder).glob("*.py"))
    for folder, folders, names in os.walk(Path(target.folder, first)) if first else ():
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))


def write(workload: Workload, outcome: GateOutcome) -> str:
    """Write a file for each interpreter that passed; return the digest that names them."""
    name = digest(workload)
    (WORKLOADS / name).mkdir(parents=True, exist_ok=True)
    for verdict in outcome.verdicts:
        if verdict.passed:
            content = {
                "target": workload.target.as_request(),
                "inputs": workload.inputs,
                "answers": verdict.answers,
                "varies": outcome.varies is not None,
                "awaited": verdict.awaited,
                "changes_input": verdict.changes_input,
            }
            workload_file(name, verdict.label).write_text(json.dumps(content), encoding="utf-8")
    return name


def require(digest: str, labels: list[str]) -> None:
    """Raise BadInput where a file that a resumed run needs is not there."""
    for label in labels:
        if not workload_file(digest, label).exists():
            raise BadInput(
                f"the recorded answers of {label} are missing from {shown(WORKLOADS)}: "
                "leave out --resume to start a new run"
            )
