"""Which interpreters run the inside tests, and which of the tests are repeated."""

from __future__ import annotations

import subprocess

import pytest

from tests.helpers.inside_tests import BETWEEN, conclude, failed_tests, names_for, newest_of_its_line

OLD = "FAIL: test_beats (tests.inside.test_wires.Tcp)\n"
NEW = "ERROR: test_lanes (tests.inside.test_wires.Tcp.test_lanes) (size=3)\n"
END = "\nRan 311 tests in 156.046s\n\nFAILED (failures=1, errors=1)\n"


@pytest.mark.parametrize(
    ("label", "newest"),
    [
        ("cpython-3.11", "cpython-3.11"),
        ("cpython-3.11.2", "cpython-3.11"),
        ("cpython-3.11.2-ab12", "cpython-3.11"),
        ("cpython-3.13.0t", "cpython-3.13t"),
        ("pypy-3.11-7.3.19", "pypy-3.11-7.3.19"),  # another PyPy is more than another patch of Python 3.11
    ],
)
def test_the_newest_build_of_a_line_stands_for_the_others(label, newest):
    assert newest_of_its_line(label) == newest


def test_every_module_runs_whole_but_for_some_between_the_oldest_and_the_newest_of_a_kind():
    found = ["cpython-2.7", "cpython-3.6", "cpython-3.9", "cpython-3.13", "cpython-3.13t", "pypy-3.11", "jython-2.7"]
    every = names_for("cpython-3.13", found)
    assert set(BETWEEN) < set(every)
    assert [label for label in found if names_for(label, found) != every] == ["cpython-3.9"]
    between = names_for("cpython-3.9", found)
    assert [name for name in every if name not in between] == sorted(BETWEEN)
    assert {*between} - {*every} == {name for names in BETWEEN.values() for name in names}


def test_a_failed_test_is_named_by_module_class_and_itself():
    assert failed_tests(OLD + NEW + NEW + END) == [
        "tests.inside.test_wires.Tcp.test_beats",
        "tests.inside.test_wires.Tcp.test_lanes",
    ]


def test_all_are_repeated_where_something_else_than_a_test_failed():
    assert failed_tests(OLD + "ERROR: setUpClass (tests.inside.test_wires.Tcp)\n" + END) == []
    assert failed_tests("Segmentation fault\n") == []


def test_those_that_failed_are_repeated_and_recorded():
    recorded, asked = [], []

    def again(names):
        asked.append(names)
        return subprocess.CompletedProcess([], 0, "", "")

    failed = subprocess.CompletedProcess([], 1, "", OLD + END)
    assert conclude("cpython-3.13", failed, again, lambda name, text: recorded.append(text)).returncode == 0
    assert asked == [["tests.inside.test_wires.Tcp.test_beats"]]
    assert recorded == ["cpython-3.13: tests.inside.test_wires.Tcp.test_beats"]


def test_a_run_that_passed_is_not_repeated():
    passed = subprocess.CompletedProcess([], 0, "", "")
    assert conclude("cpython-3.13", passed, lambda names: 1 / 0, lambda name, text: 1 / 0) is passed
