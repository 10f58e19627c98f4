"""The closed forms against textbook values, and the simulation against the closed forms; seeds are fixed."""

from __future__ import annotations

import math
import random

import pytest

from runoff.capacity import check, queueing, simulation, wire
from runoff.capacity.simulation import Station
from runoff.stats import histogram

TASKS = 30000


def test_erlangs_formula_has_its_textbook_values():
    assert queueing.must_wait(1, 0.5) == pytest.approx(0.5)
    assert queueing.must_wait(2, 0.75) == pytest.approx(0.6428571)  # 2 r^2 / (1 + r)
    assert queueing.must_wait(10, 0.8) == pytest.approx(0.4092, abs=1e-4)
    assert queueing.must_wait(100_000, 0.9) == pytest.approx(0.0, abs=1e-12)


def test_with_one_server_it_is_pollaczek_and_khinchine():
    for scv in (0.0, 0.5, 1.0, 4.0):
        assert queueing.mean_wait(1, 0.8, 2.0, scv) == pytest.approx(0.8 * 2.0 * (1 + scv) / 2 / 0.2)


@pytest.mark.parametrize("share", [0.9, 0.99])
@pytest.mark.parametrize("busy", [0.1, 0.5, 0.8, 0.95])
def test_the_time_in_a_queue_of_one_server_is_exponential(share, busy):
    found = queueing.response_quantile(share, 1, busy, 1.0, 1.0)
    assert found == pytest.approx(math.log(1 / (1 - share)) / (1 - busy), rel=0.07)


def test_a_service_time_varies_by_its_scv():
    assert queueing.service_quantile(0.99, 3.0, 0.0) == 3.0
    assert queueing.service_quantile(0.99, 3.0, 1.0) == pytest.approx(3.0 * math.log(100))


@pytest.mark.parametrize(("servers", "busy", "scv"), [(1, 0.6, 0.0), (1, 0.6, 1.0), (4, 0.5, 1.0), (10, 0.6, 1.0)])
def test_the_simulation_waits_as_long_as_the_closed_form_says(servers, busy, scv):
    service_s = 0.01
    outcome = simulation.run([Station("worker", servers, service_s, scv)], servers * busy / service_s, TASKS, 0.5)
    waited = sum(outcome.latencies_s) / TASKS - 0.5 - service_s
    assert waited == pytest.approx(queueing.mean_wait(servers, busy, service_s, scv), rel=0.15)
    assert outcome.carried == pytest.approx(servers * busy / service_s, rel=0.03)
    if scv == 1.0 and servers == 1:  # the time in an M/M/1 queue is exponential
        assert outcome.quantile(0.99) - 0.5 == pytest.approx(service_s / (1 - busy) * math.log(100), rel=0.1)


def test_a_station_that_is_too_slow_carries_what_it_can():
    stations = [Station("client", 1, 0.001), Station("workers", 100, 0.01)]
    outcome = simulation.run(stations, 5000, 5000)
    assert outcome.carried == pytest.approx(1000, rel=0.01)
    assert outcome.quantile(0.99) > 1.0  # the line grows for as long as tasks arrive


def driven(way_ms: float, more_ms: float, scv: float, loads=(10, 50, 80, 95), sent=4000) -> list[wire.Driven]:
    """What a run would have recorded of one worker of 2 ms a task over such a wire."""
    rows = []
    for load in loads:
        rate = 500 * load / 100
        found = simulation.run([Station("worker", 1, 0.002 + more_ms / 1000, scv)], rate, sent, way_ms / 1000, load)
        times = [int(second * 1e9) for second in found.latencies_s]
        part = {"load": load, "capacity": 500.0, "rate": rate, "sent": sent, "wall_ns": 1}
        kept = histogram.from_reply({**part, "latencies_ns": times, "late_ns": [1000] * sent})
        rows.append(wire.Driven(f"{load} % load", rate, 1, 0.002, sent, kept["latencies"]))
    random.Random(1).shuffle(rows)
    return rows


@pytest.mark.parametrize(("way_ms", "more_ms", "scv"), [(0.5, 0.0, 0.0), (3.0, 0.1, 0.0), (1.0, 0.0, 1.0)])
def test_a_wire_is_found_again_from_the_latencies_over_it(monkeypatch, way_ms, more_ms, scv):
    monkeypatch.setattr(check, "PLAYED", 2)
    found = wire.fit(driven(way_ms, more_ms, scv), "sleep")
    assert found.fitted == ("10 % load", "50 % load", "80 % load")
    assert found.way_s * 1000 == pytest.approx(way_ms, abs=0.3)
    assert found.single_s * 1000 == pytest.approx(more_ms, abs=0.15)
    assert found.scv == pytest.approx(scv, abs=0.25)
    *calm, last = check.points(found)
    assert (last.load, last.fitted) == ("95 % load", False)  # the highest load takes no part
    for point in calm:
        for share, (value, low, high) in point.measured_ms.items():
            assert low <= value <= high
            assert point.simulated_ms[share] == pytest.approx(value, rel=0.25)


def test_one_load_says_nothing_of_the_variation():
    found = wire.fit(driven(2.0, 0.0, 0.0, loads=(50,)), "sleep")
    assert (found.scv, found.single_s, found.fitted) == (wire.UNKNOWN_SCV, 0.0, ("50 % load",))
    assert found.way_s < 2.1e-3
