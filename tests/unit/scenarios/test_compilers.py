"""What other processes report of their compilers, on clocks that the test sets, and how it is summed up."""

from __future__ import annotations

import os
import struct

import pytest

from compat import compiler
from scenarios import compilers
from scenarios.compilers import INTERVAL_NS, CompilersOfAllProcesses, Reporter


class Now:
    """A clock that the test sets."""

    def __init__(self, now=0):
        self.now = now

    def __call__(self):
        return self.now


def numbers(path):
    content = path.read_bytes()
    return [*struct.unpack(f"<{len(content) // 8}q", content)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getpid", lambda: 7)
    return tmp_path


def test_a_process_reports_once_in_a_while_and_not_when_it_begins(folder):
    now, worked = Now(1000), Now(5)
    reporter = Reporter(str(folder), now, lambda: worked)
    for at, has_worked in ((999, 6), (1000, 7), (999 + INTERVAL_NS, 8), (1000 + INTERVAL_NS, 9)):
        now.now, worked.now = INTERVAL_NS + at, has_worked
        reporter.report()
    assert numbers(folder / "7") == [7, 9]


def test_an_interpreter_that_does_not_tell_is_asked_once(folder):
    now, asked = Now(), []
    reporter = Reporter(str(folder), now, lambda: asked.append(1))
    for at in range(1, 5):
        now.now = at * INTERVAL_NS
        reporter.report()
    assert (asked, [*folder.iterdir()]) == ([1], [])


def test_a_process_that_cannot_write_reports_no_more_and_goes_on(folder):
    now, asked = Now(), []
    reporter = Reporter(str(folder / "gone"), now, lambda: lambda: asked.append(1) or 5)
    for at in range(1, 5):
        now.now = at * INTERVAL_NS
        reporter.report()
    assert len(asked) == 1


def test_without_a_folder_nothing_is_asked():
    now = Now()
    reporter = Reporter(None, now, lambda: pytest.fail("asked"))
    now.now = 10**18
    reporter.report()


def test_a_process_reports_where_its_environment_says(folder, monkeypatch):
    monkeypatch.setenv(compilers.FOLDER, str(folder))
    monkeypatch.setattr(compilers, "_reporter", None)
    monkeypatch.setattr(compiler, "clock_ns", lambda: lambda: 5)
    monkeypatch.setattr(compilers, "INTERVAL_NS", 0)
    compilers.report()
    compilers.report()
    assert numbers(folder / "7") == [5, 5]


def told(folder, process, *ns):
    with (folder / str(process)).open("ab") as stream:
        stream.write(struct.pack(f"<{len(ns)}q", *ns))


def test_what_each_process_told_since_its_first_number_is_added_to_the_own(folder):
    own = Now(10)
    of_all = CompilersOfAllProcesses(str(folder), own)
    assert of_all.worked_ns() == 10
    told(folder, 8, 100)
    assert of_all.worked_ns() == 10
    told(folder, 8, 105, 130)
    told(folder, 9, 1000)
    assert of_all.worked_ns() == 40
    told(folder, 9, 1004)
    own.now = 12
    assert of_all.worked_ns() == 46


def test_what_workers_in_this_process_tell_counts_once(folder):
    told(folder, 7, 100)
    of_all = CompilersOfAllProcesses(str(folder), Now(10))
    told(folder, 7, 200)
    assert of_all.worked_ns() == 10


def test_nothing_is_known_until_one_of_them_tells(folder):
    of_all = CompilersOfAllProcesses(str(folder), None)
    assert of_all.worked_ns() is None
    told(folder, 8)
    assert of_all.worked_ns() is None
    told(folder, 8, 100)
    assert of_all.worked_ns() == 0
    told(folder, 8, 103)
    assert of_all.worked_ns() == 3


def test_without_a_folder_this_process_alone_counts():
    assert CompilersOfAllProcesses(None, Now(10)).worked_ns() == 10
    assert CompilersOfAllProcesses(None, None).worked_ns() is None
