"""What a session concludes from the events of its wire and the frames of its workers."""

from __future__ import annotations

import pytest

from tests.fakes.client_wire import MS, NS, other, result
from transports import session
from transports.client.receiver import BEATS_APART_NS
from transports.messages import json_codec, strict_msgpack
from transports.wires import base


@pytest.fixture
def queue(wire, client):
    """A broker's queue, which says no hello."""
    wire.greets = False
    made = base.Lane("queue")
    made.ready, made.credit = True, 100
    wire.events.append((base.UP, made, None))
    client.poll()
    return made


def submitted(client, *numbers, **options):
    """Submit a task for each number and send them; return their ids."""
    ids = [client.submit("noop", [number], **options) for number in numbers]
    client.poll()
    return ids


def state_of(client, lane):
    return client._lanes[lane]


# --- events ---


def test_a_lane_takes_no_task_before_its_worker_has_said_welcome(wire, client):
    lane = base.Lane("worker")
    lane.ready = True
    wire.events.append((base.UP, lane, None))
    submitted(client, 1)
    assert (wire.kinds(), client.workers()) == (["hello"], 0)
    wire.welcome(lane)
    client.poll()
    assert (wire.args(), client.workers()) == ([[1]], 1)


def test_what_a_lost_worker_held_is_sent_elsewhere_and_the_reason_kept(wire, lane, client):
    submitted(client, 1, 2)
    second = wire.up(base.Lane("second"))
    wire.down(lane)
    client.poll()
    assert client.problem() == "worker: the connection is gone"
    assert sorted(task["args"] for task in wire.tasks(second)) == [[1], [2]]
    assert (client.counts["lost"], client.counts["resent"]) == (2, 2)
    assert (client.workers(), lane.ready) == (1, False)


def test_a_lane_that_never_came_up_may_go_down(wire, client):
    wire.down(base.Lane("worker"), "no such address")
    assert (client.poll(), client.problem()) == ([], "worker: no such address")


def test_a_blocked_lane_keeps_what_it_holds(wire, lane, client):
    submitted(client, 1)
    wire.events.append((base.BLOCKED, lane, "the broker has no memory"))
    client.poll()
    assert client.problem() == "worker: the broker has no memory"
    assert (client.workers(), client.counts["lost"], wire.args()) == (1, 0, [[1]])


def test_what_a_broker_has_on_its_disk_is_not_sent_again_when_the_link_goes(wire, queue, client):
    first, _ = submitted(client, 1, 2)
    wire.events += [(base.ACCEPTED, queue, [first, "unknown"]), (base.DOWN, queue, "cut")]
    client.poll()
    queue.ready = True
    wire.events.append((base.UP, queue, None))
    client.poll()
    assert wire.args() == [[1, 2], [2]]
    assert client.counts["lost"] == 1


def test_what_was_accepted_and_is_sent_again_must_be_accepted_again(wire, queue, client):
    (identity,) = submitted(client, 1)
    wire.events += [(base.ACCEPTED, queue, [identity]), (base.UNROUTABLE, queue, [identity])]
    client.poll()
    assert client._table[identity].attempt == 2
    wire.down(queue)
    client.poll()
    assert client.counts["lost"] == 1


def test_what_a_worker_gave_back_must_be_accepted_again(wire, queue, client):
    (identity,) = submitted(client, 1)
    wire.events.append((base.ACCEPTED, queue, [identity]))
    wire.results(queue, other(identity, "released"))
    client.poll(0.1)
    assert len(wire.tasks()) == 2
    wire.down(queue)
    client.poll()
    assert client.counts["lost"] == 1


@pytest.mark.parametrize("status", ["retry", "released"])
def test_what_a_worker_gives_back_after_the_link_was_lost_is_sent_again(wire, queue, client, status):
    (identity,) = submitted(client, 1)
    wire.events += [(base.ACCEPTED, queue, [identity]), (base.DOWN, queue, "cut"), (base.UP, queue, None)]
    client.poll()
    queue.ready = True
    assert wire.args() == [[1]]
    wire.results(queue, other(identity, status))
    client.poll(0.1)
    assert wire.args() == [[1], [1]]


def test_what_is_sent_again_has_not_been_missed(wire, lane, client):
    (identity,) = submitted(client, 1)
    for _ in range(2):
        wire.now += NS
        beat(wire, lane)
        client.poll()
    assert client._table[identity].misses == 1
    wire.results(lane, other(identity, "released"))
    client.poll(0.1)
    for lost in (0, 0, 1):
        wire.now += NS
        beat(wire, lane)
        client.poll()
        assert client.counts["lost"] == lost


def test_what_no_queue_takes_is_sent_again_and_counts_as_an_attempt(wire, queue, client):
    (identity,) = submitted(client, 1, attempts=2)
    wire.events.append((base.UNROUTABLE, queue, [identity, "unknown"]))
    client.poll()
    assert [task["attempt"] for task in wire.tasks()] == [1, 2]
    wire.events.append((base.UNROUTABLE, queue, [identity]))
    (outcome,) = client.poll()
    assert outcome.error["message"] == "no queue takes it (attempt 2 of 2)"
    assert outcome.error["code"] == "E_WORKER_LOST"
    assert client.counts["unroutable"] == 2


def test_what_a_broker_refuses_for_now_is_sent_again_after_a_pause_and_costs_no_attempt(wire, queue, client):
    (identity,) = submitted(client, 1, attempts=1)
    wire.events.append((base.NOT_TAKEN, queue, [identity]))
    assert client.poll() == []
    assert len(wire.tasks()) == 1
    client.poll(0.05)
    assert [task["attempt"] for task in wire.tasks()] == [1, 1]
    assert client.counts["not-taken"] == 1


def test_what_a_worker_gave_back_before_the_broker_refused_it_costs_no_attempt_twice(wire, queue, client):
    """A frame beside a refused one may have reached a worker, though its confirm did not come."""
    (identity,) = submitted(client, 1)
    wire.results(queue, other(identity, "retry"))
    wire.events.append((base.NOT_TAKEN, queue, [identity]))
    client.poll(0.1)
    assert [task["attempt"] for task in wire.tasks()] == [1, 2]
    assert client.counts["not-taken"] == 0


def test_of_a_lost_queue_only_what_it_had_accepted_is_sent_again(wire, queue, client):
    first, _ = submitted(client, 1, 2)
    another = base.Lane("another")
    another.ready, another.credit = True, 100
    wire.events.append((base.ACCEPTED, queue, [first]))
    wire.events.append((base.UP, another, None))
    wire.events.append((base.QUEUE_LOST, another, "deleted"))
    client.poll()
    assert (wire.args(), client.problem()) == ([[1, 2]], "another: deleted")
    wire.events.append((base.QUEUE_LOST, queue, "deleted"))
    client.poll()
    assert wire.args()[1:] == [[1]]
    assert (client.counts["lost"], client.problem()) == (1, "queue: deleted")
    assert not client._table[first].accepted


def test_the_last_attempt_of_a_task_in_a_lost_queue_says_so(wire, queue, client):
    (identity,) = submitted(client, 1, attempts=1)
    wire.events += [(base.ACCEPTED, queue, [identity]), (base.QUEUE_LOST, queue, "deleted")]
    (outcome,) = client.poll()
    assert outcome.error["message"] == "its queue was deleted (attempt 1 of 1)"


def test_the_tasks_of_a_frame_that_was_given_up_travel_alone(wire, queue, client):
    ids = submitted(client, 1, 2)
    frame = json_codec.control("tasks", client=client.id, tasks=[7, *wire.frames()[0], {"id": "x", "name": "noop"}])
    wire.events.append((base.GIVEN_UP, queue, (frame, "three workers were lost with it")))
    client.poll()
    assert client.problem() == "queue: gave up a frame: three workers were lost with it"
    assert wire.args()[1:] == [[2], [1]]
    assert (client.counts["given-up"], set(client._table)) == (2, set(ids))


WELCOME = {"worker": {}, "credit": 1, "concurrency": 1, "codec": "json"}


def test_a_frame_that_was_given_up_is_none_of_the_present_attempt(wire, queue, client):
    (identity,) = submitted(client, 1)
    wire.events.append((base.UNROUTABLE, queue, [identity]))
    client.poll()
    assert [task["attempt"] for task in wire.tasks()] == [1, 2]
    for attempt in (1, 3):
        stale = [{**wire.tasks()[0], "attempt": attempt}]
        wire.events.append((base.GIVEN_UP, queue, (json_codec.control("tasks", client="c", tasks=stale), "why")))
    wire.events.append((base.GIVEN_UP, queue, (b"nonsense", "why")))
    wire.events.append((base.GIVEN_UP, queue, (json_codec.control("bye"), "why")))
    for kind, fields in (("bye", {}), ("welcome", WELCOME)):
        for stray in (5, None, wire.tasks()[1:], [{**wire.tasks()[0], "id": "x"}]):
            frame = json_codec.control(kind, tasks=stray, more="$", **fields)
            wire.events.append((base.GIVEN_UP, queue, (frame, "why")))
    client.poll()
    assert (client.counts["given-up"], wire.args()) == (0, [[1], [1]])


def test_a_task_that_ended_frees_its_place_once_its_frame_is_given_up(wire, queue, client):
    (identity,) = submitted(client, 1)
    frame = json_codec.control("tasks", client="c", tasks=wire.tasks())
    client.cancel(identity)
    client.poll()
    assert list(state_of(client, queue).tasks) == [identity], "a worker may still have it"
    wire.events.append((base.GIVEN_UP, queue, (frame, "why")))
    wire.events.append((base.GIVEN_UP, base.Lane("another"), (frame, "why")))
    client.poll()
    assert state_of(client, queue).tasks == {}
    assert client.counts["given-up"] == 0


def test_the_last_attempt_of_a_task_that_was_given_up_says_why(wire, queue, client):
    submitted(client, 1, attempts=1)
    frame = json_codec.control("tasks", client="c", tasks=wire.tasks())
    wire.events.append((base.GIVEN_UP, queue, (frame, "three workers were lost with it")))
    (outcome,) = client.poll()
    assert outcome.error["message"] == "three workers were lost with it (attempt 1 of 1)"


# --- welcome, bye, error, and what is no frame ---


def test_a_frame_of_a_lane_that_is_not_there_is_dropped(wire, client):
    wire.welcome(base.Lane("stranger"))
    client.poll()
    assert (client.workers(), client.problem()) == (0, None)


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (b"\x00", "worker: sent E_CODEC: a frame begins with a JSON object's brace or a MessagePack map"),
        (json_codec.control("hello", client="c", codecs=[]), "worker: sent what only a client sends"),
    ],
)
def test_a_frame_that_cannot_be_is_counted_and_named(wire, lane, client, frame, problem):
    wire.events.append((base.FRAME, lane, frame))
    client.poll()
    assert (client.counts["refused"], client.problem()) == (1, problem)
    assert client.workers() == 1


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("welcome", WELCOME),
        ("beat", {"held": [], "credit": 0}),
        ("bye", {}),
    ],
)
def test_what_controls_a_link_is_refused_from_a_queue(wire, queue, client, kind, fields):
    wire.frame(queue, kind, **fields)
    client.poll()
    assert (client.counts["refused"], client.workers(), queue.credit) == (1, 1, 100)
    assert client.problem() == f"queue: sent E_MALFORMED: {kind}, which no queue needs"
    submitted(client, 1)
    assert wire.args() == [[1]]


@pytest.mark.parametrize("codec", ["a-codec-with-a-name-that-is-long", "the-codec-whose-name-is-long"])
def test_a_worker_that_answers_in_another_codec_is_not_used(wire, client, codec):
    lane = base.Lane("worker")
    wire.up(lane, codec=codec)
    client.poll()
    assert client.workers() == 0
    assert client.problem() == f"worker: sent E_CODEC: {codec[:20]} instead of json"


@pytest.mark.skipif(strict_msgpack.usable() is not None, reason=f"no MessagePack here: {strict_msgpack.usable()}")
def test_a_client_reads_results_in_its_own_codec_and_in_json(wire):
    from transports.messages import msgpack_codec

    wire.codec = "msgpack"
    client = session.Session(wire, now_ns=lambda: wire.now).open()
    lane = base.Lane("worker")
    lane.ready, lane.credit, wire.greets = True, 10, False
    wire.events.append((base.UP, lane, None))
    wire.send = lambda *_: None  # what it reads is JSON
    first, second = submitted(client, 1, 2)
    item = msgpack_codec.result_ok(first, 1, msgpack_codec.dumps("a"), 0, 0)
    frame = msgpack_codec.tasks(msgpack_codec.results_head({"id": "w"}), [item])
    wire.events.append((base.FRAME, lane, frame))
    wire.results(lane, result(second, "b"))
    assert [(outcome.id, outcome.result) for outcome in client.poll()] == [(first, "a"), (second, "b")]


def test_a_worker_says_how_much_it_takes_and_gets_nothing_where_that_is_nothing(wire, lane, client):
    wire.welcome(lane, credit=7, concurrency=3)
    client.poll()
    assert (lane.credit, lane.concurrency) == (7, 3)
    wire.welcome(lane, credit=0, concurrency=0)
    client.poll()
    assert (lane.credit, lane.concurrency) == (0, 1)
    submitted(client, 1)
    assert wire.args() == []
    beat(wire, lane, credit=1)
    client.poll()
    submitted(client)
    assert wire.args() == [[1]]


@pytest.mark.parametrize(("credit", "concurrency"), [(-1, 1), (1, -1)])
def test_a_welcome_with_less_than_nothing_changes_nothing(wire, lane, client, credit, concurrency):
    before = lane.credit, lane.concurrency
    wire.welcome(lane, credit=credit, concurrency=concurrency)
    client.poll()
    assert ((lane.credit, lane.concurrency), client.counts["refused"]) == (before, 1)


def test_a_worker_that_leaves_gets_nothing_new_and_still_answers(wire, lane, client):
    (first,) = submitted(client, 1)
    wire.frame(lane, "bye")
    client.poll()
    submitted(client, 2)
    assert wire.args() == [[1]]
    wire.results(lane, result(first, 9))
    assert [outcome.result for outcome in client.poll()] == [9]


def test_a_message_of_ours_that_was_refused_is_counted_and_said(wire, lane, client):
    wire.frame(lane, "error", error={"code": "E_VERSION", "message": "not spoken"})
    client.poll()
    assert client.counts["refused-by-peer"] == 1
    assert client.problem() == "worker: refused a message of ours: E_VERSION: not spoken"


# --- results ---


def test_results_of_a_frame_become_outcomes_and_room_for_more(wire, lane, client):
    wire.welcome(lane, credit=2)
    client.poll()
    first, second = submitted(client, 1, 2)
    submitted(client, 3, 4)
    wire.results(lane, result(first, "a"), result(second, "b", attempt=1))
    assert client.poll() == [(first, "a", None, 1), (second, "b", None, 1)]
    assert wire.args() == [[1, 2], [3, 4]]
    assert state_of(client, lane).work_us == pytest.approx(sum(r.cost_us for r in client._table.values()))
    assert (client.counts["ok"], client.pending()) == (0, 2), "the quick path counts by worker"
    assert client.answers == {"w": 2}


def test_a_lane_without_tasks_has_no_work(wire, lane, client):
    (first,) = submitted(client, 1)
    state = state_of(client, lane)
    assert state.work_us == 2000.0
    state.work_us += 1e-9  # what is left of many additions
    wire.results(lane, result(first))
    client.poll()
    assert state.work_us == 0.0


def test_answers_are_counted_by_who_they_say_they_are_and_beyond_a_thousand_by_lane(wire, lane, client):
    for worker in (*map(str, range(1002)), "0", 7):
        (identity,) = submitted(client, 1)
        wire.results(lane, result(identity), worker=worker)
        client.poll()
    assert len(client.answers) == 1001, "a thousand workers, and the lane"
    assert (client.answers["0"], client.answers["999"], client.answers["worker"]) == (2, 1, 3)


def test_answers_without_a_worker_count_for_the_lane(wire, lane, client):
    ids = submitted(client, 1, 2)
    wire.frame(lane, "results", results=[result(identity) for identity in ids])
    client.poll()
    assert client.answers == {"worker": 2}


def test_results_count_once_where_several_frames_have_come(wire, lane, client):
    ids = submitted(client, 1, 2)
    ids += submitted(client, 3, 4)
    for pair in (ids[:2], ids[2:]):
        wire.results(lane, *map(result, pair))
    assert len(client.poll()) == 4
    assert (client.answers, state_of(client, lane).flow._tasks) == ({"w": 4}, 4)


def test_a_result_of_a_task_that_waits_to_be_sent_again_counts(wire, lane, client):
    (identity,) = submitted(client, 1)
    wire.events.append((base.NOT_TAKEN, lane, [identity]))
    client.poll()
    wire.results(lane, result(identity, 4))
    assert client.poll() == [(identity, 4, None, 0)]
    client.poll(1.0)
    assert len(wire.tasks()) == 1


def test_what_tasks_take_is_learned_by_name_on_the_lane_and_for_all_lanes(wire, lane, client):
    ids = submitted(client, 1, 2)
    echo = client.submit("echo", [3])
    client.poll()
    wire.results(lane, result(ids[0], run_us=100), result(ids[1], run_us=300), result(echo, run_us=1000))
    client.poll()
    expected = {"noop": 200.0, "echo": 1000.0}
    assert (state_of(client, lane).costs, client._sender.costs) == (expected, expected)
    (identity,) = submitted(client, 1)
    wire.results(lane, result(identity, run_us=1200))
    client.poll()
    assert state_of(client, lane).costs["noop"] == 400.0, "a fifth of the way"


@pytest.mark.parametrize("run_us", [1.5, None])
def test_a_run_time_that_is_no_whole_number_teaches_nothing(wire, lane, client, run_us):
    (identity,) = submitted(client, 1)
    item = result(identity, 4, run_us=run_us)
    wire.results(lane, {name: value for name, value in item.items() if value is not None or name != "run_us"})
    assert client.poll() == [(identity, 4, None, 1)]
    assert state_of(client, lane).costs == {}
    assert client.counts["ok"] == 1


def waited_for(wire, client, lane, seconds, **fields):
    """Have a task's result arrive after so long, for which the client waited."""
    (identity,) = submitted(client, 1)
    poll = wire.poll

    def later(timeout_s):
        wire.now += round(seconds * NS)
        wire.results(lane, {**result(identity), **fields})
        wire.poll = poll
        return poll(timeout_s)

    wire.poll = later
    client.poll()


def test_the_way_of_a_task_and_its_result_is_what_the_worker_does_not_account_for(wire, lane, client):
    waited_for(wire, client, lane, 0.010, queue_us=2000, run_us=3000)
    assert state_of(client, lane).flow.delay_us == pytest.approx(5000.0)


def test_a_clock_may_have_begun_just_now(wire):
    wire.now = 1000
    client = session.Session(wire, now_ns=lambda: wire.now).open()
    lane = wire.up(base.Lane("worker"))
    client.poll()
    waited_for(wire, client, lane, 0.010, queue_us=2000, run_us=3000)
    assert state_of(client, lane).flow.delay_us == pytest.approx(5000.0)


@pytest.mark.parametrize(
    ("seconds", "fields"),
    [
        (0.00002, {"queue_us": 0, "run_us": 0}),  # it was there: nobody waited for it
        (0.00005, {"queue_us": 0, "run_us": 0}),
        (0.010, {"run_us": 0}),
        (0.010, {"queue_us": 1.5, "run_us": 0}),
        (0.010, {"queue_us": 0, "run_us": 1.5}),
    ],
)
def test_a_way_that_nobody_knows_is_not_guessed(wire, lane, client, seconds, fields):
    waited_for(wire, client, lane, seconds, **fields)
    assert state_of(client, lane).flow.delay_us == 0.0


def test_a_poll_that_took_a_little_longer_has_waited(wire, lane, client):
    waited_for(wire, client, lane, 0.000051, queue_us=0, run_us=0)
    assert state_of(client, lane).flow.delay_us == pytest.approx(51.0)


def test_the_way_of_a_task_that_was_sent_again_is_not_known(wire, lane, client):
    (identity,) = submitted(client, 1)
    wire.down(lane)
    wire.up(lane)
    client.poll()
    poll = wire.poll

    def later(timeout_s):
        wire.now += 10 * MS
        wire.results(lane, result(identity, queue_us=0))
        wire.poll = poll
        return poll(timeout_s)

    wire.poll = later
    assert [outcome.attempt for outcome in client.poll()] == [2]
    assert state_of(client, lane).flow.delay_us == 0.0


def test_the_flow_of_a_lane_counts_its_results(wire, lane, client):
    ids = submitted(client, 1, 2, 3)
    flow = state_of(client, lane).flow
    wire.results(lane, result(ids[0]), other(ids[1], "error"), result(ids[2]))
    client.poll()
    assert flow._tasks == 3


# --- results without a value ---


def test_an_error_is_the_tasks_outcome(wire, lane, client):
    (identity,) = submitted(client, 1)
    wire.results(lane, other(identity, "error", "E_BAD_ARGS", "no such argument"))
    (outcome,) = client.poll()
    assert (outcome.id, outcome.result, outcome.attempt) == (identity, None, 1)
    assert outcome.error == {"code": "E_BAD_ARGS", "message": "no such argument", "retryable": False}
    assert (client.counts["E_BAD_ARGS"], state_of(client, lane).tasks) == (1, {})


@pytest.mark.parametrize(
    ("status", "counted"), [("error", "E_BAD_ARGS"), ("retry", "retried"), ("released", "released")]
)
def test_a_status_counts_more_than_a_result_beside_it(wire, lane, client, status, counted):
    (identity,) = submitted(client, 1)
    wire.results(lane, {**other(identity, status, "E_BAD_ARGS"), "result": 5, "run_us": 0})
    assert [outcome.result for outcome in client.poll()] in ([], [None])
    assert client.counts[counted] == 1


def test_nonsense_among_results_takes_nothing_along(wire, lane, client):
    (identity,) = submitted(client, 1)
    wire.results(lane, 7, {"id": identity, "status": "ok"}, {"id": identity, "status": "error"}, result(identity, 2))
    assert [outcome.result for outcome in client.poll()] == [2]
    assert client.counts["refused"] == 3
    assert list(client.problems.items()) == [
        ("worker: sent a result without an id or a status", 1),
        ("worker: sent ok without a result", 1),
        ("worker: sent an error whose code or message is no text", 1),
    ]


def test_a_task_that_asks_to_be_run_again_is_sent_again_with_the_next_attempt(wire, lane, client):
    (identity,) = submitted(client, 1, attempts=2)
    wire.results(lane, other(identity, "retry", "E_TASK", "not yet"))
    client.poll(0.1)
    assert [task["attempt"] for task in wire.tasks()] == [1, 2]
    wire.results(lane, other(identity, "retry", "E_TASK", "still not", attempt=2))
    (outcome,) = client.poll(0.1)
    assert outcome.error["message"] == "still not (attempt 2 of 2)"
    assert (outcome.error["code"], client.counts["retried"]) == ("E_TASK", 2)


def test_a_task_that_was_given_back_is_sent_again_and_costs_no_attempt(wire, lane, client):
    (identity,) = submitted(client, 1, attempts=1)
    wire.results(lane, other(identity, "released", "E_BUSY", "no room"))
    client.poll(0.1)
    assert client.problem() == "worker: gave a task back: E_BUSY: no room"
    wire.results(lane, {"id": identity, "status": "released"})
    client.poll(0.1)
    assert [task["attempt"] for task in wire.tasks()] == [1, 1, 1]
    assert client.counts["released"] == 2


@pytest.mark.parametrize("status", ["retry", "released"])
def test_what_another_lane_says_and_another_attempt_says_does_not_count(wire, lane, client, status):
    second = wire.up(base.Lane("second"))
    client.poll()
    (identity,) = submitted(client, 1)
    holder, stranger = (lane, second) if wire.tasks(lane) else (second, lane)
    wire.results(stranger, other(identity, status))
    wire.results(holder, other(identity, status, attempt=2))
    client.poll(1.0)
    assert (client.counts["retried"], client.counts["released"], len(wire.tasks())) == (0, 0, 1)


@pytest.mark.parametrize("status", ["retry", "released"])
def test_what_an_earlier_attempt_says_late_does_not_count(wire, lane, client, status):
    (identity,) = submitted(client, 1)
    wire.results(lane, other(identity, "retry"))
    client.poll(0.1)
    assert [task["attempt"] for task in wire.tasks()] == [1, 2]
    wire.results(lane, other(identity, status, attempt=1))
    client.poll(1.0)
    assert (client.counts["retried"], client.counts["released"], len(wire.tasks())) == (1, 0, 2)


def test_a_second_result_is_dropped_and_told_from_one_for_nobody(wire, lane, client):
    (identity,) = submitted(client, 1)
    wire.results(lane, result(identity), result(identity), result("nobody"))
    assert len(client.poll()) == 1
    assert (client.counts["doubled"], client.counts["unknown"]) == (1, 1)


# --- beats ---


def beat(wire, lane, *held, **fields):
    wire.frame(lane, "beat", held=list(held), **fields)


@pytest.mark.parametrize(("together", "lost"), [(True, 0), (False, 1)])
def test_a_task_is_lost_after_two_beats_without_it_unless_they_waited_while_nobody_polled(wire, client, together, lost):
    lane = wire.up(base.Lane("worker"))
    client.poll()
    submitted(client, 1)
    for _ in range(3):
        wire.now += 1 if together else BEATS_APART_NS
        beat(wire, lane)
        if not together:
            client.poll()
    client.poll()
    assert client.counts["sent"] == 1 + lost
    assert client.counts["lost"] == lost


def test_beats_a_quarter_of_a_second_apart_did_not_wait(wire, lane, client):
    submitted(client, 1)
    misses = []
    for apart in (250 * MS, 250 * MS - 1, 250 * MS):
        wire.now += apart
        beat(wire, lane)
        client.poll()
        misses.append((sum(each.misses for each in client._table.values()), client.counts["lost"]))
    assert misses == [(0, 0), (0, 0), (1, 0)], "the first beat may be older than the task"


def test_a_beat_that_comes_later_than_a_second_did_not_wait(wire, lane, client):
    (identity,) = submitted(client, 1)
    misses = []
    for apart in (NS // 4, 5 * NS // 4):
        wire.now += apart
        beat(wire, lane)
        client.poll()
        misses.append(client._table[identity].misses)
    assert misses == [0, 1]


def test_a_beat_that_lists_a_task_begins_the_count_anew(wire, lane, client):
    (identity,) = submitted(client, 1)
    for held in ([], [], [identity], [], [identity], []):
        wire.now += NS
        beat(wire, lane, *held, 7)
        client.poll()
    assert client.counts["lost"] == 0
    wire.now += NS
    beat(wire, lane)
    client.poll()
    assert client.counts["lost"] == 1


def test_a_beat_says_how_much_its_worker_takes_now(wire, lane, client):
    beat(wire, lane, credit=3)
    client.poll()
    assert lane.credit == 3
    beat(wire, lane)
    client.poll()
    assert lane.credit == 3
    beat(wire, lane, credit=-1)
    client.poll()
    assert (lane.credit, client.counts["refused"]) == (3, 1)
    beat(wire, lane, credit=0)
    client.poll()
    assert lane.credit == 0


def test_a_worker_that_beats_is_not_silent(wire, lane, client):
    (identity,) = submitted(client, 1)
    for _ in range(10):
        wire.now += NS
        beat(wire, lane, identity)
        client.poll()
    assert (client.counts["lost"], client.problem()) == (0, None)


def test_a_task_without_an_outcome_for_its_caller_is_not_missed(wire, lane, client):
    (identity,) = submitted(client, 1)
    client.cancel(identity)
    for _ in range(4):
        wire.now += NS
        beat(wire, lane)
        client.poll()
    assert (client.counts["lost"], state_of(client, lane).tasks) == (0, {})
