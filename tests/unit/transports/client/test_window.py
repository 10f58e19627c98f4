"""How much a lane is sent ahead, by the rate and the delay that its results show: to the task and the nanosecond."""

from __future__ import annotations

import pytest

from transports.client.flow import Flow

NS = 1_000_000_000
MS = 1_000_000


def test_a_new_lane_is_sent_a_thousand_tasks_ahead_and_a_queue_four_thousand():
    assert (Flow(False, 0).window, Flow(True, 0).window, Flow(False, 0).delay_us) == (1000, 4096, 0.0)


def test_a_rate_is_known_after_ten_milliseconds_and_its_window_covers_eight():
    seen = Flow(False, 5)
    seen.count(3000, 5 + 10 * MS - 1)
    assert seen.window == 1000
    seen.count(1000, 5 + 10 * MS)
    assert seen.window == int(1.5 * 4000 / 10 * 8)
    seen.count(1000, 5 + 20 * MS)
    assert seen.window == int(1.5 * 4000 / 10 * 0.9 * 8), "a lower rate is believed by a tenth each time"
    seen.count(9000, 5 + 30 * MS)
    assert seen.window == int(1.5 * 9000 / 10 * 8)
    seen.count(40_000, 5 + 50 * MS)
    assert seen.window == int(1.5 * 40_000 / 20 * 8), "over a longer span as well"


def test_no_window_is_smaller_than_the_first():
    for shared, least in ((False, 1000), (True, 4096)):
        seen = Flow(shared, 0)
        seen.count(1, 10 * MS)
        assert seen.window == least


def test_a_delay_widens_the_window_and_the_span_that_a_rate_is_measured_over():
    seen = Flow(False, 0)
    seen.time(20_000.0, 1)
    seen.count(4000, 20 * MS - 1)
    assert seen.window == 1000
    seen.count(0, 20 * MS)
    assert seen.window == int(1.5 * 200 * (20 + 8))


def test_a_queue_gets_what_is_done_in_a_quarter_of_a_second_and_knows_no_delay():
    seen = Flow(True, 0)
    seen.time(20_000.0, 1)
    seen.count(1000, 10 * MS)
    assert (seen.window, seen.delay_us) == (25_000, 0.0)


@pytest.mark.parametrize(("way_us", "known_us"), [(-5.0, 0.0), (0.0, 0.0), (7.5, 7.5), (1e6, 1e6), (1e6 + 1, 1e6)])
def test_a_delay_is_between_nothing_and_a_second(way_us, known_us):
    seen = Flow(False, 0)
    seen.time(way_us, 0)
    assert seen.delay_us == known_us


def test_a_longer_way_is_believed_after_one_to_two_periods_of_two_seconds():
    seen = Flow(False, 0)
    for at, way_us, known_us in (
        (0, 900.0, 900.0),
        (NS, 2000.0, 900.0),
        (NS + 1, 3000.0, 900.0),  # however many say so
        (2 * NS, 950.0, 900.0),
        (2 * NS + 1, 2000.0, 900.0),  # the second period begins
        (4 * NS + 1, 3000.0, 900.0),
        (4 * NS + 2, 4000.0, 2000.0),  # the third, and the first is forgotten
        (5 * NS, 100.0, 100.0),
        (6 * NS + 3, 8000.0, 100.0),
        (8 * NS + 4, 9000.0, 8000.0),
    ):
        seen.time(way_us, at)
        assert seen.delay_us == known_us, at


# --- deep queues ---


@pytest.mark.parametrize(
    ("way_us", "later_ns", "tasks", "deep"),
    [
        (250_001, 0, 101, True),
        (250_000, 0, 101, False),  # a worker took it soon
        (250_001, 0, 100, False),  # that is done in a quarter of a second
        (250_001, 0, 99, False),
        (250_001, 100 * MS - 1, 101, True),
        (250_001, 100 * MS, 101, False),  # a task that never ends may be all that is there
        (250_001, NS, 101, False),
    ],
)
def test_a_queue_is_deep_where_tasks_waited_in_it_lately_and_much_is_left(way_us, later_ns, tasks, deep):
    seen = Flow(True, 0)
    seen.count(400, NS)  # 400 in a second
    assert not seen.is_deep(1000, NS)
    seen.time(way_us, NS)
    assert seen.is_deep(tasks, NS + later_ns) is deep


def test_an_empty_queue_is_never_deep():
    seen = Flow(True, 0)
    seen.time(300_000, NS)
    assert not seen.is_deep(0, NS)


def test_a_lane_of_one_worker_is_never_deep():
    seen = Flow(False, 0)
    seen.count(400, NS)
    seen.time(251_000, NS)
    assert not seen.is_deep(1000, NS)
