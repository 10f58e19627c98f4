# Run by the report (Python 3.9 upward).
"""Say the decision in three sentences: what to run, how sure that is, and what would change it."""

from __future__ import annotations

import math
from collections import Counter

from runoff.analysis.decision.rule import RULE, changes, compare, competitors, level_with, parts, rank, warming
from runoff.common.loose import Data
from runoff.common.wording import counted, listed, short
from runoff.stats import significance

WORDS = RULE["sentences"]


def decide(given: Data, task: str, weights: Data) -> Data:
    """Return the possible options, cheapest first, the others with the reason, and the sentences."""
    ranked, refused = rank(given, task, weights)
    if not ranked:
        return {"ranked": ranked, "refused": refused, "changes": [], "lines": [_none(refused)]}
    level = level_with(given, ranked[0], ranked)
    found = changes(given, task, weights, [ranked[0], *level])
    lines = [*_run_what(given, task, ranked, level), _change_what(weights, found)]
    return {"ranked": ranked, "refused": refused, "changes": found, "lines": lines}


def _none(refused: list[Data]) -> str:
    counts = Counter(each["reason"] for each in refused)
    reasons = ", ".join(f"{reason} ({counted(count, 'option')})" for reason, count in counts.items())
    return str(WORDS["none"].format(reasons=reasons or WORDS["nothing"]))


def _run_what(given: Data, task: str, ranked: list[Data], level: list[Data]) -> list[str]:
    """Say what to run, and how sure that is; ``level``: what is not told apart from the best."""
    best = ranked[0]
    today = next((each for each in ranked if each["interpreter"] == given["baseline"]), None)
    others = competitors(best, ranked)
    several = any(other["interpreter"] != best["interpreter"] for other in others)
    if math.isnan(best["variance"]):
        kind, chosen = "undecided", best
    elif several and today is not None and (today is best or any(today is other for other in level)):
        kind, chosen = "keep", today
    else:
        kind, chosen = ("tied" if level else "best"), best
    gain = ""
    # Where today's is the nearest competitor of the best, the next sentence says it.
    if several and today is not None and (kind == "tied" or (kind == "best" and today is not others[0])):
        gain = WORDS["gain"].format(today=today["name"], **_compared(given, best, today))
    others_named = listed([each["name"] for each in level]) if level else ""
    first = WORDS[kind].format(
        best=chosen["name"], figures=_figures(given, task, chosen), cost=_cost(chosen), gain=gain, others=others_named
    )
    if not others:
        return [first, WORDS["alone"]]
    if kind == "undecided":
        return [first, WORDS["one"].format(**_compared(given, best, others[0]))]
    if level:
        compared = listed([WORDS["level"].format(**_compared(given, best, each)) for each in level])
        return [first, WORDS["unsure"].format(best=best["name"], compared=compared)]
    return [first, WORDS["sure"].format(**_compared(given, best, others[0]))]


def _change_what(weights: Data, found: list[Data]) -> str:
    if not found:
        asked = [
            each for each in RULE["weights"] if each["scan"] and (each["scan"] == "linear" or weights[each["name"]])
        ]
        return str(WORDS["steady"].format(labels=" or ".join(each["label"].lower() for each in asked)))
    changes = [
        WORDS["change"].format(
            label=each["weight"]["label"].lower(),
            direction="" if _at_its_end(each) else f" or {WORDS[each['direction']]}",
            value=short(each["value"]),
            unit=each["weight"]["unit"],
            best=each["best"],
        )
        for each in found
    ]
    return str(WORDS["changes"].format(changes="; ".join(changes)))


def _at_its_end(change: Data) -> bool:
    """Return whether a weight cannot go further: there is no more than 100 %."""
    weight = change["weight"]
    return weight["scan"] == "linear" and change["value"] in (weight["low"], weight["high"])


def _figures(given: Data, task: str, option: Data) -> str:
    """Format the throughputs of the table: python 419 tasks/s, io 1230 tasks/s; with the sizes where they differ."""
    names = {"cpu": task, "io": given["waits"]}
    sized = len({option[f"{part}_name"] for part in parts(option)}) > 1
    figures = [
        WORDS["figure"].format(
            task=names[part],
            bound=WORDS["bound"] if option[f"{part}_warming"] else "",
            tasks_per_s=short(option[f"{part}_tasks_per_s"]),
            name=f" ({option[f'{part}_name']})" if sized else "",
        )
        for part in parts(option)
    ]
    return ", ".join(figures)


def _cost(option: Data) -> str:
    return str(WORDS["cost"].format(cost=short(option["cost"]))) if option["price"] > 0 else ""


def _compared(given: Data, best: Data, other: Data) -> Data:
    """Say how ``other`` compares, with the interval: in money where prices were given, else in time."""
    found = compare(given, best, other)
    interval = ""
    if found["low"] is not None:
        wide = found["high"] > significance.TOO_WIDE * found["low"]
        interval = WORDS["wide"] if wide else f" [{short(found['low'])}, {short(found['high'])}]"
    if found["verdict"] == "warming":
        measured = WORDS["warming"]
    elif found["low"] == found["high"] == 1:
        measured = WORDS["equal"]
    else:
        bound, ratio = WORDS["bound"] if warming(best) else "", short(found["ratio"])
        measured = WORDS["even" if ratio == "1" else "dearer" if best["price"] > 0 else "longer"].format(
            bound=bound, ratio=ratio, interval=interval
        )
    return {"other": other["name"], "measured": measured}
