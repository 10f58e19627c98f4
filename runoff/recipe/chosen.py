# Run by the driver (Python 3.9 upward).
"""Choose what a recipe runs: the winner of the run's decision, or a named option, behind RabbitMQ."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import best_of
from runoff.analysis.decision import inputs
from runoff.analysis.decision.sentences import decide
from runoff.analysis.measured_cells import MeasuredCells, of_main_works
from runoff.analysis.own import decision as own_decision
from runoff.common.errors import BadInput, choose
from runoff.common.wording import short
from runoff.recipe import task_module
from runoff.recipe.sizing import Figures
from runoff.records import record
from runoff.records.record import OWN_FUNCTION
from runoff.records.schema import Facts, Header

SCENARIO, TRANSPORT = "distributed", "amqp"
OPTION = f"INTERPRETER or INTERPRETER/{SCENARIO}/{TRANSPORT}"
#: What a worker has where a cell does not say; the credit is the most that it asks a broker for by itself.
WORKER_DEFAULTS = {"worker_concurrency": 1, "credit": 1000}


@dataclass(frozen=True)
class Chosen:
    """The cell that a recipe runs, the facts of its interpreter, and the decision in sentences."""

    cell: Cell
    facts: Facts
    sentences: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True)
class _Decision:
    """What the run decides: for which task, in which sentences, and which option wins with how many tasks a second."""

    task: str
    sentences: list[str]
    interpreter: str | None
    tasks_per_s: float | None


def choose_option(run: record.Run, named: str | None) -> Chosen:
    """Return the winner, or the option ``named``; raise BadInput with the command for what the run lacks."""
    cells = MeasuredCells.of(run)
    decision = _decision(cells)
    label = _interpreter(cells, named) if named is not None else decision.interpreter
    if label is None:
        raise BadInput(f"the run decides nothing ({decision.sentences[0]}); name an option: --option {OPTION}")
    task_module.require_deployable(decision.task, label)
    cell = _behind_rabbitmq(cells, label, decision.task)
    return Chosen(
        cell,
        run.header["interpreters"][label],
        (*decision.sentences, _beside(decision, cell)),
        _figures(cell, run.header),
    )


def _decision(cells: MeasuredCells) -> _Decision:
    """Return the decision as the report makes it, for a person's function or for the tasks of the catalog."""
    allow_eol = bool(cells.header.get("allow_eol"))
    if "workload" in cells.header:
        best = own_decision.to_deploy(cells, allow_eol)
        sentences = own_decision.decide(cells, allow_eol)
        return _Decision(
            OWN_FUNCTION, sentences, best.interpreter if best else None, best.throughput.value if best else None
        )
    given = inputs.gather(cells, allow_eol)
    task = next(iter(given["options"]))
    found = decide(given, task, given["defaults"])
    winner = found["ranked"][0] if found["ranked"] else {"interpreter": None, "cpu_tasks_per_s": None}
    return _Decision(task, found["lines"], winner["interpreter"], winner["cpu_tasks_per_s"])


def _interpreter(cells: MeasuredCells, named: str) -> str:
    """Return the interpreter of the option ``named``."""
    label, _, rest = named.partition("/")
    choose("interpreter in this run", [label], cells.labels)
    if rest not in ("", SCENARIO, f"{SCENARIO}/{TRANSPORT}"):
        raise BadInput(f"--option {named}: a recipe runs workers behind RabbitMQ; give {OPTION}")
    return label


def _behind_rabbitmq(cells: MeasuredCells, label: str, task: str) -> Cell:
    """Return the fastest cell of ``label``'s workers behind RabbitMQ; raise BadInput where there is none."""
    planned = [
        cell
        for cell in cells.planned
        if (cell.interpreter, cell.scenario, cell.transport, cell.task) == (label, SCENARIO, TRANSPORT, task)
        and cell.parameters.get("durable", True)
        and not cell.runs_elsewhere
        and not cell.for_latency
    ]
    usable = [cell for cell in planned if cell.status == record.OK and cell.ranked and cell.throughput.low is not None]
    if usable:
        return best_of(of_main_works(usable))
    raise BadInput(_lacks(cells.header, label, task, planned))


def _lacks(header: Header, label: str, task: str, planned: list[Cell]) -> str:
    """Say that workers behind RabbitMQ were not measured, why, and the command that measures them."""
    own = header.get("workload")
    left_out = [each["reason"] for each in own["left_out"] if each["scenario"].endswith(TRANSPORT)] if own else []
    if left_out:
        return (
            f"the run has no workers behind RabbitMQ: {left_out[0]}; call this function where its callers are, "
            "as the decision says"
        )
    asked = shlex.join(own["words"]) if own else f"--task {task}"
    once = any(cell.status == record.OK for cell in planned)  # and not twice, or it would be usable
    reasons = [cell.reason for cell in planned if cell.reason]
    why = " in two invocations or more" if once else f" ({reasons[0]})" if reasons else ""
    return (
        f"the run has not measured workers of {label} behind RabbitMQ with the task {task}{why}; measure it: "
        f"nox -s bench-{label} -- {asked} --scenario {SCENARIO} --transport {TRANSPORT}"
    )


def _beside(decision: _Decision, cell: Cell) -> str:
    """Say how the workers compare with the decision's winner."""
    speed = f"{cell.interpreter} with {cell.name} answered {short(cell.throughput.value)} {cell.task} tasks/s"
    if decision.tasks_per_s in (None, cell.throughput.value):
        return f"{speed}."
    return f"{speed}, {short(cell.throughput.value / decision.tasks_per_s)} times as many as the winner."


def _figures(cell: Cell, header: Header) -> Figures:
    """Gather the figures that sizes are computed from; raise BadInput for one that this system does not give."""
    speed = cell.throughput
    assert speed.low is not None
    assert speed.high is not None
    if not cell.peak_memory_bytes or cell.cpu_s_per_1000 is None:
        raise BadInput(
            f"the run has no memory and CPU time of {cell.name}: this system does not report them; measure on Linux: "
            f"nox -s bench-{cell.interpreter} -- --scenario {SCENARIO} --task {cell.task} --transport {TRANSPORT}"
        )
    return Figures(
        cell=f"{cell.interpreter} with {cell.name} over batches of {cell.batch} {cell.task} tasks",
        cores=int(header["machine"]["cores"]),
        workers=int(cell.parameters["concurrency"]),
        concurrency=int(cell.parameters.get("worker_concurrency", WORKER_DEFAULTS["worker_concurrency"])),
        credit=int(cell.parameters.get("credit", WORKER_DEFAULTS["credit"])),
        batch=cell.batch,
        tasks_per_s=speed.value,
        low=speed.low,
        high=speed.high,
        slowest_batch_s=max(max(each["iterations_ns"]) for each in cell.invocations) / 1e9,
        start_s=max(each["startup_ns"] + each["open_ns"] for each in cell.invocations) / 1e9,
        memory_bytes=cell.peak_memory_bytes,
        cpu_s_per_1000=cell.cpu_s_per_1000,
        broker_cpu_s_per_1000=cell.broker_cpu_s_per_1000,
    )
