# Run by the driver (Python 3.9 upward).
"""The environment that a person's function is measured in: their requirements first, then our packages."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

from runoff.environments.environment import Environment
from runoff.environments.environment_tools import UNPACKED
from runoff.interpreters import surroundings
from runoff.interpreters.facts import IDENTITY, probe
from runoff.workload.dependencies import Installed

PACKAGES = "RUNOFF_PACKAGES"  # read by compat/__init__.py
LIMIT_S = 60.0


def layered(ours: Environment, installed: Installed) -> Environment:
    """Return the environment of ``installed``, with the packages of ``ours`` behind its own."""
    variables = {**installed.variables, PACKAGES: os.pathsep.join(_packages(ours)), "PYTHONDONTWRITEBYTECODE": "1"}
    facts = probe(installed.command, (), variables)
    return replace(
        ours,
        command=tuple(installed.command),
        variables=variables,
        facts={**ours.facts, **{name: facts[name] for name in IDENTITY}},
        packages=(*(f"{name}=={version}" for name, version in sorted(installed.versions.items())), *ours.packages),
    )


def _packages(environment: Environment) -> list[str]:
    """Return the folders that ``environment`` has its packages in."""
    if unpacked := [
        value for value in environment.variables.values() if Path(value.split(os.pathsep)[0]).name == UNPACKED
    ]:
        return unpacked
    run = subprocess.run(
        [*environment.command, "-c", "import json, sys; print(json.dumps(sys.path))"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=LIMIT_S,
        env={**surroundings.for_interpreters(), **environment.variables},
        check=True,
    )
    root = Path(environment.command[0]).parent.parent
    return [
        folder
        for folder in json.loads(run.stdout.splitlines()[-1])
        if Path(folder).name == "site-packages" and root in Path(folder).parents
    ]
