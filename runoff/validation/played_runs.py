# Run by nox -s calibrate and by the tests (Python 3.9 upward): pure functions of a seed.
"""Whole cells, made up with known truth and played through a profile's own stopping rule.

``runoff.driver.measuring.adaptive`` says how long each invocation is, as in a real run; only the interpreter is a
formula.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import cast

import numpy
from numpy.random import Generator
from numpy.typing import NDArray

from runoff.analysis.cells import gathering
from runoff.analysis.cells.cell import Cell
from runoff.common.loose import Table
from runoff.driver.job import Job
from runoff.driver.measuring import adaptive
from runoff.driver.plan import PlannedCell
from runoff.records import record
from runoff.records.schema import Header, Record
from runoff.stats import steady_state
from runoff.validation.simulated_runs import Count

#: The rule that quick had: seven iterations, or 1.5 s while they still move, and no pilot.
FORMERLY = {
    "race": False,
    "pilot_s": 0.0,
    "min_iterations": 7,
    "max_iterations": 25,
    "max_seconds": 1.5,
    "invocations": 5,
    "max_invocations": 5,
}
LONGEST_SERIES = 400_000
BETWEEN, WITHIN, SPIKES, SPIKE = 0.01, 0.02, 0.02, 1.5
SEEN_S = 1.5  # a drop that comes later than this cannot be seen by a pilot of 2 s
BIASED = 0.05
#: States in which a cell says itself that its number is none to rely on.
MARKED = (steady_state.STILL_WARMING, steady_state.NO_STEADY_STATE)
START_S = 0.1

#: Times in milliseconds: those before the steady state, and those that then come again and again.
Times = tuple[NDArray[numpy.float64], NDArray[numpy.float64]]
Shape = Callable[[Generator], Times]


def drops(chance: Generator) -> Times:
    """Draw one to three drops by 1.2 to 10 times after plateaus of 1 to 3000 iterations; all of it within SEEN_S."""
    level = 10 ** chance.uniform(-2, math.log10(50))
    lengths = [int(10 ** chance.uniform(0, math.log10(3000))) for _ in range(chance.integers(1, 4))]
    factors = [10 ** chance.uniform(math.log10(1.2), 1) ** (1 / len(lengths)) for _ in lengths]
    heights = numpy.cumprod(factors[::-1])[::-1]
    total = sum(length * height * level / 1000 for length, height in zip(lengths, heights))
    scale = min(1.0, SEEN_S / total)
    parts = [numpy.full(max(1, int(length * scale)), height * level) for length, height in zip(lengths, heights)]
    return numpy.concatenate(parts), numpy.array([level])


def step_up(chance: Generator) -> Times:
    """Draw a deoptimisation: slower by 1.2 to 2 times from an iteration within half a second on."""
    level = 10 ** chance.uniform(-1, math.log10(50))
    factor = chance.uniform(1.2, 2)
    length = max(1, int(chance.uniform(0.05, 0.5) * 1000 / (level / factor)))
    return numpy.full(length, level / factor), numpy.array([level])


def drift(chance: Generator) -> Times:
    """Draw times that fall to their level slowly, from 1.2 to 3 times it, in a second at most."""
    level = 10 ** chance.uniform(-1, math.log10(20))
    length = max(5, int(chance.uniform(0.1, 1.0) * 1000 / level / 1.5))
    before = level * (1 + chance.uniform(0.2, 2) * numpy.exp(-5 * numpy.arange(length) / length))
    return before, numpy.array([level])


def cycles(chance: Generator) -> Times:
    """Draw two levels that follow each other for ever, 1.2 to 1.5 times apart, each for 1 to 5 iterations."""
    level = 10 ** chance.uniform(-1, math.log10(50))
    slower = level * chance.uniform(1.2, 1.5)
    return numpy.zeros(0), numpy.repeat([level, slower], chance.integers(1, 6, 2))


def flat(chance: Generator) -> Times:
    """Draw times that are the same from the first iteration on."""
    return numpy.zeros(0), numpy.array([10 ** chance.uniform(-1, math.log10(50))])


SHAPES: dict[str, Shape] = {"drops": drops, "a step up": step_up, "a drift": drift, "cycles": cycles, "flat": flat}


def biased(chance: Generator, profile: Table, shape: Shape, trials: int) -> tuple[Count, Count]:
    """Count the cells of ``shape`` that are more than BIASED off the truth without a mark, and those with a mark."""
    wrong = marked = 0
    for _ in range(trials):
        cell, truth = _played(chance, profile, shape)
        if cell.state in MARKED:
            marked += 1
        else:
            wrong += abs(cell.throughput.value / truth - 1) > BIASED
    return Count(wrong, trials), Count(marked, trials)


def _played(chance: Generator, profile: Table, shape: Shape) -> tuple[Cell, float]:
    """Measure one cell of a compiling interpreter as ``profile`` says; return it and its true speed."""
    times_ms = shape(chance)
    cell = PlannedCell("one", "serial", "python", 8, ())
    rules = {
        **{"half_width": None, "pilot_s": 0.0, "race": False, "waiting": {}, "budget_s": 1e9, **profile},
        **{"cells": [{**cell.data, "skip": None}], "interpreters": {"one": {"jit": True}}, "baseline": "one"},
        "machine": {"cores": 1},
    }
    header = cast(Header, {**rules, "half_width": rules["half_width"] or None})
    rule, records = adaptive.Adaptive(header), list[Record]()
    # The first look of a race is short; nothing is decided before as many others as it asks for were warm.
    blocks = header["invocations"] + 1 if header["race"] else header["max_invocations"]
    for block in range(blocks):
        if rule.enough(cell.key, block):
            break
        for attempt in count():
            times = _invocation(chance, times_ms, rule.length(cell, block))
            observed = {"status": record.OK, "block": block, "attempt": attempt, "failures": {}, "iterations_ns": times}
            records.append(record.new({**cell.data, **observed, "wall_s": START_S + sum(times) / 1e9}))
            rule.note(records[-1])
            if rule.reason_to_repeat(records[-1]) is None:
                break
    (found,) = gathering.gather(record.Run(Path(), header, tuple(records)))
    return found, cell.batch * 1000 / (times_ms[1].mean() * (1 + SPIKES * (SPIKE - 1)))


def _invocation(chance: Generator, times_ms: Times, length: adaptive.Length) -> list[int]:
    """Draw one invocation of ``length``; the compiler comes a little earlier or later each time."""
    before, steady = times_ms
    early = before[: int(len(before) * chance.uniform(0.8, 1.0))]
    # As many iterations as could be asked for: a pilot, or what has to settle, and those while times still move.
    late = min(LONGEST_SERIES, len(early) + length.max_iterations)
    again = numpy.resize(numpy.roll(steady, chance.integers(len(steady))), late)
    values = numpy.concatenate([early, again])[: length.max_iterations]
    values *= numpy.exp(BETWEEN * chance.standard_normal() + WITHIN * chance.standard_normal(len(values)))
    values[chance.random(len(values)) < SPIKES] *= SPIKE
    values[0] *= 1.5
    return stopped([int(value) for value in 1e6 * values], length)


def stopped(times: list[int], length: adaptive.Length | Job) -> list[int]:
    """Cut ``times`` where the harness stops: as harness.measure does, which the outside half does not import."""
    total = 0
    for done, time_ns in enumerate(times, 1):
        total += time_ns
        if done < length.min_iterations or total < length.pilot_s * 1e9:
            continue
        if total >= length.max_seconds * 1e9 or not steady_state.still_changing(times[1:done]):
            return times[:done]
    return times
