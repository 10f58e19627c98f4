# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Identify an executable by running the probe under it; cache the facts until the file changes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from runoff.common import atomic_file, stoppable
from runoff.common.errors import ending
from runoff.common.loose import Data, Reply, Table
from runoff.common.paths import NOX, ROOT
from runoff.interpreters import starting, surroundings
from runoff.interpreters.starting import PROBE, Start

#: The probes, and what of ours they import.
PROBE_FILES = (
    PROBE,
    *(ROOT / f"compat/{name}.py" for name in ("__init__", "atomic_file", "gil", "identity", "this_interpreter")),
    *(ROOT / "harness" / "small" / name for name in ("probe.py", "identity.py")),
    ROOT / "harness" / "start_pyodide.mjs",
)
CACHE = NOX / "interpreters.json"
TIMEOUT_S = 60.0  # a JVM on a loaded machine needs several seconds to say its name
IMPORTS_S = 180.0  # with modules to import: nobody has compiled them yet, and Jython's compiler is slow

#: What tells one build, in one mode, from another: compat/identity.py, which every reply repeats.
BUILD = ("implementation", "implementation_version", "sys_version", "prefix")
IDENTITY = (*BUILD, "flags", "gil", "jit", "gc", "allocator")
#: What else a reply must hold to be the probe's.
OF_THE_BUILD = ("python", "version_info", "python_full", "free_threaded", "build", "platform", "start_methods")
NEEDED = frozenset((*IDENTITY, *OF_THE_BUILD, "executable", "environment_of", "capabilities", "modules"))


def probe_source() -> str:
    """Return the source of the probes: facts are those of one version of them."""
    return "".join(path.read_text(encoding="utf-8") for path in PROBE_FILES)


class ProbeFailed(Exception):
    """The executable is not a usable interpreter; the message is its output."""


class NoAnswer(ProbeFailed):
    """It did not answer in time: on a busy machine that says nothing of the executable."""


def probe(
    command: list[str], modules: tuple[str, ...] = (), extra: dict[str, str] | None = None, script: Path = PROBE
) -> Reply:
    """Run a probe under ``command`` and return its facts; raise ProbeFailed with the reason."""
    limit_s = IMPORTS_S if modules else TIMEOUT_S
    with tempfile.TemporaryDirectory(prefix="runoff-probe-") as folder:
        reply = Path(folder) / "reply.json"
        try:
            run = stoppable.run(
                [*command, str(script), str(reply), *modules],
                limit_s,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**surroundings.for_interpreters(), **(extra or {})},
            )
        except subprocess.TimeoutExpired:
            raise NoAnswer(f"did not answer within {limit_s:.0f} s") from None
        except OSError as error:
            raise ProbeFailed(f"cannot be run: {error.strerror}") from None
        try:
            facts = json.loads(reply.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            said = [line for line in run.stdout.decode("utf-8", "replace").splitlines() if line.strip()]
            raise ProbeFailed(f"{ending(run.returncode)}: {said[-1].strip() if said else 'no output'}") from None
        if not isinstance(facts, dict) or not NEEDED.issubset(facts):
            raise ProbeFailed("printed something other than the probe's reply")
        return facts


class Cache:
    """A cache {executable: facts or reason} in .nox, valid while the file and the probe are the same."""

    def __init__(self, path: Path = CACHE) -> None:
        self.path = path
        self.probe_digest = hashlib.sha256(probe_source().encode()).hexdigest()[:16]
        self.entries: dict[str, Data] = {}
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["probe"] == self.probe_digest:
                for executable, entry in stored["entries"].items():
                    self.entries[executable] = {"stamp": entry["stamp"], "facts": {**entry["facts"]}}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass  # no cache, or not one of ours: everything is asked again

    def ask(self, executables: list[str], table: Table) -> dict[str, Reply | ProbeFailed]:
        """Return facts or failure for each of ``executables``; run the unknown ones, four at a time.

        The families of ``table`` say how each is started.
        """
        stamps = {executable: _stamp(executable) for executable in executables}
        unknown = [e for e in executables if self.entries.get(e, {}).get("stamp") != stamps[e]]
        with ThreadPoolExecutor(4) as pool, stoppable.stopping():
            answers = pool.map(lambda executable: _first_answer(starting.ways(executable, table)), unknown)
            answered = dict(zip(unknown, answers))
        for executable, answer in answered.items():
            self.entries.pop(executable, None)
            if not isinstance(answer, ProbeFailed):  # a failure may pass: it is not remembered
                self.entries[executable] = {"stamp": stamps[executable], "facts": answer}
        if unknown:
            self._save()
        return {each: answered[each] if each in answered else self.entries[each]["facts"] for each in executables}

    def forget(self, executable: str) -> None:
        """Have ``executable`` asked again the next time."""
        if self.entries.pop(executable, None):
            self._save()

    def _save(self) -> None:
        try:
            atomic_file.write(self.path, json.dumps({"probe": self.probe_digest, "entries": self.entries}))
        except OSError:
            pass  # a checkout that cannot be written to: everything is asked again the next time


def _first_answer(ways: list[Start]) -> Reply | ProbeFailed:
    """Return the facts of the first of ``ways`` that answers, with that way; else the last failure.

    No other way is tried after one that was too slow: what it lacks would be remembered.
    """
    for way in ways:
        try:
            return {**probe(list(way.command), script=way.probe), "start": way.described}
        except NoAnswer as problem:
            return problem
        except ProbeFailed as problem:
            failure = problem
    return failure


def _stamp(executable: str) -> list[str | int]:
    """Return what changes with the file, including a link's target: another file may have equal size and time."""
    status = os.stat(executable)
    return [os.path.realpath(executable), status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size]
