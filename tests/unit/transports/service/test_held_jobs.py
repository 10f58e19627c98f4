"""What a worker holds for each client, and when the next deadline is."""

from __future__ import annotations

import pytest

from transports.executors.run_job import Job
from transports.messages import json_codec
from transports.service import credit
from transports.service.held_jobs import HeldJobs
from transports.service.outbox import Parcel

NS = 1_000_000_000
MS = 1_000_000


@pytest.fixture
def held():
    return HeldJobs()


def add(held, sender, **deadlines):
    """Add a job of each name with its deadline; return them."""
    parcel = Parcel(len(deadlines), None, 0)
    jobs = [Job(name, "noop", (), {}, 1, 0, at, sender, parcel, json_codec) for name, at in deadlines.items()]
    held.begin(sender).update((job.id, job) for job in jobs)
    held.end(sender, min(deadlines.values(), default=None))
    return jobs


def test_jobs_are_kept_by_client_and_a_client_without_any_is_not(held):
    first, second = add(held, "c", a=1, b=2)
    (other,) = add(held, "d", a=3)
    assert add(held, "empty") == []
    assert (held.count(), held.all()) == (3, [first, second, other])
    assert (held.of("c"), held.of("nobody")) == ({"a": first, "b": second}, {})
    assert set(held.by_sender) == {"c", "d"}
    held.remove(other)
    held.remove(other)
    held.remove(first)
    held.remove(first)
    assert (held.all(), set(held.by_sender)) == ([second], {"c"})


@pytest.mark.parametrize("deadlines", [(5, 9), (9, 5)])
def test_the_next_deadline_is_that_of_the_job_which_has_the_earliest_of_those_left(held, deadlines):
    late = {name: at * NS for name, at in zip("ab", deadlines)}
    add(held, "c", now=NS, **late)
    assert [job.id for job in held.overdue(NS)] == ["now"]
    assert held.wait_ns(NS) == 4 * NS


def end(held, job):
    job.parcel.left -= 1
    held.remove(job)


def test_a_frame_weighs_whole_until_its_last_job_has_its_outcome(held):
    first, second = add(held, "c", a=1, b=2)
    (third,) = add(held, "c", d=3)
    held.weigh("c", first.parcel, 100)
    held.weigh("c", third.parcel, 7)
    assert (held.bytes_of("c"), held.bytes_of("other")) == (107, 0)
    end(held, first)
    assert held.bytes_of("c") == 107
    end(held, second)
    assert held.bytes_of("c") == 7
    held.remove(second)
    assert held.bytes_of("c") == 7
    end(held, third)
    assert held.bytes_of("c") == 0


def test_jobs_of_a_frame_that_weighs_nothing_leave_nothing(held):
    first, second = add(held, "c", a=1)[0], add(held, "c", b=2)[0]
    end(held, first)
    assert held.bytes_of("c") == 0
    end(held, second)
    assert held._bytes == {}


def test_a_frame_that_takes_over_the_last_job_of_another_weighs_as_much_as_both(held):
    first, second = add(held, "c", a=1)[0], add(held, "c", b=2)[0]
    held.weigh("c", first.parcel, 100)
    newer = second.parcel
    newer.left += 1
    newer.take_over(first.parcel)
    first.parcel = newer
    held.weigh("c", newer, 7)
    end(held, second)
    assert held.bytes_of("c") == 107
    end(held, first)
    assert held.bytes_of("c") == 0


def test_the_earliest_deadline_is_known(held):
    assert held.wait_ns(5) is None
    assert list(held.overdue(9 * NS)) == []
    add(held, "c", a=2 * NS)
    add(held, "c", b=3 * NS)
    assert held.wait_ns(5) == 2 * NS - 5
    add(held, "d", c=NS)
    add(held, "e")
    assert held.wait_ns(5) == NS - 5


def test_a_job_is_overdue_at_its_deadline(held):
    latest, later, first = add(held, "c", latest=3 * NS, later=2 * NS, first=NS)
    assert list(held.overdue(NS - 1)) == []
    assert list(held.overdue(NS)) == [first]
    held.remove(first)
    assert held.wait_ns(0) == 2 * NS
    assert list(held.overdue(3 * NS)) == [latest, later]
    assert held.wait_ns(0) is None


def test_deadlines_close_together_are_looked_at_every_five_milliseconds(held):
    first, second = add(held, "c", a=NS, b=NS + 1)
    assert list(held.overdue(NS)) == [first]
    held.remove(first)
    assert list(held.overdue(NS + 5 * MS - 1)) == []
    assert list(held.overdue(NS + 5 * MS)) == [second]


def test_a_parcel_takes_over_what_an_older_one_held():
    older, newer, bare = Parcel(2, "older", 0), Parcel(1, "newer", 3), Parcel(1, None, 0)
    newer.take_over(older)
    assert (older.left, newer.left, newer.tokens) == (1, 1, ["newer"])
    bare.take_over(older)
    assert (older.left, bare.left, bare.tokens) == (0, 1, ["older"])
    newer.take_over(newer)
    assert (newer.left, newer.redeliveries) == (0, 3)


def test_credit_is_for_a_quarter_of_a_second_and_halved_at_most():
    known = credit.Credit(None, 0)
    assert known.tasks == 1000
    seen = []
    for second, answered in enumerate((4004, 8008, 14010, 40000, 40000, 40000, 40000), 1):
        known.renew(answered, second * NS)
        seen.append(known.tasks)
    assert seen == [1001, 1001, 1500, 4500, 2250, 1125, 1000]
    known.renew(40010, 7 * NS)
    assert known.tasks == 4500, "no time has passed"
