# Run by the driver (Python 3.9 upward).
"""The command that measures one cell again, from the options by which the driver finds a cell."""

from __future__ import annotations

import functools
import shlex
from typing import Any

from runoff.common import tables
from runoff.records.schema import Header
from scenarios import catalog

#: Stands for a parameter that a cell has not.
NONE = "none"
#: (parameter of a cell, what its option takes, help): each is an option of the driver, and what a cell is found by.
#: Parameters that follow from these (rates of a set, how many workers cores make) have none.
OPTIONS = (
    ("batch", "N", "Only batches of so many tasks."),
    ("transport", "NAME", "Only over these transports: memory, zmq+inproc, zmq+ipc, zmq+tcp, amqp."),
    ("worker_kind", "NAME", "Only workers of this kind: thread, process, async."),
    (
        "worker_interpreter",
        "NAME",
        f"Only workers of this interpreter or family (enlist it too); {NONE}: the client's.",
    ),
    ("worker_concurrency", "N", "Only workers that run so many tasks at once."),
    ("in_flight", "N", "Only clients with so many tasks under way at once."),
    ("credit", "N", "Only workers that are given so many tasks ahead."),
    (
        "durable",
        "false",
        f"Only a broker that keeps tasks in memory; {NONE}: one that keeps them on disk, or no broker.",
    ),
    ("payload_bytes", "N", "Only payloads of this size."),
    ("length_ms", "MS", "Only tasks of this length (on the baseline)."),
    ("delay_ms", "MS", "Only this delay of the latency server."),
    ("cpu_share", "SHARE", "Only mixed tasks that compute for this share of their time."),
    ("switch_ms", "MS", "Only this switch interval; 0: the interpreter's own."),
)
PARAMETERS = tuple(name for name, _, _ in OPTIONS)


def option(parameter: str) -> str:
    """Return the option that selects a parameter of a cell."""
    return "--" + parameter.replace("_", "-")


def spelled(value: Any) -> str:
    """Format the value of a parameter as a person types it."""
    return NONE if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def command(cell: dict[str, Any], header: Header) -> str:
    """Return the command that measures this one cell (its fields in a record) again."""
    parameters = cell["parameters"]
    sessions = [
        cell["interpreter"],
        *([parameters["worker_interpreter"]] if "worker_interpreter" in parameters else []),
    ]
    words = ["nox", "-s", *(f"bench-{name}" for name in sessions), "--", "--profile", str(header.get("profile"))]
    words += ["--scenario", cell["scenario"], "--task", cell["task"], "--batch", str(cell["batch"])]
    if "concurrency" in parameters:
        words += ["--concurrency", str(parameters["concurrency"])]
    for name in PARAMETERS[1:]:
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
