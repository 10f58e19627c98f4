"""What an invocation is given, and what its folder is called."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from runoff.common.paths import workload_file
from runoff.driver.measuring.adaptive import Length
from runoff.driver.measuring.jobs import Jobs, folder_name, rounds_of_task
from runoff.driver.plan import PlannedCell

HEADER = {"seed": 1, "work": {"python": 10}, "baseline": "one", "baseline_repeat": None, "timeout_s": 60, "soak_s": 0.0}
CALIBRATED = {"work": {"python": 6500}, "work_ms": {"python": 6.5}}
SERIAL = PlannedCell("one", "serial", "python", 8, ())
OVER_AMQP = PlannedCell("one", "distributed", "python", 8, (("transport", "amqp"),))
LENGTH = Length(7, 25, 1.5)
SERVER = SimpleNamespace(url=lambda delay_ms: f"http://after/{delay_ms}", pid=1)


def job(cell=SERIAL, block=0, attempt=0, length=LENGTH, broker=None, **changes):
    jobs = Jobs({**HEADER, **changes}, {"one": "an environment", "two": "another"}, broker)
    return jobs.new(cell, block, attempt, length, SERVER)


def test_an_invocation_is_as_long_as_it_is_decided_and_as_its_run_allows():
    made = job(length=Length(3, 9, 2.5, pilot_s=4.0), soak_s=60.0, timeout_s=90)
    assert (made.min_iterations, made.max_iterations, made.max_seconds, made.pilot_s) == (3, 9, 2.5, 4.0)
    assert (made.soak_s, made.timeout_s) == (60.0, 90)


def test_a_task_gets_its_rounds_its_parameters_and_the_server_that_it_waits_for():
    assert job().settings == {"rounds": 10}
    waits = PlannedCell("one", "serial", "io", 8, (("delay_ms", 50),))
    assert job(waits).settings == {"delay_ms": 50, "server": "http://after/50"}


@pytest.mark.parametrize(
    ("parameters", "rounds"),
    [
        ({}, 6500),
        ({"delay_ms": 10}, 6500),
        ({"delay_ms": 10, "cpu_share": 0.5}, 10_000),  # ten milliseconds of computing beside ten of waiting
        ({"delay_ms": 30, "cpu_share": 0.25}, 10_000),
        ({"delay_ms": 10, "cpu_share": 0.3}, 4285),
        ({"delay_ms": 0, "cpu_share": 0.5}, 1),
    ],
)
def test_the_share_of_computing_is_of_the_whole_task(parameters, rounds):
    assert rounds_of_task(CALIBRATED, "python", parameters) == rounds


@pytest.mark.parametrize(("length_ms", "rounds"), [(6.5, 6500), (13, 13_000), (0.65, 650), (0, 1)])
def test_the_length_of_a_task_is_as_many_rounds_as_the_baseline_does_in_it(length_ms, rounds):
    assert rounds_of_task(CALIBRATED, "python", {"length_ms": length_ms}) == rounds


def test_the_brokers_processes_are_the_cost_of_a_cell_over_it_and_no_disturbance_of_another():
    broker = SimpleNamespace(pids=(7, 8))
    made = [job(cell, broker=lent) for lent in (broker, None) for cell in (SERIAL, OVER_AMQP)]
    assert [(each.ours, each.broker) for each in made] == [((1, 7, 8), ()), ((1,), (7, 8)), ((1,), ()), ((1,), ())]


def test_the_baselines_repeat_runs_in_the_baselines_environment_and_workers_in_their_own():
    again = PlannedCell("again", "serial", "python", 8, ())
    lent = PlannedCell("one", "distributed", "python", 8, (("transport", "memory"), ("worker_interpreter", "two")))
    made = [job(cell, baseline_repeat="again") for cell in (SERIAL, again, lent)]
    assert [(each.environment, each.worker) for each in made] == [
        ("an environment", None),
        ("an environment", None),
        ("an environment", "another"),
    ]


@pytest.mark.parametrize("again", ["again", "z-again"])  # before and behind the others
def test_a_persons_function_is_read_from_the_file_of_its_interpreter_and_sees_the_named_variables(monkeypatch, again):
    monkeypatch.setenv("ORDERS_TOKEN", "secret")
    own = {"digest": "abc", "variables": ["ORDERS_TOKEN"]}
    for label, read_from in (("one", "one"), (again, "one"), ("two", "two")):
        cell = PlannedCell(label, "serial", "own-function", 8, ())
        made = job(cell, baseline_repeat=again, workload=own)
        assert made.settings == {"workload": str(workload_file("abc", read_from))}
        assert made.passed_on == {"ORDERS_TOKEN": "secret"}
    assert job().passed_on == {}


def test_the_randomisation_of_an_invocation_is_the_runs_seed_and_its_own_place():
    other = PlannedCell("one", "threads", "python", 8, ())
    places = [(cell, block, attempt) for cell in (SERIAL, other) for block in range(3) for attempt in range(2)]

    def drawn(seed):
        return [(made.hash_seed, made.padding_bytes) for made in (job(*place, seed=seed) for place in places)]

    assert drawn(1) == drawn(1)
    assert len({*drawn(1), *drawn(2)}) == 2 * len(places)


def test_the_randomisation_of_invocations_uses_its_whole_range():
    made = [job(block=block) for block in range(40)]
    seeds, paddings = ([each.hash_seed for each in made], [each.padding_bytes for each in made])
    assert 1 <= min(seeds) < 2**31 < max(seeds) < 2**32
    assert 0 <= min(paddings) < 2048 < max(paddings) < 4096


def test_a_folder_says_which_invocation_it_is_of():
    load = (("concurrency", 2), ("delay_ms", 50), ("rates", [300]), ("seconds", 4))
    driven = PlannedCell("one", "thread-pool", "io", 16, load)
    names = [folder_name(job(cell, block, attempt)) for cell, block, attempt in ((driven, 0, 0), (SERIAL, 2, 1))]
    assert [re.sub("-[0-9a-f]{8}(?=$|-repeat)", "-DIGEST", name) for name in names] == [
        "0-one-thread-pool-io-16-2-50-DIGEST",
        "2-one-serial-python-8-DIGEST-repeat-1",
    ]


def test_no_two_cells_share_a_folder_however_alike_their_values_are():
    wire = (("concurrency", 1), ("transport", "zmq+tcp"), ("worker_kind", "thread"))
    load = (("concurrency", 2), ("loads", [50, 80]), ("seconds", 4))
    cells = [
        PlannedCell("one", "distributed", "noop", 512, (*wire, ("in_flight", 1))),
        PlannedCell("one", "distributed", "noop", 512, (*wire, ("credit", 1))),
        PlannedCell("one", "thread-pool", "python", 8, load[:1]),
        PlannedCell("one", "thread-pool", "python", 8, load),
    ]
    names = {folder_name(job(cell)) for cell in cells}
    assert len(names) == len(cells)
    assert all(re.fullmatch(r"[\w.+-]{1,100}", name) for name in names), names
