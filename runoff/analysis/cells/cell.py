# Run by the report (Python 3.9 upward).
"""A cell: one interpreter x scenario x task x size, with a throughput per invocation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from runoff.records import cell_keys, invocation_times, record
from runoff.records.parameters import BARE, OF_THE_LOAD, OF_THE_TASK
from runoff.records.record import OWN_FUNCTION
from runoff.records.schema import CellKey, Parameters, Record
from runoff.stats import significance, steady_state
from runoff.stats.average_pace import Even
from runoff.stats.intervals import Estimate
from runoff.stats.moderated import Prior
from runoff.stats.noise_of_kinds import CellKind
from runoff.stats.significance import Level
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
    def measured(self) -> bool:
        """Whether at least one invocation was ok."""
        return self.status == record.OK

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


def speed_of(outcome: Record, steady: Steadiness) -> float:
    """Return the tasks per second of one invocation; a task that failed does not count."""
    times = outcome["iterations_ns"]
    return answered(outcome) / len(times) / (steady_state.summary_ns(times, steady) / 1e9)


def answered(outcome: Record) -> int:
    """Return how many tasks of one invocation were answered."""
    failed: int = sum((outcome.get("failures") or {}).values())
    return int(outcome["batch"]) * len(outcome["iterations_ns"]) - failed
