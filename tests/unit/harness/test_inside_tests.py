"""Which of the inside tests are repeated."""

from __future__ import annotations

import subprocess

from tests.helpers.inside_tests import conclude, failed_tests

OLD = "FAIL: test_beats (tests.inside.test_wires.Tcp)\n"
NEW = "ERROR: test_lanes (tests.inside.test_wires.Tcp.test_lanes) (size=3)\n"
END = "\nRan 311 tests in 156.046s\n\nFAILED (failures=1, errors=1)\n"


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
