# Run by the driver (Python 3.9 upward).
"""What a run measured of workers behind a transport, per interpreter: speed, scaling, memory, wire, broker, client."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runoff.analysis import scaling
from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells, of_main_works
from runoff.analysis.scaling import Law
from runoff.capacity import wire
from runoff.capacity.wire import Wire
from runoff.common.errors import BadInput, choose
from runoff.common.wording import listed, short
from runoff.recipe.sizing import FRAME_WORK_S
from runoff.records.record import DECIDED_BY, OVERHEAD, OWN_FUNCTION
from runoff.records.schema import Header
from runoff.stats.intervals import Estimate

SCENARIO = "distributed"
#: What a transport promises if its workers may be on other machines (docs/transports.md).
FAR = {"machines", "broker"}


@dataclass(frozen=True)
class Broker:
    """CPU seconds of the broker per task: the least that was measured, and the most; ``carried``: tasks per second.

    ``source``: which cell measured the least.
    """

    task_s: float
    most_task_s: float
    carried: float
    memory_bytes: int
    source: str


@dataclass(frozen=True)
class Client:
    """Tasks per second that one client process sends and receives, at least, and which cell says so.

    ``known``: whether a task that costs nothing was measured, so that the client had work to do.
    """

    rate: float
    source: str
    known: bool


@dataclass(frozen=True)
class MeasuredOption:
    """One interpreter behind one transport.

    ``sizes``: numbers of workers that were measured. ``one``: tasks per second of one worker among the most of them.
    ``alone``: of a single worker. ``slots``: tasks that a worker runs at once. ``cores``: of a worker at work; None
    where the system does not say. ``shared``: the client is in ``worker_bytes``, as only one size was measured.
    ``broker`` is None without one, and where its CPU time was not seen.
    """

    interpreter: str
    transport: str
    way: str
    task: str
    sizes: tuple[int, ...]
    one: Estimate
    alone: Estimate | None
    law: Law | None
    slots: int
    cores: float | None
    worker_bytes: float
    client_bytes: float
    shared: bool
    wire: Wire | None
    brokered: bool
    broker: Broker | None
    client: Client

    @property
    def name(self) -> str:
        """The interpreter and the transport."""
        return f"{self.interpreter} over {self.transport}"

    def service_s(self, speed: float) -> float:
        """Return how long a slot of a worker that answers ``speed`` tasks per second is busy with one task.

        What a task by itself costs more is known for the task that was driven alone.
        """
        more_s = self.wire.single_s if self.wire and self.wire.task == self.task else 0.0
        return self.slots / speed + more_s


def gather(
    cells: MeasuredCells, task: str | None, interpreter: str | None, transport: str | None
) -> list[MeasuredOption]:
    """Return what was measured, of all interpreters and transports or of those named.

    Raise BadInput where the run has nothing of the kind.
    """
    if interpreter is not None:
        choose("interpreter in this run", [interpreter], cells.labels)
    distant = [cell for cell in cells.completed if _reaches_far(cell)]
    usable = [cell for cell in distant if cell.ranked and _at_full_speed(cell)]
    if not usable:
        label = interpreter or cells.baseline
        raise BadInput(
            "the run has no speed of workers that can be on other hosts; measure them: "
            f"{command(cells.header, label, task or DECIDED_BY[0], transport)}"
        )
    transports = list(dict.fromkeys(cell.transport for cell in usable))
    if transport is not None:
        choose("transport between hosts in this run", [transport], transports)
    wanted = _task(task, list(dict.fromkeys(cell.task for cell in usable)))
    of_task = of_main_works([cell for cell in usable if cell.task == wanted])
    found = []
    for label in [interpreter] if interpreter else cells.labels:
        for scheme in [transport] if transport else transports:
            curve = _of(of_task, label, scheme)
            if curve:
                found.append(_measured(_best_way(curve), _of(distant, label, scheme), cells.header))
    if not found:
        label = interpreter or cells.baseline
        raise BadInput(
            f"the run has no speed of {label}'s workers over {transport or 'a network'} with the task {wanted}; "
            f"measure it: {command(cells.header, label, wanted, transport)}"
        )
    return found


def command(header: Header, label: str, task: str, transport: str | None) -> str:
    """Return the command that measures speed and latency of workers."""
    only = f"--scenario {SCENARIO} --transport {transport or 'amqp'}"
    if own := header.get("workload"):
        return f"nox -s bench-{label} -- {shlex.join(own['words'])} --profile rigorous {only}"
    return f"nox -s bench-{label} -- --profile transports --task {task},{OVERHEAD},sleep {only}"


def _task(named: str | None, known: list[str]) -> str:
    if named is not None:
        return choose("task of workers in this run", [named], known)[0]
    return next((task for task in (OWN_FUNCTION, *DECIDED_BY) if task in known), known[0])


def _of(cells: Iterable[Cell], interpreter: str, transport: str) -> list[Cell]:
    return [cell for cell in cells if (cell.interpreter, cell.transport) == (interpreter, transport)]


def _reaches_far(cell: Cell) -> bool:
    return (
        cell.scenario == SCENARIO
        and bool(FAR & set(cell.guarantees))
        and cell.parameters.get("durable", True)
        and not cell.runs_elsewhere
    )


def _at_full_speed(cell: Cell) -> bool:
    """Return whether a closed loop found its speed while nothing was done to its workers."""
    return not cell.for_latency and "kills" not in cell.parameters


def _best_way(cells: list[Cell]) -> dict[int, Cell]:
    """Return {workers: cell} of the kind of worker that is fastest with the most workers."""
    ways: dict[str, dict[int, Cell]] = {}
    for cell in cells:
        ways.setdefault(_way(cell), {})[int(cell.parameters["concurrency"])] = cell
    most = max(max(sizes) for sizes in ways.values())
    return max((sizes for sizes in ways.values() if most in sizes), key=lambda sizes: sizes[most].throughput.value)


def _way(cell: Cell) -> str:
    rest = {name: value for name, value in cell.parameters.items() if name != "concurrency"}
    return replace(cell, parameters=rest).name


def _measured(curve: dict[int, Cell], here: list[Cell], header: Header) -> MeasuredOption:
    """Return what ``curve`` ({workers: cell}) and the other cells of its interpreter and transport say."""
    sizes = tuple(sorted(curve))
    full, least = curve[sizes[-1]], curve[sizes[0]]
    cores = int(header["machine"]["cores"])
    several = len(sizes) > 1
    grown = full.peak_memory_bytes - least.peak_memory_bytes
    worker_bytes = grown / (sizes[-1] - sizes[0]) if several and grown > 0 else full.peak_memory_bytes / sizes[-1]
    one = full.throughput.scaled(1 / sizes[-1])
    return MeasuredOption(
        interpreter=full.interpreter,
        transport=full.transport,
        way=_way(full),
        task=full.task_with_settings,
        sizes=sizes,
        one=one,
        alone=curve[1].throughput if 1 in curve else None,
        law=scaling.fit({size: cell.throughputs for size, cell in curve.items()}, cores),
        slots=int(full.parameters.get("worker_concurrency", 1)),
        cores=_cores(full, sizes[-1], cores),
        worker_bytes=worker_bytes,
        client_bytes=max(0.0, full.peak_memory_bytes - worker_bytes * sizes[-1]),
        shared=not (several and grown > 0),
        wire=wire.of_cells((cell for cell in here if cell.for_latency), full.task_with_settings),
        brokered=full.brokered,
        broker=_broker(full, here),
        client=_client(full, here),
    )


def _cores(cell: Cell, workers: int, cores: int) -> float | None:
    """Return the cores that one worker keeps busy, the client's share included."""
    if cell.cpu_s_per_1000 is None:
        return None
    return min(cell.cpu_s_per_1000 / 1000 * cell.throughput.value, cores) / workers


def _alike(full: Cell, here: Iterable[Cell]) -> list[Cell]:
    """Return the cells of ``full``'s task, and those of no work whose messages hold as many tasks.

    A client puts tasks of some milliseconds into messages of their own. A task that costs nothing travels so where one
    is in flight at once, or may be ahead.
    """
    alone = wire.slots(full) / full.throughput.value > FRAME_WORK_S / 2
    single = [1 in (cell.parameters.get("in_flight"), cell.parameters.get("credit")) for cell in here]
    return [
        cell
        for cell, travels_alone in zip(here, single)
        if _at_full_speed(cell) and (cell.task == full.task or (cell.task == OVERHEAD and (travels_alone or not alone)))
    ]


def _broker(full: Cell, here: list[Cell]) -> Broker | None:
    spent = [(cell.broker_cpu_s_per_1000 / 1000, cell) for cell in _alike(full, here) if cell.broker_cpu_s_per_1000]
    if not spent:
        return None
    least_s, cheapest = min(spent, key=lambda each: each[0])
    source = f"{short(least_s * 1000)} CPU seconds per 1000 tasks ({cheapest.task}, {cheapest.name}, "
    return Broker(
        task_s=least_s,
        most_task_s=max(each[0] for each in spent),
        carried=max(cell.throughput.value for cell in here),
        memory_bytes=max(cell.broker_peak_memory_bytes for cell in here),
        source=f"{source}{short(cheapest.throughput.value)} tasks/s)",
    )


def _client(full: Cell, here: list[Cell]) -> Client:
    """Return what one client can do: at least what it did, or what its and a worker's CPU time together say."""
    rates = []
    for cell in _alike(full, here):
        rates.append((cell.throughput.value, f"it did {short(cell.throughput.value)} ({cell.task}, {cell.name})"))
        spent = cell.cpu_s_per_1000
        if spent and cell.task == OVERHEAD:
            source = f"with a worker it used {short(spent)} CPU seconds per 1000 tasks ({cell.task}, {cell.name})"
            rates.append((1000 / spent, source))
    return Client(*max(rates), known=any(cell.task == OVERHEAD for cell in _alike(full, here)))


def left_out(cells: MeasuredCells) -> str | None:
    """Say which transports of the run do not leave a machine; None where all do."""
    near = dict.fromkeys(
        cell.transport for cell in cells.completed if cell.scenario == SCENARIO and not FAR & set(cell.guarantees)
    )
    if not near:
        return None
    return f"left out, as they work within one machine only: {listed(list(near))}"
