"""Mutants: a mistake that a test would notice is killed, one that it would not survives, and a run can go on."""

from __future__ import annotations

import math
import sqlite3
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest
from click.testing import CliRunner
from rich.console import Console

from runoff.cli import mutate
from runoff.common.errors import BadInput
from runoff.common.progress import Progress
from runoff.validation import mutants
from runoff.validation.mutants import Module, Mutant, Session

CODE = "def clamped(x):\n    return x if x > 2 else 2\n"
TEST = "import code_under_test\n\n\ndef test():\n    assert {}\n\n\ntest()\n"
#: In place of tests: it notes which mutant there is.
NOTE = "open('tried', 'a').write(open('code_under_test.py').read() + chr(0))"


@pytest.fixture
def session(tmp_path):
    """session(assertion, **how) -> the session of a module of one line, whose test says that."""

    def made(assertion: str, by_pytest: bool = False, **how: int) -> Session:
        root = tmp_path / "root"
        (root / "tests").mkdir(parents=True, exist_ok=True)
        (root / "code_under_test.py").write_text(CODE, encoding="utf-8")
        (root / "test_code.py").write_text(TEST.format(assertion), encoding="utf-8")
        subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
        subprocess.run(["git", "add", "."], cwd=root, check=True)
        module = Module.from_row("one", {"paths": ["code_under_test.py"], "tests": ["test_code.py"]})
        if not by_pytest:  # which takes ten times as long to start
            module = replace(module, command=(sys.executable,))
        return Session(module, tmp_path / "mutate", root, **how)

    return made


def run(session: Session) -> mutants.Count:
    session.prepare()
    session.run(None, Progress(Console(quiet=True)))
    return mutants.count(session.module, session.mutants())


@pytest.mark.slow
def test_a_test_that_looks_kills_and_the_outcome_is_kept(session):
    sharp = session("[code_under_test.clamped(x) for x in (-2, 1, 2, 3)] == [2, 2, 2, 3]")
    found = run(sharp)
    assert found.killed > 0
    assert found.untried == 0
    assert found.share is not None
    begun = [mutant.outcome for mutant in sharp.mutants()]
    sharp.prepare()  # the same files: nothing is tried again
    assert [mutant.outcome for mutant in sharp.mutants()] == begun


@pytest.mark.slow
def test_a_test_that_looks_away_kills_less(session):
    found = run(session("code_under_test.clamped(3)", by_pytest=True))
    assert found.survivors
    assert all(mutant.path == "code_under_test.py" and mutant.text for mutant in found.survivors)


def tried(each: Session) -> list[str]:
    """Return the mutants of ``each`` in the order in which it tries them; the code itself comes before them."""
    each.module = replace(each.module, command=(sys.executable, "-c", NOTE))
    run(each)
    return (each._copy / "tried").read_text(encoding="utf-8").split("\0")[1:-1]


def test_the_seed_alone_says_in_which_order_mutants_are_tried():
    names = [f"mutant {at}" for at in range(50)]
    first, again, other = (mutants.in_order(found, seed) for found, seed in ((names, 1), (names[::-1], 1), (names, 2)))
    assert first == again
    assert sorted(first) == sorted(other) == sorted(names)
    assert len({tuple(first), tuple(other), tuple(names)}) == 3


@pytest.mark.slow
def test_mutants_are_tried_by_their_numbers_and_a_run_that_was_interrupted_goes_on_with_the_next(session):
    each = session("True", seed=3)
    every = tried(each)
    assert len(every) == len(set(every)) > 8
    with sqlite3.connect(each._file) as database:
        database.execute("DELETE FROM work_results WHERE job_id >= '000005'")
    (each._copy / "tried").unlink()
    assert tried(session("True", seed=3)) == every[5:]


def test_another_seed_is_another_session_and_the_command_hands_it_on(session, monkeypatch):
    assert session("True", seed=1)._digest() == session("True")._digest() != session("True", seed=2)._digest()
    seeds = []

    class Known(Session):
        def __init__(self, module, **how):
            seeds.append(how)
            raise BadInput("this is all that is asked")

    monkeypatch.setattr(mutants, "Session", Known)
    CliRunner().invoke(mutate.command, ["plan", "--seed", "5"])
    CliRunner().invoke(mutate.command, ["plan"])
    assert seeds == [{"seed": 5}, {"seed": 1}]


@pytest.mark.slow
def test_a_run_whose_time_is_over_leaves_no_tests_that_hang(session):
    hanging = session("code_under_test.clamped(1) == 2 or __import__('time').sleep(600)")
    hanging.prepare()
    hanging.run(10.0, Progress(Console(quiet=True)))
    folder = str(hanging._copy)
    assert [each for each in psutil.process_iter() if here(each) == folder] == []


@pytest.mark.parametrize(("limit_s", "left"), [(math.inf, 45.0), (60.0, 45.0), (30.0, 20.0)])
def test_the_time_left_follows_what_was_tried_and_is_within_the_limit(limit_s, left):
    assert mutants.left_s(10.0, 2, 9, limit_s) == left


def test_a_run_that_goes_on_counts_what_it_tried_itself(session, monkeypatch):
    each = session("True")
    each.prepare()
    shown = []
    monkeypatch.setattr(Progress, "show", lambda _, *given: shown.append(given[:2]))
    monkeypatch.setattr(mutants, "left_s", lambda _, tried, to_try, limit: shown.append((tried, to_try)))
    monkeypatch.setattr(each, "_counts", iter([(4, 9), (6, 9)]).__next__)
    monkeypatch.setattr(mutants, "IN_ORDER", "-c")  # ends at once
    each.run(60.0, Progress(Console(quiet=True)))
    assert shown[:2] == [(2, 3), (6, 9)]


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


def test_the_tests_of_the_file_that_has_the_mutant_are_run_first(session):
    each = session("True")
    for name in ("test_another.py", "test_code_under_test.py", "helper.py"):
        (each._root / "tests" / name).write_text("", encoding="utf-8")
    subprocess.run(["git", "add", "."], cwd=each._root, check=True)
    each.module = replace(each.module, command=("pytest", "-x"), tests=("test_code.py", "tests"))
    assert each._by_file() == {
        "code_under_test.py": "pytest -x tests/test_code_under_test.py test_code.py tests/test_another.py",
    }


def test_a_named_mutant_is_not_counted():
    module = Module("one", ("a.py",), (sys.executable,), ("test_a.py",), {"return x >= 2": "2 is 2 either way"})
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
