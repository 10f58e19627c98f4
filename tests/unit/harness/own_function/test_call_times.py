"""A person's function is timed on its inputs as they are; only one that changes them gets copies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runoff.common.paths import ROOT


@pytest.fixture
def call_times(script):
    return script("call_times")


@pytest.fixture
def caller(call_times, monkeypatch):
    """caller(changes_input) -> (a Caller, its inputs, those that the function was given)."""

    def made(changes_input):
        given = []

        def function(order):
            given.append(order)
            order["price"] = order.get("price", 0) + 1

        monkeypatch.setattr(call_times.loader, "load", lambda target: function)
        inputs = [[{"price": 1}], [{"price": 2}]]
        request = {"target": {}, "inputs": inputs, "changes_input": changes_input}
        return call_times.Caller(request), inputs, given

    return made


def test_a_function_that_changes_its_inputs_is_given_them_anew_each_time(caller):
    made, inputs, given = caller(changes_input=True)
    made.repeat(1, 5)
    assert [each["price"] for each in given] == [3, 2, 3, 2, 3]
    assert inputs == [[{"price": 1}], [{"price": 2}]]


def test_nothing_is_copied_for_one_that_leaves_its_inputs_as_they_are(caller):
    made, inputs, given = caller(changes_input=False)
    made.repeat(0, 3)
    assert [id(each) for each in given] == [id(inputs[at][0]) for at in (0, 1, 0)]


@pytest.mark.parametrize("length_ms", [0.5, 300])
def test_threads_are_tried_with_short_calls_alone(call_times, caller, length_ms):
    made, *_ = caller(changes_input=False)
    made.repeat = lambda first, count: None
    assert (call_times.compare_threads(made, length_ms * 1e6) is None) == (length_ms > 250)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process's own peak")
def test_the_memory_of_who_started_the_process_is_not_its_own():
    large = b"x" * (300 * 2**20)
    code = "from harness.own_function import call_times; print(call_times._peak_bytes())"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 2**20 < int(run.stdout) < len(large) / 2


@pytest.mark.parametrize(("mib", "stretches"), [([600, 600, 600], 2), ([600, 1200, 1200], 1)])
def test_a_function_that_grows_much_ends_the_stretches_and_a_large_one_does_not(
    call_times, caller, monkeypatch, mib, stretches
):
    made, *_ = caller(changes_input=False)
    made.repeat = lambda first, count: call_times.STRETCH_NS
    peaks = iter(each * 2**20 for each in mib)
    monkeypatch.setattr(call_times, "_peak_bytes", lambda: next(peaks))
    clock = iter([0, 0, call_times.STRETCHES_NS + 1])
    monkeypatch.setattr(call_times.clock, "now_ns", lambda: next(clock))
    assert len(call_times.measure_stretches(made)) == stretches
