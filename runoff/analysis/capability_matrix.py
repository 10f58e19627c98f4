# Run by the report (Python 3.9 upward).
"""What each interpreter and variant of a run can do: per scenario, transport and task, ok or why not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from runoff.records import cell_keys, record

#: A cell ran and every answer was right.
RAN = "ok"
#: The interpreter has all that is needed, and the run ended before it came to the cell.
ABLE = "able"
#: Parts of a reason that differ between two failures of one cause.
INCIDENTAL = re.compile(r" \(log: [^)]*\)|0x[0-9a-f]+|; a memory limit of .*")


@dataclass(frozen=True)
class Group:
    """Tasks of one scenario, over one transport where it has one, with the same outcome on every interpreter."""

    scenario: str
    transport: str | None
    tasks: tuple[str, ...]
    #: {interpreter: RAN, ABLE, or why not}
    outcomes: dict[str, str]


def groups(run: record.Run) -> list[Group]:
    """Return the matrix of ``run``, tasks with equal outcomes together, in the order of the plan."""
    outcomes: dict[tuple[str, str | None], dict[str, dict[str, str]]] = {}
    ended = _ended(run)
    for cell in run.header["cells"]:
        if cell["interpreter"] not in run.header["interpreters"] and cell["skip"] is None:
            continue  # the baseline's repetition
        row = outcomes.setdefault((cell["scenario"], cell["parameters"].get("transport")), {})
        found = cell["skip"] or ended.get(cell_keys.cell_key(cell), ABLE)
        _add(row.setdefault(cell["task"], {}), cell["interpreter"], _plain(found))
    made = []
    for (scenario, transport), row in outcomes.items():
        made += [Group(scenario, transport, tasks, alike) for tasks, alike in _equal(row)]
    return made


def columns(made: Iterable[Group], labels: Iterable[str]) -> list[tuple[str, ...]]:
    """Return ``labels``, those with the same outcome in every group together."""
    alike: dict[tuple[str | None, ...], list[str]] = {}
    for label in labels:
        alike.setdefault(tuple(group.outcomes.get(label) for group in made), []).append(label)
    return [tuple(each) for each in alike.values()]


def _ended(run: record.Run) -> dict[str, str]:
    """Return {cell: RAN where an invocation of it was right, else how the last one ended}.

    A cell that the plan skips has a record as well, which says why.
    """
    ended: dict[str, str] = {}
    for each in (each for each in run.records if each["status"] != record.SKIPPED):
        key = cell_keys.cell_key(each)
        if ended.get(key) != RAN:
            ended[key] = RAN if each["status"] == record.OK else f"{each['status']}: {each['reason']}"
    return ended


def _add(row: dict[str, str], label: str, found: str) -> None:
    """Note an outcome; of several sizes of one cell, the best counts."""
    if row.get(label) not in (RAN, ABLE) or found == RAN:
        row[label] = found


def _plain(reason: str) -> str:
    return INCIDENTAL.sub("", reason)


def _equal(row: dict[str, dict[str, str]]) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Return (tasks, outcomes) for the tasks of ``row`` that have the same outcomes."""
    alike: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for task, found in row.items():
        alike.setdefault(tuple(sorted(found.items())), []).append(task)
    return [(tuple(tasks), dict(found)) for found, tasks in alike.items()]
