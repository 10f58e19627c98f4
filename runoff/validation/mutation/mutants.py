# Run by nox -s mutate (Python 3.9 upward, in the tests' environment).
"""Plant small mistakes in our own code, one at a time, and count how many of them the tests notice.

Mutants are made and kept by cosmic-ray, in copies of the checkout, one for each core: nothing here changes. Each module
has a session file in .nox/mutants: an interrupted run goes on where it stopped, until the module or its tests change.
The seed alone says in which order mutants are tried (cosmic-ray's own ``exec`` draws them anew each time).
"""

from __future__ import annotations

import ast
import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.common.paths import NOX, ROOT
from runoff.common.progress import Progress
from runoff.validation.mutation.mutants_in_order import end

#: cosmic-ray's words for what came of a mutant.
SURVIVED, KILLED, INCOMPETENT = "survived", "killed", "incompetent"
IN_ORDER = Path(__file__).with_name("mutants_in_order.py")
T = TypeVar("T")
Span = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Mutant:
    """One planted mistake: where it is, the line as it reads then, and what came of it (None: not tried yet).

    Where a line is gone, as a decorator's, the text is "without" and that line.
    """

    path: str
    line: int
    text: str
    outcome: str | None


@dataclass(frozen=True)
class Module:
    """A row of mutation.toml."""

    name: str
    paths: tuple[str, ...]
    tests: tuple[str, ...]
    named: dict[str, str]
    left_out: frozenset[str]

    @classmethod
    def from_table(cls, name: str, table: Data) -> Module:
        """Return the module of the row ``name``."""
        row = table["modules"][name]
        named = {}
        for each in (*table["named"], *row.get("named", ())):
            lines = [*each.get("lines", ()), *(f"{constant} = " for constant in each.get("constants", ()))]
            named.update(dict.fromkeys(lines, each["why"]))
        left_out = frozenset(each["kind"] for each in table["left_out"])
        return cls(name, tuple(row["paths"]), tuple(row["tests"]), named, left_out)


class Session:
    """The mutants of one module, in copies of the checkout; ``seed`` says in which order they are tried."""

    def __init__(self, module: Module, folder: Path = NOX / "mutants", root: Path = ROOT, seed: int = 1) -> None:
        self.module = module
        self._seed = seed
        self._root = root
        self._copies = [folder / module.name / f"copy-{at}" for at in range(os.cpu_count() or 1)]
        self._file = folder / module.name / "session.sqlite"
        self._config = folder / module.name / "cosmic-ray.toml"
        self._how = folder / module.name / "how.json"

    def prepare(self) -> None:
        """Copy the checkout and make the mutants.

        A session that was made from the same files is kept, with what it has found.
        """
        made_from = self._file.with_suffix(".made-from")
        digest = self._digest()
        if not (made_from.exists() and made_from.read_text(encoding="utf-8") == digest):
            shutil.rmtree(self._file.parent, ignore_errors=True)
        for copy in self._copies:
            if not copy.exists():
                for name in _tracked(self._root):
                    target = copy / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(self._root / name, target)
            for path in self.module.paths:  # a mutant that an interrupted run left in place
                _restore(self._root / path, copy / path)
        self._config.write_text(self._configuration(), encoding="utf-8")
        how = {"copies": list(map(str, self._copies)), "tests": self.module.tests, "by_file": self._by_file()}
        self._how.write_text(json.dumps(how), encoding="utf-8")
        if not self._file.exists():
            self._cosmic_ray("init", str(self._config), str(self._file))
            self._choose()
            made_from.write_text(digest, encoding="utf-8")

    def run(self, seconds: float | None, progress: Progress) -> None:
        """Try the mutants that were not tried yet, for so many seconds at most.

        Raises BadInput where the tests fail without a mutant: what they would say of one means nothing.
        """
        begun = time.monotonic()
        limit_s = math.inf if seconds is None else seconds
        before, count = self._counts()
        progress.say(f"{self.module.name}: its tests run without a mutant first, to see how long they take")
        command = [sys.executable, str(IN_ORDER), str(self._how), str(self._file)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                while process.poll() is None and (spent := time.monotonic() - begun) < limit_s:
                    tried, _ = self._counts()
                    if tried > before:
                        left = left_s(spent, tried - before, count - tried, limit_s)
                        progress.show(tried, count, f"mutants of {self.module.name}", left)
                    try:
                        process.wait(5)
                    except subprocess.TimeoutExpired:
                        continue
                if process.returncode:
                    assert process.stderr
                    raise BadInput(f"mutants of {self.module.name} could not be tried: {process.stderr.read().strip()}")
            finally:
                if process.poll() is None:
                    _end_with_children(psutil.Process(process.pid))

    def _counts(self) -> tuple[int, int]:
        """Return how many mutants were tried, and how many there are. It is asked often: a dump takes seconds."""
        from cosmic_ray.work_db import WorkDB, use_db  # in the tests' environment alone

        with use_db(self._file, WorkDB.Mode.open) as database:
            return database.num_results, database.num_work_items

    def mutants(self) -> list[Mutant]:
        """Return every mutant of the module."""
        return [_mutant(*json.loads(line)) for line in self._cosmic_ray("dump", str(self._file)).splitlines()]

    def _choose(self) -> None:
        """Leave out some kinds and those of annotations, which nothing evaluates; number the others in random order.

        Those that a limited run has tried are then a sample of all: one that the tests were not written for, when the
        seed is new.
        """
        from cosmic_ray.work_db import WorkDB, use_db  # in the tests' environment alone
        from cosmic_ray.work_item import WorkItem

        spans: dict[Path, list[Span]] = {}
        with use_db(self._file, WorkDB.Mode.open) as database:
            mutations = []
            for item in database.work_items:
                (mutation,) = item.mutations
                if mutation.operator_name.rpartition("/")[2] in self.module.left_out:
                    continue
                path = self._copies[0] / mutation.module_path
                if path not in spans:
                    spans[path] = annotation_spans(path.read_text(encoding="utf-8"))
                if not any(start <= mutation.start_pos < end for start, end in spans[path]):
                    mutations.append(mutation)
            ordered = in_order(mutations, self._seed)
            database.clear()
            database.add_work_items(WorkItem(f"{at:06}", (mutation,)) for at, mutation in enumerate(ordered))

    def _cosmic_ray(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "cosmic_ray.cli", *arguments]
        return subprocess.run(command, cwd=self._copies[0], check=True, capture_output=True, text=True).stdout

    def _by_file(self) -> dict[str, list[list[str]]]:
        """Return {file of the module: its tests}: that file's own, to which most mutants fall, and the others."""
        tracked = _tracked(self._root)
        tests = [each for name in self.module.tests for each in tracked if _is_test(each) and each.startswith(name)]
        found = {}
        for name in tracked:
            if name.endswith(".py") and name.startswith(self.module.paths):
                own = [test for test in tests if Path(test).name == f"test_{Path(name).name}"]
                found[name] = [part for part in (own, [test for test in tests if test not in own]) if part]
        return found

    def _configuration(self) -> str:
        return f"[cosmic-ray]\nmodule-path = {json.dumps(list(self.module.paths))}\n"

    def _digest(self) -> str:
        found = hashlib.sha256(repr((self._seed, self.module.tests, sorted(self.module.left_out))).encode())
        for name in _tracked(self._root):
            if name.startswith(("tests/", *self.module.paths)):
                found.update(name.encode() + b"\0" + (self._root / name).read_bytes())
        return found.hexdigest()


def annotation_spans(source: str) -> list[Span]:
    """Return where the annotations of ``source`` begin and end, as (line, column)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for name in ("annotation", "returns"):
            each = getattr(node, name, None)
            if each is not None:
                found.append(((each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset)))
    return found


def in_order(mutations: list[T], seed: int) -> list[T]:
    """Return ``mutations`` in the random order of ``seed``, in whatever order they come."""
    ordered = sorted(mutations, key=repr)
    random.Random(seed).shuffle(ordered)
    return ordered


def _tracked(root: Path) -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (root / name).is_file()]


def _end_with_children(process: psutil.Process) -> None:
    process.suspend()  # it starts no more
    workers = process.children()
    for each in workers:
        each.suspend()
    end([process, *process.children(recursive=True)])  # the tests of a mutant that hangs would go on by themselves


def _is_test(name: str) -> bool:
    return Path(name).match("test_*.py")


def _restore(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy2(source, target)


def _mutant(item: Data, result: Data | None) -> Mutant:
    mutation = item["mutations"][0]
    outcome, text = None, ""
    if result is not None:
        outcome = result["test_outcome"] or INCOMPETENT
        lines = [line for line in (result["diff"] or "").splitlines() if line[:3] not in ("+++", "---")]
        removed, added = ([line[1:].strip() for line in lines if line.startswith(sign)] for sign in "-+")
        text = next(filter(None, added), "") or next((f"without {line}" for line in removed), "")
    return Mutant(mutation["module_path"], mutation["start_pos"][0], text, outcome)


def _is_named(module: Module, line: str) -> bool:
    """Return whether the table names ``line``, or the constant that it sets."""
    constant, sign, _ = line.partition(" = ")
    return line in module.named or constant + sign in module.named


@dataclass(frozen=True)
class Count:
    """What came of the mutants of one module so far."""

    killed: int
    survivors: tuple[Mutant, ...]
    named: int
    untried: int

    @property
    def share(self) -> float | None:
        """The share of mutants that the tests killed, of those that change what the code does; None where none ran."""
        counted = self.killed + len(self.survivors)
        return self.killed / counted if counted else None


def count(module: Module, mutants: list[Mutant]) -> Count:
    """Count ``mutants``. Those that the table names, with a reason, and those that do not even run are left out."""
    survivors = [mutant for mutant in mutants if mutant.outcome == SURVIVED]
    unnamed = tuple(mutant for mutant in survivors if not _is_named(module, mutant.text))
    return Count(
        killed=sum(mutant.outcome == KILLED for mutant in mutants),
        survivors=unnamed,
        named=len(survivors) - len(unnamed),
        untried=sum(mutant.outcome is None for mutant in mutants),
    )


def left_s(spent_s: float, tried: int, to_try: int, limit_s: float) -> float:
    """Return the predicted seconds to the end of a run that tried ``tried`` mutants (1 or more) in ``spent_s``."""
    return min(spent_s / tried * to_try, limit_s - spent_s)
