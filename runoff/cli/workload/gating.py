# Run by the driver (Python 3.9 upward).
"""Gate a person's function, print the table, and say what will be measured."""

from __future__ import annotations

from runoff.cli.console import console
from runoff.cli.workload import options as own_options
from runoff.common.errors import BadInput, choose
from runoff.common.guard import Guard
from runoff.common.loose import Options
from runoff.driver import machine
from runoff.interpreters import choice
from runoff.interpreters.discover import Interpreter
from runoff.records import planned_ways
from runoff.workload import gate, gate_table, measuring
from runoff.workload.gate import GateOutcome, Workload


def gated(
    workload: Workload, wanted: list[Interpreter], options: Options, guard: Guard
) -> tuple[GateOutcome, measuring.Measuring | None]:
    """Gate ``workload`` on ``wanted`` and print the table; return it, and what can be measured.

    Raise BadInput where it answers nowhere, unless an interpreter is required: its failure is an exit code.
    """
    labels = [each.label for each in wanted]
    choose("interpreter in this run", options["required"], labels)
    today = own_options.today(options, labels, choice.baseline(wanted, options["baseline"]))
    baseline = options["baseline"] or today["interpreter"]
    outcome = gate.check(workload, wanted, baseline, guard, lambda verdict: console.print(f"{verdict.label}: checked"))
    for line in gate_table.lines(outcome):
        console.print(line)
    if not any(verdict.answered for verdict in outcome.verdicts):
        if options["required"]:
            return outcome, None
        raise BadInput(f"the function passes the gate on no interpreter: {_why(outcome, baseline)}")
    made = measuring.make(workload, outcome, today, own_options.words(options), options["concurrency"], machine.cores())
    return outcome, made


def failed_ones(outcome: GateOutcome, required: tuple[str, ...]) -> list[str]:
    """Return those of ``required`` that fail a check."""
    return [verdict.label for verdict in outcome.verdicts if verdict.failed and verdict.label in required]


def say_plan(made: measuring.Measuring) -> None:
    """Print the plan, each way with its reason."""
    console.print("\nPlan (--scenario and --concurrency choose otherwise):")
    for line in planned_ways.lines(made.workload_facts()):
        console.print(f"  {line}")


def _why(outcome: GateOutcome, baseline: str) -> str:
    """Return the first reason of the baseline, or of anyone."""
    first = next((each for each in outcome.verdicts if each.label == baseline and each.failed), outcome.verdicts[0])
    return f"{first.label}, {first.failed[0].check}: {first.failed[0].first_line}"
