"""What a session does for its caller, and when: on a clock that moves only while it waits."""

from __future__ import annotations

import sys

import pytest

from tests.fakes.client_wire import MS, NS, other, result
from transports import errors, session
from transports.wires import base

TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"


# --- to submit and to poll ---


def test_a_task_is_sent_with_all_that_its_worker_needs(wire, lane, client):
    identity = client.submit("echo", ["a"], {"b": 1}, deadline_s=1.5, trace=TRACE)
    client.poll()
    ((where, frame),) = [sent for sent in wire.sent if sent[1]["kind"] == "tasks"]
    assert where is lane
    assert (frame["client"], frame["queue"]) == (client.id, "default")
    (task,) = frame["tasks"]
    assert task == {
        "id": identity,
        "name": "echo",
        "args": ["a"],
        "kwargs": {"b": 1},
        "attempt": 1,
        "budget_ms": 1500,
        "trace": TRACE,
    }
    assert wire.ids == [[identity]]


def test_a_task_has_a_minute_and_five_attempts_unless_the_caller_says_otherwise(wire, lane, client):
    client.submit("noop")
    client.poll()
    assert wire.tasks()[0]["budget_ms"] == 60_000
    for _ in range(5):
        wire.down(lane)
        wire.up(lane)
        outcomes = client.poll(1.0)
    assert [outcome.error["message"] for outcome in outcomes] == ["its worker was lost (attempt 5 of 5)"]
    assert [task["attempt"] for task in wire.tasks()] == [1, 2, 3, 4, 5]


def test_a_queue_has_the_name_that_was_given(wire):
    client = session.Session(wire, queue="mine", now_ns=lambda: wire.now).open()
    wire.up(base.Lane("worker"))
    client.submit("noop")
    client.poll()
    assert wire.sent[-1][1]["queue"] == "mine"


def test_more_tasks_than_it_may_hold_are_refused_until_there_is_room(wire):
    client = session.Session(wire, most=300, now_ns=lambda: wire.now).open()
    first, *_ = [client.submit("noop") for _ in range(300)]
    with pytest.raises(errors.Busy, match=r"^300 tasks have no outcome yet$"):
        client.submit("noop")
    client.cancel(first)
    client.submit("noop")
    assert client.pending() == 300


def test_a_deadline_beyond_what_the_wire_can_wait_is_refused(wire, client):
    wire.most_deadline_s = 30
    client.submit("noop", deadline_s=30)
    with pytest.raises(errors.Unusable, match=r"the deadline of 30\.5 s is too long; give 30 s at most here"):
        client.submit("noop", deadline_s=30.5)
    assert client.pending() == 1


@pytest.mark.parametrize("deadline_s", [float("inf"), float("-inf"), float("nan"), 1e300, 1e13, sys.maxsize])
def test_a_deadline_that_no_message_can_hold_is_refused(wire, lane, client, deadline_s):
    """A worker would refuse the whole frame, with the neighbours of the task."""
    client.submit("noop", deadline_s=base.ClientWire.most_deadline_s)
    with pytest.raises(errors.Unusable, match="is too long; give 9007199254740 s at most here"):
        client.submit("noop", deadline_s=deadline_s)
    client.poll()
    assert [task["budget_ms"] for task in wire.tasks()] == [9007199254740 * 1000]


def test_a_session_is_closed_once_however_often_it_is_told(wire, client):
    client.close()
    client.close()
    assert wire.ended.count("close") == 1


def test_a_session_that_was_never_open_has_nothing_to_close(wire):
    session.Session(wire).close()
    assert wire.ended == []


def test_arguments_that_cannot_travel_leave_nothing_behind(client):
    with pytest.raises(errors.Refused):
        client.submit("noop", [object()])
    assert client.pending() == 0


def test_a_poll_without_time_looks_once_and_one_with_time_looks_at_the_clock_in_between(wire, client):
    assert client.poll() == []
    assert wire.waits == [0.0]
    begun = wire.now
    assert client.poll(0.12) == []
    assert wire.waits[1:] == [0.05, 0.05, pytest.approx(0.02)]
    assert wire.now == begun + 120 * MS


def test_a_poll_returns_with_what_arrives_and_does_not_wait_for_more(wire, lane, client):
    identity = client.submit("noop", [5])
    client.poll()
    wire.results(lane, result(identity, 5))
    begun = wire.now
    assert client.poll(1.0) == [(identity, 5, None, 1)]
    assert wire.now == begun
    assert (client.pending(), client.poll()) == (0, [])


def test_a_poll_with_an_outcome_at_hand_only_looks(wire, client):
    identity = client.submit("noop")
    client.cancel(identity)
    client.poll(1.0)
    assert wire.waits == [0.0]


def test_what_waits_leaves_in_the_poll_that_brings_room_for_it(wire, client):
    client.submit("noop", [1])
    wire.up(base.Lane("worker"))
    client.poll()
    assert wire.args() == [[1]]


def test_on_a_clock_that_never_stands_still_a_poll_ends_and_its_wire_waits_no_less_than_nothing(wire):
    def now_ns():
        wire.now += 1
        return wire.now

    client = session.Session(wire, now_ns=now_ns).open()
    assert client.poll() == []
    assert wire.waits == [0.0]


def test_a_wait_ends_when_a_deadline_is_due(wire, client):
    client.submit("noop", deadline_s=0.02)
    (outcome,) = client.poll(1.0)
    assert (outcome.error["code"], outcome.error["message"]) == ("E_DEADLINE", "no worker took it in time")
    assert wire.waits[0] == pytest.approx(0.02)
    assert wire.now == NS + 20 * MS


# --- a caller that was away ---


@pytest.fixture
def one_by_one(wire, monkeypatch):
    """one_by_one(nanoseconds): each poll of the wire brings one event, as ZeroMQ's does, and takes so long."""

    def make(each_ns=0):
        def poll(timeout_s):
            wire.now += each_ns if wire.events else round(timeout_s * NS)
            events, wire.events = wire.events[:1], wire.events[1:]
            return events

        monkeypatch.setattr(wire, "poll", poll)

    return make


@pytest.mark.parametrize("deadline_s", [60.0, 3.0], ids=["silence", "deadline"])
def test_what_arrived_while_the_caller_was_away_counts_before_the_clock_does(
    wire, lane, client, one_by_one, deadline_s
):
    ids = [client.submit("noop", [number], deadline_s=deadline_s, attempts=1) for number in range(3)]
    client.poll()
    one_by_one()
    for number, identity in enumerate(ids):
        wire.frame(lane, "beat", held=ids[number:])
        wire.results(lane, result(identity, number))
    wire.now += 5 * NS
    assert client.poll() == [(identity, number, None, 1) for number, identity in enumerate(ids)]
    assert (client.counts["lost"], client.counts["doubled"], client.problem()) == (0, 0, None)


def test_a_worker_that_was_heard_while_the_caller_was_away_keeps_its_tasks(wire, lane, client):
    identity = client.submit("noop", [1])
    client.poll()
    wire.frame(lane, "beat", held=[identity])
    wire.now += 5 * NS
    assert client.poll() == []
    assert (client.workers(), client.counts["lost"]) == (1, 0)


def test_a_process_that_stood_still_in_a_poll_reads_before_it_looks_at_the_clock(wire, lane, client, one_by_one):
    ids = [client.submit("noop", [number], deadline_s=3.0, attempts=1) for number in range(2)]
    client.poll()
    one_by_one()
    poll = wire.poll

    def stand_still(timeout_s):
        wire.poll = poll
        wire.now += 5 * NS
        wire.frame(lane, "beat", held=ids)
        for number, identity in enumerate(ids):
            wire.results(lane, result(identity, number))
        return poll(timeout_s)

    wire.poll = stand_still
    assert [outcome.result for outcome in client.poll(10.0)] == [0, 1]


def test_a_caller_that_comes_back_within_a_second_is_not_delayed(wire, lane, client):
    wire.waits.clear()
    wire.now += NS
    client.poll()
    assert wire.waits == [0.0]
    wire.now += NS + 1
    client.poll()
    assert wire.waits == [0.0] * 3


@pytest.mark.parametrize(("each_ns", "read"), [(NS // 10, range(9, 16)), (3 * NS // 10, range(4, 7))])
def test_to_read_what_has_arrived_takes_a_second_at_most(wire, lane, client, one_by_one, each_ns, read):
    late = client.submit("noop", deadline_s=1.0)
    client.poll()
    one_by_one(each_ns)
    for _ in range(100):
        wire.frame(lane, "beat", held=[late])
    wire.now += 5 * NS
    (outcome,) = client.poll()
    assert outcome.error["code"] == "E_DEADLINE"
    assert 100 - len(wire.events) in read


# --- deadlines and to cancel ---


def test_a_worker_has_a_quarter_of_a_second_to_report_a_missed_deadline_itself(wire, lane, client):
    identity = client.submit("noop", deadline_s=0.1)
    client.poll()
    for waited in (100 * MS, NS // 4 - 1):
        wire.now += waited
        assert client.poll() == []
    wire.now += 1
    (outcome,) = client.poll()
    assert outcome.error["message"] == "no outcome in time; sent 1 times"
    assert (outcome.id, outcome.error["code"], outcome.attempt) == (identity, "E_DEADLINE", 1)
    assert wire.sent[-1] == (lane, {"v": 1, "kind": "cancel", "ids": [identity]})


def test_a_late_task_says_what_went_wrong_on_the_lanes(wire, client):
    wire.down(base.Lane("worker"), "nobody there")
    client.submit("noop", deadline_s=0.1)
    (outcome,) = client.poll(1.0)
    assert outcome.error["message"] == "no worker took it in time; worker: nobody there"
    assert client.problem() == "worker: nobody there"


def test_a_late_task_that_every_lane_refuses_is_not_allowed(wire, client):
    wire.refused = lambda: True
    client = session.Session(wire, now_ns=lambda: wire.now).open()
    client.submit("noop", deadline_s=0.1)
    (outcome,) = client.poll(1.0)
    assert outcome.error["code"] == "E_AUTH"


def test_a_cancelled_task_is_given_up_and_its_worker_told(wire, lane, client):
    identity = client.submit("noop")
    client.poll()
    client.cancel(identity)
    assert wire.sent[-1] == (lane, {"v": 1, "kind": "cancel", "ids": [identity]})
    (outcome,) = client.poll()
    assert (outcome.id, outcome.error["code"]) == (identity, "E_CANCELLED")
    assert outcome.error["message"] == "cancelled by the caller"
    sent = len(wire.sent)
    client.cancel(identity)
    client.cancel("unknown")
    assert (client.poll(), len(wire.sent)) == ([], sent)


def test_a_task_cancelled_before_it_was_sent_stays_here(wire, lane, client):
    client.cancel(client.submit("noop"))
    client.poll()
    assert wire.kinds() == ["hello"]


def test_a_broker_is_told_of_no_cancelled_task(wire, client):
    wire.greets = False
    lane = base.Lane("queue")
    lane.ready, lane.credit = True, 10
    wire.events.append((base.UP, lane, None))
    client.poll()
    identity = client.submit("noop")
    client.poll()
    client.cancel(identity)
    assert wire.kinds() == ["tasks"]


def test_a_cancelled_task_keeps_its_place_until_its_worker_is_done_with_it(wire, client):
    lane = wire.up(base.Lane("worker"), credit=1)
    client.poll()
    first = client.submit("noop", [1])
    client.poll()
    client.cancel(first)
    client.submit("noop", [2])
    client.poll()
    assert wire.args() == [[1]]
    wire.results(lane, other(first, "error", "E_CANCELLED"))
    client.poll()
    assert wire.args() == [[1], [2]]
    assert client.counts["doubled"] == 1


# --- many at once ---


def test_gather_returns_the_outcomes_in_order_with_a_window_in_flight(wire, client):
    wire.answers = True
    wire.up(base.Lane("worker"))
    outcomes = client.gather("noop", [[number] for number in range(5)], window=2, deadline_s=7.0)
    assert [outcome.result for outcome in outcomes] == [0, 1, 2, 3, 4]
    assert wire.args() == [[0, 1], [2, 3], [4]]
    assert wire.tasks()[0]["budget_ms"] == 7000


def at_first_poll(client, **options):
    """Return how many tasks are pending, and how long it would wait, when ``gather`` of 5000 polls first."""
    seen = []

    def poll(timeout_s):
        seen.extend([client.pending(), timeout_s])
        raise KeyboardInterrupt

    client.poll = poll
    with pytest.raises(KeyboardInterrupt):
        client.gather("noop", ([number] for number in range(5000)), **options)
    return seen


@pytest.mark.parametrize(("window", "pending"), [(None, 1000), (300, 300)], ids=["a thousand", "the window"])
def test_gather_has_a_thousand_tasks_wait_beyond_what_the_workers_are_sent_ahead(client, window, pending):
    assert at_first_poll(client, window=window) == [pending, 1.0]


def test_gather_adds_none_where_more_than_a_thousand_tasks_wait_already_and_waits_for_their_outcomes(client):
    for _ in range(1001):
        client.submit("noop")
    assert at_first_poll(client) == [1001, 1.0]


@pytest.mark.parametrize("window", [0, -1])
def test_gather_refuses_a_window_in_which_no_task_can_be_in_flight(client, window):
    with pytest.raises(ValueError, match=f"window is {window}: at least 1 task must be in flight"):
        client.gather("noop", [[1]], window=window)


def test_gather_has_as_many_in_flight_as_its_window_until_the_last_was_submitted(wire, client, monkeypatch):
    wire.answers = True
    wire.up(base.Lane("worker"), credit=1)
    in_flight = []
    poll = client.poll

    def counted(timeout_s):
        in_flight.append(client.pending())
        return poll(timeout_s)

    monkeypatch.setattr(client, "poll", counted)
    client.gather("noop", [[number] for number in range(5)], window=2)
    assert in_flight == [2, 2, 2, 2, 1]


def test_gather_of_as_many_as_its_window_waits_for_no_more(wire, client):
    wire.answers = True
    wire.up(base.Lane("worker"), credit=1000)
    client.poll()
    client._sender.costs["noop"] = 0.0  # all leave at once
    begun = wire.now
    assert len(client.gather("noop", [[number] for number in range(300)], window=300)) == 300
    assert wire.now == begun


def test_gather_of_nothing_waits_for_nothing(wire, client):
    begun = wire.now
    assert client.gather("noop", []) == []
    assert wire.now == begun


@pytest.mark.parametrize("count", [3, 300])
def test_gather_waits_for_all_in_as_many_polls_as_that_takes(wire, client, count):
    wire.answers = True
    wire.up(base.Lane("worker"), credit=1)
    outcomes = client.gather("noop", [[number] for number in range(count)])
    assert [outcome.result for outcome in outcomes] == list(range(count))


def test_gather_leaves_the_outcomes_of_other_tasks_to_the_next_poll(wire, lane, client):
    wire.answers = True
    before = client.submit("noop", ["before"])
    assert [outcome.result for outcome in client.gather("noop", [[1], [2]], window=1)] == [1, 2]
    assert [outcome.id for outcome in client.poll()] == [before]


def test_map_returns_results_and_raises_the_first_error_in_order(wire, lane, client):
    wire.answers = True
    assert client.map("noop", [[1], [2]], window=1) == [1, 2]
    assert wire.args() == [[1], [2]]

    def answer(lane, frame, ids=()):
        first, second = ids
        wire.results(lane, other(second, "error", text="later"), other(first, "error", text="sooner"))

    wire.send = answer
    with pytest.raises(session.TaskFailed, match=r"^E_TASK: sooner$") as raised:
        client.map("noop", [[1], [2]])
    assert raised.value.error["message"] == "sooner"


# --- lanes ---


def test_only_workers_that_take_tasks_count(wire, client):
    lanes = [wire.up(base.Lane(name)) for name in "abc"]
    wire.events.append((base.UP, base.Lane("greeted"), None))
    client.poll()
    assert client.workers() == 3
    lanes[0].leaving = True
    assert client.workers() == 2


def test_waiting_for_workers_ends_with_the_last_of_them(wire, client):
    wire.up(base.Lane("a"))
    wire.up(base.Lane("b"))
    begun = wire.now
    client.wait_for_workers(2)
    assert wire.now == begun + 20 * MS
    client.wait_for_workers()
    assert wire.now == begun + 20 * MS


def test_waiting_for_workers_is_for_one_unless_the_caller_says_otherwise(wire, client):
    with pytest.raises(errors.Unusable, match="^0 of 1 workers answered"):
        client.wait_for_workers()
    wire.up(base.Lane("a"))
    client.wait_for_workers()
    assert client.workers() == 1


def test_waiting_for_workers_in_vain_says_how_many_there_are_and_what_to_look_at(wire, client):
    wire.up(base.Lane("a"))
    begun = wire.now
    with pytest.raises(errors.Unusable) as raised:
        client.wait_for_workers(2, 0.5)
    said = "1 of 2 workers answered within 0.5 s: is each of them running at its address?"
    assert str(raised.value) == said
    assert 500 * MS < wire.now - begun <= 520 * MS
    assert set(wire.waits[1:]) == {0.02}
    wire.down(base.Lane("b"), "refused")
    begun = wire.now
    with pytest.raises(errors.Unusable, match=r"within 10.0 s: b: refused"):
        client.wait_for_workers(2)
    assert 10 * NS < wire.now - begun <= 10 * NS + 20 * MS


def test_outcomes_that_arrive_while_workers_are_awaited_come_first_and_once(wire, lane, client):
    ids = [client.submit("noop", [number]) for number in range(2)]
    client.poll()
    wire.results(lane, result(ids[0]))
    with pytest.raises(errors.Unusable):
        client.wait_for_workers(2, 0.1)
    wire.results(lane, result(ids[1]))
    client._receiver.receive(0.0)
    assert [outcome.id for outcome in client.poll()] == ids
    assert client.poll() == []


def test_a_greeting_is_said_each_second_until_it_is_answered(wire, client):
    lane = base.Lane("worker")
    wire.events.append((base.UP, lane, None))
    client.poll()
    assert wire.sent == [(lane, {"v": 1, "kind": "hello", "client": client.id, "codecs": ["json"]})]
    wire.now += NS
    client.poll()
    assert wire.kinds() == ["hello"]
    wire.now += 1
    client.poll()
    client.poll()
    assert wire.kinds() == ["hello"] * 2
    wire.now += NS
    client.poll()
    assert wire.kinds() == ["hello"] * 2, "a second after the second one"
    wire.now += 1
    client.poll()
    assert wire.kinds() == ["hello"] * 3
    wire.welcome(lane)
    client.poll()
    wire.now += 2 * NS
    client.poll()
    assert wire.kinds() == ["hello"] * 3


def test_the_tasks_of_a_worker_that_is_silent_for_four_seconds_go_to_another(wire, lane, client):
    client.submit("noop", [1])
    client.poll()
    second = wire.up(base.Lane("second"))
    wire.now += 4 * NS
    client.poll()
    assert (client.workers(), client.problem()) == (2, None)
    wire.now += 1
    client.poll()
    assert client.problem() == "worker: silent for 4 s"
    assert (wire.args(lane), wire.args(second)) == ([[1]], [[1]])
    assert (lane.ready, second.ready, client.counts["lost"]) == (False, True, 1)
    sent = len(wire.sent)
    client.poll()
    assert [tree["kind"] for _, tree in wire.sent[sent:]] == ["hello"], "until it is heard again"


def test_the_tasks_of_a_worker_that_is_silent_after_its_goodbye_go_to_another(wire, lane, client):
    client.submit("noop", [1])
    client.poll()
    wire.frame(lane, "bye")
    client.poll()
    second = wire.up(base.Lane("second"))
    wire.now += 4 * NS
    client.poll()
    assert client.counts["lost"] == 0
    wire.now += 1
    client.poll()
    assert (client.problem(), wire.args(second)) == ("worker: silent for 4 s", [[1]])
    wire.now += 5 * NS
    wire.frame(second, "beat", held=[])
    client.poll()
    assert client.counts["lost"] == 1


def test_a_goodbye_is_answered_once_nothing_is_held_there_and_no_hello_follows(wire, lane, client):
    identity = client.submit("noop", [1])
    client.poll()
    wire.frame(lane, "bye")
    client.poll()
    client.poll()
    assert wire.kinds() == ["hello", "tasks"]
    wire.results(lane, result(identity, 1))
    assert len(client.poll()) == 1
    wire.busy.add(lane)
    client.poll()
    wire.busy.clear()
    client.poll()
    assert wire.kinds() == ["hello", "tasks", "bye"]
    wire.now += 3 * NS
    client.poll()
    assert wire.kinds() == ["hello", "tasks", "bye"]
    wire.down(lane)
    wire.up(lane)
    client.poll()
    assert wire.kinds() == ["hello", "tasks", "bye", "hello"], "another worker, or the same one again"
    assert client.workers() == 1


def test_a_worker_on_a_slow_way_may_be_silent_for_as_long_as_its_wire_waits(wire, lane, client):
    wire.silence_ns = 9 * NS
    client.submit("noop", [1])
    client.poll()
    wire.now += 9 * NS
    client.poll()
    assert client.counts["lost"] == 0
    wire.now += 1
    client.poll()
    assert client.problem() == "worker: silent for 9 s"


def test_a_silent_worker_without_tasks_is_left_alone(wire, lane, client):
    wire.now += 10 * NS
    client.poll()
    assert (client.workers(), client.problem()) == (1, None)


def test_a_queue_may_be_silent_for_as_long_as_it_likes(wire, client):
    wire.greets = False
    lane = base.Lane("queue")
    lane.ready, lane.credit = True, 10
    wire.events.append((base.UP, lane, None))
    client.submit("noop")
    client.poll()
    wire.now += 30 * NS
    client.poll()
    assert (client.counts["lost"], wire.kinds()) == (0, ["tasks"])


def test_a_lane_that_is_left_answers_what_it_holds_and_is_then_forgotten(wire, lane, client):
    identity = client.submit("noop")
    client.poll()
    lane.leaving = True
    client.submit("noop")
    client.poll()
    assert (wire.gone, len(wire.tasks())) == ([], 1)
    wire.results(lane, result(identity))
    client.poll()
    client.poll()
    assert wire.gone == [lane]
    assert wire.kinds(lane) == ["hello", "tasks", "bye"]
    client.poll()
    assert wire.gone == [lane]


def test_a_session_that_closes_says_goodbye_and_lets_that_leave(wire, lane, client):
    with client:
        client.submit("noop")
        client.poll()
    assert wire.kinds() == ["hello", "tasks", "bye"]
    assert wire.ended == [("drain", 0.1), "close"]


def test_a_busy_lane_costs_neither_a_goodbye_nor_an_error(wire, lane, client):
    wire.busy.add(lane)
    client.close()
    assert client.counts["busy"] == 1
    assert wire.ended[-1] == "close"


def test_no_queue_is_told_goodbye(wire, client):
    wire.greets = False
    wire.events.append((base.UP, base.Lane("queue"), None))
    client.poll()
    client.close()
    assert wire.sent == []


def test_a_session_is_connected_by_a_url():
    made = session.connect("memory:anywhere", most=3, queue="mine")
    assert (made.most, made.wire.url) == (3, "anywhere")
