# Run by the report (Python 3.9 upward).
"""Records gathered into cells: one per interpreter x scenario x task x size, with a throughput per invocation."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from runoff.analysis.deployable.order import ordered
from runoff.records import cell_keys, invocation_times, record
from runoff.records.parameters import BARE, OF_THE_LOAD, OF_THE_TASK
from runoff.records.record import OWN_FUNCTION
from runoff.records.schema import CellKey, Header, Parameters, Record
from runoff.stats import average_pace, noise_of_kinds, significance, steady_state
from runoff.stats.average_pace import Even, PacedStart
from runoff.stats.intervals import Estimate
from runoff.stats.moderated import Prior
from runoff.stats.noise_of_kinds import CellKind
from runoff.stats.pilots import Pilots
from runoff.stats.significance import Comparison, Level
from runoff.stats.steady_state import Steadiness

#: States that a reader must see beside the number; a steady one is no news.
BADGES = {
    steady_state.WARM_UP: "warms up",
    steady_state.SLOW_DOWN: "slows down",
    steady_state.NO_STEADY_STATE: "no steady state",
    steady_state.STILL_CHANGING: "~ changing",
    steady_state.STILL_WARMING: "still warming up",
    steady_state.INCONSISTENT: "inconsistent",
}

OVERHEAD = record.OVERHEAD
#: What is said of a cell whose turn the run did not come to.
NOT_REACHED = "not reached"
#: Tasks that are there for a curve, or for workers to be killed in: no work to choose an interpreter by.
FOR_CURVES = ("length", "sleep")


@dataclass
class Cell:
    """All invocations of one cell. ``status`` is ok when at least one invocation was; ``reason`` says why not."""

    interpreter: str
    scenario: str
    task: str
    batch: int
    parameters: Parameters
    status: str = record.SKIPPED
    reason: str | None = None
    #: the run could measure it, and has not come to it
    unmeasured: bool = False
    #: of every block the attempt that counts, in the order of the blocks
    invocations: list[Record] = field(default_factory=list)
    steadiness: list[Steadiness] = field(default_factory=list)
    #: what the cells of its run say of the noise of its kind
    prior: Prior | None = None
    #: its speeds at the machine's average pace, in the order of ``warm``; none where nothing is known of the pace
    even: list[Even] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """What became of it, in words: its status, or that the run did not come to it."""
        return NOT_REACHED if self.unmeasured else self.status

    @property
    def name(self) -> str:
        """The scenario and what it was measured at: thread-pool[2], tornado+process-pool[16, workers=2, fork]."""
        shown = {name: value for name, value in self.parameters.items() if name not in (*OF_THE_TASK, *OF_THE_LOAD)}
        texts = [f"{value}" if name in BARE else f"{name}={value}" for name, value in shown.items()]
        return self.scenario + (f"[{', '.join(texts)}]" if texts else "")

    @property
    def work(self) -> str:
        """What was done, whoever did it: io, 16 tasks of delay_ms=10. Only cells with the same work can be compared.

        A person's function is one work, whatever its batches.
        """
        if self.task == OWN_FUNCTION:
            return OWN_FUNCTION
        return f"{self.task}, {self.batch} tasks" + (f" of {self.settings_text}" if self.settings_text else "")

    @property
    def task_with_settings(self) -> str:
        """What each task did, however many there were: io, delay_ms=10."""
        return ", ".join([self.task, *([self.settings_text] if self.settings_text else [])])

    @property
    def settings_text(self) -> str:
        """The parameters that say what the task does: delay_ms=10."""
        return ", ".join(f"{name}={self.parameters[name]}" for name in OF_THE_TASK if name in self.parameters)

    @property
    def place(self) -> str:
        """What is compared between interpreters: the cell but for its interpreter and how children are started."""
        parameters = {name: value for name, value in self.parameters.items() if name != "start_method"}
        return cell_keys.cell_key({**self.data, "interpreter": "", "parameters": parameters}).lstrip("/")

    @property
    def key(self) -> str:
        """What identifies the cell in a record."""
        return cell_keys.cell_key(self.data)

    @property
    def data(self) -> CellKey:
        """The fields of a record that identify the cell."""
        return {
            "interpreter": self.interpreter,
            "scenario": self.scenario,
            "task": self.task,
            "batch": self.batch,
            "parameters": self.parameters,
        }

    @property
    def ceiling(self) -> float:
        """The speed of its fastest iteration, in tasks per second."""
        return self.batch * 1e9 / min(min(outcome["iterations_ns"]) for outcome in self.invocations)

    @property
    def kind(self) -> CellKind:
        """Its task and its scenario: cells that have both in common are alike in noise."""
        return self.task, self.scenario

    @property
    def like(self) -> str:
        """What it has in common with the cells of other interpreters."""
        return cell_keys.like_key(self.data)

    @property
    def for_latency(self) -> bool:
        """Whether it was driven at a given load, to measure latencies: its throughput was then given and not found."""
        return "loads" in self.parameters or "rates" in self.parameters

    @property
    def transport(self) -> str:
        """The scheme of its transport; empty where it has none."""
        return str(self.parameters.get("transport", ""))

    @property
    def guarantees(self) -> list[str]:
        """What its transport promises, in the words of the transports' catalog."""
        return next((list(words) for each in self.invocations if (words := each.get("guarantees"))), [])

    @property
    def worker_answers(self) -> list[list[int]]:
        """Per invocation, how many tasks each worker answered, busiest first."""
        return [answers for each in self.invocations if (answers := each.get("worker_answers"))]

    @cached_property
    def throughputs(self) -> list[float]:
        """Tasks per second, one number per invocation, at the machine's average pace where that is known."""
        return [each.speed for each in self.even] or [speed_of(each, steady) for each, steady in self.warm]

    @property
    def level(self) -> Level:
        """Its speed with its error."""
        return significance.level(self.throughputs, self.prior, self._shared)

    @property
    def _shared(self) -> float:
        """The variance that all of its invocations have in common."""
        return self.even[0].variance if self.even else 0.0

    @property
    def warm(self) -> list[tuple[Record, Steadiness]]:
        """The invocations that count: those that ran past the cell's warm-up, or that come nearest to it."""
        return steady_state.warmest(list(zip(self.invocations, self.steadiness)))

    @cached_property
    def throughput(self) -> Estimate:
        """The geometric mean of ``throughputs``, with the interval that comparisons of it rest on."""
        return self.level.speed

    @property
    def warming(self) -> bool:
        """Whether its speed is a lower bound, since it was still becoming faster."""
        return self.state == steady_state.STILL_WARMING

    @property
    def walls_s(self) -> list[float]:
        """What each invocation cost."""
        return [each["wall_s"] for each, _ in self.warm if each.get("wall_s")]

    @property
    def state(self) -> str:
        """The class of the cell (steady_state), from those of its invocations."""
        return steady_state.of_cell(steady.kind for _, steady in self.warm)

    @property
    def ranked(self) -> bool:
        """Whether it may be best of anything: a cell without a steady state has no number to be ranked by."""
        return self.state != steady_state.NO_STEADY_STATE

    @property
    def tainted(self) -> int:
        """How many invocations something else on the machine disturbed, and were no better when run again."""
        return sum(bool(each.get("tainted")) for each in self.invocations)

    @property
    def badge(self) -> str:
        """What a reader must see beside the number; empty where there is nothing."""
        words = [BADGES[self.state]] if self.state in BADGES else []
        words += [f"{count} failed: {kind}" for kind, count in sorted(self.failures.items())]
        return ", ".join([*words, *([f"{self.tainted} tainted"] if self.tainted else [])])

    @property
    def cpu_s_per_1000(self) -> float | None:
        """CPU seconds of the process tree per 1000 tasks, start-up and broker left out.

        None where the system does not say, or where other tasks than those of the iterations were done as well.
        """
        return self._per_1000(
            (each, cpu_s - open_cpu_s - sum(invocation_times.paces_of(each)) / 1e9)
            for each in self.invocations
            if (cpu_s := each["cpu_s"]) is not None and (open_cpu_s := each.get("open_cpu_s")) is not None
        )

    @property
    def brokered(self) -> bool:
        """Whether its tasks go through a broker."""
        return "broker" in self.guarantees

    @property
    def broker_cpu_s_per_1000(self) -> float | None:
        """CPU seconds of its broker per 1000 tasks; None without a broker, or where they could not be measured."""
        return self._per_1000(
            (each, cpu_s) for each in self.invocations if (cpu_s := each.get("broker_cpu_s")) is not None
        )

    def _per_1000(self, spent: Iterable[tuple[Record, float]]) -> float | None:
        if self.for_latency or "kills" in self.parameters:
            return None
        shares = [cpu_s / each["checked"] * 1000 for each, cpu_s in spent if each["checked"]]
        return sum(shares) / len(shares) if shares else None

    @property
    def runs_elsewhere(self) -> bool:
        """Whether workers of another interpreter did the work."""
        return "worker_interpreter" in self.parameters

    @property
    def failures(self) -> Counter[str]:
        """Tasks that failed, by kind, over all invocations."""
        return sum((Counter(each.get("failures") or {}) for each in self.invocations), Counter[str]())

    @property
    def peak_memory_bytes(self) -> int:
        """The most memory that an invocation used; 0 where it could not be measured."""
        return max((each["peak_memory_bytes"] or 0 for each in self.invocations), default=0)

    @property
    def broker_peak_memory_bytes(self) -> int:
        """The most memory that its broker used; 0 without a broker, or where it could not be measured."""
        return max((each.get("broker_peak_memory_bytes") or 0 for each in self.invocations), default=0)


def compared_together(
    pairs: Iterable[tuple[Cell, Cell]], header: Header, sharing: list[int] | None = None
) -> list[Comparison]:
    """Return the comparisons of ``pairs``, shown together: their intervals hold all at once, at every look.

    ``sharing``: with how many each shares its risk, where it is not with all of these.
    """
    return significance.together([compare(*pair) for pair in pairs], first_look(header), sharing)


def first_look(header: Header) -> int | None:
    """Return the invocations at which a racing run first looked at a decision; None for a run that did not look."""
    return header["min_invocations"] if header.get("race") else None


def compare(one: Cell, other: Cell) -> Comparison:
    """Return how much faster ``one`` is than ``other``."""
    costs = [statistics.median(walls) for cell in (one, other) if (walls := cell.walls_s)]
    return replace(
        significance.between(one.level, other.level),
        warming=(one.warming, other.warming),
        cost_s=sum(costs) if len(costs) == 2 else None,
    )


def best_of_each(cells: Iterable[Cell]) -> dict[str, Cell]:
    """Return {interpreter: its best cell}.

    What workers of another interpreter did for it shows what that one can do: it counts only where the interpreter has
    no other cell.
    """
    own: dict[str, list[Cell]] = {}
    for cell in cells:
        own.setdefault(cell.interpreter, []).append(cell)
    return {label: best_of([c for c in each if not c.runs_elsewhere] or each) for label, each in own.items()}


def best_of(cells: list[Cell]) -> Cell:
    """Return the cell with the highest throughput, among those that have a steady one if any has.

    One that counts by a single start yields to those that do not: a race has left it behind, or has not come to it.
    """
    return max(cells, key=lambda cell: (cell.ranked, len(cell.throughputs) > 1, cell.throughput.value))


def speed_of(outcome: Record, steady: Steadiness) -> float:
    """Return the tasks per second of one invocation; a task that failed does not count."""
    times = outcome["iterations_ns"]
    return answered(outcome) / len(times) / (steady_state.summary_ns(times, steady) / 1e9)


def answered(outcome: Record) -> int:
    """Return how many tasks of one invocation were answered."""
    failed: int = sum((outcome.get("failures") or {}).values())
    return int(outcome["batch"]) * len(outcome["iterations_ns"]) - failed


def gather(run: record.Run) -> list[Cell]:
    """Return the cells of ``run``, interpreter by interpreter, each in the order of the plan."""
    adaptive = run.header.get("half_width") is not None
    pilots = pilots_of(run.header, run.records)
    cells: dict[str, Cell] = {}
    order = ordered(run.header["interpreters"])
    for data in sorted(run.header["cells"], key=lambda data: _at(order, data["interpreter"])):
        cells[cell_keys.cell_key(data)] = Cell(
            data["interpreter"], data["scenario"], data["task"], data["batch"], data["parameters"]
        )
    for each in _counting(run.records):
        cell = cells[cell_keys.cell_key(each)]
        if each["status"] == record.OK:
            cell.status = record.OK if cell.reason is None else cell.status
            cell.invocations.append(each)
            key = cell_keys.warm_up_key(each)
            times, compiling = each["iterations_ns"], invocation_times.compiling_of(each)
            warming = pilots.steadiness(each["interpreter"], each["task"], key, times, compiling)
            cell.steadiness.append(warming or (classify(each, run.header) if adaptive else classify_short(each)))
        else:  # one failure is a failed cell, whatever the other invocations gave
            cell.status, cell.reason = each["status"], each["reason"]
    measured = [cell for cell in cells.values() if cell.invocations and not cell.for_latency]
    _even_out(measured)
    priors = noise_of_kinds.learn((cell.kind, [] if cell.warming else cell.throughputs) for cell in measured)
    why = "not measured: the run was not finished"
    if run.header.get("finished_at"):
        why = f"over the budget of {run.header['budget_s']:.0f} s: raise --budget or choose fewer cells"
    for cell in cells.values():
        cell.prior = priors.get(cell.kind)
        if cell.status == record.SKIPPED and cell.reason is None:
            cell.reason, cell.unmeasured = why, True
    return list(cells.values())


def _even_out(measured: list[Cell]) -> None:
    """Give ``measured`` their speeds at the machine's average pace, where each of a cell's invocations has its pace."""
    known = {cell.key: starts for cell in measured if len(starts := paced_starts(cell)) == len(cell.warm)}
    evened = iter(average_pace.even_out([start for starts in known.values() for start in starts]))
    for cell in measured:
        cell.even = list(islice(evened, len(known.get(cell.key, ()))))


def paced_starts(cell: Cell) -> list[PacedStart]:
    """Return the invocations of ``cell`` that count, each with the machine's pace beside it, where that is known."""
    counted = [(each, steady, len(steady_state.counting(each["iterations_ns"], steady))) for each, steady in cell.warm]
    return [
        PacedStart(*known, speed_of(each, steady))
        for each, steady, count in counted
        if (known := invocation_times.pace_of(each, count)) is not None
    ]


def _at(order: list[str], label: str) -> int:
    """Return where ``label`` stands; the baseline's repeat, which is no interpreter of the run, stands last."""
    return order.index(label) if label in order else len(order)


def pilots_of(header: Header, records: Iterable[Record]) -> Pilots:
    """Return what the long invocations of a run show of warm-up."""
    declared = [label for label, facts in header["interpreters"].items() if facts.get("jit")]
    pilots = Pilots(header.get("pilot_s") or 0.0, declared, header["machine"]["cores"])
    for each in records:
        if each["status"] == record.OK:
            pilots.note(*invocation_times.warm_up_of(each))
    return pilots


def _counting(records: tuple[Record, ...]) -> list[Record]:
    """Return the last of several attempts at each block: the others were disturbed or too short."""
    return list({(cell_keys.cell_key(each), each["block"]): each for each in records}.values())


def classify(outcome: Record, header: Header) -> Steadiness:
    """Return the class of one invocation, in a run that waits until a cell is steady."""
    times, compiling = outcome["iterations_ns"], invocation_times.compiling_of(outcome)
    capped = steady_state.capped(times, header["max_iterations"], header["max_seconds"])
    return steady_state.classify(times, capped=capped, compiling_ns=compiling)


def classify_short(outcome: Record) -> Steadiness:
    """Return the class of one invocation, in a run that does not wait: its steady tail may be short."""
    return steady_state.classify(outcome["iterations_ns"], tail_s=0.0)
