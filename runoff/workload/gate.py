# Run by the driver (Python 3.9 upward).
"""Ask each interpreter whether a person's function runs there, answers as the baseline does, and how long a call is."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from runoff.common import hiding
from runoff.common.guard import Guard
from runoff.common.loose import Data
from runoff.common.wording import printable, shortened
from runoff.interpreters.discover import Interpreter
from runoff.workload import answers, dependencies
from runoff.workload.call_times import CallTimes
from runoff.workload.dependencies import Installed
from runoff.workload.inside import CALL_TIMES, GATE, Inside
from runoff.workload.target import Target

#: That of every gate, and others: two give two items the same order half the time, six in one of 32 cases.
HASH_SEEDS = ("1", "2", "3", "4", "5", "6")
#: How long the answers of the third seed and of each after it may take, if one does not take longer.
SEED_S = 1.0
NOT_COMPARED = "not compared: {baseline} does not answer every input; name one that does with --baseline"
NOT_ASKED = "not asked: the gate ended before"
ANSWERS, SECOND_CALL = "answers", "second call"
#: How the reason of the second check ends where the answers vary from call to call; any other is an error.
ANOTHER_ANSWER = "another answer than at its first call"
NO_MODULE = re.compile(r"^(ModuleNotFoundError|ImportError): No module named ")
#: Characters of the beginning of what a check says, and as many of its end.
KEPT = {"reason": 250, "traceback": 4000}
THREADS_FOR_S = 0.5  # how long threads repeat the inputs: a race needs time to show
#: Checks that a way of running the function needs; an interpreter that fails no other is measured in the other ways.
OF_A_WAY = ("leaves nothing", "gil", "jit", "threads", "fork", "spawn", "forkserver", "subinterpreter")


@dataclass(frozen=True)
class Check:
    """One check of one interpreter."""

    check: str
    ok: bool
    reason: str | None
    seconds: float
    traceback: str | None = None

    @property
    def first_line(self) -> str:
        """The first line of its reason, or that there is none."""
        return (self.reason or "no reason given").splitlines()[0]


@dataclass
class Verdict:
    """What the gate says of one interpreter."""

    label: str
    rows: list[Check] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    installed: Installed | None = None
    #: Are all answers made of what JSON has; must they be awaited; does the function change its inputs?
    json: bool = True
    awaited: bool = False
    changes_input: bool = False
    #: why its calls may be faster than first ones; None where they are not
    cached: str | None = None
    #: how many loops a script of pyperf should make, which sets much up in each call; None where it does not
    loops: int | None = None
    times: CallTimes | None = None

    @property
    def failed(self) -> list[Check]:
        """Return the checks that failed, in order."""
        return [row for row in self.rows if not row.ok]

    @property
    def answered(self) -> bool:
        """Return whether every input was answered."""
        return any(row.check == ANSWERS and row.ok for row in self.rows)

    @property
    def passed(self) -> bool:
        """Return whether it can be measured, in some way at least."""
        return self.answered and all(row.check in OF_A_WAY for row in self.failed)


@dataclass(frozen=True)
class Workload:
    """A function with what it needs."""

    #: the function or the command line, as the person typed it
    typed: str
    target: Target
    inputs: list[Any]
    requirements: Path | None
    #: variables of the person's shell that the function may see; their values are stored nowhere
    variables: dict[str, str]


@dataclass(frozen=True)
class GateOutcome:
    """The gate's table, and what it found of the baseline's answers."""

    verdicts: list[Verdict]
    #: with what the baseline's answers vary; None where they do not
    varies: str | None

    @property
    def cached(self) -> str | None:
        """Return which interpreter's calls may be faster than first ones, and why; the first of them."""
        return next((f"{each.label}: {each.cached}" for each in self.verdicts if each.cached), None)


def check(
    workload: Workload,
    interpreters: list[Interpreter],
    baseline: str,
    guard: Guard,
    done: Callable[[Verdict], None],
) -> GateOutcome:
    """Check ``workload`` on the baseline first, with several hash seeds, then on the other interpreters.

    Then time calls on those that passed, one after another.
    """
    inside = Inside(guard)
    first = next(each for each in interpreters if each.label == baseline)
    expected = _check(inside, workload, first, True)
    same_start = _other_at_second_call(expected)
    other_seed = _with_other_seeds(inside, workload, first, expected) if expected.answered and not same_start else None
    varies = None
    if other_seed or same_start:  # its threads and children cannot repeat its answers either
        before, expected = expected, _check(inside, workload, first, False)
        varies = _varies(same_start, _difference(workload, before, expected, shapes_only=False), other_seed)
    done(expected)

    def one(interpreter: Interpreter) -> Verdict:
        verdict = _check(inside, workload, interpreter, not varies)
        if not expected.answered:
            verdict.rows.append(Check(f"answers of {baseline}", False, NOT_COMPARED.format(baseline=baseline), 0.0))
        elif verdict.answered:
            difference = _difference(workload, expected, verdict, shapes_only=bool(varies))
            same = "same types and shapes" if varies else answers.EQUAL
            verdict.rows.append(Check(f"answers of {baseline}", not difference, difference or same, 0.0))
        done(verdict)
        return verdict

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        try:
            others = list(pool.map(one, [each for each in interpreters if each.label != baseline]))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            inside.stop()
            raise
    outcome = GateOutcome([expected, *others], varies)
    for verdict in outcome.verdicts:
        if verdict.passed:
            _time(inside, workload, verdict)
    return outcome


def _other_at_second_call(verdict: Verdict) -> str | None:
    """Return the reason of the check of second calls where an answer was another one; None where it held or raised."""
    reasons = [row.reason or "" for row in verdict.failed if row.check == SECOND_CALL]
    return next((reason for reason in reasons if reason.endswith(ANOTHER_ANSWER)), None)


def _with_other_seeds(inside: Inside, workload: Workload, interpreter: Interpreter, expected: Verdict) -> str | None:
    """Return the first difference between ``expected`` and the answers with another hash seed, or None."""
    took_s = next(row.seconds for row in expected.rows if row.check == ANSWERS)
    few = workload.inputs[: max(1, int(len(workload.inputs) * SEED_S / max(SEED_S, took_s)))]
    for seed in HASH_SEEDS[1:]:
        asked = workload if seed == HASH_SEEDS[1] else replace(workload, inputs=few)
        again = _check(inside, asked, interpreter, True, seed, answers_only=True)
        difference = _difference(workload, expected, again, shapes_only=False)
        if difference:
            return difference
    return None


def _varies(same_start: str | None, same_seed: str | None, other_seed: str | None) -> str:
    """Return with what the baseline's answers vary, and the first difference that was seen."""
    if same_start:
        return f"from call to call ({same_start})"
    return f"from start to start ({same_seed})" if same_seed else f"with the hash seed ({other_seed})"


def _check(
    inside: Inside,
    workload: Workload,
    interpreter: Interpreter,
    same_answers: bool,
    seed: str = HASH_SEEDS[0],
    answers_only: bool = False,
) -> Verdict:
    verdict = Verdict(interpreter.label)
    installed = verdict.installed = dependencies.install(interpreter, workload.requirements)
    reason = installed.error or dependencies.described(installed)
    verdict.rows.append(Check("install", installed.error is None, reason, installed.seconds))
    if installed.error:
        return verdict
    request = {
        "modules": installed.modules,
        "same_answers": same_answers,
        "answers_only": answers_only,
        "threads_for_s": THREADS_FOR_S,
    }
    reply, ended = _ask(inside, GATE, workload, installed, request, seed)
    verdict.rows += [_with_next_step(_readable(row), workload.requirements) for row in reply.get("checks", [])]
    for name in ("answers", "json", "awaited", "changes_input", "cached", "loops"):
        setattr(verdict, name, reply.get(name, getattr(verdict, name)))
    if ended:
        verdict.rows.append(Check(reply.get("now") or "start", False, ended, 0.0))
        seen = {row.check for row in verdict.rows}
        verdict.rows += [Check(name, False, NOT_ASKED, 0.0) for name in reply.get("ways", []) if name not in seen]
    return verdict


def _ask(
    inside: Inside, script: Path, workload: Workload, installed: Installed, request: Data, seed: str
) -> tuple[Data, str | None]:
    """Run ``script`` in the environment ``installed``; return its reply, and how it ended where that was early.

    No value of the person's variables stands in them, but for answers: those are compared, and checked when measured.
    """
    variables = {**installed.variables, **workload.variables, "PYTHONHASHSEED": seed}
    asked = {"target": workload.target.as_request(), "inputs": workload.inputs, **request}
    reply, ended = inside.ask(script, installed.command, asked, variables)
    hidden = hiding.texts(workload.variables.values())
    rows = [
        {**row, **{name: hiding.hide(row.get(name), hidden) for name in ("reason", "traceback")}}
        for row in reply.get("checks", [])
    ]
    said = {**reply, "checks": rows, "cached": hiding.hide(reply.get("cached"), hidden)} if reply else reply
    return said, None if ended is None else printable(shortened(hiding.hide(ended, hidden), KEPT["reason"]))


def _difference(workload: Workload, expected: Verdict, got: Verdict, shapes_only: bool) -> str | None:
    """Return where the answers of two differ first, without the values of the person's variables; None where equal."""
    found = answers.first_difference(expected.answers, got.answers, shapes_only)
    hidden = hiding.texts(workload.variables.values())
    if found is None or not hidden:
        return found
    # Hidden before a long answer is cut, which might leave a part of a value.
    wanted, seen = (hiding.hide(each.answers, hidden) for each in (expected, got))
    shown = answers.first_difference(wanted, seen, shapes_only)
    return "an answer with the value of a variable differs" if shown is None else str(hiding.hide(shown, hidden))


def _with_next_step(row: Check, requirements: Path | None) -> Check:
    """Return ``row``; where the function's own import failed, its reason says what brings the module."""
    if row.ok or row.check != "function" or not NO_MODULE.match(row.reason or ""):
        return row
    step = f"is its package in {requirements.name}?" if requirements else "--requirements FILE installs its package"
    first, *others = (row.reason or "").splitlines()
    return replace(row, reason="\n".join([f"{first}; {step}", *others]))


def _readable(row: Data) -> Check:
    """Return the check of ``row`` without control characters: a person's error may hold any, and a whole input."""
    told = {name: shortened(row.get(name) or "", kept) for name, kept in KEPT.items()}
    said = {name: "\n".join(map(printable, text.splitlines())) for name, text in told.items()}
    return Check(**{**row, **{name: text or None for name, text in said.items()}})


def _time(inside: Inside, workload: Workload, verdict: Verdict) -> None:
    """Add to ``verdict`` how long a call takes, or a failed row."""
    assert verdict.installed
    request = {
        "changes_input": verdict.changes_input,
        "threads": not workload.target.fresh and all(row.check != "threads" for row in verdict.failed),
    }
    reply, ended = _ask(inside, CALL_TIMES, workload, verdict.installed, request, HASH_SEEDS[0])
    if ended or not reply:
        verdict.rows.append(Check("times", False, ended or "no reply", 0.0))
        return
    verdict.times = CallTimes.of_reply(reply, workload.inputs, verdict.answers)
