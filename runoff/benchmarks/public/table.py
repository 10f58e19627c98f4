# Run by the driver (Python 3.9 upward); nox -s bench-public calls it through runoff.cli.__main__.
"""Measure benchmarks of others: a call's time on each interpreter, and ours over pyperf's own in turns."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from runoff.benchmarks import pyperf_beside
from runoff.benchmarks.pyperf_beside import VALUES, WARM_UPS
from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import workload_file
from runoff.common.wording import duration
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment
from runoff.interpreters.discover import Interpreter
from runoff.records import record
from runoff.records.schema import Machine
from runoff.stats.intervals import Estimate, geometric_mean
from runoff.workload import files, gate, target
from runoff.workload.environment import layered
from runoff.workload.gate import Verdict, Workload
from runoff.workload.plan_rows import ITERATION_S

LIMIT_S = 300.0
#: Processes of one script differ by some per cent. Turns go on until half the interval is this share of the ratio,
NARROW = 0.015
#: for at most so many times the turns that were asked for,
MOST_TIMES = 4
#: or so many seconds. A turn of a slow script takes minutes: it has so many turns at least.
MOST_S, FEWEST = 120.0, 3


@dataclass(frozen=True)
class Benchmark:
    """One benchmark of others, as --adapter takes it."""

    name: str
    adapter: str
    text: str
    arguments: tuple[str, ...] = ()

    @property
    def workload(self) -> Workload:
        """The benchmark as a function of a person."""
        found = target.of_benchmark(self.adapter, self.text, None, self.arguments)
        return Workload(self.text, found, [[]], None, {})


@dataclass(frozen=True)
class Row:
    """What was measured of one benchmark."""

    benchmark: Benchmark
    #: {interpreter: the time of a call, or the check that it failed}
    calls: dict[str, str]
    #: our time over pyperf's; None where pyperf was not tried
    ratio: Estimate | None = None


@dataclass
class Bench:
    """What all benchmarks share. ``beside`` is the interpreter that pyperf runs on as well, in ``turns`` or more."""

    interpreters: list[Interpreter]
    beside: Environment
    turns: int
    scratch: Path
    guard: Guard
    #: sentences on what pyperf could not run
    failures: list[str] = field(default_factory=list)

    def measure(self, benchmark: Benchmark) -> Row:
        """Gate ``benchmark`` on every interpreter, and time it against pyperf where it is a script of pyperf."""
        label, workload = self.beside.interpreter.label, benchmark.workload
        outcome = gate.check(workload, self.interpreters, label, self.guard, lambda _verdict: None)
        calls = {verdict.label: _call(verdict) for verdict in outcome.verdicts}
        ours = next(verdict for verdict in outcome.verdicts if verdict.label == label)
        if benchmark.adapter != "pyperf" or not self.turns or not ours.times or not ours.installed:
            return Row(benchmark, calls)
        # As pyperf does it: what a script sets up by itself counts once in so many loops.
        loops = max(1, round(ITERATION_S / ours.times.call_s), ours.loops or 1)
        workload = replace(workload, target=replace(workload.target, loops=loops))
        files.write(workload, outcome)
        environment = layered(self.beside, ours.installed)
        try:
            return Row(benchmark, calls, self._ratio(workload, environment))
        except BadInput as failure:
            self.failures.append(f"{benchmark.name}: {failure}")
            return Row(benchmark, calls)

    def _ratio(self, workload: Workload, environment: Environment) -> Estimate:
        """Return our time over pyperf's, the mean of as many turns as a narrow interval takes."""
        ratios: list[float] = []
        began = time.monotonic()
        while True:
            ratios.append(self._turn(workload, environment, len(ratios)))
            found = geometric_mean(ratios)
            enough = self.turns * (1 if found.half_width <= NARROW else MOST_TIMES)
            if len(ratios) >= enough or (len(ratios) >= FEWEST and time.monotonic() - began > MOST_S):
                return found

    def _turn(self, workload: Workload, environment: Environment, turn: int) -> float:
        """Return our time over pyperf's, each of one process with the same hash seed; the first one alternates."""
        both: dict[str, float] = {}
        for side in ("ours", "pyperf") if turn % 2 else ("pyperf", "ours"):
            if side == "ours":
                both[side] = self._ours_s(workload, environment, turn)
            else:
                script = Path(str(workload.target.file))
                words = ([str(script)], workload.target.arguments)
                into = self.scratch / f"pyperf-{turn}.json"
                loops = workload.target.loops
                both[side] = pyperf_beside.fastest_s(environment, words, loops, into, script.parent, self.guard, turn)
        return both["ours"] / both["pyperf"]

    def _ours_s(self, workload: Workload, environment: Environment, turn: int) -> float:
        label = environment.interpreter.label
        settings = {"workload": str(workload_file(files.digest(workload), label))}
        count = WARM_UPS + VALUES
        cell = PlannedCell(label, "serial", record.OWN_FUNCTION, 1, ())
        job = Job(cell, 0, environment, settings, count, count, 0.0, LIMIT_S, turn, 0)
        outcome = invoke(job, self.scratch / f"ours-{turn}", self.guard)
        if outcome["status"] != record.OK:
            raise BadInput(f"{workload.typed} failed on {label}: {outcome['reason']}")
        return min(outcome["iterations_ns"][WARM_UPS:]) / workload.target.loops / 1e9


def benchmarks(pyperformance: Path | None, awfy: Path | None, word: str) -> Iterator[Benchmark]:
    """Yield the benchmarks of the table whose sources are in the given folders and whose name holds ``word``."""
    table = tables.read("benchmarks.toml", Path(__file__).parent)
    if pyperformance:
        for name in table["pyperf"]["names"]:
            if word.lower() in name.lower():
                yield Benchmark(name, "pyperf", str(pyperformance / table["pyperf"]["file"].format(name=name)))
    if awfy:
        for name, inner in table["awfy"]["inner"].items():
            if word.lower() in name.lower():
                text = table["awfy"]["file"].format(name=name, module=name.lower())
                yield Benchmark(name, "awfy", str(awfy / text), (str(inner),))


def lines(rows: list[Row], beside: str) -> list[str]:
    """Return the rows as a table in Markdown; the last line sums the ratios up."""
    labels = [label for label in (rows[0].calls if rows else ())]
    head = ["benchmark", "adapter", *labels, f"ours over pyperf's, {beside}"]
    body = [
        [row.benchmark.name, row.benchmark.adapter, *(row.calls[label] for label in labels), _shown(row.ratio)]
        for row in rows
    ]
    ratios = [row.ratio.value for row in rows if row.ratio]
    overall = [f"\nAll {len(ratios)} ratios: {_shown(geometric_mean(ratios))}."] if ratios else []
    return [*(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *body)), *overall]


def page(lines: list[str], bench: Bench, where: Machine) -> str:
    """Return the page of the documents with the table ``lines``, measured on the machine ``where``."""
    text = (Path(__file__).parent / "page.txt").read_text(encoding="utf-8")
    content = {
        "interpreters": ",".join(each.label for each in bench.interpreters),
        "turns": bench.turns,
        "machine": f"{where['cores']} cores, {where['cpu']}, {where['system']}",
        "table": "\n".join(lines),
    }
    return text.format_map(content)


def _call(verdict: Verdict) -> str:
    """Return the time of a call, or what was in its way."""
    if verdict.times:
        return duration(1e6 * verdict.times.call_s)
    return f"no: {verdict.failed[0].check}" if verdict.failed else "no"


def _shown(ratio: Estimate | None) -> str:
    if ratio is None:
        return "-"
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.3f}"
    return f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
