"""Mutants: a mistake that a test would notice is killed, one that it would not survives, and a run can go on."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest
from rich.console import Console

from runoff.common.errors import BadInput
from runoff.common.progress import Progress
from runoff.validation import mutants
from runoff.validation.mutants import Module, Mutant, Session

CODE = "def clamped(x):\n    return x if x > 2 else 2\n"
TEST = "import code_under_test\n\n\ndef test():\n"


@pytest.fixture
def session(tmp_path):
    """session(assertion) -> the session of a module of one line, whose test says that."""

    def made(assertion: str) -> Session:
        root = tmp_path / "root"
        (root / "tests").mkdir(parents=True, exist_ok=True)
        (root / "code_under_test.py").write_text(CODE, encoding="utf-8")
        (root / "test_code.py").write_text(TEST + f"    assert {assertion}\n", encoding="utf-8")
        subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
        subprocess.run(["git", "add", "."], cwd=root, check=True)
        module = Module.from_row("one", {"paths": ["code_under_test.py"], "tests": ["test_code.py"]})
        return Session(module, tmp_path / "mutate", root)

    return made


def run(session: Session) -> mutants.Count:
    session.prepare()
    session.run(None, Progress(Console(quiet=True)))
    return mutants.count(session.module, session.mutants())


def test_a_test_that_looks_kills_and_the_outcome_is_kept(session):
    sharp = session("[code_under_test.clamped(x) for x in (-2, 1, 2, 3)] == [2, 2, 2, 3]")
    found = run(sharp)
    assert found.killed > 0
    assert found.untried == 0
    assert found.share is not None
    begun = [mutant.outcome for mutant in sharp.mutants()]
    sharp.prepare()  # the same files: nothing is tried again
    assert [mutant.outcome for mutant in sharp.mutants()] == begun


def test_a_test_that_looks_away_kills_less(session):
    found = run(session("code_under_test.clamped(3)"))
    assert found.survivors
    assert all(mutant.path == "code_under_test.py" and mutant.text for mutant in found.survivors)


def test_a_run_whose_time_is_over_leaves_no_tests_that_hang(session):
    hanging = session("code_under_test.clamped(1) == 2 or __import__('time').sleep(600)")
    hanging.prepare()
    hanging.run(10.0, Progress(Console(quiet=True)))
    folder = str(hanging._copy)
    assert [each for each in psutil.process_iter() if here(each) == folder] == []


def here(process: psutil.Process) -> str | None:
    """Return the folder that ``process`` runs in, where we may know."""
    try:
        return process.cwd()
    except psutil.Error:
        return None


def test_annotations_are_no_place_for_a_mistake():
    source = "def f(a: int | None = 1 | 2) -> str | None:\n    b: int | None = 1 | 2\n    return a | b\n"
    lines = source.splitlines()
    found = {lines[start[0] - 1][start[1] : end[1]] for start, end in mutants.annotation_spans(source)}
    assert found == {"int | None", "str | None"}


def test_tests_that_fail_by_themselves_are_refused(session):
    with pytest.raises(BadInput, match="fail without any mutant"):
        session("False").prepare()


def test_a_named_mutant_is_not_counted():
    module = Module("one", ("a.py",), (sys.executable,), {"return x >= 2": "2 is 2 either way"})
    tried = [
        Mutant("a.py", 1, "return x >= 2", mutants.SURVIVED),
        Mutant("a.py", 1, "return x < 2", mutants.KILLED),
        Mutant("a.py", 1, "", mutants.INCOMPETENT),
        Mutant("a.py", 1, "", None),
    ]
    assert mutants.count(module, tried) == mutants.Count(killed=1, survivors=(), named=1, untried=1)
    assert mutants.count(module, tried).share == 1.0


def test_every_row_of_the_table_names_what_exists():
    from runoff.common import tables
    from runoff.common.paths import ROOT

    for name, row in tables.read("mutation.toml")["modules"].items():
        for path in (*row["paths"], *row["tests"]):
            assert (ROOT / path).exists(), f"{name}: {path}"
