# Run by the report (Python 3.9 upward).
"""Gather what the decision is made from: the options of a run, how fast each is, and how sure that is."""

from __future__ import annotations

import statistics

from runoff.analysis import latency
from runoff.analysis.cells.cell import FOR_CURVES, Cell
from runoff.analysis.cells.comparing import first_look
from runoff.analysis.decision.rule import RULE
from runoff.analysis.deployable import support
from runoff.analysis.measured_cells import MeasuredCells, of_main_works
from runoff.common.loose import Data
from runoff.records import record
from runoff.records.schema import Header
from runoff.stats import significance
from runoff.stats.intervals import CONFIDENCE, t_quantile

WAITING = record.DECIDED_BY[1]  # the task that stands for waiting; the others stand for computing
NOT_WORK = ("noop", "payload", "io-load", "mixed", *FOR_CURVES)  # overheads and mixtures: neither one nor the other
FIRST = ("python", "native-nogil", "native-gil")  # the computing asked about unless a reader chooses another
UNKNOWN_FREEDOM = 1e9  # of a part that has no noise: it must not lower the freedom of the other
T_TABLE = 60  # degrees of freedom in the table; beyond, the normal quantile


def gather(cells: MeasuredCells, allow_eol: bool = False) -> Data:
    """Return the input of the rule: options per computing task, the t table, the number of cores."""
    header, ended = cells.header, support.ended(cells.header)
    measured = [*cells.ranked, *(cell for cell in cells.driven if cell.ranked)]
    floors = [floor.share for work in cells.works.values() if (floor := cells.floor(work))]
    waits = _part(measured, header, WAITING)
    names = dict.fromkeys(cell.task for cell in measured if cell.task not in (WAITING, *NOT_WORK))
    tasks = sorted(names, key=lambda task: FIRST.index(task) if task in FIRST else len(FIRST))
    latencies = _latencies(measured)
    options = {}
    for task in tasks or ["nothing"]:
        computes = _part(measured, header, task)
        keys = list(dict.fromkeys([*computes, *waits]))
        options[task] = [
            {
                **_option(key, computes.get(key), waits.get(key), latencies.get(key)),
                "supported": None if key[0] in ended else True,
            }
            for key in keys
        ]
        _mark_left_behind(options[task])
    defaults = {weight["name"]: weight["default"] for weight in RULE["weights"]}
    if allow_eol:
        defaults["only_supported"] = 0
    if not tasks or not waits:
        defaults["share"] = 100 if tasks else 0
    return {
        "tasks": tasks,
        "waits": WAITING,
        "options": options,
        "baseline": header["baseline"],
        "cores": header["machine"]["cores"],
        "floor": max(floors, default=0.0),
        "t_quantiles": t_quantiles(_risk(options, header)),
        "defaults": defaults,
    }


def _risk(options: dict[str, list[Data]], header: Header) -> float:
    """Return the risk of an interval between the best option and another one.

    The best of many is told apart from the next one at the risk of a single comparison (Hung and Fithian 2019); a run
    that stopped by what it saw has taken its share of it at each look.
    """
    counts = {option["invocations"] for each in options.values() for option in each if option["invocations"] > 1}
    return min((significance.risk_at_end(count, first_look(header)) for count in counts), default=1 - CONFIDENCE)


def _mark_left_behind(options: list[Data]) -> None:
    """Mark options that were started once while another of their interpreter was not: a race has left them behind.

    What was started more often may have been warm in one start, and is not left behind for that.
    """
    often = {option["interpreter"] for option in options if option["started"] > 1}
    for option in options:
        option["often"] = None if option["started"] == 1 and option["interpreter"] in often else True


def t_quantiles(risk: float) -> list[float]:
    """Return quantiles for 1, 2 ... T_TABLE degrees of freedom and (last) for more, of intervals with ``risk``."""
    return [t_quantile(1 - risk / 2, freedom) for freedom in (*range(1, T_TABLE + 1), 1e6)]


def _part(measured: list[Cell], header: Header, task: str) -> dict[tuple[str, str], Data]:
    """Return {(interpreter, scenario): times today's speed at ``task``, how sure, with what memory}."""
    found = [cell for cell in measured if cell.task == task]
    # One size of the work: what was measured at others is not comparable with it.
    of_size = of_main_works([cell for cell in found if not cell.for_latency])
    if not of_size:  # driven at given loads alone: then what a closed loop found is its capacity
        of_size = [cell for cell in found if cell.for_latency]
    if not of_size:
        return {}
    today = _reference(of_size, header)
    best: dict[tuple[str, str], Cell] = {}
    for cell in of_size:
        key = (cell.interpreter, cell.scenario)
        if key not in best or _centre(cell) > _centre(best[key]):
            best[key] = cell
    return {key: _measured(cell, today) for key, cell in best.items()}


def _reference(cells: list[Cell], header: Header) -> Cell:
    """Return today's program: the baseline's serial cell or what the run names, else its slowest, or anyone's."""
    own = [cell for cell in cells if cell.interpreter == header["baseline"]] or cells
    scenario = header["today"]["scenario"] if "today" in header else "serial"
    return next((cell for cell in own if cell.scenario == scenario), min(own, key=_centre))


def speeds(cell: Cell) -> list[float]:
    """Return tasks per second, one per invocation; for a cell driven at given loads, its capacity."""
    if not cell.for_latency:
        return cell.throughputs
    return [max(part["capacity"] for part in each["latency"] or ()) for each in cell.invocations]


def _centre(cell: Cell) -> float:
    return statistics.geometric_mean(speeds(cell))


def _measured(cell: Cell, today: Cell) -> Data:
    level = significance.level(speeds(cell), cell.prior) if cell.for_latency else cell.level
    return {
        "name": cell.name,
        "place": cell.place,
        "tasks_per_s": _centre(cell),
        "warming": cell.warming,
        "speedup": _centre(cell) / _centre(today),
        "variance": level.variance,
        "shared": level.shared,
        "freedom": level.freedom,
        "invocations": level.invocations,
        "started": len(cell.invocations),
        "gib": cell.peak_memory_bytes / 2**30,
    }


def _latencies(measured: list[Cell]) -> dict[tuple[str, str], float]:
    """Return p99 in ms at the highest measured load whose sample carries it."""
    found = {}
    for cell in measured:
        if cell.for_latency and cell.task not in NOT_WORK:
            carried = [row for row in latency.of_cell(cell) if 99.0 in row.percentiles_ms]
            if carried:
                found[cell.interpreter, cell.scenario] = carried[-1].percentiles_ms[99.0]
    return found


def _option(key: tuple[str, str], computes: Data | None, waits: Data | None, p99_ms: float | None) -> Data:
    counts = {name: min(part[name] for part in (computes, waits) if part) for name in ("invocations", "started")}
    option: Data = {"interpreter": key[0], "scenario": key[1], "p99_ms": p99_ms, **counts}
    for name, part in (("cpu", computes), ("io", waits)):
        option[f"{name}_name"] = part["name"] if part else None
        option[f"{name}_place"] = part["place"] if part else None
        option[f"{name}_tasks_per_s"] = part["tasks_per_s"] if part else None
        option[f"{name}_warming"] = part["warming"] if part else False
        option[f"{name}_speedup"] = part["speedup"] if part else None
        option[f"{name}_variance"] = part["variance"] if part else 0.0
        option[f"{name}_shared"] = part["shared"] if part else 0.0
        option[f"{name}_freedom"] = part["freedom"] if part else UNKNOWN_FREEDOM
        option[f"{name}_gib"] = part["gib"] if part else 0.0
    return option
