# Run by runoff/validation/mutation/mutants.py as a script (in the tests' environment, where there is fork).
"""Try the mutants of a session by their numbers, those that were tried before left out: HOW SESSION.

There is a process for each copy of the checkout. The tests run in forks of it: they have what others wrote imported
already, and nothing of ours. Those of the changed file come first, and the others only where these pass; of each, the
quickest first.
"""

from __future__ import annotations

import ctypes
import difflib
import functools
import gc
import importlib
import json
import math
import multiprocessing
import os
import shlex
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    import pytest
    from cosmic_ray.work_item import MutationSpec, WorkItem, WorkResult

FORK = multiprocessing.get_context("fork")
#: Hypothesis' profile "ci" tries the same examples each time, and keeps none.
PYTEST = ("-q", "-x", "-p", "no:cacheprovider", "--hypothesis-profile=ci")
ENDED_WITHIN_S = 5.0  # after SIGKILL
MEMORY_BYTES = 4 << 30  # a mutant may ask for any amount
PASSED = 86  # the exit code of a fork whose tests passed: a mutant may end it before that, with 0
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux' prctl


def main(how_file: str, session: str) -> None:
    """Try what is left of ``session``, in the copies and by the tests of ``how_file``."""
    from cosmic_ray.work_db import WorkDB, use_db  # in the tests' environment alone

    del sys.path[0]  # this script's folder
    how = json.loads(Path(how_file).read_text(encoding="utf-8"))
    with use_db(session, WorkDB.Mode.open) as database:
        items = sorted(database.pending_work_items, key=lambda item: str(item.job_id))
    copies = how["copies"]
    learn(copies[0], how["tests"])
    gc.freeze()  # what is imported is there to stay
    shares = [(copy, how["by_file"], items[at :: len(copies)], session) for at, copy in enumerate(copies)]
    workers = [FORK.Process(target=work, args=each) for each in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.exit(any(worker.exitcode for worker in workers))


class QuickestFirst:
    """A plugin of pytest that notes how long each test takes, and runs first what took least."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the seconds of a test, its setup or its end."""
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Order by tenths of a second, so that the many short tests of a file stay together."""
        items.sort(key=lambda item: round(self.seconds.get(item.nodeid, 0.0), 1))


QUICKEST_FIRST = QuickestFirst()


def learn(copy: str, tests: list[str]) -> None:
    """Learn from a run of ``tests`` in ``copy`` how long each takes, and import what they import from elsewhere."""
    learned, told = FORK.Pipe(duplex=False)
    process = FORK.Process(target=tell, args=(copy, tests, told))
    process.start()
    told.close()
    names, seconds = learned.recv()
    for name in names:
        with suppress(ImportError):
            importlib.import_module(name)
    QUICKEST_FIRST.seconds.update(seconds)
    process.join()


def tell(copy: str, tests: list[str], told: Connection) -> None:
    """Run ``tests`` in ``copy`` and send the names of the modules that are imported from elsewhere, and the seconds."""
    enter(copy)
    run_pytest(*tests)
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    names = [name for name, file in files.items() if file and not Path(file).is_relative_to(copy)]
    told.send((names, QUICKEST_FIRST.seconds))


def enter(copy: str) -> None:
    """Make ``copy`` the place where files and modules are found."""
    os.chdir(copy)
    sys.path.insert(0, copy)


def work(copy: str, by_file: dict[str, list[list[str]]], items: list[WorkItem], session: str) -> None:
    """Try ``items`` in ``copy``, one after the other, and keep the outcome of each at once."""
    from cosmic_ray.work_db import WorkDB, use_db

    enter(copy)
    adopt_orphans()
    with use_db(session, WorkDB.Mode.open) as database:
        for item in items:
            (mutation,) = item.mutations
            database.set_result(item.job_id, outcome_of(mutation, by_file[str(mutation.module_path)]))


def adopt_orphans() -> None:
    """Become, on Linux, the parent of what is left of the tests, so that it can be ended."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(SUBREAPER, 1)


def outcome_of(mutation: MutationSpec, parts: list[list[str]]) -> WorkResult:
    """Plant ``mutation`` and return what came of it: killed where tests of ``parts`` fail or last too long."""
    from cosmic_ray.mutating import use_mutation
    from cosmic_ray.plugins import get_operator
    from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

    limits_s = [limit_s(*tests) for tests in parts]
    path = Path(mutation.module_path)
    forget_compiled(path)
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    with ExitStack() as stack:
        try:
            before, after = stack.enter_context(use_mutation(path, operator, mutation.occurrence))
        except (AttributeError, TypeError, AssertionError):  # cosmic-ray finds places that it cannot change
            return WorkResult(worker_outcome=WorkerOutcome.EXCEPTION, test_outcome=TestOutcome.INCOMPETENT)
        survives = all(passes(tests, within_s) for tests, within_s in zip(parts, limits_s))
    forget_compiled(path)
    return WorkResult(
        worker_outcome=WorkerOutcome.NORMAL,
        test_outcome=TestOutcome.SURVIVED if survives else TestOutcome.KILLED,
        diff="\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="")),
    )


@functools.cache
def limit_s(*tests: str) -> float:
    """Return how long ``tests`` may last with a mutant. Ends the process where they fail without one."""
    begun = time.monotonic()
    if not passes(tests, math.inf):
        sys.exit(f"these tests fail without any mutant: pytest {shlex.join((*PYTEST, *tests))}")
    return 5 + 5 * (time.monotonic() - begun)


def forget_compiled(path: Path) -> None:
    """Remove what was compiled of ``path``: Python tells two sources apart by their size and the second they are of."""
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*"):
        compiled.unlink()


def passes(tests: list[str] | tuple[str, ...], within_s: float) -> bool:
    """Return whether ``tests`` pass in time, in a fork. What they started ends with them."""
    testing = FORK.Process(target=run_tests, args=tests)
    testing.start()
    testing.join(None if within_s == math.inf else within_s)
    passed = testing.exitcode == PASSED
    end(psutil.Process().children(recursive=True))
    testing.join()
    return passed


def end(processes: list[psutil.Process]) -> None:
    """Kill ``processes`` and wait for their end."""
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    psutil.wait_procs(processes, ENDED_WITHIN_S)


def run_tests(*tests: str) -> None:
    """Run ``tests`` and end with PASSED, or pytest's exit code."""
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.exit(run_pytest(*tests) or PASSED)


def run_pytest(*arguments: str) -> int:
    """Return pytest's exit code; its session is one of its own, and what it prints is nowhere."""
    import pytest

    sys.dont_write_bytecode = False  # the tests are compiled once
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    return pytest.main([*PYTEST, *arguments], plugins=[QUICKEST_FIRST])


if __name__ == "__main__":
    main(*sys.argv[1:])
