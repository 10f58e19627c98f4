# Run by the driver (Python 3.9 upward).
"""End a run: say what it came to, print its answer, and name the command that goes on."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

from runoff.cli.console import console
from runoff.common.errors import BAD_INPUT, INTERRUPTED, OK
from runoff.common.guard import unbroken
from runoff.common.paths import ROOT, shown
from runoff.driver import machine
from runoff.records import record
from runoff.records.schema import Header, Record
from runoff.services import rabbitmq


def end(folder: Path, header: Header, interrupted: bool) -> int:
    """Print the answer of the run in ``folder``; return the exit code. An interrupted run stays open for --resume."""
    try:
        return _answer(folder, header, interrupted)
    except KeyboardInterrupt:
        console.print(f"Interrupted: ended without an answer; everything is in {shown(folder)}. {_next()}")
        return INTERRUPTED


def _answer(folder: Path, header: Header, interrupted: bool) -> int:
    finished_at = None if interrupted else time.time()
    record.write_header(folder, {**header, "noise_after": machine.noise(), "finished_at": finished_at})
    records = record.read(folder).records
    measured = any(each["status"] == record.OK for each in records)
    if not measured and not interrupted:
        console.print(_nothing(list(records), folder))
        return BAD_INPUT
    code = _report(folder) if measured else OK
    if not interrupted:
        return code
    so_far = "the answer so far is above" if measured else "nothing was measured yet"
    console.print(f"Interrupted: {so_far}; everything is in {shown(folder)}. {_next()}")
    return INTERRUPTED


def _report(folder: Path) -> int:
    """Print the report of the run in ``folder``; return its exit code. Whatever ends this ends the report as well."""
    process = None
    try:
        with unbroken():  # a Ctrl-C while it starts would leave it to print when the driver has ended
            process = subprocess.Popen([sys.executable, "-m", "runoff.cli", "report", str(folder)], cwd=ROOT)
        return process.wait()
    finally:
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def _next() -> str:
    return f"Go on with:\n  {going_on()}"


def going_on() -> str:
    """Return the command that goes on with this run: the one that was typed, and --resume."""
    words = shlex.split(typed())
    if "--" not in words:
        words.append("--")
    return shlex.join(words if "--resume" in words else [*words, "--resume"])


def typed() -> str:
    """Return the command that was typed, without passwords."""
    return rabbitmq.hidden_in(os.environ.get("RUNOFF_COMMAND", "python -m runoff.cli measure"))


def _nothing(records: list[Record], folder: Path) -> str:
    """Say why a run has no number at all."""
    failed = [each for each in records if each["status"] != record.SKIPPED]
    if not records:
        return f"Nothing was measured: the budget was too small. Raise --budget; the run is in {shown(folder)}"
    what = f"every cell that was tried failed ({len(failed)})" if failed else "every cell was skipped"
    first = (failed or records)[0]
    return (
        f"Nothing was measured: {what}. First, {first['interpreter']}: {first['status']}, {first['reason']}. "
        f"The logs are in {shown(folder)}"
    )
