"""What the decision is made from: of several sizes of one scenario the fastest, and only of the same work."""

from __future__ import annotations

import pytest

from runoff.analysis.decision import inputs
from runoff.analysis.measured_cells import MeasuredCells
from tests.helpers.exact_runs import cell, measured, run_of


def options(folder, rows):
    """Return {(interpreter, scenario): option} for the task python; ``rows``: (cell, seconds of a batch)."""
    records = [each for planned, seconds in rows for each in measured(planned, *[seconds] * 3)]
    data = inputs.gather(MeasuredCells.of(run_of(folder, [planned for planned, _ in rows], records)))
    return {(each["interpreter"], each["scenario"]): each for each in data["options"]["python"]}


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_sizes_of_a_scenario_the_faster_stands_for_it(tmp_path, order):
    sizes = [
        (cell(scenario="thread-pool", concurrency=2), 1.0),
        (cell(scenario="thread-pool", concurrency=4), 0.5),
    ]
    found = options(tmp_path, [(cell(), 1.0), *sizes[::order]])["cpython-3.13", "thread-pool"]
    assert found["cpu_name"] == "thread-pool[4]"
    assert found["cpu_tasks_per_s"] == pytest.approx(20)
    assert found["cpu_speedup"] == pytest.approx(2)


def test_what_takes_no_part_in_computing_has_no_speed_at_it(tmp_path):
    found = options(tmp_path, [(cell(), 1.0), (cell("pypy-3.11", task="io"), 0.1)])
    assert found["pypy-3.11", "serial"]["cpu_tasks_per_s"] is None
    assert found["pypy-3.11", "serial"]["io_tasks_per_s"] == pytest.approx(100)
