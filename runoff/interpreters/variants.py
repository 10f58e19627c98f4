# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Variants: other ways to start an interpreter, from interpreters.toml or from a person's own --variant."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.loose import Data, Reply, Table
from runoff.common.paths import ROOT

#: Between an interpreter's label and a variant's name.
PLUS = "+"
#: Environment variable with the options as JSON: compat/this_interpreter.py starts further processes with them.
OPTIONS = "RUNOFF_PYTHON_OPTIONS"
#: Folders of modules that run first in every process, found by PYTHONPATH.
AT_START = ROOT / "harness" / "at_start"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*")
_SETTING = re.compile(r"[A-Za-z_]\w*=.*")


@dataclass(frozen=True)
class Variant:
    """What is added to an interpreter's command, environment variables and packages."""

    name: str
    options: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    #: {fact of the probe: its value in a process that the variant has reached}; "flags.optimize" is within ``flags``
    engaged: Data = field(default_factory=dict)

    @property
    def in_words(self) -> str:
        """What it adds, as one would type it: PYTHON_GIL=1 -O."""
        settings = [f"{name}={value}" for name, value in self.variables.items()]
        return shlex.join([*settings, *self.options]) + "".join(f" with {each}" for each in self.packages)

    @property
    def surroundings(self) -> dict[str, str]:
        """Return the variables that a process of the variant is started with."""
        options = {OPTIONS: json.dumps(list(self.options))} if self.options else {}
        return {**self.variables, **options}

    def not_engaged(self, facts: Reply) -> str | None:
        """Return which fact of a process shows that the variant has not reached it; None where all do."""
        for name, wanted in self.engaged.items():
            if (value := fact(facts, name)) != wanted:
                return f"{name} is {value!r} and not {wanted!r}"
        return None

    @property
    def described(self) -> Table:
        """Return plain data for run.json."""
        lists = {"options": list(self.options), "packages": list(self.packages)}
        return {"name": self.name, **lists, "variables": self.variables, "engaged": self.engaged}

    @classmethod
    def from_described(cls, data: Data) -> Variant:
        """Return the variant that ``described`` was read from."""
        options, packages = tuple(data["options"]), tuple(data["packages"])
        return cls(data["name"], options, data["variables"], packages, data["engaged"])


def fact(facts: Reply, name: str) -> Any:
    """Return a fact, or with a dot in ``name`` a part of one."""
    value: Any = facts
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def of(family: str, facts: Reply) -> dict[str, Variant]:
    """Return {name: variant} of the table for an interpreter of ``family`` with ``facts``."""
    return {name: _of_row(name, row) for name, row in rows().items() if _applies(row, family, facts)}


@cache
def rows() -> dict[str, Table]:
    """Return the variants of interpreters.toml."""
    return dict(tables.read("interpreters.toml")["variants"])


def _applies(row: Table, family: str, facts: Reply) -> bool:
    since = [int(part) for part in row.get("since", "0").split(".")]
    return (
        family in row["families"]
        and list(facts["version_info"][: len(since)]) >= since
        and all(fact(facts, name) == value for name, value in row.get("of", {}).items())
    )


def _of_row(name: str, row: Table) -> Variant:
    variables = dict(row.get("variables", {}))
    if "at_start" in row:
        variables["PYTHONPATH"] = str(AT_START / row["at_start"])
    return Variant(name, tuple(row.get("options", ())), variables, tuple(row.get("packages", ())), row["engaged"])


def own(texts: Iterable[str]) -> tuple[list[str], list[Variant]]:
    """Read values of --variant: names of the table, and a person's own as NAME=WORDS.

    WORDS are as a shell would take them: settings of variables first, then options.
    """
    named: list[str] = []
    made: list[Variant] = []
    for text in texts:
        name, equals, rest = text.partition("=")
        if not _NAME.fullmatch(name):
            raise BadInput(f"--variant {text}: {name!r} is no name; use letters, digits and hyphens")
        if not equals:
            named.append(name)
            continue
        if name in rows():
            raise BadInput(f"--variant {text}: interpreters.toml has a variant {name}; choose another name")
        made.append(_own(name, rest))
    return named, made


def _own(name: str, text: str) -> Variant:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"--variant {name}={text}: {error}; quote it as for a shell") from None
    variables: dict[str, str] = {}
    while words and _SETTING.fullmatch(words[0]):
        variable, _, value = words.pop(0).partition("=")
        variables[variable] = value
    if words and not words[0].startswith("-"):
        raise BadInput(
            f"--variant {name}={text}: {words[0]!r} is neither VARIABLE=VALUE nor an option of Python; "
            "variables come first, then options"
        )
    if not words and not variables:
        raise BadInput(f"--variant {name}= changes nothing; give --variant '{name}=VARIABLE=VALUE -OPTION'")
    return Variant(name, tuple(words), variables)
