# Run by the driver and by the report (Python 3.9 upward).
"""The keys of cells: what identifies a cell, and what it has in common with others."""

from __future__ import annotations

from runoff.records.parameters import OF_THE_TASK
from runoff.records.schema import CellKey
from scenarios.catalog import OWN_FUNCTION
from transports import catalog as wires

#: Parameters that say what carries tasks between processes, and change nothing in what is compiled.
CARRIERS = ("transport", "durable")
BETWEEN_PROCESSES = {row.scheme for row in wires.WIRES if "processes" in row.guarantees}


def cell_key(record: CellKey) -> str:
    """Return what identifies a cell: cpython-3.13/thread-pool/python/batch=8,concurrency=2."""
    batch = {} if record["task"] == OWN_FUNCTION else {"batch": record["batch"]}
    parameters = {**batch, **record["parameters"]}
    listed = ",".join(f"{name}={value}" for name, value in parameters.items())
    return f"{record['interpreter']}/{record['scenario']}/{record['task']}/{listed}"


def like_key(record: CellKey) -> str:
    """Return what a cell has in common with those of other interpreters: thread-pool/python/batch=8,concurrency=2."""
    return cell_key(record).removeprefix(f"{record['interpreter']}/")


def warm_up_key(record: CellKey) -> str:
    """Return what identifies cells that warm up alike: the same code in as many processes, by whatever wire."""
    parameters = record["parameters"]
    if parameters.get("transport") in BETWEEN_PROCESSES:
        parameters = {name: value for name, value in parameters.items() if name not in CARRIERS}
    return cell_key({**record, "parameters": parameters})


def work_key(record: CellKey) -> str:
    """Return what identifies a work, whichever interpreter does it: python/batch=8.

    A person's function is one work: its batches differ by how it is run, and only make an iteration long enough.
    """
    if record["task"] == OWN_FUNCTION:
        return OWN_FUNCTION
    settings = {name: value for name, value in record["parameters"].items() if name in OF_THE_TASK}
    return f"{record['task']}/" + ",".join(
        f"{name}={value}" for name, value in {"batch": record["batch"], **settings}.items()
    )
