# Run by the driver (Python 3.9 upward).
"""What the task of a person's function reads, one file an interpreter."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.paths import WORKLOADS, shown, workload_file
from runoff.workload.gate import GateOutcome, Workload


def digest(workload: Workload) -> str:
    """Return a digest of all that the function is known by: its place and text, inputs, requirements."""
    paths = (workload.target.file, workload.requirements)
    texts = [Path(path).read_bytes() for path in paths if path is not None]
    choices = json.dumps([workload.target.as_request(), workload.inputs, sorted(workload.variables)]).encode()
    return hashlib.sha256(b"\0".join([choices, *texts])).hexdigest()[:16]


def write(workload: Workload, outcome: GateOutcome) -> None:
    """Write a file for each interpreter that passed."""
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


def require(digest: str, labels: list[str]) -> None:
    """Raise BadInput where a file that a resumed run needs is not there."""
    for label in labels:
        if not workload_file(digest, label).exists():
            raise BadInput(
                f"the recorded answers of {label} are missing from {shown(WORKLOADS)}: "
                "leave out --resume to start a new run"
            )
