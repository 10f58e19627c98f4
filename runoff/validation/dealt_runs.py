# Run by nox -s calibrate (Python 3.9 upward).
"""Real invocations of one interpreter, dealt to two labels: equal ones must not be told apart, unequal ones should be.

The invocations of a cell are dealt at random, from a stretch of the run as long as a shorter run would have been. So
the machine's noise is the real one, with its stretches and its pace.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from numpy.random import Generator

from runoff.analysis.cells import comparing, gathering
from runoff.analysis.cells.cell import Cell
from runoff.records import cell_keys, record
from runoff.records.schema import Header, Record
from runoff.stats import significance
from runoff.validation.simulated_runs import Count

SIDES = ("one", "other")


def told_apart(made: Sequence[Record], chance: Generator, starts: int, planted: float, paced: bool) -> Count:
    """Return of how many cells the sides were called different, when the invocations ``made`` were dealt once.

    Each side has ``starts`` invocations of each cell. Where the other is faster by ``planted``, only the right claim
    counts. ``paced``: is what they know of the machine's pace used?
    """
    pairs: dict[str, list[Cell]] = {}
    for cell in gathering.gather(_dealt(made, chance, starts, planted, paced)):
        pairs.setdefault(cell.like, []).append(cell)
    verdicts = [significance.verdict(comparing.compare(other, one)) for one, other in pairs.values()]
    wrong_or_right = (significance.FASTER,) if planted else (significance.FASTER, significance.SLOWER)
    return Count(sum(each in wrong_or_right for each in verdicts), len(verdicts))


def _dealt(made: Sequence[Record], chance: Generator, starts: int, planted: float, paced: bool) -> record.Run:
    """Return a run of both SIDES, of a stretch of each cell's invocations."""
    dealt: list[Record] = []
    for own in _by_cell(made):
        begin = int(chance.integers(len(own) - 2 * starts + 1))
        sides = [SIDES[at % 2] for at in chance.permutation(2 * starts)]
        blocks: Counter[str] = Counter()
        for each, side in zip(own[begin:], sides):
            faster = 1 + planted * (side == SIDES[1])
            one = copy.copy(each)
            one["interpreter"], one["block"] = side, blocks[side]
            one["iterations_ns"] = [int(time_ns / faster) for time_ns in each["iterations_ns"]]
            one["paces_ns"] = each["paces_ns"] if paced else None
            blocks[side] += 1
            dealt.append(one)
    planned = {cell_keys.cell_key(each): each for each in dealt}.values()
    header = {"baseline": SIDES[0], "interpreters": {side: {} for side in SIDES}, "cells": planned}
    return record.Run(Path(), cast(Header, {**header, "machine": {"cores": 1}}), tuple(dealt))


def _by_cell(made: Sequence[Record]) -> list[list[Record]]:
    found: dict[str, list[Record]] = {}
    for each in made:
        found.setdefault(cell_keys.cell_key(each), []).append(each)
    return list(found.values())
