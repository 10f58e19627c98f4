"""How many tasks an iteration holds: long against the clock, short against the budget, for 1 us to 30 s a task."""

from __future__ import annotations

import sys

import pytest

from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.driver.work_size import batch_size
from tests.helpers.environments import environment
from tests.helpers.expected import need


@pytest.mark.parametrize(
    ("lengths_ns", "at_once", "batch"),
    [
        ([1e3], 2, 32768),  # 1 us: 33 ms an iteration
        ([1e6], 2, 32),
        ([30e9], 2, 2),  # 30 s: as many as run at once, and no more
        ([1e3, 100e3], 2, 16384),  # a compiler makes it 100 times as fast: the slowest keeps to about a second
        ([50.0], 2, 131072),
    ],
)
def test_an_iteration_is_long_on_the_fastest_and_short_on_the_slowest(lengths_ns, at_once, batch):
    assert batch_size.common(lengths_ns, at_once) == batch


@pytest.mark.parametrize("length_ns", [0.5, 1e3, 1e6, 30e9])
def test_a_count_is_grown_until_it_takes_long_enough_in_few_trials(length_ns):
    tried = []

    def measure(count):
        tried.append(count)
        return count * length_ns

    count, found_ns = batch_size.grown(measure, 1, 20e6, batch_size.MOST)
    assert found_ns >= 10e6 or count == batch_size.MOST
    assert len(tried) <= 5


@pytest.mark.parametrize("times_ns", [[900, 800, 700, 100, 300, 200], [900, 800, 700, 100, 300, 200, 200]])
def test_a_warm_time_is_of_the_second_half_of_the_iterations(monkeypatch, tmp_path, times_ns):
    monkeypatch.setattr(batch_size, "invoke", lambda *_: {"status": "ok", "iterations_ns": times_ns})
    assert batch_size.warm_ns(None, tmp_path, None) == 200


def test_a_real_task_of_no_length_gets_a_batch_that_fills_an_iteration_or_the_largest(tmp_path, found):
    running = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    guard = Guard()
    try:
        real = environment("real", command=(sys.executable,), facts=running.facts)
        job = Job(PlannedCell("real", "serial", "noop", 1, ()), 0, real, {}, 1, 1, 0.0, 60.0, 1, 0)
        length_ns = batch_size.task_ns(job, tmp_path, guard)
        assert 1 < length_ns < 1e6
        batch = batch_size.common([length_ns], 2)
        assert batch == batch_size.MOST or batch * length_ns >= batch_size.LONG_NS / 2
        failing = Job(PlannedCell("real", "serial", "python", 1, ()), 0, real, {}, 1, 1, 0.0, 60.0, 1, 0)
        with pytest.raises(BadInput, match="calibrating python on real failed"):
            batch_size.task_ns(failing, tmp_path, guard)
    finally:
        guard.close()
