"""How many tasks a worker permits each client, by what it answers."""

from __future__ import annotations

from transports.messages import strict_json
from transports.service.credit import AHEAD_NS, FIRST, MOST, MOST_BYTES, Credit, most_bytes

NS = 1_000_000_000


def test_a_credit_is_what_a_quarter_of_a_second_brings_within_its_limits_and_is_halved_at_most():
    credit = Credit(None, 0)
    assert credit.tasks == FIRST
    credit.renew(4 * 3001, NS)  # in a second
    assert credit.tasks == 3001
    credit.renew(4 * 3001, 2 * NS)
    assert (credit.tasks, type(credit.tasks)) == (1500, int)
    credit.renew(4 * 3001, 3 * NS)
    assert credit.tasks == FIRST
    credit.renew(10**9, 3 * NS + AHEAD_NS)
    assert credit.tasks == MOST


def test_a_client_may_have_a_frame_more_for_each_task_that_runs():
    assert most_bytes(0) == MOST_BYTES
    assert most_bytes(16) - most_bytes(15) == strict_json.FRAME_BYTES


def test_a_given_credit_stays():
    credit = Credit(7, 0)
    credit.renew(10**6, NS)
    assert credit.tasks == 7
