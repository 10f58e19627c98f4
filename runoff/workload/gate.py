# Run by the driver (Python 3.9 upward).
"""Ask one interpreter after the other whether a person's function runs there, and answers as the baseline does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runoff.common.paths import ROOT
from runoff.interpreters import surroundings
from runoff.interpreters.discover import Interpreter
from runoff.workload import answers, dependencies
from runoff.workload.target import Target

INSIDE = ROOT / "harness" / "gate.py"
LIMIT_S = 300.0
HASH_SEEDS = ("1", "2")
NOT_COMPARED = "not compared: {baseline} does not answer every input; name one that does with --baseline"


@dataclass(frozen=True)
class Row:
    """One check of one interpreter."""

    check: str
    ok: bool
    reason: str | None
    seconds: float
    traceback: str | None = None


@dataclass
class Verdict:
    """What the gate says of one interpreter."""

    label: str
    rows: list[Row] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    calls_ns: list[int] = field(default_factory=list)

    @property
    def failed(self) -> list[Row]:
        """Return the checks that failed, in order."""
        return [row for row in self.rows if not row.ok]

    @property
    def answered(self) -> bool:
        """Return whether every input was answered."""
        return any(row.check == "answers" and row.ok for row in self.rows)


@dataclass(frozen=True)
class Workload:
    """A function with what it needs."""

    target: Target
    inputs: list[Any]
    requirements: Path | None
    #: variables of the person's shell that the function may see; their values are stored nowhere
    variables: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """The gate's table, and where the baseline's answers differ from one start to the next."""

    verdicts: list[Verdict]
    varies: str | None


def check(
    workload: Workload, interpreters: list[Interpreter], baseline: str, done: Callable[[Verdict], None]
) -> Outcome:
    """Check ``workload`` on the baseline first, with two hash seeds, then on the other interpreters."""
    first = next(each for each in interpreters if each.label == baseline)
    expected = _check(workload, first, True)
    again = _check(workload, first, True, HASH_SEEDS[1])
    varies = answers.first_difference(expected.answers, again.answers, shapes_only=False)
    if varies:  # its threads and children cannot repeat its answers either
        expected = _check(workload, first, False)
    done(expected)

    def one(interpreter: Interpreter) -> Verdict:
        verdict = _check(workload, interpreter, not varies)
        if not expected.answered:
            verdict.rows.append(Row(f"answers of {baseline}", False, NOT_COMPARED.format(baseline=baseline), 0.0))
        elif verdict.answered:
            difference = answers.first_difference(expected.answers, verdict.answers, shapes_only=bool(varies))
            same = "same types and shapes" if varies else "equal"
            verdict.rows.append(Row(f"answers of {baseline}", not difference, difference or same, 0.0))
        done(verdict)
        return verdict

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        others = pool.map(one, [each for each in interpreters if each.label != baseline])
        return Outcome([expected, *others], varies)


def _check(workload: Workload, interpreter: Interpreter, same_answers: bool, seed: str = HASH_SEEDS[0]) -> Verdict:
    verdict = Verdict(interpreter.label)
    installed = dependencies.install(interpreter, workload.requirements)
    reason = installed.error or dependencies.described(installed)
    verdict.rows.append(Row("install", installed.error is None, reason, installed.seconds))
    if installed.error:
        return verdict
    request = {
        "target": workload.target.as_request(),
        "inputs": workload.inputs,
        "modules": installed.modules,
        "same_answers": same_answers,
    }
    variables = {**installed.variables, **workload.variables, "PYTHONHASHSEED": seed}
    reply, ended = _ask(installed.command, request, variables)
    verdict.rows += [Row(**row) for row in reply.get("checks", [])]
    verdict.answers = reply.get("answers", [])
    verdict.calls_ns = reply.get("calls_ns", [])
    if ended:
        verdict.rows.append(Row(reply.get("now") or "start", False, ended, 0.0))
    return verdict


def _ask(command: list[str], request: dict[str, Any], variables: dict[str, str]) -> tuple[dict[str, Any], str | None]:
    """Run harness/gate.py; return its reply, and how it ended where that was before its last check."""
    with tempfile.TemporaryDirectory(prefix="runoff-gate-") as folder:
        asked, replied, output = (Path(folder) / name for name in ("request.json", "reply.json", "output"))
        asked.write_text(json.dumps(request), encoding="utf-8")
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [*command, str(INSIDE), str(asked), str(replied)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=request["target"]["folder"],
                env={**surroundings.for_interpreters(), "PYTHONDONTWRITEBYTECODE": "1", **variables},
                start_new_session=True,
            )
            ended = _wait(process)
        reply = json.loads(replied.read_text(encoding="utf-8")) if replied.exists() else {}
        if reply and reply["now"] is None and ended is None:
            return reply, None
        said = [line for line in output.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        words = ended or f"the process ended early with exit code {process.returncode}"
        return reply, f"{words}; its last output: {said[-1].strip()}" if said else words


def _wait(process: subprocess.Popen[bytes]) -> str | None:
    """Wait for the gate, then end what it has left behind; return a sentence where its time ran out."""
    try:
        process.wait(LIMIT_S)
        return None
    except subprocess.TimeoutExpired:
        return f"it did not end within {LIMIT_S:.0f} s"
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (AttributeError, ProcessLookupError):  # Windows has no groups; or nothing is left
            process.kill()
        process.wait()
