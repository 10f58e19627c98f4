# Run by the driver and by the report (Python 3.9 upward).
"""The command that measures one cell again, from the options by which the driver finds a cell."""

from __future__ import annotations

import functools
import shlex
from typing import Any

from runoff.common import tables
from runoff.records.parameters import NONE, PARAMETERS
from runoff.records.schema import CellKey, Header
from scenarios import catalog


def option(parameter: str) -> str:
    """Return the option that selects a parameter of a cell."""
    return "--" + parameter.replace("_", "-")


def spelled(value: Any) -> str:
    """Format the value of a parameter as a person types it."""
    return NONE if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def command(cell: CellKey, header: Header) -> str:
    """Return the command that measures this one cell (its fields in a record) again."""
    parameters = cell["parameters"]
    sessions = [
        cell["interpreter"],
        *([parameters["worker_interpreter"]] if "worker_interpreter" in parameters else []),
    ]
    words = ["nox", "-s", *(f"bench-{name}" for name in sessions), "--", "--profile", str(header.get("profile"))]
    words += ["--scenario", cell["scenario"]]
    if "workload" in header:  # its batch follows from how long a call takes then
        words += header["workload"]["words"]
    else:
        words += ["--task", cell["task"], "--batch", str(cell["batch"])]
    if "concurrency" in parameters:
        words += ["--concurrency", str(parameters["concurrency"])]
    for name in (row.name for row in PARAMETERS if row.takes):
        if name in parameters or name in _elsewhere(cell["scenario"], cell["task"]):
            words += [option(name), spelled(parameters.get(name))]
    if header.get("soak_s"):
        words += ["--soak", f"{header['soak_s'] / 60:g}"]
    return shlex.join([*words, "--seed", str(header["seed"])])


@functools.cache
def _elsewhere(scenario: str, task: str) -> frozenset[str]:
    """Return the parameters that a cell of that scenario and task has in any set of experiments.toml."""
    known = {**catalog.by_name(catalog.SCENARIOS), **catalog.by_name(catalog.TASKS)}
    takes = {name for word in (scenario, task) if word in known for name in known[word].parameters}
    sets = tables.read("experiments.toml")["sets"].values()
    rows = [row for row in sets if scenario in row["scenarios"] and task in row["tasks"]]
    return frozenset(name for row in rows for name in row if name in takes)
