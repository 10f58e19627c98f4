# Run by the driver (Python 3.9 upward).
"""The plan: from experiments.toml and a selection to a list of cells, each measured or skipped with its reason."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from runoff.common.errors import BadInput, choose
from runoff.common.loose import Data, Table
from runoff.driver.reasons_to_skip import reason_to_skip
from runoff.environments.environment import Environment, PrepareFailed
from runoff.records import cell_keys, cell_options, record
from runoff.records.parameters import NONE, OF_THE_LOAD
from runoff.records.schema import CellKey, HeaderCell
from scenarios import catalog
from transports import catalog as wires

SCENARIOS = catalog.by_name(catalog.SCENARIOS)
TASKS = catalog.by_name(catalog.TASKS)
SIZES = ("concurrency", "workers")  # in words as well: "cores", "batch"
SERIAL = "serial"  # the scenario that runs one task at a time
THOROUGH = "rigorous"  # the profile that has every shape of work


@dataclass(frozen=True)
class Selection:
    """What a person selected; an empty tuple leaves it to the profile."""

    profile: str = "quick"
    scenarios: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    concurrency: tuple[int, ...] = ()
    #: (parameter of a cell, or batch; its values as they are typed): only cells that agree in all of them
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class PlannedCell:
    """One interpreter x scenario x task x size; ``skip`` is why it will not be measured."""

    interpreter: str
    scenario: str
    task: str
    batch: int
    parameters: tuple[tuple[str, Any], ...]
    skip: str | None = None

    @property
    def data(self) -> CellKey:
        """The fields of a record that identify the cell."""
        return {
            "interpreter": self.interpreter,
            "scenario": self.scenario,
            "task": self.task,
            "batch": self.batch,
            "parameters": dict(self.parameters),
        }

    @cached_property
    def key(self) -> str:
        """What identifies the cell in a record."""
        return cell_keys.cell_key(self.data)

    @property
    def brokered(self) -> bool:
        """Whether its tasks go through a broker."""
        return dict(self.parameters).get("transport") in record.BROKERED

    @property
    def driven(self) -> bool:
        """Whether its tasks begin at given moments, in an open loop."""
        return "seconds" in dict(self.parameters)

    @property
    def limit(self) -> float:
        """The tasks per second that waiting alone allows; infinite where nothing waits, or several wait at once."""
        delay_ms = dict(self.parameters).get("delay_ms")
        return 1000 / delay_ms if delay_ms and self.scenario == SERIAL else math.inf

    @property
    def guarantees(self) -> list[str] | None:
        """What its transport guarantees, as words; [] where it guarantees nothing, None without a transport."""
        parameters = dict(self.parameters)
        if "transport" in parameters:
            return self.guarantees_over(parameters["transport"])
        return [] if self.scenario in wires.WITHOUT_PROMISE else None

    def guarantees_over(self, scheme: str) -> list[str]:
        """Return what ``scheme`` guarantees for this cell's tasks."""
        return list(wires.guarantees(scheme, dict(self.parameters).get("durable", True)))

    @classmethod
    def from_data(cls, data: CellKey) -> PlannedCell:
        """Return the cell of a record's fields."""
        parameters = tuple(data["parameters"].items())
        return cls(data["interpreter"], data["scenario"], data["task"], data["batch"], parameters)

    @classmethod
    def from_plan(cls, planned: HeaderCell) -> PlannedCell:
        """Return the cell that run.json plans, with its reason to be skipped."""
        return replace(cls.from_data(planned), skip=planned["skip"])


def check(selection: Selection, table: Table) -> None:
    """Raise BadInput, with the nearest name, where ``selection`` names what does not exist."""
    choose("profile", [selection.profile], list(table["profiles"]))
    choose("scenario", selection.scenarios, list(SCENARIOS))
    choose("task", selection.tasks, list(TASKS))
    if any(number < 1 for number in selection.concurrency):
        raise BadInput("--concurrency takes whole numbers from 1 up")
    _check_cells_of_each(selection, table)
    for name, words in selection.where:
        if name != "worker_interpreter":  # any label may be one
            values = [value for row in table["sets"].values() for value in _list(row.get(name, ()))]
            known = list(dict.fromkeys(map(cell_options.spelled, values)))
            choose(f"value of {cell_options.option(name)}", words, [*known, NONE])


def _check_cells_of_each(selection: Selection, table: Table) -> None:
    """Raise BadInput where a selected scenario or task has no cell in the profile or the thorough one."""
    if not (lost := _without_cell(selection, table)):
        return
    among = " with what else is named" if selection.scenarios and selection.tasks else ""
    profiles = [name for name in table["profiles"] if not _without_cell(replace(selection, profile=name), table)]
    raise BadInput(
        f"{', '.join(lost)} has no cell{among} in profile {selection.profile} or {THOROUGH}: "
        + (f"try --profile {profiles[0]}" if profiles else "leave it out, or add it to a set of experiments.toml")
    )


def _without_cell(selection: Selection, table: Table) -> list[str]:
    """Return the selected scenarios and tasks that no set of the profile, or of the thorough one, has."""
    rows = [*_sets(table, selection.profile), *_sets(table, THOROUGH)]
    return _missing(selection, [pair for row in rows for pair in _pairs(row, selection)])


def _missing(selection: Selection, pairs: list[tuple[str, str]]) -> list[str]:
    """Return the selected scenarios and tasks that are in none of ``pairs``, in words."""
    scenarios, tasks = ({pair[at] for pair in pairs} for at in (0, 1))
    return [
        *(f"scenario {name}" for name in selection.scenarios if name not in scenarios),
        *(f"task {name}" for name in selection.tasks if name not in tasks),
    ]


def cells(
    selection: Selection,
    table: Table,
    environments: dict[str, Environment | PrepareFailed],
    cores: int,
) -> list[PlannedCell]:
    """Return every cell of the profile that the selection keeps, for every interpreter; each cell once.

    Cells that the selection names and the profile lacks come from the sets of the most thorough profile.
    """
    check(selection, table)
    wanted = _wanted(selection, table, environments, cores)
    if not wanted:
        able = [
            name for name in table["profiles"] if _wanted(replace(selection, profile=name), table, environments, cores)
        ]
        raise BadInput(
            f"profile {selection.profile} measures no such combination of "
            f"{', '.join(['scenario', 'task', *_options(selection)])}; "
            + (f"try --profile {able[0]}" if able else "see the sets of experiments.toml")
        )
    _check_nothing_is_dropped(selection, wanted)
    return wanted


def _check_nothing_is_dropped(selection: Selection, wanted: list[PlannedCell]) -> None:
    """Raise BadInput where a selected scenario or task has no cell with the selected values."""
    lost = _missing(selection, [(cell.scenario, cell.task) for cell in wanted])
    if lost and selection.where:
        raise BadInput(
            f"{', '.join(lost)} has no cell with these values of {', '.join(_options(selection))}: leave it out, or "
            f"add {NONE} to the values of an option that it does not have"
        )


def _options(selection: Selection) -> list[str]:
    """Return the options whose values ``selection`` chooses by."""
    return [cell_options.option(name) for name, _ in selection.where]


def _wanted(
    selection: Selection,
    table: Table,
    environments: dict[str, Environment | PrepareFailed],
    cores: int,
) -> list[PlannedCell]:
    own = _sets(table, selection.profile)
    had = {_named(pair, selection) for row in own for pair in _pairs(row, selection)}
    wanted: dict[str, PlannedCell] = {}
    for label in environments:
        for rows, known in ((own, set()), (_sets(table, THOROUGH), had)):
            for row in rows:
                pairs = [pair for pair in _pairs(row, selection) if _named(pair, selection) not in known]
                for cell in _of_set(row, pairs, label, environments, selection, table, cores):
                    if _agrees(cell, selection, environments):
                        wanted.setdefault(cell.key, cell)
    return list(wanted.values())


def _agrees(cell: PlannedCell, selection: Selection, environments: dict[str, Environment | PrepareFailed]) -> bool:
    """Return whether ``cell`` has the selected values; an interpreter of workers may be given by its family."""
    values = {"batch": cell.batch, **dict(cell.parameters)}
    for name, words in selection.where:
        value = values.get(name)
        other = environments.get(value) if name == "worker_interpreter" and value else None
        family = other.interpreter.family if isinstance(other, Environment) else ""
        if cell_options.spelled(value) not in words and family not in words:
            return False
    return True


def _sets(table: Table, profile: str) -> list[Table]:
    return [table["sets"][name] for name in table["profiles"][profile]["sets"]]


def _pairs(row: Table, selection: Selection) -> list[tuple[str, str]]:
    """Return the scenarios x tasks of one set that ``selection`` keeps."""
    return [
        (scenario, task)
        for scenario in row["scenarios"]
        for task in row["tasks"]
        if scenario in (selection.scenarios or row["scenarios"]) and task in (selection.tasks or row["tasks"])
    ]


def _named(pair: tuple[str, str], selection: Selection) -> tuple[str | None, str | None]:
    """Return the parts of ``pair`` that the selection names."""
    return pair[0] if selection.scenarios else None, pair[1] if selection.tasks else None


def _of_set(
    row: Table,
    pairs: list[tuple[str, str]],
    label: str,
    environments: dict[str, Environment | PrepareFailed],
    selection: Selection,
    table: Table,
    cores: int,
) -> Iterable[PlannedCell]:
    environment = environments[label]
    for scenario, task in pairs:
        load = {name: row[name] for name in OF_THE_LOAD if name in row}
        for batch in _list(row["batch"]):
            values: Data = {
                "concurrency": selection.concurrency or _sizes(_list(row.get("concurrency", "cores")), batch, cores),
                "workers": _sizes(_list(row.get("workers", "cores")), batch, cores),
                "start_method": [_start_method(environment, table["start_methods"])],
                **{name: _list(value) for name, value in row.items() if name not in SIZES},
            }
            if "worker_interpreter" in row:
                values["worker_interpreter"] = _of_workers(label, values["worker_interpreter"], environments)
            takes = [name for name in (*SCENARIOS[scenario].parameters, *TASKS[task].parameters) if name in values]
            for chosen in itertools.product(*(dict.fromkeys(values[name]) for name in takes)):
                parameters = (*zip(takes, chosen), *load.items())
                yield PlannedCell(
                    label,
                    scenario,
                    task,
                    batch,
                    parameters,
                    reason_to_skip(SCENARIOS[scenario], TASKS[task], dict(parameters), label, environments),
                )


def _of_workers(label: str, wanted: list[str], environments: dict[str, Environment | PrepareFailed]) -> list[str]:
    """Return labels for the families and labels that workers are to be of.

    The client's own family, and itself, are left out: those cells exist without the parameter.
    """
    own = environments[label]
    found = []
    for name in wanted:
        ready = [each for each in environments.values() if isinstance(each, Environment)]
        known = [each for each in ready if each.interpreter.parent is None]
        members = [each.interpreter for each in known if each.interpreter.family == name]
        newest = max(members, key=lambda each: (each.facts["gil"], each.facts["version_info"]), default=None)
        if isinstance(own, PrepareFailed) or name not in (own.interpreter.family, own.interpreter.label):
            found.append(newest.label if newest else name)
    return found


def without_broker(cells: list[PlannedCell], reason: str) -> list[PlannedCell]:
    """Return ``cells``, with ``reason`` as the skip of those that need a broker."""
    return [replace(cell, skip=reason) if cell.brokered and cell.skip is None else cell for cell in cells]


def _list(value: Any) -> list[Any]:
    """Return a value of experiments.toml as a list; several values make a cell each."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _sizes(values: list[int | str], batch: int, cores: int) -> list[int]:
    """Return the concurrencies of a row; "1..cores" is 1, 2, 4 ... cores, with points between from six on."""
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
            sizes.append(_size(value, batch, cores))
    return sizes


def _size(value: int | str, batch: int, cores: int) -> int:
    """Parse a concurrency from experiments.toml: a number, "batch", "cores" or "cores*2"."""
    if isinstance(value, int):
        return value
    word, _, factor = value.partition("*")
    return {"batch": batch, "cores": cores}[word] * int(factor or 1)


def _start_method(environment: Environment | PrepareFailed, preferred: list[str]) -> str | None:
    has = [] if isinstance(environment, PrepareFailed) else environment.facts["start_methods"]
    return next((method for method in [*preferred, *has] if method in has), None)


def order(cells: list[PlannedCell], block: int, seed: int) -> list[PlannedCell]:
    """Return the order of ``block``: random, and each odd block reverses its predecessor.

    That is ABBA (docs/method.md, rule 2).
    """
    shuffled = list(cells)
    random.Random(f"{seed}/{block // 2}").shuffle(shuffled)
    return shuffled[::-1] if block % 2 else shuffled
