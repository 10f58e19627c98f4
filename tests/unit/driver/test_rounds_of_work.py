"""The rounds of a kind of work: measured once on the first interpreter that can, then read, until the work changes."""

from __future__ import annotations

import json

import pytest

from runoff.driver.work_size import rounds_of_work
from tests.helpers.environments import environment

TABLE = {"work": {"python": {"kernel": "python", "task_ms": 6.5}, "native": {"kernel": "native-nogil", "task_ms": 2.0}}}
ROUND_NS = {"python": 97.3, "native-nogil": 1.0}
NOWHERE = object()  # stands for the guard, which no interpreter is started with


@pytest.fixture
def calibrate(tmp_path, monkeypatch):
    """What returns the rounds, where a round takes as long as ROUND_NS says; and (task, interpreter) of each trial."""
    tried = []

    def warm_ns(job, _folder, _guard):
        tried.append((job.cell.task, job.cell.interpreter))
        return job.settings["rounds"] * ROUND_NS[job.cell.task]

    monkeypatch.setattr(rounds_of_work, "warm_ns", warm_ns)

    def work(wanted=("python",), table=TABLE, environments=None):
        asked = environments or [environment("cpython-3.13")]
        return rounds_of_work.work({*wanted}, table, asked, tmp_path, tmp_path / "scratch", NOWHERE)

    return work, tried


def test_a_task_is_as_long_as_the_table_says_to_two_digits(calibrate):
    work, _ = calibrate
    assert work(("python", "native")) == {"python": 67000, "native": 2_000_000}


def test_what_was_measured_on_this_machine_is_read_the_next_time(calibrate):
    work, tried = calibrate
    first = work()
    tried.clear()
    assert work() == first
    assert not tried
    assert set(work(("python", "native"))) == {"python", "native"}
    assert {task for task, _ in tried} == {"native-nogil"}


def test_work_of_another_length_is_measured_anew(calibrate):
    work, tried = calibrate
    first = work()
    tried.clear()
    longer = {"work": {**TABLE["work"], "python": {"kernel": "python", "task_ms": 65.0}}}
    assert work(table=longer)["python"] == 10 * first["python"]
    assert tried


@pytest.mark.parametrize("content", ["", "{", json.dumps({"rounds": {"python": 1}})])
def test_a_file_that_is_not_of_this_work_is_not_believed(calibrate, tmp_path, content):
    work, _ = calibrate
    (tmp_path / rounds_of_work.STORED).write_text(content)
    assert work() == {"python": 67000}


def test_the_first_interpreter_that_has_the_kernel_measures_it(calibrate):
    work, tried = calibrate
    without = environment("jython-2.7", capabilities=frozenset({"threads"}))
    assert work(("native",), environments=[without, environment("pypy-3.11"), environment("cpython-3.13")])
    assert {label for _, label in tried} == {"pypy-3.11"}


def test_work_that_no_interpreter_can_do_has_no_rounds(calibrate):
    work, tried = calibrate
    assert work(("native",), environments=[environment("jython-2.7", capabilities=frozenset())]) == {}
    assert not tried
