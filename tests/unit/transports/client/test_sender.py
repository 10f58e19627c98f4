"""Which waiting tasks travel in one frame, and to which lane."""

from __future__ import annotations

import pytest

from tests.fakes.client_wire import MS, NS, other, result
from transports import batching, session
from transports.messages import json_codec, strict_json
from transports.service import credit
from transports.wires import base


def up(wire, client, *names, learned_us=None, **fields):
    """Have lanes come up; ``learned_us`` is what a task named noop is known to take."""
    lanes = [wire.up(base.Lane(name), **fields) for name in names]
    client.poll()
    if learned_us is not None:
        for lane in lanes:
            client._lanes[lane].costs["noop"] = learned_us
    return lanes


def submitted(client, *numbers, name="noop", **options):
    ids = [client.submit(name, [number], **options) for number in numbers]
    client.poll()
    return ids


def sizes(wire):
    return [len(frame) for frame in wire.frames()]


def test_tasks_that_wait_together_travel_together_in_order(wire, client):
    up(wire, client, "a", learned_us=1.0)
    ids = submitted(client, 1, 2, 3)
    assert wire.args() == [[1, 2, 3]]
    assert wire.ids == [ids]
    assert (client.counts["sent"], client.counts["frames"], client.counts["resent"]) == (3, 1, 0)


def test_tasks_that_have_ended_hold_up_none_behind_them(wire, client):
    for number, deadline_s in ((1, 0.001), (2, 0.001), (3, 60)):
        client.submit("noop", [number], deadline_s=deadline_s)
    wire.now += NS
    assert len(client.poll()) == 2
    up(wire, client, "a")
    assert wire.args() == [[3]]


def test_what_is_behind_tasks_that_have_ended_leaves_in_the_same_poll(wire, client):
    up(wire, client, "a")
    for identity in [client.submit("noop", [number]) for number in range(9)][:-1]:
        client.cancel(identity)
    client.poll()
    assert wire.args() == [[8]]


def test_tasks_that_have_ended_are_no_part_of_a_lanes_share(wire, client):
    ids = [client.submit("noop", [number]) for number in range(4)]
    for identity in ids[:2]:
        client.cancel(identity)
    a, b = up(wire, client, "a", "b")
    assert sorted([wire.args(a), wire.args(b)]) == [[[2]], [[3]]]


def test_a_task_that_has_ended_parts_no_frame(wire, client):
    for number, deadline_s in ((1, 60), (2, 0.001), (3, 60)):
        client.submit("noop", [number], deadline_s=deadline_s)
    wire.now += NS
    assert len(client.poll()) == 1
    up(wire, client, "a")
    assert wire.args() == [[1, 3]]


def test_a_frame_has_128_tasks_at_most(wire, client):
    up(wire, client, "a", credit=1000, learned_us=0.0)
    submitted(client, *range(300))
    assert sizes(wire) == [128, 128, 44]


def test_a_lane_gets_no_more_than_its_worker_permits(wire, client):
    up(wire, client, "a", credit=5, learned_us=0.0)
    submitted(client, *range(8))
    assert sizes(wire) == [5]


def test_tasks_that_nobody_knows_travel_by_twos(wire, client):
    """Each may take 2 ms, a frame has 4 ms of work, and a worker 4 ms behind its current task."""
    up(wire, client, "a", credit=100)
    submitted(client, *range(20))
    assert sizes(wire) == [2, 2]


def test_a_long_task_travels_alone_but_for_those_that_begin_at_once(wire, client):
    up(wire, client, "a", credit=100, concurrency=3, learned_us=50_000.0)
    submitted(client, *range(9))
    assert sizes(wire) == [3]


def test_one_task_follows_behind_those_that_run(wire, client):
    up(wire, client, "a", credit=100, learned_us=5000.0)
    submitted(client, *range(9))
    assert sizes(wire) == [1, 1], "one runs, and one is there when it ends"


def test_what_a_task_takes_elsewhere_is_a_guess_where_its_lane_has_not_run_it(wire, client):
    up(wire, client, "a", credit=100)
    client._sender.costs["noop"] = 10.0
    submitted(client, *range(50))
    assert sizes(wire) == [50]
    assert {each.cost_us for each in client._table.values()} == {10.0}


@pytest.mark.parametrize(("tasks", "shares"), [(4, [2, 2]), (5, [2, 3])], ids=["evenly", "rounded up"])
def test_waiting_tasks_are_shared_by_the_lanes_that_take_some(wire, client, tasks, shares):
    a, b = up(wire, client, "a", "b", credit=100, learned_us=1.0)
    submitted(client, *range(tasks))
    assert sorted([len(wire.tasks(a)), len(wire.tasks(b))]) == shares
    assert sizes(wire)[0] == max(shares)


def test_the_least_loaded_lane_is_first(wire, client):
    a, b = up(wire, client, "a", "b", credit=100, learned_us=100.0)
    client._lanes[a].work_us = 150.0
    submitted(client, 1)
    assert wire.args(b) == [[1]]
    submitted(client, 2)
    assert wire.args(b) == [[1], [2]], "100 us are less than 150"
    submitted(client, 3)
    assert wire.args(a) == [[3]]


def test_load_is_by_what_a_worker_runs_at_once(wire, client):
    a, b = up(wire, client, "a", "b", credit=100, learned_us=100.0)
    a.concurrency = 10
    client._lanes[a].work_us = 500.0
    client._lanes[b].work_us = 60.0
    submitted(client, 1)
    assert wire.args(a) == [[1]]


def test_lanes_without_a_load_share_by_number(wire, client):
    a, b = up(wire, client, "a", "b", credit=100, learned_us=0.0)
    submitted(client, 1)
    submitted(client, 2)
    assert (len(wire.tasks(a)), len(wire.tasks(b))) == (1, 1)


def test_a_lane_that_leaves_or_is_not_ready_gets_nothing(wire, client):
    a, b, c = up(wire, client, "a", "b", "c", credit=100)
    a.leaving, b.ready = True, False
    submitted(client, 1, 2)
    assert (wire.args(a), wire.args(b), wire.args(c)) == ([], [], [[1, 2]])


def test_a_busy_lane_delays_no_other_one(wire, client):
    a, b = up(wire, client, "a", "b", credit=100)
    wire.busy.add(a)
    submitted(client, 1)
    assert (wire.args(a), wire.args(b)) == ([], [[1]])


def test_what_a_busy_wire_does_not_take_waits_in_its_order(wire, client):
    (lane,) = up(wire, client, "a", learned_us=0.0)
    wire.busy.add(lane)
    ids = submitted(client, 1, 2, 3)
    assert (client.counts["busy"], client.counts["sent"]) == (2, 0)
    client._sender.send_waiting(wire.now)
    assert [each.id for each in client._requests.waiting] == ids
    assert {each.attempt for each in client._table.values()} == {0}
    wire.busy.clear()
    client.poll()
    assert wire.args() == [[1, 2, 3]]
    assert [task["attempt"] for task in wire.tasks()] == [1, 1, 1]


def test_a_task_whose_time_is_over_is_not_sent(wire, client):
    up(wire, client, "a")
    late = client.submit("noop", [1], deadline_s=0.001)
    client.submit("noop", [2], deadline_s=0.002)
    wire.now += MS // 1000
    (outcome,) = client.poll()
    assert (outcome.id, outcome.error["code"]) == (late, "E_DEADLINE")
    assert [(task["args"], task["budget_ms"]) for task in wire.tasks()] == [([2], 1)]


def test_a_task_that_nobody_has_seen_to_be_late_yet_is_not_sent(wire, client):
    """Deadlines are looked at every five milliseconds."""
    for number, deadline_s in ((1, 0.001), (2, 0.003), (3, 60)):
        client.submit("noop", [number], deadline_s=deadline_s)
    wire.now += MS
    assert len(client.poll()) == 1
    wire.now += 4 * MS
    wire.up(base.Lane("a"))
    (outcome,) = client.poll()
    assert outcome.error["code"] == "E_DEADLINE"
    assert wire.args() == [[3]]


def test_a_task_whose_time_is_over_parts_no_frame(wire, client):
    up(wire, client, "a", learned_us=0.0)
    for number, deadline_s in ((1, 60), (2, 0.001), (3, 60)):
        client.submit("noop", [number], deadline_s=deadline_s)
    wire.now += MS // 1000
    client.poll()
    assert wire.args() == [[1, 3]]


@pytest.mark.parametrize("deadline_s", [0.001, 60, 3600, 86400])
def test_a_worker_is_told_to_the_millisecond_how_long_a_task_has(wire, client, deadline_s):
    up(wire, client, "a")
    submitted(client, 1, deadline_s=deadline_s)
    assert wire.tasks()[0]["budget_ms"] == deadline_s * 1000


def test_a_cancelled_task_in_the_middle_is_left_out(wire, client):
    ids = [client.submit("noop", [number]) for number in range(5)]
    client.cancel(ids[0])
    client.cancel(ids[2])
    up(wire, client, "a", learned_us=0.0)
    assert [task["args"] for task in wire.tasks()] == [[1], [3], [4]]


def test_a_cancelled_task_at_the_end_takes_nothing_along(wire, client):
    ids = [client.submit("noop", [number]) for number in range(3)]
    client.cancel(ids[2])
    up(wire, client, "a", learned_us=0.0)
    assert [task["args"] for task in wire.tasks()] == [[0], [1]]


@pytest.mark.parametrize("first", [8000, 8001])
@pytest.mark.parametrize(("bytes_in_all", "frames"), [(16_384, [2]), (16_385, [1, 1])])
def test_a_frame_has_so_many_bytes_of_tasks_and_commas(wire, client, first, bytes_in_all, frames):
    up(wire, client, "a", credit=100, learned_us=0.0)
    besides = len(json_codec.task(b"i" * 32, 1, 60_000, json_codec.task_body("noop", [""], None)))
    for size in (first, bytes_in_all - first - 2 * besides - 1):
        client.submit("noop", ["x" * size])
    client.poll()
    assert sizes(wire) == frames


def test_a_frame_of_small_tasks_is_bounded_by_its_bytes(wire, client):
    up(wire, client, "a", credit=100, learned_us=0.0)
    text = "x" * 5000
    for _ in range(5):
        client.submit("noop", [text])
    client.poll()
    assert sizes(wire) == [3, 2]


def test_a_task_larger_than_a_frame_travels_alone_and_counts_as_work(wire, client):
    up(wire, client, "a", credit=100, learned_us=0.0)
    submitted(client, 1, "x" * 20_000, 3)
    assert [len(frame) for frame in wire.frames()] == [1, 1, 1]
    large = next(each for each in client._table.values() if len(each.body) > 20_000)
    assert large.cost_us == pytest.approx(len(wire.frames()[1][0]["args"][0]) / 1000, rel=0.01)


MIB = 2**20


def far(wire, client, **fields):
    """A lane whose worker is a second away."""
    (lane,) = up(wire, client, "a", credit=1000, learned_us=0.0, **fields)
    state = client._lanes[lane]
    state.flow.time(1_000_000.0, wire.now)
    return lane, state


@pytest.mark.parametrize("concurrency", [1, 5])
def test_a_worker_that_is_far_away_is_sent_32_mib_ahead_and_a_frame_for_each_that_runs(wire, client, concurrency):
    lane, state = far(wire, client, concurrency=concurrency)
    ids = [client.submit("noop", ["x" * MIB]) for _ in range(100)]
    client.poll()
    sent = 32 + 4 * concurrency  # each is a little larger than a MiB
    assert len(wire.tasks()) == sent
    assert state.bytes == sum(len(each.body) for each in state.tasks.values()) >= sent * MIB
    wire.results(lane, *(result(identity) for identity in ids[:3]))
    client.poll()
    assert len(wire.tasks()) == sent + 3


def test_what_a_lane_no_longer_holds_is_not_among_its_bytes(wire, client):
    lane, state = far(wire, client)
    first, second, _ = submitted(client, "a", "b", "c")
    each = state.bytes // 3
    wire.results(lane, other(first, "retry"), result(second))
    client.poll()
    assert (state.bytes, len(state.tasks)) == (each, 1)


def test_what_a_client_sends_ahead_is_less_than_a_worker_takes():
    for concurrency in (1, 7, 500):
        frame = strict_json.FRAME_BYTES
        ahead = batching.MOST_BYTES + concurrency * frame
        assert ahead + frame < credit.most_bytes(concurrency)


def test_a_brokers_queue_holds_as_many_bytes_as_its_own_window_lets_in(wire, client):
    lane = base.Lane("queue")
    lane.shared = True
    wire.up(lane, credit=5000)
    client.poll()
    for _ in range(60):
        client.submit("noop", ["x" * MIB])
    client.poll()
    assert len(wire.tasks()) == 60


def test_the_expected_work_of_a_lane_is_that_of_its_tasks(wire, client):
    (lane,) = up(wire, client, "a", learned_us=300.0)
    first, second = submitted(client, 1, 2)
    state = client._lanes[lane]
    assert state.work_us == 600.0
    wire.results(lane, result(first, run_us=300))
    client.poll()
    assert (state.work_us, list(state.tasks)) == (300.0, [second])


def test_a_task_that_travels_alone_has_neither_one_before_it_nor_one_behind(wire, client):
    ids = [client.submit("noop", [number]) for number in range(4)]
    client._table[ids[1]].alone = True
    up(wire, client, "a", learned_us=0.0)
    client.poll()
    assert wire.args() == [[0], [1], [2, 3]]


def deep(wire, client, each_us):
    """Have a broker's queue hold 200 tasks, of which its workers do 400 in a second."""
    lane = base.Lane("queue")
    lane.shared = True
    wire.up(lane, credit=5000)
    client.poll()
    state = client._lanes[lane]
    state.costs["noop"] = each_us
    submitted(client, *range(200))
    state.flow.count(400, wire.now + NS)
    state.flow.time(300_000, wire.now)
    assert state.is_deep(wire.now)
    wire.sent.clear()
    return state


def test_behind_a_deep_queue_tasks_wait_until_they_fill_a_larger_frame(wire, client):
    state = deep(wire, client, each_us=3000.0)
    submitted(client, *range(7))
    assert sizes(wire) == [], "21 ms of work"
    submitted(client, 7, 8, 9)
    assert sizes(wire) == [8], "24 ms of work; the other two wait"
    for request in list(state.tasks.values())[100:]:
        state.release(request)
    client.poll()
    assert sizes(wire) == [8, 2], "the queue is not deep any more"


def test_no_task_waits_behind_one_that_does_not_end(wire, client):
    deep(wire, client, each_us=3000.0)
    submitted(client, 1)
    assert sizes(wire) == []
    wire.now += 100 * MS
    client.poll()
    assert sizes(wire) == [1], "nothing has come back lately"


def test_behind_a_deep_queue_small_tasks_wait_until_they_are_128_and_a_long_one_does_not_wait(wire, client):
    state = deep(wire, client, each_us=10.0)
    submitted(client, *range(127))
    assert sizes(wire) == []
    submitted(client, 127)
    assert sizes(wire) == [128]
    state.work_us = len(state.tasks) * 30_000.0
    submitted(client, 128)
    assert sizes(wire) == [128, 1]


def test_a_control_frame_that_finds_no_room_is_counted(wire, client):
    (lane,) = up(wire, client, "a")
    (identity,) = submitted(client, 1)
    wire.busy.add(lane)
    client.cancel(identity)
    assert client.counts["busy"] == 1
    assert client.poll()[0].error["code"] == "E_CANCELLED"


def test_frames_say_where_results_are_to_go(wire):
    wire.reply_to = "mine"
    client = session.Session(wire, now_ns=lambda: wire.now).open()
    up(wire, client, "a")
    submitted(client, 1)
    assert wire.sent[-1][1]["reply_to"] == "mine"
