# Run by the driver (Python 3.9 upward).
"""How a run of a person's function differs from others: its sets of cells, its environments, its reasons to skip."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from runoff.common.loose import Data, Table
from runoff.environments.environment import Environment, PrepareFailed
from runoff.interpreters.facts import ProbeFailed
from runoff.records import schema
from runoff.workload import files
from runoff.workload.environment import layered
from runoff.workload.gate import GateOutcome, Verdict, Workload
from runoff.workload.plan_rows import Nature, Plan, plan
from runoff.workload.target import COMMAND

#: {check of the gate: the scenarios that need it}; one that starts processes needs the check of its start method.
NEEDED_BY = {
    "threads": ("thread-pool", "threads", "processes-of-threads"),
    "subinterpreter": ("interpreter-pool",),
}
PROFILES = ("smoke", "quick", "rigorous")
SMOKE, THOROUGH = "smoke", "rigorous"
#: An invocation is ended after so many times what its longest planned iterations take on the baseline.
PATIENCE = 20.0
#: The default budget is enough to measure every row so often; a race leaves most of them after the first block.
BLOCKS = 2.5


@dataclass(frozen=True)
class Measuring:
    """A function that passed the gate somewhere, with its plan."""

    workload: Workload
    outcome: GateOutcome
    plan: Plan
    today: schema.Today
    #: the options that name the function again, as words
    words: tuple[str, ...]
    #: names the files that interpreters read the function from
    digest: str

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Return {label: what the gate says of it}."""
        return {verdict.label: verdict for verdict in self.outcome.verdicts}

    def table(self, experiments: Table) -> Data:
        """Return ``experiments`` with the plan's rows as its only sets."""
        planned = {f"own-{number}": row.content for number, row in enumerate(self.plan.rows)}
        others = {f"asked-{number}": row.content for number, row in enumerate(self.plan.others)}
        profiles = {}
        interpreters = sum(verdict.passed for verdict in self.outcome.verdicts)
        for name in PROFILES:
            profile = experiments["profiles"][name]
            short = [key for key, row in planned.items() if "loads" not in row]  # smoke measures no latency
            least = min(profile["min_iterations"], self.plan.min_iterations)
            profiles[name] = {
                **profile,
                "sets": [*(short if name == SMOKE else planned), *(others if name == THOROUGH else ())],
                "min_iterations": least,
                "timeout_s": max(profile["timeout_s"], PATIENCE * least * self.plan.longest_s),
                "budget_s": max(profile["budget_s"], BLOCKS * self.plan.block_s),
                "max_budget_s": max(profile.get("max_budget_s", math.inf), interpreters * BLOCKS * self.plan.block_s),
            }
        return {**experiments, "sets": {**planned, **others}, "profiles": profiles}

    def environments(
        self, outcomes: Mapping[str, Environment | PrepareFailed]
    ) -> dict[str, Environment | PrepareFailed]:
        """Return each interpreter's environment with the function's requirements before ours."""
        found: dict[str, Environment | PrepareFailed] = {}
        for label, ours in outcomes.items():
            verdict = self.verdicts[label]
            if isinstance(ours, PrepareFailed) or not verdict.passed or verdict.installed is None:
                found[label] = ours
                continue
            try:
                found[label] = layered(ours, verdict.installed)
            except ProbeFailed as failure:
                found[label] = PrepareFailed(str(failure))
        return found

    def reason_to_skip(self, label: str, scenario: str, start_method: str | None) -> str | None:
        """Return why ``scenario`` is not measured on ``label``, by what the gate saw; None where it is."""
        verdict = self.verdicts.get(label) or self.verdicts[self.today["interpreter"]]
        failed = {row.check: row for row in verdict.failed}
        if not verdict.passed:
            first = verdict.failed[0]
            return f"the gate: {first.check}: {first.first_line}"
        needed = [start_method, *(check for check, ways in NEEDED_BY.items() if scenario in ways)]
        found = [failed[check] for check in needed if check in failed]
        return f"the gate: {found[0].check}: {found[0].first_line}" if found else None

    def workload_facts(self) -> schema.HeaderWorkload:
        """Return what run.json says of the function and its plan."""
        return {
            "function": self.workload.typed,
            "digest": self.digest,
            "inputs": len(self.workload.inputs),
            "variables": sorted(self.workload.variables),
            "words": list(self.words),
            "varies": self.outcome.varies,
            "cached": self.outcome.cached,
            "plan": [{"reason": row.reason, **row.content} for row in self.plan.rows],
            "left_out": [{"scenario": scenario, "reason": reason} for scenario, reason in self.plan.left_out],
        }

    def gate_facts(self) -> list[schema.GateVerdict]:
        """Return what run.json says of the gate."""
        return [
            {
                "interpreter": verdict.label,
                "passed": verdict.passed,
                "rows": [cast(schema.GateRow, asdict(row)) for row in verdict.rows],
                "times": asdict(verdict.times) if verdict.times else None,
            }
            for verdict in self.outcome.verdicts
        ]


def make(
    workload: Workload,
    outcome: GateOutcome,
    today: schema.Today,
    words: tuple[str, ...],
    sizes: tuple[int, ...],
    cores: int,
) -> Measuring | None:
    """Return what to measure; None where the function passed nowhere."""
    passed = [verdict for verdict in outcome.verdicts if verdict.passed and verdict.times]
    if not passed:
        return None
    first = next((verdict for verdict in passed if verdict.label == today["interpreter"]), passed[0])
    assert first.times
    digest = files.write(workload, outcome)
    target = workload.target
    as_json = all(verdict.json for verdict in passed)
    nature = Nature(first.awaited, as_json, target.adapter == COMMAND, target.fresh)
    return Measuring(workload, outcome, plan(first.times, nature, cores, sizes), today, words, digest)
