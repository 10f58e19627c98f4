# Run by nox -s calibrate and by the tests (Python 3.9 upward): pure functions of a seed and of recorded runs.
"""Whole runs played through the measuring pass itself, on invocations that a recorded run made.

One interpreter of the recorded run stands under several labels, so that all of them are equal; the last may be given a
known share of speed more. Only the interpreter under test is replaced: what is measured next and for how long, when a
decision is looked at, when the run ends and what its table claims is said by the code that says it in a real run. Time
is what the recorded invocations took.
"""

from __future__ import annotations

import math
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy
from numpy.random import Generator
from numpy.typing import NDArray

from runoff.analysis import ranking
from runoff.analysis.cells import gathering
from runoff.analysis.cells.cell import Cell, speed_of
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common import tables
from runoff.common.guard import Guard
from runoff.common.loose import Data
from runoff.driver.job import Job
from runoff.driver.measuring.measuring_pass import MeasuringPass
from runoff.driver.plan import PlannedCell
from runoff.driver.racing import standings
from runoff.driver.racing.standings import Standing
from runoff.driver.run_header import PROFILE_FIELDS, for_profile
from runoff.environments.environment import Environment
from runoff.records import record, validity
from runoff.records.schema import Header, Record
from runoff.stats.significance import FASTER, SLOWER
from runoff.validation import played_runs
from runoff.validation.simulated_runs import Count

OFTEN = 4  # starts of a recorded cell, from which on its noise is taken
ROUGH = 0.1  # of a cell's noise: what is added to a recorded deviation, so that none comes twice
CLAIMS = (FASTER, SLOWER)
FURTHER = 25  # iterations more than asked for, while times still change


@dataclass(frozen=True)
class Recording:
    """What is replayed: a run, the cells of one of its interpreters, and how noisy each task's cells were there."""

    header: Header
    cells: list[Cell]
    spreads: dict[str, list[float]]
    #: deviations of single starts from their cell, in its standard deviations
    deviations: NDArray[numpy.float64]
    #: what passes between two invocations
    between_s: float

    @classmethod
    def of(cls, folder: Path) -> Recording:
        """Read the run in ``folder``, of which the baseline is replayed.

        Cells whose workers are of another interpreter are left out.
        """
        run = record.read(folder)
        measured = [cell for cell in gathering.gather(run) if cell.invocations and not cell.for_latency]
        often = [cell for cell in measured if len(cell.throughputs) >= OFTEN]
        spreads: dict[str, list[float]] = {}
        deviations = []
        for cell in often:
            logs = numpy.log(cell.throughputs)
            spreads.setdefault(cell.task, []).append(float(logs.std(ddof=1)))
            deviations.append((logs - logs.mean()) / logs.std())
        made = [each for cell in measured for each in cell.invocations]
        lasted_s = max(each["started_at"] + each["wall_s"] for each in made) - min(each["started_at"] for each in made)
        own = [cell for cell in measured if cell.interpreter == run.header["baseline"] and not cell.runs_elsewhere]
        between_s = (lasted_s - sum(each["wall_s"] for each in made)) / len(made)
        return cls(run.header, own, spreads, numpy.concatenate(deviations), max(0.0, between_s))


@dataclass
class Replay:
    """One run of ``labels`` that are all the recorded interpreter; the last is faster by ``planted``."""

    recording: Recording
    chance: Generator
    labels: list[str]
    planted: float
    now_s: float = 0.0
    cells: dict[str, tuple[PlannedCell, Cell, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give each cell the noise of a recorded cell of its task, or of any where no cell of its task shows one.

        It is the same under every label, as one interpreter's noise is.
        """
        every = [spread for spreads in self.recording.spreads.values() for spread in spreads]
        for known in self.recording.cells:
            spread = float(self.chance.choice(self.recording.spreads.get(known.task, every)))
            for label in self.labels:
                cell = replace(PlannedCell.from_data(known.data), interpreter=label)
                self.cells[cell.key] = cell, known, spread

    @property
    def header(self) -> Header:
        """The header of this run: the recorded surroundings, today's rules and budget of quick, other interpreters."""
        recorded, quick = self.recording.header, tables.read("experiments.toml")["profiles"]["quick"]
        facts = recorded["interpreters"][recorded["baseline"]]
        rules = for_profile(quick, len(self.cells), None)
        return {
            **recorded,
            **cast(Header, {name: rules[name] for name in PROFILE_FIELDS}),
            "budget_s": quick["max_budget_s"],
            "seed": int(self.chance.integers(2**31)),
            "baseline": self.labels[0],
            "interpreters": {label: {**facts, "described": label} for label in self.labels},
            "cells": [{**cell.data, "skip": None} for cell, _, _ in self.cells.values()],
        }

    def run(self) -> tuple[list[Standing], MeasuredCells]:
        """Play the run; return the last board and what its report is made from."""
        with tempfile.TemporaryDirectory(prefix="runoff-replay-") as name:
            folder, header = Path(name), self.header
            record.write_header(folder, header)
            environments = cast(dict[str, Environment], dict.fromkeys(self.labels))
            nothing = cast(Any, _Nothing())
            measuring = MeasuringPass(
                folder, header, environments, nothing, nothing, nothing, self.start, lambda: self.now_s
            )
            measuring.run(nothing)
            return measuring.standings.rows(), MeasuredCells.of(record.read(folder))

    def start(self, job: Job, _folder: Path, _guard: Guard) -> Record:
        """Return an invocation as it was recorded, with noise of the cell's own, as long as ``job`` asks for."""
        _, known, spread = self.cells[job.cell.key]
        made = [outcome for outcome, _ in known.warm]
        speeds = [speed_of(*pair) for pair in known.warm]
        long = [at for at, each in enumerate(made) if len(each["iterations_ns"]) >= job.min_iterations]
        at = int(self.chance.choice(long or [max(range(len(made)), key=lambda at: len(made[at]["iterations_ns"]))]))
        recorded = made[at]
        own = math.log(speeds[at] / statistics.geometric_mean(speeds))
        noise = spread * (self.chance.choice(self.recording.deviations) + ROUGH * self.chance.standard_normal())
        faster = 1 + self.planted * (job.cell.interpreter == self.labels[-1])
        times = self._times(recorded["iterations_ns"], math.exp(own - noise) / faster, job)
        wall_s = recorded["wall_s"] + (sum(times) - sum(recorded["iterations_ns"])) / 1e9
        self.now_s += wall_s + self.recording.between_s
        outcome = {"status": record.OK, "block": job.block, "attempt": job.attempt, "failures": {}}
        then: Data = {**recorded}
        outcome.update({name: then[name] for name in validity.MEASURED})
        return record.new({**job.cell.data, **outcome, "iterations_ns": times, "wall_s": wall_s})

    def _times(self, recorded: list[int], scale: float, job: Job) -> list[int]:
        """Return ``recorded`` times ``scale``, drawn on from their last half where more are asked for."""
        late = recorded[1 + (len(recorded) - 1) // 2 :] or recorded
        wanted = max(job.min_iterations, int(job.pilot_s * 1e9 / statistics.fmean(late))) + FURTHER
        more = max(0, min(wanted, job.max_iterations) - len(recorded))
        drawn = [*recorded, *self.chance.choice(late, more)][: job.max_iterations]
        return played_runs.stopped([max(1, int(scale * time_ns)) for time_ns in drawn], job)


@dataclass(frozen=True)
class Outcome:
    """What a run said of so many ``works``: of how many the right leader, and of how many anything that is not so.

    Its table has ``compared`` works, and says of ``claimed`` of them that the faster one is faster than the baseline.
    """

    works: int
    found: int
    compared: int
    claimed: int
    false: int


def play(chance: Generator, recording: Recording, interpreters: int, planted: float) -> Outcome:
    """Play one run of so many interpreters, of which the last is faster by ``planted``."""
    labels = [f"python-{number}" for number in range(1, interpreters + 1)]
    rows, cells = Replay(recording, chance, labels, planted).run()
    best = labels[-1] if planted else ""
    decided = [row.leader.split()[0] for row in rows if row.state == standings.DECIDED]
    claims = [
        {(place.interpreter, place.verdict) for place in ranking.rank(cells, work).places if place.verdict in CLAIMS}
        for work in cells.works.values()
    ]
    false = max(len(decided) - decided.count(best), sum(bool(claimed - {(best, FASTER)}) for claimed in claims))
    claimed = sum((best, FASTER) in each for each in claims)
    return Outcome(len(rows), decided.count(best), len(claims), claimed, false)


class _Nothing:
    """Stand in for what a replayed run does not have: a terminal, a latency server, a broker."""

    pid = 0
    pids = ()

    def show(self, *_words: object) -> None:
        """Show nothing."""

    say = board = show

    def url(self, _delay_ms: float) -> str:
        """Return no address."""
        return ""

    @contextmanager
    def queue(self) -> Iterator[tuple[str, ...]]:
        """Make no queue."""
        yield ()


def counted(outcomes: list[Outcome]) -> tuple[Count, Count, Count]:
    """Return the works whose leader was found, those whose difference was claimed, and the runs with a false claim."""
    found = Count(sum(each.found for each in outcomes), sum(each.works for each in outcomes))
    claimed = Count(sum(each.claimed for each in outcomes), sum(each.compared for each in outcomes))
    return found, claimed, Count(sum(each.false > 0 for each in outcomes), len(outcomes))
