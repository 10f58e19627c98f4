"""How many frames may be on their way: the least that are needed, and what the link carries in the delay."""

from __future__ import annotations

import pytest

from transports.wires.amqp.window import MEASUREMENTS, MOST_FRAMES, Window

MS = 1000000
S = 1000 * MS


def measured(frames: int, *delays_ms: float, least: int = 4, round_trips: int = 2) -> Window:
    """Return a window after seconds in each of which so many frames moved and a round trip took so long."""
    window = Window(least, round_trips, 0)
    for second, delay_ms in enumerate(delays_ms, 1):
        window.moved = frames
        window.measure(int(delay_ms * MS), second * S)
    return window


@pytest.mark.parametrize(
    ("frames", "delays_ms", "wanted"),
    [
        (100, [0], 4),
        (100, [20], 4 + 6),  # 1.5 x 100 frames/s x 2 round trips of 20 ms
        (100, [20, 200, 90], 4 + 6),  # a busy process adds to a delay, and nothing takes from it
        (100, [200, 20], 4 + 6),
        (0, [200], 4),
        (10**6, [200], MOST_FRAMES),
    ],
)
def test_it_is_rate_times_the_least_delay_above_the_least(frames, delays_ms, wanted):
    assert measured(frames, *delays_ms).frames == wanted


def test_a_longer_way_is_believed_once_no_shorter_one_was_seen_lately():
    assert measured(100, 20, *[200] * (MEASUREMENTS - 1)).frames == 4 + 6
    assert measured(100, 20, *[200] * MEASUREMENTS).frames == 4 + 60


def test_frames_count_for_one_measurement():
    window = measured(100, 20)
    assert window.moved == 0
    window.measure(20 * MS, 2 * S)
    assert window.frames == 4
