# Run by the driver (Python 3.9 upward).
"""From experiments.toml and what was asked for to a list of cells, each to be measured or skipped with its reason."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench import record
from bench.environments import Environment, PrepareFailed
from bench.errors import BadInput, choose
from scenarios import catalog

SCENARIOS = catalog.by_name(catalog.SCENARIOS)
TASKS = catalog.by_name(catalog.TASKS)


@dataclass(frozen=True)
class Selection:
    """What a person asked for; an empty tuple or None leaves it to the profile."""

    profile: str = "quick"
    scenarios: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    concurrency: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One interpreter x scenario x task x size. ``skip``: why it will not be measured."""

    interpreter: str
    scenario: str
    task: str
    n: int
    parameters: tuple[tuple[str, Any], ...]
    skip: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The fields of a record that say which cell it is."""
        return {
            "interpreter": self.interpreter,
            "scenario": self.scenario,
            "task": self.task,
            "n": self.n,
            "parameters": dict(self.parameters),
        }

    @property
    def key(self) -> str:
        return record.cell_key(self.data)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Cell:
        parameters = tuple(data["parameters"].items())
        return cls(data["interpreter"], data["scenario"], data["task"], data["n"], parameters, data.get("skip"))


def check(selection: Selection, table: dict[str, Any]) -> None:
    """BadInput, with the nearest name, where ``selection`` names what does not exist."""
    choose("profile", [selection.profile], list(table["profiles"]))
    choose("scenario", selection.scenarios, list(SCENARIOS))
    choose("task", selection.tasks, list(TASKS))
    if any(number < 1 for number in selection.concurrency):
        raise BadInput("--concurrency takes whole numbers from 1 up")


def cells(
    selection: Selection,
    table: dict[str, Any],
    environments: dict[str, Environment | PrepareFailed],
    cores: int,
) -> list[Cell]:
    """Every cell of the profile that the selection keeps, for every interpreter; each cell once."""
    check(selection, table)
    sets = [table["sets"][name] for name in table["profiles"][selection.profile]["sets"]]
    wanted: dict[str, Cell] = {}
    for label, environment in environments.items():
        for row in sets:
            for cell in _of_set(row, label, environment, selection, table, cores):
                wanted.setdefault(cell.key, cell)
    if not wanted:
        raise BadInput(
            f"profile {selection.profile} measures no such combination of scenario and task; "
            f"see the sets of experiments.toml, or try --profile {next(reversed(table['profiles']))}"
        )
    return list(wanted.values())


def _of_set(
    row: dict[str, Any],
    label: str,
    environment: Environment | PrepareFailed,
    selection: Selection,
    table: dict[str, Any],
    cores: int,
) -> Iterable[Cell]:
    for scenario in row["scenarios"]:
        for task in row["tasks"]:
            if selection.scenarios and scenario not in selection.scenarios:
                continue
            if selection.tasks and task not in selection.tasks:
                continue
            takes = SCENARIOS[scenario].parameters
            sizes = selection.concurrency or _sizes(row["concurrency"], row["n"], cores)
            for size in dict.fromkeys(sizes if "concurrency" in takes else [0]):
                parameters: dict[str, Any] = {}
                if "concurrency" in takes:
                    parameters["concurrency"] = size
                if "start_method" in takes:
                    parameters["start_method"] = _start_method(environment, table["start_methods"])
                if TASKS[task].waits:
                    parameters["delay_ms"] = row["delay_ms"]
                if "loads" in row:
                    parameters.update(loads=row["loads"], seconds=row["seconds"])
                skip = _reason_to_skip(scenario, task, environment)
                yield Cell(label, scenario, task, row["n"], tuple(parameters.items()), skip)


def _sizes(values: list[int | str], n: int, cores: int) -> list[int]:
    """The concurrencies of a row; "1..cores" is 1, 2, 4 ... cores, and points between where there are six."""
    sizes: list[int] = []
    for value in values:
        if value == "1..cores":
            doubled = [2**power for power in range(cores.bit_length())]
            halfway = [3 * 2**power for power in range(cores.bit_length())]
            points = (
                {size for size in (*doubled, *halfway, cores) if size <= cores} if cores >= 6 else {*doubled, cores}
            )
            sizes += sorted(points)
        else:
            sizes.append(_size(value, n, cores))
    return sizes


def _size(value: int | str, n: int, cores: int) -> int:
    """A concurrency from experiments.toml: a number, "n", "cores" or "cores*2"."""
    if isinstance(value, int):
        return value
    word, _, factor = value.partition("*")
    return {"n": n, "cores": cores}[word] * int(factor or 1)


def _start_method(environment: Environment | PrepareFailed, preferred: list[str]) -> str | None:
    has = [] if isinstance(environment, PrepareFailed) else environment.facts["start_methods"]
    return next((method for method in [*preferred, *has] if method in has), None)


def _reason_to_skip(scenario: str, task: str, environment: Environment | PrepareFailed) -> str | None:
    if isinstance(environment, PrepareFailed):
        return f"no environment: {environment}"
    for word in (*SCENARIOS[scenario].needs, *TASKS[task].needs):
        if word not in environment.capabilities:
            return f"no {word}: {environment.missing.get(word, 'this interpreter does not have it')}"
    return None


def order(cells: list[Cell], block: int, seed: int) -> list[Cell]:
    """The order of ``block``: random, and each odd block its predecessor in reverse (ABBA; METHOD, protocol 2)."""
    shuffled = list(cells)
    random.Random(f"{seed}/{block // 2}").shuffle(shuffled)
    return shuffled[::-1] if block % 2 else shuffled
