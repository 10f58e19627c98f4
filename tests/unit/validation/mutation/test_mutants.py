"""Mutants: a mistake that a test would notice is killed, one that it would not survives, and a run can go on."""

from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from click.testing import CliRunner
from rich.console import Console

from runoff.cli import mutate
from runoff.common.errors import BadInput
from runoff.common.progress import Progress
from runoff.validation.mutation import mutants, mutants_in_order
from runoff.validation.mutation.mutants import Module, Mutant, Session

CODE = "def clamped(x):\n    return x if x > 2 else 2\n"
TEST = "import clamping\n\n\ndef test():\n    assert {}\n"
#: A test that notes which mutant there is.
NOTE = "open('tried', 'a').write(open('clamping.py').read() + chr(0))"
LEFT_OUT = [{"kind": "ReplaceComparisonOperator_Gt_Eq", "why": "of a test"}]
SLOW_FIRST = f"""
import time

def test_slow():
    time.sleep(0.2)
    {NOTE}

def test_quick():
    assert open("clamping.py").read() == {CODE!r}
"""
#: For its test all mutants were written in one second.
ONE_SECOND = "import os\n\nos.utime('clamping.py', (1, 1))\n" + TEST.format("clamping.clamped(3) == 3")
#: A test that hangs, and so does what it started, in a session of its own and without a parent.
HANGING = """
import subprocess, time

def test():
    orphan = "import subprocess, sys; subprocess.Popen(['sleep', '600'], start_new_session=True)"
    subprocess.run([{!r}, "-c", orphan], start_new_session=True)
    time.sleep(600)
"""


@pytest.fixture
def session(tmp_path):
    """session(assertion, **how) -> the session of a module of one line, whose test says that."""

    def made(assertion: str, **how: int) -> Session:
        root = tmp_path / "root"
        (root / "tests").mkdir(parents=True, exist_ok=True)
        (root / "clamping.py").write_text(CODE, encoding="utf-8")
        (root / "test_code.py").write_text(TEST.format(assertion), encoding="utf-8")
        subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
        subprocess.run(["git", "add", "."], cwd=root, check=True)
        row = {"paths": ["clamping.py"], "tests": ["test_code.py"]}
        module = Module.from_table("one", {"modules": {"one": row}, "named": [], "left_out": LEFT_OUT})
        return Session(module, tmp_path / "mutate", root, **how)

    return made


def run(session: Session) -> mutants.Count:
    session.prepare()
    session.run(None, Progress(Console(quiet=True)))
    return mutants.count(session.module, session.mutants())


@pytest.mark.slow
def test_a_test_that_looks_kills_and_the_outcome_is_kept(session):
    sharp = session("[clamping.clamped(x) for x in (-2, 1, 2, 3)] == [2, 2, 2, 3]")
    found = run(sharp)
    assert found.killed > 0
    assert found.untried == 0
    assert found.share is not None
    begun = [mutant.outcome for mutant in sharp.mutants()]
    sharp.prepare()  # the same files: nothing is tried again
    assert [mutant.outcome for mutant in sharp.mutants()] == begun


@pytest.mark.slow
def test_a_test_that_looks_away_kills_less(session):
    found = run(session("clamping.clamped(3)"))
    assert found.survivors
    assert all(mutant.path == "clamping.py" and mutant.text for mutant in found.survivors)


@pytest.mark.slow
def test_what_one_mutant_was_compiled_to_is_not_taken_for_another(session):
    each = session("True")
    (each._root / "test_code.py").write_text(ONE_SECOND, encoding="utf-8")
    del each._copies[1:]
    run(each)
    outcomes = {mutant.text: mutant.outcome for mutant in each.mutants()}
    assert outcomes["return x if x >= 2 else 2"] == outcomes["return x if x != 2 else 2"] == mutants.SURVIVED
    assert outcomes["return x if x <= 2 else 2"] == outcomes["return x if x > 3 else 2"] == mutants.KILLED


@pytest.mark.slow
def test_a_place_that_cannot_be_changed_is_tried_and_counts_for_nothing(session):
    """cosmic-ray replaces the classes of an except by their names, and this one has a dot."""
    each = session("True")
    (each._root / "clamping.py").write_text("import os\n\ntry:\n    a = 1\nexcept (os.error, TypeError):\n    pass\n")
    count = run(each)
    outcomes = [mutant.outcome for mutant in each.mutants()]
    assert (count.untried, outcomes.count(mutants.INCOMPETENT)) == (0, 1)


def tried(each: Session) -> list[str]:
    """Return the mutants of ``each`` in the order in which one process tries them."""
    del each._copies[1:]
    run(each)
    return noted(each._copies[0])


def noted(copy: Path) -> list[str]:
    """Return the mutants that were tried in ``copy``."""
    return [each for each in (copy / "tried").read_text(encoding="utf-8").split("\0") if each not in (CODE, "")]


def test_the_seed_alone_says_in_which_order_mutants_are_tried():
    names = [f"mutant {at}" for at in range(50)]
    first, again, other = (mutants.in_order(found, seed) for found, seed in ((names, 1), (names[::-1], 1), (names, 2)))
    assert first == again
    assert sorted(first) == sorted(other) == sorted(names)
    assert len({tuple(first), tuple(other), tuple(names)}) == 3


@pytest.mark.slow
def test_mutants_are_tried_by_their_numbers_and_a_run_that_was_interrupted_goes_on_with_the_next(session):
    each = session(NOTE, seed=3)
    every = tried(each)
    assert len(every) == len(set(every)) > 8
    with sqlite3.connect(each._file) as database:
        database.execute("DELETE FROM work_results WHERE job_id >= '000005'")
    (each._copies[0] / "tried").unlink()
    assert tried(session(NOTE, seed=3)) == every[5:]


@pytest.mark.slow
def test_each_copy_has_its_share_and_every_mutant_is_tried_once(session):
    each = session(NOTE)
    each._copies = [each._copies[0].with_name(f"copy-{at}") for at in range(3)]
    count = run(each)
    notes = [noted(copy) for copy in each._copies]
    assert len(set().union(*notes)) == sum(map(len, notes)) == len(count.survivors) == len(each.mutants())
    assert max(map(len, notes)) <= min(map(len, notes)) + 1
    texts = [mutant.text for mutant in each.mutants()]
    assert "return x if x >= 2 else 2" in texts
    assert "return x if x == 2 else 2" not in texts  # of a kind that is left out


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
    hanging = session("clamping.clamped(1) == 2 or __import__('time').sleep(600)")
    hanging.prepare()
    hanging.run(10.0, Progress(Console(quiet=True)))
    assert [each for each in psutil.process_iter() if here(each) in map(str, hanging._copies)] == []


def test_the_quickest_tests_are_first_and_those_of_one_tenth_of_a_second_keep_their_order():
    order = mutants_in_order.QuickestFirst()
    for name, *seconds in (("slow", 0.1, 3.0), ("b", 0.02), ("a", 0.01), ("middle", 0.4)):
        for each in seconds:
            order.pytest_runtest_logreport(SimpleNamespace(nodeid=name, duration=each))
    items = [SimpleNamespace(nodeid=name) for name in ("slow", "middle", "b", "a", "new")]
    order.pytest_collection_modifyitems(items)
    assert [each.nodeid for each in items] == ["b", "a", "new", "middle", "slow"]
    assert order.seconds["slow"] == pytest.approx(3.1)


@pytest.mark.slow
def test_a_first_run_tells_how_long_each_test_takes(session):
    """The slow test stands first, and would note each mutant if the quick one did not fail before."""
    each = session("True")
    (each._root / "test_code.py").write_text(SLOW_FIRST, encoding="utf-8")
    assert tried(each) == []
    assert all(mutant.outcome == mutants.KILLED for mutant in each.mutants())


@pytest.mark.slow
@pytest.mark.parametrize(("line", "passed"), [("pass", "True"), ("os._exit(0)", "False"), ("assert False", "False")])
def test_tests_pass_that_come_to_their_end(tmp_path, line, passed):
    (tmp_path / "test_ending.py").write_text(f"import os\n\n\ndef test():\n    {line}\n", encoding="utf-8")
    code = "import math, mutants_in_order as m; print(m.passes(['test_ending.py'], math.inf))"
    environment = {**os.environ, "PYTHONPATH": str(mutants.IN_ORDER.parent)}
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert told.stdout.strip() == passed, told.stderr


def test_a_test_that_hangs_fails_in_time_and_takes_with_it_what_it_started(tmp_path):
    (tmp_path / "test_hanging.py").write_text(HANGING.format(sys.executable), encoding="utf-8")
    code = "import mutants_in_order as m; m.adopt_orphans(); print(m.passes(['test_hanging.py'], 2.0))"
    environment = {**os.environ, "PYTHONPATH": str(mutants.IN_ORDER.parent)}
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (told.stdout, told.stderr) == ("False\n", "")
    assert [each for each in psutil.process_iter() if here(each) == str(tmp_path)] == []


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
    monkeypatch.setattr(mutants, "IN_ORDER", os.devnull)  # ends at once
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
    with pytest.raises(BadInput, match=r"fail without any mutant: pytest .* test_code.py"):
        run(session("False"))


def test_the_tests_of_the_file_that_has_the_mutant_are_run_first(session):
    each = session("True")
    for name in ("test_another.py", "test_clamping.py", "helper.py"):
        (each._root / "tests" / name).write_text("", encoding="utf-8")
    subprocess.run(["git", "add", "."], cwd=each._root, check=True)
    each.module = replace(each.module, tests=("test_code.py", "tests"))
    own, others = each._by_file()["clamping.py"]
    assert own == ["tests/test_clamping.py"]
    assert others == ["test_code.py", "tests/test_another.py"]


@pytest.mark.parametrize(
    ("removed", "added", "text"),
    [
        ("    return x > 2", "    return x >= 2", "return x >= 2"),
        ("@cache", "", "without @cache"),
        ("@cache", None, "without @cache"),
    ],
)
def test_a_mutant_is_told_by_its_line_or_by_the_one_that_is_gone(removed, added, text):
    head = "--- \n+++ \n@@ -1,3 +1,3 @@\n import math"
    diff = "\n".join([head, f"-{removed}", *([] if added is None else [f"+{added}"]), " x = 1"])
    item = {"mutations": [{"module_path": "a.py", "start_pos": [2, 4]}]}
    found = mutants._mutant(item, {"test_outcome": mutants.SURVIVED, "diff": diff})
    assert found == Mutant("a.py", 2, text, mutants.SURVIVED)


def test_a_named_mutant_is_not_counted():
    named = {"return x >= 2": "2 is 2 either way", "MOST = ": "another number is as right"}
    module = Module("one", ("a.py",), ("test_a.py",), named, frozenset())
    tried = [
        Mutant("a.py", 1, "MOST = 5 + 2  # of them", mutants.SURVIVED),
        Mutant("a.py", 1, "MOST_OF_ALL = 5", mutants.SURVIVED),
        Mutant("a.py", 1, "return x >= 2", mutants.SURVIVED),
        Mutant("a.py", 1, "return x < 2", mutants.KILLED),
        Mutant("a.py", 1, "", mutants.INCOMPETENT),
        Mutant("a.py", 1, "", None),
    ]
    assert mutants.count(module, tried) == mutants.Count(killed=1, survivors=(tried[1],), named=2, untried=1)
    assert mutants.count(module, tried).share == 0.5


def test_what_is_named_of_every_row_is_named_of_each():
    one = [{"lines": ["a", "e"], "why": "b"}, {"constants": ["F"], "why": "g"}]
    table = {"modules": {"one": {"paths": [], "tests": [], "named": one}}, "left_out": []}
    assert Module.from_table("one", {**table, "named": [{"lines": ["c"], "why": "d"}]}).named == {
        "a": "b",
        "e": "b",
        "c": "d",
        "F = ": "g",
    }


def test_every_row_of_the_table_names_what_exists():
    from cosmic_ray.plugins import operator_names

    from runoff.common import tables
    from runoff.common.paths import ROOT

    kinds = {name.rpartition("/")[2] for name in operator_names()}
    assert kinds > {each["kind"] for each in tables.read("mutation.toml")["left_out"]}
    for name, row in tables.read("mutation.toml")["modules"].items():
        for path in (*row["paths"], *row["tests"]):
            assert (ROOT / path).exists(), f"{name}: {path}"
