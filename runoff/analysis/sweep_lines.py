# Run by the report (Python 3.9 upward).
"""Cells in lines, along which one parameter changes and all else stays; and where a line and serial break even."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare
from runoff.common.loose import Data
from runoff.common.wording import listed, sentence
from runoff.records.parameters import OF_THE_LOAD
from runoff.stats.intervals import Estimate

SERIAL = "serial"

#: {parameter that is moved: what may differ with it}; ``length_ms``: many short tasks, few long ones.
SWEPT: dict[str, tuple[str, ...]] = {"length_ms": ("batch",), "payload_bytes": (), "in_flight": (), "credit": ()}

Line = list[tuple[float, Estimate]]  # by the parameter: how many times as fast as serial
Lines = dict[tuple[str, str], dict[Any, Cell]]  # {(interpreter, name of a line): {value of the parameter: cell}}


def by(key: Callable[[Any], Any], items: Iterable[Any]) -> dict[Any, list[Any]]:
    """Group ``items`` by ``key``, in the order of their first ones."""
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def series(cells: list[Cell], *parameters: str) -> dict[tuple[str, str], list[Cell]]:
    """Return {(interpreter, name of a line): its cells}, which differ in ``parameters`` alone.

    A line is named by its transport, or else its scenario, and by whatever else distinguishes it from others of that
    name: zmq+tcp; zmq+tcp, concurrency=2.
    """
    differing = {}
    for head, of_head in by(_head, cells).items():
        apart = [_apart(cell, parameters) for cell in of_head]
        fields = dict.fromkeys(name for each in apart for name in each)
        differing[head] = [name for name in fields if len({repr(each.get(name)) for each in apart}) > 1]
    named: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        own = _apart(cell, parameters)
        values = [_in_words(name, own[name]) for name in differing[_head(cell)] if name in own]
        named.setdefault((cell.interpreter, ", ".join([_head(cell), *values])), []).append(cell)
    return named


def _in_words(name: str, value: Any) -> str:
    return str(value) if name == "worker_kind" else f"{name}={value}"


def _head(cell: Cell) -> str:
    return cell.transport or cell.scenario


def _apart(cell: Cell, parameters: tuple[str, ...]) -> Data:
    """Return what distinguishes the line of ``cell`` from others, but for how children are started."""
    left_out = (*parameters, "transport", "start_method", *OF_THE_LOAD)
    every = {"task": cell.task, "batch": cell.batch, **cell.parameters}
    return {name: value for name, value in every.items() if name not in left_out}


def swept(cells: list[Cell], parameter: str, *also: str) -> Lines:
    """Return the lines with at least two values of ``parameter``; ``also`` may differ with it."""
    found = series([cell for cell in cells if cell.ranked and parameter in cell.parameters], parameter, *also)
    lines = {
        key: dict(sorted({cell.parameters[parameter]: cell for cell in of_line}.items()))
        for key, of_line in found.items()
    }
    return {key: line for key, line in lines.items() if len(line) > 1}


def in_a_line(cells: list[Cell]) -> set[int]:
    """Return the ids of ``cells`` that are points of a sweep."""
    found = (swept(cells, parameter, *also) for parameter, also in SWEPT.items())
    return {id(cell) for lines in found for line in lines.values() for cell in line.values()}


# --- break-even -------------------------------------------------------------------------------------------------------


def over_serial(lines: Lines) -> dict[tuple[str, str], Line]:
    """Return, for every line with serial beside it, how many times as fast as serial it is at each value."""
    found = {}
    for (label, name), line in lines.items():
        serial = lines.get((label, SERIAL), {})
        both = [(value, compare(cell, serial[value]).ratio) for value, cell in line.items() if value in serial]
        if name != SERIAL and both:
            found[label, name] = both
    return found


def crossings(line: Line) -> list[float]:
    """Return where ``line`` crosses 1, interpolated linearly in logarithms.

    A crossing needs a point beyond doubt on either side. From a parameter of 0 the interpolation is linear in the
    parameter itself.
    """
    found = []
    for at, ((x0, one), (x1, other)) in enumerate(zip(line, line[1:]), 1):
        d0, d1 = math.log(one.value), math.log(other.value)
        sure = _sign(d0) in {side(each) for _, each in line[:at]} and _sign(d1) in {side(each) for _, each in line[at:]}
        if _sign(d0) != _sign(d1) and sure:
            share = d0 / (d0 - d1)
            found.append(x0 * (x1 / x0) ** share if x0 else x1 * share)
    return found


def _sign(difference: float) -> int:
    return 1 if difference > 0 else -1


def side(ratio: Estimate) -> int:
    """Return 1 where the whole interval is above 1, -1 where it is below, else 0."""
    if ratio.low is None or ratio.high is None:
        return 0
    return 1 if ratio.low > 1 else -1 if ratio.high < 1 else 0


def since(line: Line, in_words: Callable[[float], str]) -> str:
    """Return since which value a line is on the side of serial where it ends."""
    sides, at = [side(each) for _, each in line], crossings(line)
    return f"from about {in_words(at[-1])}" if at else "throughout" if len(set(sides)) == 1 else "at the end"


def against_serial(found: dict[tuple[str, str], Line], in_words: Callable[[float], str]) -> str:
    """Describe which lines end ahead of serial, behind it or too close to tell, and from which value on."""
    if found and not any(ratio.low for line in found.values() for _, ratio in line):
        return "One invocation a point cannot show whether anything is ahead of serial or behind it."
    ends: dict[int, list[str]] = {1: [], -1: [], 0: []}
    for (label, name), line in found.items():
        last = side(line[-1][1])
        ends[last].append(f"{name} on {label}" + (f" {since(line, in_words)}" if last else ""))
    heads = {1: "ahead of serial", -1: "behind serial", 0: "not told apart from serial at the end"}
    words = [f"{heads[which]}: {listed(who)}" for which, who in ends.items() if who]
    return sentence("; ".join(words)) if words else ""
