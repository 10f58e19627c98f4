# Run by the report (Python 3.9 upward).
"""Where the time of a run went: to first looks, to pilots or to the race, and to which task and interpreter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runoff.analysis.deployable.order import ordered
from runoff.records import record
from runoff.records.schema import Record

FIRST, PILOT, RACE = "first look at each cell", "pilots of what compiles", "the race"
ALL = "all"


@dataclass(frozen=True)
class Spent:
    """Some invocations, and the seconds of each of their stretches: they add up to ``total_s``."""

    count: int
    starting_s: float
    opening_s: float  # imports, pools, workers
    cold_s: float
    warm_s: float
    rest_s: float  # ending, and open loops and kills where a cell has them
    total_s: float

    @classmethod
    def of(cls, records: Sequence[Record]) -> Spent:
        """Add up ``records``, which were measured."""
        starting = sum(each["startup_ns"] for each in records) / 1e9
        opening = sum(each["open_ns"] for each in records) / 1e9
        cold = sum(each["cold_ns"] for each in records) / 1e9
        iterations = sum(sum(each["iterations_ns"]) for each in records) / 1e9
        total = sum(each["wall_s"] for each in records)
        rest = total - starting - opening - iterations
        return cls(len(records), starting, opening, cold, iterations - cold, rest, total)


def by_kind(run: record.Run) -> dict[str, Spent]:
    """Return what each kind of invocation took. A pilot is known by iterations that together last ``pilot_s``."""
    pilot_ns = run.header.get("pilot_s", 0.0) * 1e9  # runs from before there were pilots are read as well

    def kind(each: Record) -> str:
        if pilot_ns and sum(each["iterations_ns"]) >= pilot_ns:
            return PILOT
        return RACE if each["block"] else FIRST

    groups = {name: [each for each in _measured(run) if kind(each) == name] for name in (FIRST, PILOT, RACE)}
    return {name: Spent.of(group) for name, group in groups.items() if group}


def by_task(run: record.Run) -> dict[str, dict[str, Spent]]:
    """Return {task: {interpreter: what it took there}}, in the order of deployment, and ALL of them at the end."""
    measured = _measured(run)
    taken = {each["interpreter"] for each in measured}
    labels = [label for label in ordered(run.header["interpreters"]) if label in taken]
    found = {}
    for task in dict.fromkeys(each["task"] for each in measured):
        of_task = [each for each in measured if each["task"] == task]
        of_each = {label: [each for each in of_task if each["interpreter"] == label] for label in labels}
        found[task] = {name: Spent.of(records) for name, records in {**of_each, ALL: of_task}.items()}
    return found


def _measured(run: record.Run) -> list[Record]:
    return [each for each in run.records if each["status"] == record.OK]
