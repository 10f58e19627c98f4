# Run by the report (Python 3.9 upward).
"""Apply the rule: what to deploy, from weights that a reader can move, and what would change it.

The rule itself (formulas, limits, words) is data, rule.json. The page's script reads it as well, and has the functions
of this module and of sentences.py under the same names, so that moving a slider and printing an answer cannot disagree.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from types import CodeType

from runoff.common.loose import Data
from runoff.stats.intervals import printed

RULE: Data = json.loads((Path(__file__).parent / "rule.json").read_text(encoding="utf-8"))

SAME = 0.05  # options whose whole interval lies within this of each other cost the same, for whoever pays


def rank(given: Data, task: str, weights: Data) -> tuple[list[Data], list[Data]]:
    """Return the options for ``task``, cheapest first, and those that are refused."""
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


def _refusal(option: Data, values: Data) -> str | None:
    for need in RULE["needs"]:
        if values[need["where"]] > 0:
            if option[need["field"]] is None:
                return str(need["reason"])
            if "at_most" in need and option[need["field"]] > values[need["at_most"]]:
                return str(need["exceeded"])
    return None


def option_name(option: Data, values: Data) -> str:
    """Name an option: cpython-3.13 with thread-pool[2]; without the size where computing and waiting differ in it."""
    names = list(dict.fromkeys(option[f"{part}_name"] for part in parts(values)))
    return f"{option['interpreter']} with {names[0] if len(names) == 1 else option['scenario']}"


def parts(values: Data) -> list[str]:
    """Return the parts of the work (cpu, io) that have a weight and a number."""
    weighed = (("cpu", "computing"), ("io", "waiting"))
    return [part for part, where in weighed if values[where] > 0 and values[f"{part}_name"]]


def warming(values: Data) -> bool:
    """Return whether its speed is a lower bound, since it was still becoming faster at its end."""
    return any(values[f"{part}_warming"] for part in parts(values))


def compare(given: Data, best: Data, other: Data) -> Data:
    """Return how many times as much ``other`` costs, with an interval and a word.

    The word is ahead, same, tied, warming or unknown.
    """
    values = {f"{side}_{name}": one[name] for side, one in (("best", best), ("other", other)) for name in one}
    for name, formula in RULE["comparison"]:
        values[name] = evaluate(formula, values)
    if math.isnan(values["spread"]):
        return {"ratio": values["ratio"], "low": None, "high": None, "verdict": "unknown"}
    freedom = values["freedom"]
    table = given["t_quantiles"]
    at = len(table) if math.isnan(freedom) else min(len(table), max(1, math.floor(freedom)))
    half = table[at - 1] * math.sqrt(values["spread"])
    found = {"ratio": values["ratio"], "low": values["ratio"] * math.exp(-half)}
    found["high"] = values["ratio"] * math.exp(half)
    return {**found, "verdict": _verdict(given, found, warming(other))}


def _verdict(given: Data, found: Data, other_warming: bool) -> str:
    if other_warming:  # what it will cost once it is warm, nobody has seen
        return "warming"
    if printed(found["low"]) > 1 and found["ratio"] > 1 + given["floor"]:  # an interval that touches 1 is never sure
        return "ahead"
    return "same" if found["low"] >= 1 - SAME and found["high"] <= 1 + SAME else "tied"


def competitors(best: Data, ranked: list[Data]) -> list[Data]:
    """Return the cheapest option of each other interpreter; without one, this one's other scenarios."""
    others: dict[str, Data] = {}
    for option in ranked:
        if option["interpreter"] != best["interpreter"]:
            others.setdefault(option["interpreter"], option)
    return list(others.values()) or [option for option in ranked if option is not best]


def level_with(given: Data, best: Data, ranked: list[Data]) -> list[Data]:
    """Return the competitors of ``best`` that are not told apart from it; none where its noise is unknown."""
    if math.isnan(best["variance"]):
        return []
    return [other for other in competitors(best, ranked) if compare(given, best, other)["verdict"] != "ahead"]


def changes(given: Data, task: str, weights: Data, named: list[Data]) -> list[Data]:
    """Return, for every weight, the nearest values below and above at which an option not ``named`` is cheapest."""
    found = []
    known = {(each["interpreter"], each["scenario"]) for each in named}
    for weight in RULE["weights"]:
        for direction in ("below", "above") if weight["scan"] else ():
            for value in scanned(weight, weights[weight["name"]], direction):
                ranked, _ = rank(given, task, {**weights, weight["name"]: value})
                if ranked and (ranked[0]["interpreter"], ranked[0]["scenario"]) not in known:
                    found.append({"weight": weight, "direction": direction, "value": value, "best": ranked[0]["name"]})
                    break
    return found


def scanned(weight: Data, start: float, direction: str) -> list[float]:
    """Return the values to try: steps of one for a share, of a tenth for a price, up to a thousand times and back."""
    if weight["scan"] == "linear":
        steps = range(int(start) - 1, weight["low"] - 1, -1) if direction == "below" else range(int(start) + 1, 101)
        return [float(value) for value in steps]
    factor = 1 / 1.1 if direction == "below" else 1.1
    return [start * factor**power for power in range(1, 73)] if start > 0 else []


# --- formulas ---------------------------------------------------------------------------------------------------------


def evaluate(formula: str, values: Data) -> float:
    """Evaluate ``formula`` over ``values``.

    It may have numbers, names, + - * / ** > and max(), which mean the same in JavaScript.
    """
    try:
        return float(eval(_compiled(formula), {"__builtins__": {}, "max": max}, values))
    except ZeroDivisionError:  # nothing over nothing, where there is no noise at all: NaN in JavaScript
        return math.nan


@cache
def _compiled(formula: str) -> CodeType:
    return compile(formula, "rule.json", "eval")
