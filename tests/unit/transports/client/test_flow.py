"""What a session sends ahead: enough for rate and delay, and no more, to each of its workers."""

from __future__ import annotations

import pytest

from tests.fakes import simulated_wire
from tests.fakes.simulated_wire import Worker
from transports import batching, session
from transports.client import flow
from transports.service import credit
from transports.wires.amqp.window import MOST_FRAMES, Window

MS = 1000
#: name: (what a task runs, what it costs its worker besides, both in us; how many there are)
COSTS = {"no-op": (0, 20, 25000), "1 ms": (MS, 20, 2000), "10 ms": (10 * MS, 20, 300), "0.1 s": (100 * MS, 20, 30)}


def speed(cost, delay_ms):
    ran_us, besides_us, tasks = COSTS[cost]
    outcomes, seconds = simulated_wire.run([Worker(ran_us, besides_us, delay_ms * MS)], tasks)
    assert len(outcomes) == tasks
    assert not [outcome for outcome in outcomes if outcome.error]
    return tasks / seconds


@pytest.mark.parametrize("cost", COSTS)
def test_a_delay_costs_little(cost):
    near = speed(cost, 0)
    assert speed(cost, 2) > 0.9 * near
    assert speed(cost, 20) > 0.8 * near


#: name: what a task costs each of two workers, in us
PAIRS = {"no-op": ((0, 20), (0, 60)), "short": ((MS, 20), (200, 20)), "long": ((10 * MS, 20), (2 * MS, 20))}


@pytest.mark.parametrize("delays_ms", [(0, 0), (20, 0), (0, 20)])
@pytest.mark.parametrize("pair", PAIRS)
def test_unequal_workers_share_by_their_speed(pair, delays_ms):
    workers = [Worker(*cost, delay * MS) for cost, delay in zip(PAIRS[pair], delays_ms)]
    speeds = [1e6 / sum(cost) for cost in PAIRS[pair]]
    _, seconds = simulated_wire.run(workers, int(sum(speeds)))  # one second at best
    assert seconds < 1.1
    for worker, best in zip(workers, speeds):
        assert worker.answered == pytest.approx(best, rel=0.2)


@pytest.mark.parametrize("delays_ms", [(0, 0), (20, 20), (0, 20)])
@pytest.mark.parametrize("cost", [(0, 80), (MS, 20)])
def test_equal_workers_share_evenly_whatever_their_credit_and_delay(cost, delays_ms):
    workers = [Worker(*cost, delay * MS, credit=some) for delay, some in zip(delays_ms, (4500, 2500))]
    simulated_wire.run(workers, int(1e6 / sum(cost)))
    counts = sorted(worker.answered for worker in workers)
    assert counts[1] < 1.2 * counts[0]


def test_large_credit_does_not_put_work_before_a_worker_that_is_near():
    worker = Worker(MS, 0, credit=4500)
    simulated_wire.run([worker], 1000)
    assert worker.most_work_us <= batching.AHEAD_US + batching.FRAME_WORK_US + MS


def test_results_that_waited_in_the_client_do_not_look_like_a_long_way():
    wire = simulated_wire.Wire([Worker(MS, 0, 2 * MS)])
    client = session.Session(wire, now_ns=lambda: wire.now).open()
    client.wait_for_workers(1)
    for _ in range(3):
        for _ in range(10):
            client.submit("noop")
        client.poll()
        wire.now += session.NS  # it does not look meanwhile
        while client.pending():
            client.poll(1.0)
    (state,) = client._lanes.values()
    assert 2 * MS <= state.flow.delay_us < 3 * MS


def test_a_way_that_became_longer_or_shorter_is_believed_after_a_while():
    seen = flow.Flow(False, 0)
    for at, way_us, known_us in ((0, 900, 900), (1, 500, 500), (2, 20000, 500), (3, 20000, 500), (6, 20000, 20000)):
        seen.time(way_us, at * session.NS)
        assert seen.delay_us == known_us, at
    seen.time(300, 7 * session.NS)
    assert seen.delay_us == 300


def test_a_queue_of_a_broker_gets_what_is_done_in_a_quarter_of_a_second():
    seen = flow.Flow(True, 0)
    for turn in range(1, 101):
        seen.time(1e6, turn)
        seen.count(1000, turn * session.NS // 100)
    assert seen.window == 25000
    assert seen.delay_us == 0  # a task that waits in the queue is not on its way


def test_a_worker_permits_what_it_does_in_a_quarter_of_a_second():
    known = credit.Credit(None, 0)
    seen = []
    for second, answered in enumerate((10, 8010, 108010, 108010, 108010), 1):
        known.renew(answered, second * session.NS)
        seen.append(known.tasks)
    assert seen == [credit.FIRST, 2000, credit.MOST, credit.MOST // 2, credit.MOST // 4]
    fixed = credit.Credit(7, 0)
    fixed.renew(100000, session.NS)
    assert fixed.tasks == 7


@pytest.mark.parametrize("delay_ms", [0, 2, 20, 200])
@pytest.mark.parametrize("work_ms", [1.3, 8, 100])
def test_a_window_of_frames_grows_until_the_delay_is_hidden(work_ms, delay_ms):
    """Of a worker: a frame is held for its work and two round trips."""
    window, now = Window(6, 2, 0), 0.0
    for _ in range(30):
        frames = min(1 / work_ms, window.frames / (work_ms + 2 * delay_ms)) * 250
        window.moved += round(frames)
        now += 250
        window.measure(int(delay_ms * 1e6), int(now * 1e6))
    assert window.frames / (work_ms + 2 * delay_ms) >= 1 / work_ms
    assert window.frames <= min(MOST_FRAMES, 6 + 2 * (2 * delay_ms / work_ms) + 4)
