# Run by the report (Python 3.9 upward).
"""What to deploy, from weights a reader can move, and what would change it.

The rule itself (formulas, limits, words) is data: decision_rule.json, which the page's script reads as well, so that
moving a slider and printing an answer cannot disagree. Here is what it is applied to, and its use on a terminal.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import Counter
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Any

from runoff.analysis.cells import FOR_CURVES, Cell
from runoff.analysis.measured_cells import MeasuredCells, of_main_works
from runoff.common.wording import short
from runoff.stats.intervals import CONFIDENCE, t_quantile

RULE: dict[str, Any] = json.loads((Path(__file__).parent / "decision_rule.json").read_text(encoding="utf-8"))

WAITING = ("io",)  # the task that stands for waiting; the others stand for computing
NOT_WORK = ("noop", "payload", "io-load", "mixed", *FOR_CURVES)  # overheads and mixtures: neither one nor the other
FIRST = ("python", "native-nogil", "native-gil")  # the computing asked about unless a reader chooses another
UNKNOWN_FREEDOM = 1e9  # of a part that has no noise: it must not lower the freedom of the other
TOO_WIDE = 100  # times between the ends of an interval: its figures would only pretend to say something
T_TABLE = 60  # degrees of freedom in the table; beyond, the normal quantile

Values = dict[str, Any]


def inputs(cells: MeasuredCells) -> Values:
    """All that the rule is applied to: options per computing task, the t table, the number of cores."""
    header = cells.header
    measured = [*cells.ranked, *(cell for cell in cells.driven if cell.ranked)]
    floors = [floor.share for work in cells.works.values() if (floor := cells.floor(work))]
    waits = _part(measured, header, WAITING[0])
    names = dict.fromkeys(cell.task for cell in measured if cell.task not in (*WAITING, *NOT_WORK))
    tasks = sorted(names, key=lambda task: FIRST.index(task) if task in FIRST else len(FIRST))
    latencies = _latencies(measured)
    options = {}
    for task in tasks or ["nothing"]:
        computes = _part(measured, header, task)
        keys = list(dict.fromkeys([*computes, *waits]))
        options[task] = [_option(key, computes.get(key), waits.get(key), latencies.get(key)) for key in keys]
    most = max((len(each) for each in options.values()), default=0)
    defaults = {weight["name"]: weight["default"] for weight in RULE["weights"]}
    if not tasks or not waits:
        defaults["share"] = 100 if tasks else 0
    return {
        "tasks": tasks,
        "options": options,
        "baseline": header["baseline"],
        "cores": header["machine"]["cores"],
        "floor": max(floors, default=0.0),
        "t_quantiles": t_quantiles(max(1, most - 1)),
        "defaults": defaults,
    }


def t_quantiles(comparisons: int) -> list[float]:
    """Quantiles for 1, 2 ... T_TABLE degrees of freedom and (last) for more, that hold for ``comparisons`` at once."""
    share = 1 - (1 - CONFIDENCE) / 2 / comparisons
    return [t_quantile(share, freedom) for freedom in (*range(1, T_TABLE + 1), 1e6)]


def _part(measured: list[Cell], header: Values, task: str) -> dict[tuple[str, str], Values]:
    """{(interpreter, scenario): how many times today's speed at ``task``, how sure, with what memory}."""
    found = [cell for cell in measured if cell.task == task]
    # One size of the work: what was measured at others is not comparable with it.
    of_size = of_main_works([cell for cell in found if not cell.for_latency])
    if not of_size:  # driven at given loads alone: then what a closed loop found is its capacity
        of_size = [cell for cell in found if cell.for_latency]
    if not of_size:
        return {}
    today = _reference(of_size, header["baseline"])
    best: dict[tuple[str, str], Cell] = {}
    for cell in of_size:
        key = (cell.interpreter, cell.scenario)
        if key not in best or _centre(cell) > _centre(best[key]):
            best[key] = cell
    return {key: _measured(cell, today) for key, cell in best.items()}


def _reference(cells: list[Cell], baseline: str) -> Cell:
    """Today's program: the baseline's serial one; where that was not measured, the baseline's slowest, or anyone's."""
    own = [cell for cell in cells if cell.interpreter == baseline] or cells
    return next((cell for cell in own if cell.scenario == "serial"), min(own, key=_centre))


def speeds(cell: Cell) -> list[float]:
    """Tasks per second, one number per invocation; of a cell driven at given loads, its capacity."""
    if not cell.for_latency:
        return cell.throughputs
    return [max(part["capacity"] for part in each["latency"]) for each in cell.invocations]


def _centre(cell: Cell) -> float:
    return statistics.geometric_mean(speeds(cell))


def _measured(cell: Cell, today: Cell) -> Values:
    found = speeds(cell)
    logs = [math.log(value) for value in found]
    count = len(logs)
    return {
        "name": cell.name,
        "place": cell.place,
        "speedup": _centre(cell) / _centre(today),
        "variance": statistics.variance(logs) / count if count > 1 else None,
        "freedom": count - 1 if count > 1 else None,
        "gib": cell.peak_memory_bytes / 2**30,
    }


def _latencies(measured: list[Cell]) -> dict[tuple[str, str], float]:
    """p99 in ms at the highest load measured whose sample carries it; what is no work tells nothing of it."""
    from runoff.analysis import latency

    found = {}
    for cell in measured:
        if cell.for_latency and cell.task not in NOT_WORK:
            carried = [row for row in latency.of_cell(cell) if 99.0 in row.percentiles_ms]
            if carried:
                found[cell.interpreter, cell.scenario] = carried[-1].percentiles_ms[99.0]
    return found


def _option(key: tuple[str, str], computes: Values | None, waits: Values | None, p99_ms: float | None) -> Values:
    option: Values = {"interpreter": key[0], "scenario": key[1], "p99_ms": p99_ms}
    for name, part in (("cpu", computes), ("io", waits)):
        option[f"{name}_name"] = part["name"] if part else None
        option[f"{name}_place"] = part["place"] if part else None
        option[f"{name}_speedup"] = part["speedup"] if part else None
        option[f"{name}_variance"] = part["variance"] if part else 0.0
        option[f"{name}_freedom"] = part["freedom"] if part else UNKNOWN_FREEDOM
        option[f"{name}_gib"] = part["gib"] if part else 0.0
    return option


# --- the rule applied: script.js has the same functions under the same names ------------------------------------------


def decide(given: Values, task: str, weights: Values) -> Values:
    """The options that can do it, cheapest first, those that cannot with the reason, and the sentences."""
    ranked, refused = rank(given, task, weights)
    changes = _changes(given, task, weights, ranked[0]) if ranked else []
    return {"ranked": ranked, "refused": refused, "changes": changes, "lines": lines(given, ranked, refused, changes)}


def rank(given: Values, task: str, weights: Values) -> tuple[list[Values], list[Values]]:
    ranked, refused = [], []
    for option in given["options"].get(task, []):
        values = {**option, **weights, "cores": given["cores"]}
        for name in ("cpu", "io"):
            if values[f"{name}_speedup"] is None:
                values[f"{name}_speedup"] = 1  # where it has a weight the option is refused below
            if values[f"{name}_variance"] is None:
                values[f"{name}_variance"], values[f"{name}_freedom"] = math.nan, 1
        for name, formula in RULE["option"]:
            values[name] = evaluate(formula, values)
        reason = _refusal(option, values)
        if reason:
            refused.append({**option, "reason": reason})
        else:
            ranked.append({**values, "name": option_name(option, values)})
    ranked.sort(key=lambda values: values["cost"])
    return ranked, refused


def _refusal(option: Values, values: Values) -> str | None:
    for need in RULE["needs"]:
        if values[need["where"]] > 0:
            if option[need["field"]] is None:
                return str(need["reason"])
            if "at_most" in need and option[need["field"]] > values[need["at_most"]]:
                return str(need["exceeded"])
    return None


def option_name(option: Values, values: Values) -> str:
    """cpython-3.13 with thread-pool[2]; where computing and waiting want other sizes, both."""
    names = [
        option[f"{part}_name"]
        for part, where in (("cpu", "computing"), ("io", "waiting"))
        if values[where] > 0 and option[f"{part}_name"]
    ]
    return f"{option['interpreter']} with {' / '.join(dict.fromkeys(names))}"


def compare(given: Values, best: Values, other: Values) -> Values:
    """How many times as much ``other`` costs, with an interval and one of ahead, tied, unknown."""
    values = {f"{side}_{name}": one[name] for side, one in (("best", best), ("other", other)) for name in one}
    for name, formula in RULE["comparison"]:
        values[name] = evaluate(formula, values)
    if math.isnan(values["spread"]):
        return {"ratio": values["ratio"], "low": None, "high": None, "verdict": "unknown"}
    freedom = values["freedom"]
    table = given["t_quantiles"]
    at = len(table) if math.isnan(freedom) else min(len(table), max(1, math.floor(freedom)))
    half = table[at - 1] * math.sqrt(values["spread"])
    low, high = values["ratio"] * math.exp(-half), values["ratio"] * math.exp(half)
    ahead = low > 1 and values["ratio"] > 1 + given["floor"]
    return {"ratio": values["ratio"], "low": low, "high": high, "verdict": "ahead" if ahead else "tied"}


def _changes(given: Values, task: str, weights: Values, best: Values) -> list[Values]:
    """For every weight that is scanned: the nearest values, below and above, at which another option is cheapest."""
    found = []
    for weight in RULE["weights"]:
        if weight["scan"] is None:
            continue
        for direction in ("below", "above"):
            for value in scanned(weight, weights[weight["name"]], direction):
                ranked, _ = rank(given, task, {**weights, weight["name"]: value})
                if ranked and any(ranked[0][name] != best[name] for name in ("interpreter", "scenario")):
                    found.append({"weight": weight, "direction": direction, "value": value, "best": ranked[0]["name"]})
                    break
    return found


def scanned(weight: Values, start: float, direction: str) -> list[float]:
    """The values looked at: steps of one for a share, of a tenth for a price, up to a thousand times and back."""
    if weight["scan"] == "linear":
        steps = range(int(start) - 1, weight["low"] - 1, -1) if direction == "below" else range(int(start) + 1, 101)
        return [float(value) for value in steps]
    factor = 1 / 1.1 if direction == "below" else 1.1
    return [start * factor**power for power in range(1, 73)] if start > 0 else []


def lines(given: Values, ranked: list[Values], refused: list[Values], changes: list[Values]) -> list[str]:
    """The decision in three lines."""
    words = RULE["sentences"]
    if not ranked:
        counted = Counter(each["reason"] for each in refused)
        reasons = ", ".join(f"{reason} ({count} options)" for reason, count in counted.items())
        return [words["none"].format(reasons=reasons or words["nothing"])]
    best = ranked[0]
    today = next((each for each in ranked if each["interpreter"] == given["baseline"]), None)
    if today is None or today is best:
        against = words["is_today"]
    else:
        against = words["against_today"].format(today=today["name"], **_told(given, best, today))
    tasks_per_s, cost = short(best["tasks_per_s"]), short(best["cost"])
    rival = next((each for each in ranked if each["interpreter"] != best["interpreter"]), None)
    proven = rival is None or compare(given, best, rival)["verdict"] == "ahead"
    kind = "undecided" if math.isnan(best["variance"]) else "best" if proven else "leaning"
    first = words[kind].format(best=best["name"], tasks_per_s=tasks_per_s, cost=cost, against=against)
    if len(ranked) == 1:
        second = words["alone"]
    else:
        second = words["next"].format(**_told(given, best, ranked[1]))
        if ranked[1]["interpreter"] == best["interpreter"]:
            second += words["next_interpreter"].format(**_told(given, best, rival)) if rival else ""
        second += "."
    if changes:
        told = [
            words["change"].format(
                label=each["weight"]["label"].lower(),
                direction=words[each["direction"]],
                value=short(each["value"]),
                unit=each["weight"]["unit"],
                best=each["best"],
            )
            for each in changes
        ]
        third = words["changes"].format(changes="; ".join(told))
    else:
        labels = " or ".join(weight["label"].lower() for weight in RULE["weights"] if weight["scan"])
        third = words["steady"].format(labels=labels)
    return [first, second, third]


def _told(given: Values, best: Values, other: Values) -> Values:
    found = compare(given, best, other)
    interval = ""
    if found["low"] is not None:
        wide = found["high"] > TOO_WIDE * found["low"]
        interval = RULE["sentences"]["wide"] if wide else f" [{short(found['low'])}, {short(found['high'])}]"
    verdict = RULE["sentences"][found["verdict"]]
    return {"other": other["name"], "ratio": short(found["ratio"]), "interval": interval, "verdict": verdict}


# --- formulas ---------------------------------------------------------------------------------------------------------


def evaluate(formula: str, values: Values) -> float:
    """``formula`` over ``values``: numbers, names, + - * / ** > and max(), which mean the same in JavaScript."""
    try:
        return float(eval(_compiled(formula), {"__builtins__": {}, "max": max}, values))
    except ZeroDivisionError:  # nothing over nothing, where there is no noise at all: NaN in JavaScript
        return math.nan


@cache
def _compiled(formula: str) -> CodeType:
    return compile(formula, "decision_rule.json", "eval")
