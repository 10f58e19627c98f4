"""Requests that wait, are sent again, are too late, or are done: on a clock that the test sets."""

from __future__ import annotations

import random

import pytest

from tests.fakes.client_wire import MS, NS
from transports.client import fates, requests
from transports.client.lane_state import LaneState
from transports.client.problems import MOST_PROBLEMS, MOST_SENTENCE, Problems
from transports.client.request import Outcome, Request, TaskFailed
from transports.wires import base


class Middle(random.Random):
    """Chance that always takes the middle."""

    def uniform(self, low, high):
        assert (low, high) == (0.5, 1.5)
        return 1.0


@pytest.fixture
def now():
    return [0]


@pytest.fixture
def held(now, monkeypatch):
    monkeypatch.setattr(random, "Random", Middle)
    return requests.Requests(lambda: False, lambda: now[0])


def request(identity="r", deadline=60 * NS, attempts=5, attempt=0):
    made = Request(identity.encode(), identity, "noop", b"", attempts, deadline)
    made.attempt = attempt
    return made


def added(held, *args, **kwargs):
    made = request(*args, **kwargs)
    held.add(made)
    held.waiting.clear()
    return made


def test_tasks_that_ended_behind_one_that_waits_for_long_do_not_pile_up(held):
    live = request("live")
    held.add(live)
    most = 0
    for number in range(5 * requests.MOST_ENDED):
        short = request(str(number))
        held.add(short)
        held.fail(short, "E_DEADLINE", "late")
        most = max(most, len(held.waiting))
    assert most <= requests.MOST_ENDED + 4
    assert held.waiting[0] is live
    assert list(held.table) == ["live"]


def test_those_that_ended_go_however_many_wait_before_them(held):
    for number in range(20):
        held.add(request(f"live {number}"))
    for number in range(2 * requests.MOST_ENDED):
        short = request(str(number))
        held.add(short)
        held.fail(short, "E_DEADLINE", "late")
        assert len(held.waiting) <= 2 * 21 + requests.MOST_ENDED


def test_a_new_task_does_not_have_the_list_of_those_that_wait_copied(held):
    """Or to submit many would cost the square of their number."""
    waiting = held.waiting
    for number in range(2 * requests.MOST_ENDED):
        held.add(request(str(number)))
    assert held.waiting is waiting


# --- to try again ---


def test_a_first_loss_is_made_good_at_once_before_all_others(held):
    held.add(request("other"))
    lost = request(attempt=1)
    held.retry(lost, fates.WORKER_LOST)
    assert [each.id for each in held.waiting] == ["r", "other"]
    assert held.counts["lost"] == 1


@pytest.mark.parametrize(("attempt", "pause_ms"), [(2, 40), (3, 80), (4, 160), (7, 1280), (8, 2000), (30, 2000)])
def test_the_pause_doubles_with_each_attempt_up_to_two_seconds(held, now, attempt, pause_ms):
    again = added(held, attempts=99, attempt=attempt)
    held.retry(again, fates.WORKER_LOST)
    assert held.wait_ns(0) == pause_ms * MS
    held.wake(pause_ms * MS - 1)
    assert list(held.waiting) == []
    held.wake(pause_ms * MS)
    assert list(held.waiting) == [again]
    assert held.wait_ns(0) == 60 * NS


@pytest.mark.parametrize(("attempt", "woken"), [(1, ["a", "b"]), (2, ["a"])])
def test_what_a_task_or_its_worker_asks_for_comes_after_a_pause(held, attempt, woken):
    released, retried = added(held, "a", attempt=attempt), added(held, "b", attempt=attempt)
    held.retry(released, fates.RELEASED)
    assert (released.attempt, held.wait_ns(0)) == (attempt - 1, 20 * MS)
    held.retry(retried, fates.RETRY, "not yet", "E_TASK")
    held.wake(20 * MS)
    assert [each.id for each in held.waiting] == woken
    assert held.counts == {"released": 1, "retried": 1}


def test_pauses_end_in_their_order(held):
    late, soon = added(held, "late", attempt=4), added(held, "soon", attempt=2)
    held.retry(late, fates.WORKER_LOST)
    held.retry(soon, fates.WORKER_LOST)
    held.wake(NS)
    assert list(held.waiting) == [soon, late]


def test_the_last_attempt_ends_with_the_reason(held):
    again = added(held, attempts=3, attempt=3)
    held.retry(again, fates.RETRY, "not yet", "E_TASK")
    (outcome,) = held.fetch()
    error = {"code": "E_TASK", "message": "not yet (attempt 3 of 3)", "retryable": False}
    assert outcome == Outcome("r", None, error, 3)
    assert (held.table, held.counts["retried"], held.counts["E_TASK"]) == ({}, 1, 1)


def test_a_task_that_was_given_up_once_travels_alone_for_ever(held):
    again = added(held, attempt=1)
    held.retry(again, fates.GIVEN_UP, "why")
    assert again.alone
    held.retry(again, fates.RELEASED)
    assert again.alone


@pytest.mark.parametrize(
    "fate",
    [fates.WORKER_LOST, fates.QUEUE_LOST, fates.UNROUTABLE, fates.NOT_TAKEN, fates.RETRY, fates.RELEASED],
    ids=["worker lost", "queue lost", "unroutable", "not taken", "retry", "released"],
)
def test_a_task_that_is_sent_again_for_any_other_reason_travels_with_others(held, fate):
    again = added(held, attempt=1)
    held.retry(again, fate, "why")
    assert not again.alone


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_task_that_may_be_tried_once_or_never_ends_with_its_first_loss(held, attempts):
    held.retry(added(held, attempts=attempts, attempt=1), fates.WORKER_LOST)
    (outcome,) = held.fetch()
    assert outcome.error["message"] == f"its worker was lost (attempt 1 of {attempts})"


def test_a_lane_no_longer_holds_what_is_sent_again(held):
    state = LaneState(base.Lane("a"), 0)
    again = added(held, attempt=2)
    again.held_by, again.cost_us = state, 30
    state.tasks[again.id], state.work_us = again, 30.0
    held.retry_all(state, [again], fates.WORKER_LOST)
    assert (again.held_by, state.tasks, state.work_us, held.counts["lost"]) == (None, {}, 0.0, 1)


def test_of_a_lost_lane_only_what_has_no_outcome_and_no_broker_keeps_is_sent_again(held):
    state = LaneState(base.Lane("a"), 0)
    kept, lost, done = added(held, "kept", attempt=1), added(held, "lost", attempt=1), request("done")
    kept.accepted = True
    for each in (kept, lost, done):
        state.tasks[each.id] = each
        each.held_by = state
    held.retry_all(state, [kept, lost, done], fates.WORKER_LOST)
    assert list(held.waiting) == [lost]
    assert list(state.tasks) == ["kept"]


# --- too late ---


def test_no_deadline_is_missed_before_it_is_due(held):
    assert held.wait_ns(0) is None
    assert list(held.overdue(0)) == []
    added(held, "later", 3 * NS)
    soon = added(held, "soon", NS)
    added(held, "between", 2 * NS)
    added(held, "last", 5 * NS)
    assert held.wait_ns(100) == NS - 100
    assert list(held.overdue(NS - 1)) == []
    assert list(held.overdue(NS)) == [soon]
    held.fail_late(soon)
    assert held.wait_ns(NS) == NS
    assert [each.id for each in held.overdue(3 * NS)] == ["later", "between"]


def test_a_worker_is_given_a_quarter_of_a_second_more(held):
    sent = added(held, deadline=NS, attempt=1)
    sent.held_by = LaneState(base.Lane("a"), 0)
    assert list(held.overdue(NS)) == []
    assert held.wait_ns(NS) == NS // 4
    assert list(held.overdue(NS + NS // 4 - 1)) == []
    assert list(held.overdue(NS + NS // 4)) == [sent]


def test_deadlines_close_together_are_looked_at_every_five_milliseconds(held):
    first = added(held, "first", NS)
    second = added(held, "second", NS + 1)
    assert list(held.overdue(NS)) == [first]
    held.fail_late(first)
    assert list(held.overdue(NS + 5 * MS - 1)) == []
    assert list(held.overdue(NS + 5 * MS)) == [second]
    held.fail_late(second)
    assert list(held.overdue(9 * NS)) == []
    assert held.wait_ns(0) is None


def test_what_is_due_first_ends_the_wait(held):
    again = added(held, deadline=30 * MS, attempt=2)
    held.retry(again, fates.WORKER_LOST)
    assert held.wait_ns(0) == 30 * MS
    other = added(held, "other", deadline=NS, attempt=1)
    held.retry(other, fates.RELEASED)
    assert held.wait_ns(5 * MS) == 15 * MS


# --- outcomes ---


def test_outcomes_are_fetched_once_and_those_put_back_come_first(held):
    for each in ("a", "b"):
        held.fail(added(held, each), "E_CANCELLED", "why")
    first = held.fetch()
    assert [outcome.id for outcome in first] == ["a", "b"]
    assert held.fetch() == []
    held.fail(added(held, "c"), "E_CANCELLED", "why")
    held.put_back(first)
    assert [outcome.id for outcome in held.fetch()] == ["a", "b", "c"]


@pytest.mark.parametrize(("code", "kept"), [("E_CANCELLED", True), ("E_DEADLINE", True), ("E_TASK", False)])
def test_a_task_keeps_its_place_where_its_worker_may_still_run_it(held, code, kept):
    state = LaneState(base.Lane("a"), 0)
    sent = added(held)
    sent.held_by = state
    state.tasks[sent.id] = sent
    held.fail(sent, code, "why")
    assert (sent.id in state.tasks) is kept
    assert (sent.finished, held.counts[code], held.has_finished("r")) == (True, 1, True)


def test_a_value_is_counted_as_ok(held):
    held.finish(added(held), Outcome("r", None, None, 1))
    assert held.counts == {"ok": 1}


def test_the_older_half_of_what_is_remembered_is_forgotten(held, monkeypatch):
    monkeypatch.setattr(requests, "REMEMBERED", 2)
    for number in range(6):
        held.finish(added(held, str(number)), Outcome(str(number), 0, None, 1))
        held.forget_oldest()
    assert [number for number in range(6) if held.has_finished(str(number))] == [3, 4, 5]
    assert held.finished == set()
    assert not held.has_finished("6")


def test_an_outcome_that_is_an_error_can_be_raised():
    failed = TaskFailed({"code": "E_TASK", "message": "no"})
    assert (str(failed), failed.error) == ("E_TASK: no", {"code": "E_TASK", "message": "no"})


# --- what is known of a lane, and what went wrong there ---


def test_the_load_of_a_lane_is_its_work_by_what_its_worker_runs_at_once():
    state = LaneState(base.Lane("a"), 0)
    state.work_us, state.tasks = 301.0, {"a": 1, "b": 2}
    assert state.load() == (301.0, 2)
    state.lane.concurrency = 2
    assert state.load() == (150.5, 2)


def test_the_room_of_a_lane_is_the_lesser_of_credit_and_window():
    state = LaneState(base.Lane("a"), 0)
    state.lane.credit, state.flow.window = 6, 9
    state.tasks = {"a": 1, "b": 2, "c": 3}
    assert state.room() == 3
    state.flow.window = 5
    assert state.room() == 2
    assert not state.has_room()
    state.lane.ready = True
    assert state.has_room()
    state.flow.window = 3
    assert not state.has_room()
    state.flow.window = 4
    assert state.has_room()
    state.lane.leaving = True
    assert not state.has_room()


@pytest.mark.parametrize(("credit", "window"), [(2, 9), (9, 2)], ids=["credit", "window"])
def test_a_lane_that_holds_more_than_it_may_by_now_has_no_room(credit, window):
    state = LaneState(base.Lane("a"), 0)
    state.lane.ready, state.lane.credit, state.flow.window = True, credit, window
    state.tasks = {"a": 1, "b": 2, "c": 3}
    assert not state.has_room()


def test_the_work_of_a_lane_is_nothing_with_its_last_task():
    state = LaneState(base.Lane("a"), 0)
    first, second = request("a"), request("b")
    first.cost_us, second.cost_us = 10.0, 20.0
    state.tasks, state.work_us = {"a": first, "b": second}, 30.5
    state.release(first)
    assert state.work_us == 20.5
    state.release(first)
    assert state.work_us == 20.5
    state.release(second)
    assert state.work_us == 0.0


def test_a_problem_is_no_longer_than_is_worth_reading():
    """A worker may send a mebibyte of it, a hundred times."""
    problems = Problems()
    for end in "ab":
        problems.note("x" * MOST_SENTENCE + end)
    assert problems == {"x" * MOST_SENTENCE: 2}


def test_problems_are_counted_and_the_oldest_forgotten():
    problems = Problems()
    assert problems.latest() is None
    for number in range(MOST_PROBLEMS):
        problems.note(str(number))
    problems.note("0")
    assert (problems.latest(), problems["0"], len(problems)) == ("0", 2, MOST_PROBLEMS)
    problems.note("new")
    assert (problems.latest(), len(problems), "1" in problems, "0" in problems) == ("new", MOST_PROBLEMS, False, True)
