# Run by the driver (Python 3.9 upward).
"""Go on with an interrupted run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runoff.cli.console import console
from runoff.cli.prepare import prepare
from runoff.common.errors import BadInput
from runoff.driver import run_folder, run_header
from runoff.driver.broker_lender import Lender
from runoff.driver.plan import Cell
from runoff.interpreters import choice
from runoff.interpreters.environments import Environment, PrepareFailed
from runoff.records import record


def resume(home: Path, options: dict[str, Any], lender: Lender) -> tuple[Path, dict[str, Any], dict[str, Environment]]:
    """Return folder, header and environments of the newest unfinished run, as it was planned, with the same builds."""
    folder = run_folder.unfinished(home)
    record.mend(folder)
    header = record.read(folder).header
    if header["code"] != run_header.code_digest():
        raise BadInput(
            f"the code that interpreters run has changed since {folder.name} began: leave out --resume to start a new "
            "run, or restore the code"
        )
    found = {each.label: each for each in choice.find_with(options["interpreters"]).interpreters}
    wanted = []
    for label, then in header["interpreters"].items():
        if label not in found or found[label].facts["sys_version"] != then["sys_version"]:
            raise BadInput(
                f"{label} has changed since {folder.name} began (it was {then['sys_version']}): leave out --resume to "
                "start a new run"
            )
        wanted.append(found[label])
    outcomes = prepare(wanted, console)
    failed = [f"{label}: {each}" for label, each in outcomes.items() if isinstance(each, PrepareFailed)]
    if failed:
        raise BadInput(f"the run cannot go on: {failed[0]}")
    for label, each in outcomes.items():
        if isinstance(each, Environment) and list(each.packages) != header["interpreters"][label]["packages"]:
            raise BadInput(
                f"{label} has other packages than when {folder.name} began: leave out --resume to start anew"
            )
    reason = lender.lend([Cell.from_data(data) for data in header["cells"]])
    if reason:
        raise BadInput(f"the run cannot go on: {reason}")
    return folder, header, {label: each for label, each in outcomes.items() if isinstance(each, Environment)}
