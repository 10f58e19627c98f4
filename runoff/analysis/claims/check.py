# Run by the report (Python 3.9 upward).
"""Check each claim of the table on every interpreter: holds, does not hold, cannot tell.

A claim holds where all its parts do, and does not where one part is refuted; on a build without a GIL several should
fail.
"""

from __future__ import annotations

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import first_look
from runoff.analysis.claims.expectations import EXPECT
from runoff.analysis.claims.limits import Limit
from runoff.analysis.claims.parts import FAILS, HOLDS, OPEN, CheckedPart, check_limit, check_part
from runoff.analysis.claims.table import CLAIMS, Claim
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.loose import Data
from runoff.records.schema import Header
from runoff.stats import significance

NOT_ASKED = "not asked"


def check(of_run: MeasuredCells, ids: dict[int, int]) -> list[Data]:
    """Return a row per claim: {name, says, by_interpreter: {label: {verdict, why, parts}}}.

    ``ids`` are those of cells on the page.
    """
    header, cells = of_run.header, of_run.planned
    measured = of_run.ranked
    found = {
        (claim.name, label): [
            check_limit(part, measured, cells, label)
            if isinstance(part, Limit)
            else check_part(part, measured, cells, label, header)
            for part in claim.parts
        ]
        for claim in CLAIMS
        for label in of_run.labels
        if not claim.only or claim.only in _traits(header, cells, label)
    }
    compared = [each for parts in found.values() for each in parts if each.comparison is not None]
    known = [each.comparison for each in compared if each.comparison is not None]
    shown = significance.together(known, first_look(header))
    for each, comparison, verdict in zip(compared, shown, significance.verdicts(shown)):
        each.comparison = comparison
        each.verdict = EXPECT[each.part.expect](each, verdict, header["machine"]["cores"])
    rows = []
    for claim in CLAIMS:
        by_interpreter: dict[str, Data] = {}
        for label in of_run.labels:
            parts = found.get((claim.name, label))
            if parts is None:
                by_interpreter[label] = {"verdict": NOT_ASKED, "why": "the claim is about PyPy", "parts": []}
                continue
            verdict = _together(parts)
            why = _why(claim, parts, verdict, _traits(header, cells, label))
            by_interpreter[label] = {"verdict": verdict, "why": why, "parts": [each.data(ids) for each in parts]}
        rows.append({"name": claim.name, "says": claim.says, "by_interpreter": by_interpreter})
    return rows


def _together(parts: list[CheckedPart]) -> str:
    verdicts = [each.verdict for each in parts]
    if FAILS in verdicts:
        return FAILS
    return HOLDS if verdicts and set(verdicts) == {HOLDS} else OPEN


def _why(claim: Claim, parts: list[CheckedPart], verdict: str, traits: set[str]) -> str:
    if verdict == FAILS:
        refuted = "; ".join(each.part.says for each in parts if each.verdict == FAILS)
        reasons = [text for trait, text in claim.why.items() if trait in traits]
        return f"refuted by {refuted}" + (f": {'; '.join(reasons)}" if reasons else "")
    lacking = [each.missing for each in parts if each.missing]
    unclear = [f"{each.part.says}: {_doubt(each)}" for each in parts if each.ratio and each.verdict == OPEN]
    return "; ".join([*lacking, *unclear])


def _doubt(found: CheckedPart) -> str:
    """Return why the numbers of a part decide nothing."""
    warming = found.comparison is not None and any(found.comparison.warming)
    return "what was still warming up may become faster" if warming else "the interval decides neither way"


def _traits(header: Header, cells: list[Cell], label: str) -> set[str]:
    """Return words about an interpreter, from its facts and from what was seen at the end of its invocations."""
    facts = header["interpreters"].get(label, {})
    own = [each for cell in cells if cell.interpreter == label for each in cell.invocations]
    seen = [each["gil"].get("at_end") for each in own if each["gil"]]
    gil = any(value is not False for value in seen) if seen else facts.get("gil") is not False
    words = {
        "gil": gil,
        "no-gil": not gil,
        "jit": bool(facts.get("jit")),
        "jvm": "jni" in facts.get("capabilities", ()),
        "pypy": facts.get("implementation") == "PyPy",
    }
    return {word for word, given in words.items() if given}
