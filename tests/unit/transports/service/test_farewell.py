"""For how long a worker that leaves waits for its clients."""

from __future__ import annotations

import pytest

from transports.service import farewell

NS = 1_000_000_000
SECOND_BYTES = NS // farewell.SLOW_BYTE_NS


@pytest.fixture
def leaving():
    made = farewell.Farewell()
    made.began = 10 * NS
    return made


def waits_s(leaving, *clients):
    """Return for how many seconds it waits, in tenths."""
    tenths = next(count for count in range(1000) if leaving.is_over(clients, leaving.began + count * NS // 10 + 1))
    return tenths / 10


def test_nobody_is_waited_for_where_nobody_is_there(leaving):
    leaving.sent("gone", SECOND_BYTES, 10 * NS)
    assert leaving.is_over([], 10 * NS)


def test_each_has_a_second_and_as_long_as_what_it_was_sent_takes(leaving):
    leaving.sent("much", SECOND_BYTES, 10 * NS)
    leaving.sent("much", SECOND_BYTES, 10 * NS)
    leaving.sent("long ago", 5 * SECOND_BYTES, 0)
    assert waits_s(leaving, "nothing") == 1.0
    assert waits_s(leaving, "long ago", "nothing") == 1.0
    assert waits_s(leaving, "nothing", "much") == 3.0


def test_those_who_have_all_are_forgotten_where_there_are_many(leaving):
    for number in range(3 * farewell.MOST_CLIENTS):
        leaving.sent(number, 1, number * NS // 1000)
    leaving.sent("much", SECOND_BYTES, 10 * NS)
    assert len(leaving._arrived) <= farewell.MOST_CLIENTS
    assert waits_s(leaving, "much") == 2.0


def test_who_has_not_all_is_not_forgotten_however_many_there_are(leaving):
    leaving.sent("much", 13 * SECOND_BYTES, 0)
    for number in range(farewell.MOST_CLIENTS):
        leaving.sent(number, 1, number * NS // 1000)
    assert waits_s(leaving, "much") == 4.0
