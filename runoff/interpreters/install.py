# Run by the driver (Python 3.9 upward).
"""Install a missing interpreter or program by uv, or by the system's package manager where that is allowed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import Callable

import uv

from runoff.common.errors import ending
from runoff.common.loose import Table
from runoff.interpreters import surroundings

#: How each tool installs, and whether that takes root. ``refresh`` is run once if the first attempt fails.
INSTALLERS: dict[str, Table] = {
    "uv": {"install": [uv.find_uv_bin(), "python", "install"], "refresh": None, "root": False, "timeout_s": 300},
    "apt-get": {
        "install": ["apt-get", "install", "-y"],
        "refresh": ["apt-get", "update"],
        "root": True,
        "timeout_s": 900,
    },
    "dnf": {"install": ["dnf", "install", "-y"], "refresh": None, "root": True, "timeout_s": 900},
    "cargo": {"install": ["cargo", "install"], "refresh": None, "root": False, "timeout_s": 3600},
    "dotnet": {"install": ["dotnet", "tool", "install", "--global"], "refresh": None, "root": False, "timeout_s": 600},
    "npm": {
        "install": ["npm", "install", "--global", "--prefix", os.path.expanduser("~/.local")],
        "refresh": None,
        "root": False,
        "timeout_s": 600,
    },
    "brew": {"install": ["brew", "install"], "refresh": None, "root": False, "timeout_s": 1800},
}


#: What a person can do where no tool of the table is present, unless the table says ``otherwise``.
OTHERWISE = "no package manager here has one; name an executable with --interpreter PATH or $RUNOFF_INTERPRETERS"


def provide(wanted: Table, allow_sudo: bool, say: Callable[[str], None]) -> str | None:
    """Try to install ``wanted`` (a family or a program) in each of its ways.

    Return None once one worked, else the command that a person can run.
    """
    advice: str | None = None  # the first command that a person can run
    for way in wanted["provide"]:
        installer = INSTALLERS[way["tool"]]
        command = [*installer["install"], *way["packages"]]
        if shutil.which(command[0]) is None:
            continue
        prefix = _prefix(installer["root"], allow_sudo)
        if prefix is None:
            advice = advice or "sudo " + shlex.join(command)
            continue
        takes = f" ({way['takes']})" if "takes" in way else ""
        say(f"none found; trying {way['tool']}: {shlex.join([way['tool'], *command[1:]])}{takes}")
        failure = _run([*prefix, *command], installer["timeout_s"])
        if failure and installer["refresh"]:
            _run([*prefix, *installer["refresh"]], installer["timeout_s"])
            failure = _run([*prefix, *command], installer["timeout_s"])
        if failure is None:
            return None
        say(f"{way['tool']} failed: {failure}")
        if way["tool"] != "uv":
            advice = advice or shlex.join([*prefix, *command])
    if advice:
        asks = advice.startswith("sudo ") and not allow_sudo
        consent = " (or give --allow-sudo, where sudo asks for no password)" if asks else ""
        return f"run this, then try again: {advice}{consent}"
    return str(wanted.get("otherwise", OTHERWISE))


def by_hand(wanted: Table) -> str:
    """Return the command of the first way to get ``wanted`` whose tool is here, else what to do without one."""
    for way in wanted["provide"]:
        install = INSTALLERS[way["tool"]]["install"]
        if shutil.which(install[0]):
            return shlex.join([way["tool"], *install[1:], *way["packages"]])
    return str(wanted.get("otherwise", OTHERWISE))


def of_label(family: Table, label: str) -> Table:
    """Return the ways to get the interpreter called ``label``, such as cpython-3.14t, of ``family``."""
    python = label.partition("-")[2].rstrip("t")
    free = label.endswith("t")
    ways = [
        {**way, "packages": [each.format(label=label, python=python) for each in way["version"]]}
        for way in family["provide"]
        if "version" in way and (not free or way["tool"] == "uv")  # system packages have no common name for those
    ]
    return {**family, "provide": ways}


def _prefix(needs_root: bool, allow_sudo: bool) -> list[str] | None:
    """Return the prefix that lets a command install (sudo -n); None where that is not allowed."""
    if not needs_root or (hasattr(os, "geteuid") and os.geteuid() == 0):
        return []
    if allow_sudo and shutil.which("sudo") and _run(["sudo", "-n", "true"], 10) is None:
        return ["sudo", "-n"]
    return None


def _run(command: list[str], timeout_s: float) -> str | None:
    """Run ``command``; return None when it worked, else its last output."""
    environment = {**surroundings.for_tools(), "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s, env=environment
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {timeout_s:.0f} s"
    except OSError as error:
        return str(error)
    if run.returncode == 0:
        return None
    said = [line.strip() for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    return said[-1] if said else ending(run.returncode)
