"""What an invocation asks of the harness."""

from __future__ import annotations

import dataclasses

import pytest

from runoff.driver.job import request_of
from tests.helpers.environments import environment, job

S = 10**9


def test_no_two_blocks_ask_for_the_same_numbers():
    first, second = ({*range(n, n + 4)} for n in (request_of(job(block))["first_number"] for block in (0, 1)))
    assert not first & second


@pytest.mark.parametrize(
    ("changes", "min_ns", "soak_ns"),
    [({}, 0, 0), ({"pilot_s": 0.3}, 300_000_000, 0), ({"soak_s": 60.0}, 0, 60 * S), ({"soak_s": 0.5}, 0, S // 2)],
)
def test_a_pilot_goes_on_for_so_long_in_its_iterations_and_a_soak_in_all(changes, min_ns, soak_ns):
    request = request_of(job(**changes))
    assert (request["min_ns"], request["soak_ns"], request["max_ns"]) == (min_ns, soak_ns, 2 * S)


def test_workers_of_another_interpreter_are_kept_from_what_the_clients_environment_sets():
    ours, theirs = ({"PYTHONHOME": "/ours", "LANG": "C"}, {"LANG": "C", "GIL": "1"})
    workers = environment("pypy-3.11", command=("/pypy", "-O"), variables=theirs)
    asked = request_of(dataclasses.replace(job(worker=workers), environment=environment(variables=ours)))
    assert asked["worker"] == {
        "interpreter": "pypy-3.11",
        "command": ["/pypy", "-O"],
        "variables": theirs,
        "not_theirs": ["PYTHONHOME"],
    }
    assert request_of(job())["worker"] is None
