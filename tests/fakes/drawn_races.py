"""Races of cells whose speeds are drawn around known ones: fast enough for hundreds of them in a test."""

from __future__ import annotations

import math

from numpy import exp
from numpy.random import Generator

from runoff.driver.plan import PlannedCell
from runoff.driver.racing import standings
from runoff.driver.racing.candidates import Seen
from runoff.driver.racing.rules import Rules
from runoff.stats.moderated import Prior
from runoff.validation.simulated_runs import Count

WORKS = 8  # of quick, noop left out
FIRST_LOOK = 2  # invocations
STRETCH, SLOWER = 8, 1.3


def race(
    chance: Generator, speeds: dict[PlannedCell, float], starts: int, noise: Prior
) -> tuple[standings.Standings, int]:
    """Race cells of {cell: true speed} for at most ``starts`` invocations; return the standings and how many were made.

    Each cell has a spread of its own between invocations, drawn as ``noise`` says; in one stretch of ten (of STRETCH
    invocations) everything is up to SLOWER times slower.
    """
    found = standings.Standings(speeds, Rules(next(iter(speeds)).interpreter, FIRST_LOOK))
    spreads = {cell: math.sqrt(noise.variance * noise.freedom / chance.chisquare(noise.freedom)) for cell in speeds}
    values: dict[PlannedCell, list[float]] = {cell: [] for cell in speeds}
    made, slow = 0, 1.0
    while made < starts:
        worth = found.open(starts - made) if made else [cell.key for cell in speeds]
        order = [cell for cell in speeds if cell.key in worth]
        if not order:
            break
        chance.shuffle(order)
        if made + len(order) > starts:
            order.sort(key=lambda cell: worth.index(cell.key))
        for cell in order[: starts - made]:
            if made % STRETCH == 0:
                slow = chance.uniform(1.0, SLOWER) if chance.random() < 0.1 else 1.0
            values[cell].append(float(speeds[cell] / slow * exp(spreads[cell] * chance.standard_normal())))
            found.update(Seen(cell, list(values[cell])))
            made += 1
        found.look()
    return found, made


def decided(chance: Generator, interpreters: int, planted: float, starts: int, trials: int, noise: Prior) -> Count:
    """Count the works of which a leader is said to be beyond doubt; where none is faster any leader counts.

    A run has WORKS of them, with ``starts`` invocations each. Each of ``interpreters`` has two scenarios alike; the
    last is faster than the others by ``planted``.
    """
    hits = 0
    for _ in range(trials):
        speeds = {
            PlannedCell(label, scenario, f"work-{work}", 8, ()): 100.0
            * (1 + planted * (label == f"python-{interpreters}"))
            for work in range(WORKS)
            for label in (f"python-{number}" for number in range(1, interpreters + 1))
            for scenario in ("serial", "threads")
        }
        found, _ = race(chance, speeds, WORKS * starts, noise)
        rows = [row for row in found.rows() if row.state == standings.DECIDED]
        right = sum(row.leader.startswith(f"python-{interpreters} ") for row in rows)
        hits += right if planted else len(rows)
    return Count(hits, trials * WORKS)
