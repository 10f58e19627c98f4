# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Find every interpreter on the machine: look, ask each by running it, give each build one name."""

from __future__ import annotations

import fnmatch
import glob
import hashlib
import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from runoff.common import tables
from runoff.common.loose import Data, Reply, Table
from runoff.common.paths import NOX, shown
from runoff.interpreters import starting, variants
from runoff.interpreters.facts import Cache, ProbeFailed
from runoff.interpreters.variants import Variant

VARIABLE = "RUNOFF_INTERPRETERS"


@dataclass(frozen=True)
class Interpreter:
    """One build on the machine. ``label`` names it in sessions, tables and records."""

    label: str
    family: str
    executable: str
    facts: Reply
    #: other files found to be the same build, resolved
    aliases: tuple[str, ...] = ()
    #: how it is started, where that is not as usual; then ``parent`` is the interpreter as it is usually started
    variant: Variant | None = None
    parent: Interpreter | None = None

    @property
    def start(self) -> starting.Start:
        """How it is started, without a variant's options."""
        return starting.of(self.executable, self.facts)

    @property
    def described(self) -> str:
        """The build in words: PyPy 7.3.19 (Python 3.11.11), ~/.pythons/bin/pypy3.11."""
        facts = self.facts
        if self.variant and self.parent:
            return f"{self.parent.described}, started with {self.variant.in_words}"
        name = f"{facts['implementation']} {facts['implementation_version']}"
        if facts["implementation_version"] != facts["python_full"]:
            name += f" (Python {facts['python_full']})"
        return f"{name}{', free-threaded' if facts['free_threaded'] else ''}, {shown(self.executable)}"

    @property
    def variants(self) -> dict[str, Variant]:
        """Return {name: variant} of interpreters.toml for this interpreter."""
        return variants.of(self.family, self.facts)

    @property
    def variant_facts(self) -> Data | None:
        """What run.json says of how this variant is started; None for an interpreter started as usual."""
        return {**self.variant.described, "parent": self.parent.label} if self.variant and self.parent else None

    def started_as(self, variant: Variant) -> Interpreter:
        """Return this interpreter as ``variant`` starts it; its facts become known in its environment."""
        return replace(self, label=f"{self.label}{variants.PLUS}{variant.name}", variant=variant, parent=self)


@dataclass(frozen=True)
class Broken:
    """An executable that has an interpreter's name but is not usable, with the reason."""

    executable: str
    reason: str


@dataclass(frozen=True)
class Found:
    """The interpreters of the machine, and the executables that only look like one."""

    interpreters: tuple[Interpreter, ...]
    broken: tuple[Broken, ...]


def find(named: Iterable[str] = (), table: Table | None = None, cache: Cache | None = None) -> Found:
    """Find every interpreter of the machine, and those given by path in $RUNOFF_INTERPRETERS and ``named``.

    Search PATH, the table's folders, uv's store and the Windows registry. A build under two names counts once; broken
    ones are listed with the reason.
    """
    table = table or tables.read("interpreters.toml")
    cache = cache or Cache()
    wanted = [*named, *filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))]
    candidates = _unique([*map(os.path.expanduser, wanted), *_in_folders(table), *_in_stores()])
    missing = [Broken(path, "there is no such file") for path in candidates if not os.path.exists(path)]
    answers = cache.ask([path for path in candidates if os.path.exists(path)], table)
    bases = [f["environment_of"] for f in answers.values() if isinstance(f, dict) and f["environment_of"]]
    answers.update(cache.ask([b for b in _unique(bases) if b not in answers and os.path.exists(b)], table))

    broken = [
        *missing,
        *(Broken(path, str(answer)) for path, answer in answers.items() if isinstance(answer, ProbeFailed)),
    ]
    builds: dict[tuple[str, ...], _Build] = {}
    for path, facts in answers.items():
        if isinstance(facts, ProbeFailed):
            continue
        if started := _started_by_script(path, facts):
            reason = f"a script that starts {shown(started)}; its options would be lost: name {shown(started)} itself"
            broken.append(Broken(path, reason))
            continue
        if facts["environment_of"]:
            continue
        family = _family(facts, table)
        if family is None:
            broken.append(Broken(path, f"{facts['implementation']} is in no family of interpreters.toml"))
            continue
        identity = (facts["implementation"], facts["sys_version"], str(facts["prefix"]), str(facts["free_threaded"]))
        builds.setdefault(identity, _Build(family, path, facts, [])).aliases.append(os.path.realpath(path))
    return Found(tuple(_labelled(list(builds.values()))), tuple(broken))


def _started_by_script(path: str, facts: Reply) -> str | None:
    """Return the interpreter that ``path`` starts where it is a script; environments are made from that one."""
    started = facts["executable"]
    if facts["platform"].startswith("java") or not started or facts["start"]["command"] != [path]:
        return None  # Jython is a script itself, and Pyodide a file that Node is given
    try:
        with open(path, "rb") as stream:
            is_script = stream.read(2) == b"#!"
    except OSError:  # it may be run and not read, which no script could be
        return None
    return str(started) if is_script and os.path.realpath(started) != os.path.realpath(path) else None


def _in_folders(table: Table) -> Iterator[str]:
    """Yield the executables with a family's name, in PATH's folders and then in the table's."""
    names = re.compile("(" + "|".join(family["names"] for family in table["families"].values()) + r")(\.exe)?")
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    for pattern in table["folders"]:
        expanded = os.path.expandvars(os.path.expanduser(pattern))
        if "$" not in expanded:
            folders += sorted(glob.glob(expanded))
    for folder in _unique(os.path.realpath(folder) for folder in folders if folder):
        if any(fnmatch.fnmatch(folder, pattern) for pattern in table["not_folders"]):
            continue
        try:
            entries = sorted(os.listdir(folder))
        except OSError:
            continue  # a folder on PATH that is not there, or not ours to read
        for entry in entries:
            path = os.path.join(folder, entry)
            if names.fullmatch(entry) and starting.is_program(path, table):
                yield path


def _in_stores() -> Iterator[str]:
    """Yield the interpreters in uv's store and in the Windows registry, which python-discovery finds."""
    try:
        from python_discovery import DiskCache, iter_interpreters
    except ImportError:  # nox older than 2026 does not bring it along
        return
    # It logs a cache that it cannot write with a traceback, and does without.
    logging.getLogger("python_discovery").addHandler(logging.NullHandler())
    logging.getLogger("python_discovery").propagate = False
    elsewhere = {**os.environ, "PATH": str(NOX / "no-such-folder")}  # PATH has been read above, broken ones included
    for info in iter_interpreters(env=elsewhere, cache=DiskCache(NOX / "python-discovery")):
        if info.system_executable:
            yield info.system_executable


def _unique(paths: Iterable[str]) -> list[str]:
    """Return ``paths`` without those that lead to the same file as an earlier one."""
    return list({os.path.realpath(path): path for path in reversed(list(paths))}.values())[::-1]


def _family(facts: Reply, table: Table) -> str | None:
    for name, family in table["families"].items():
        if family["implementation"] == facts["implementation"]:
            return str(name)
    return None


@dataclass
class _Build:
    family: str
    executable: str
    facts: Reply
    aliases: list[str]


def _labelled(builds: list[_Build]) -> list[Interpreter]:
    """Label builds: the newest is cpython-3.11, an older one cpython-3.11.2, a duplicate gets a suffix."""
    builds.sort(key=lambda build: (build.facts["version_info"], build.facts["implementation_version"]), reverse=True)
    taken: dict[str, Interpreter] = {}
    for build in builds:
        facts = build.facts
        suffix = ("t" if facts["free_threaded"] else "") + ("d" if facts["build"]["debug"] else "")
        own = facts["implementation_version"]
        short = f"{build.family}-{facts['python']}{suffix}"
        full = f"{build.family}-{own}{suffix}" if own.startswith(facts["python"]) else f"{short}-{own}"
        digest = hashlib.sha256(str(facts["prefix"]).encode()).hexdigest()[:4]
        names = (short, full, f"{full}-{digest}", f"{full}-{digest}-{len(taken)}")
        label = next(name for name in names if name not in taken)
        taken[label] = Interpreter(label, build.family, build.executable, facts, tuple(build.aliases))
    return sorted(taken.values(), key=lambda each: (each.family, each.facts["version_info"][:2], each.label))
