"""Workers that are kept running: a fake clock, fake processes, and every way in which a worker may end."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import random
from typing import Any
from unittest import mock

import pytest
from rich.console import Console

from runoff.benchmarks.transports import status_cost
from runoff.common.errors import INTERRUPTED, OK, BadInput
from runoff.environments.environment import Environment
from runoff.running import addresses, back_off, board, crew, load, slot, status_reader, supervisor
from runoff.running.slot import Slot
from runoff.running.status_reader import Reading
from runoff.services.rabbitmq import Broker
from runoff.services.rabbitmq_container import Container
from tests.helpers.environments import running_environment

WELL = Reading(live=True, ready=True, ended=10, errors=1, in_flight=2, memory_bytes=2**20)
DRAIN_S = 20.0


class FakeWorker:
    """A worker that ends when a test says so, or when it is killed."""

    def __init__(self, number: int = 0, status: str | None = "127.0.0.1:1") -> None:
        self.pid = 1000 + number
        self.status = status
        self.last_line = "error: no such queue"
        self.asked = 0
        self.closed = False
        self.exit: int | None = None

    def code(self) -> int | None:
        return self.exit

    def terminate(self) -> None:
        self.asked += 1

    def close(self) -> None:
        self.closed = True
        if self.exit is None:
            self.exit = -9


class Bench:
    """A slot on a clock that stands until it is moved; ``workers`` has everyone who was started in it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.workers: list[FakeWorker] = []
        self.slot = Slot(3, self._start, DRAIN_S, lambda low, high: high)

    def _start(self) -> FakeWorker:
        self.workers.append(FakeWorker(len(self.workers)))
        return self.workers[-1]

    def after(self, seconds: float, leaving: bool = False) -> str:
        """Move the clock, take a turn, and return the slot's state."""
        self.now += seconds
        self.slot.turn(self.now, leaving)
        return self.slot.state(self.now)

    def end(self, code: int) -> str:
        """End the worker that runs, and return the slot's state."""
        self.workers[-1].exit = code
        return self.after(0.125)


def test_pauses_double_up_to_a_limit_and_are_cut_by_up_to_half_at_random() -> None:
    longest = [back_off.pause_s(deaths, lambda low, high: high) for deaths in (1, 2, 3, 6, 7, 8, 10**6)]
    assert longest == [0.5, 1, 2, 16, 30, 30, 30]
    assert back_off.pause_s(4, lambda low, high: low) == 2
    draws = {back_off.pause_s(3, random.Random(seed).uniform) for seed in range(50)}
    assert len(draws) == 50
    assert min(draws) >= 1
    assert max(draws) <= 2


def test_a_crash_loop_slows_down_is_named_and_is_over_after_a_worker_that_lived() -> None:
    bench = Bench()
    assert bench.after(0) == "starts"
    assert bench.end(1) == "died: exit code 1; next start in 0.5 s"
    pauses = []
    for _ in range(4):
        before = bench.now
        while not bench.after(0.125).startswith("starts"):
            pass
        pauses.append(bench.now - before)
        state = bench.end(-11)
    assert pauses == [0.5, 1.0, 2.0, 4.0]
    assert state == "crash loop (5 in a row): SIGSEGV; next start in 8.0 s"
    assert bench.slot.restarts == 5
    bench.after(8)
    bench.slot.take(WELL, bench.now)
    bench.slot.take(WELL, bench.now + back_off.STABLE_S)
    assert bench.after(back_off.STABLE_S) == "ready"
    assert bench.end(1).startswith("died: ")
    assert bench.slot.deaths == 1


@pytest.mark.parametrize("code", slot.IN_ORDER)
def test_a_worker_that_drained_by_itself_is_replaced_at_once_and_is_no_death(code: int) -> None:
    bench = Bench()
    bench.after(0)
    bench.end(code)
    assert bench.after(0) == "starts"
    assert (bench.slot.recycled, bench.slot.restarts, bench.slot.deaths) == (1, 0, 0)
    assert bench.workers[0].closed


def test_one_that_ends_after_it_was_asked_to_drain_is_no_death_whatever_its_code() -> None:
    bench = Bench()
    bench.after(0)
    bench.slot.drain(bench.now)
    bench.workers[0].exit = -15  # it had not begun to hear signals
    assert bench.after(0.125, leaving=True) == "ended"
    assert (bench.slot.recycled, bench.slot.restarts) == (0, 0)


def test_one_that_could_not_begin_ends_the_command_but_not_once_one_has_begun() -> None:
    bench = Bench()
    bench.after(0)
    bench.workers[0].status = None
    with pytest.raises(BadInput, match="worker 3 did not start: error: no such queue"):
        bench.end(slot.UNUSABLE)
    bench = Bench()
    bench.after(0)
    bench.end(1)
    bench.after(1)
    bench.workers[-1].status = None
    assert bench.end(slot.UNUSABLE).startswith("died: exit code 2")


def test_one_that_is_not_live_drains_is_killed_in_the_end_and_counts_as_dead() -> None:
    bench = Bench()
    bench.after(0)
    bench.slot.take(WELL, bench.now)
    assert bench.after(0) == "ready"
    for _ in range(10):
        bench.slot.take(Reading(False, False, 10, 1, 2, None), bench.now)
        assert bench.after(1.0) == "not live"
    bench.slot.take(None, bench.now)
    assert bench.after(0.1) == "drains"
    assert bench.workers[0].asked == 1
    assert bench.after(DRAIN_S - 0.2) == "drains"
    assert not bench.workers[0].closed
    bench.after(0.2)
    assert bench.workers[0].closed
    assert bench.after(0.1).startswith("died: it was not live")
    assert bench.slot.restarts == 1


def test_one_that_never_becomes_reachable_is_ended_after_a_minute() -> None:
    bench = Bench()
    bench.after(0)
    bench.workers[0].status = None
    assert bench.after(slot.START_S - 1) == "starts"
    assert bench.after(2) == "drains"


def test_one_that_takes_long_to_become_reachable_has_its_time_to_answer_from_then_on() -> None:
    bench = Bench()
    bench.after(0)
    bench.workers[0].status = None
    assert bench.after(slot.START_S - 1) == "starts"
    bench.workers[0].status = "127.0.0.1:1"
    assert bench.after(2) == "starts"
    assert bench.after(slot.UNWELL_S) == "starts"
    assert bench.after(0.1) == "drains"


def test_rates_and_errors_outlive_a_worker_and_a_silence() -> None:
    bench = Bench()
    bench.after(0)
    bench.slot.take(WELL, bench.now + 2)
    assert (bench.slot.rate, bench.slot.errors) == (5, 1)
    bench.slot.take(None, bench.now + 3)
    assert (bench.slot.rate, bench.slot.errors, bench.slot.state(bench.now)) == (0, 1, "does not answer")
    bench.slot.take(Reading(True, False, 30, 2, 0, None), bench.now + 4)
    assert (bench.slot.rate, bench.slot.errors, bench.slot.state(bench.now)) == (10, 2, "live, not ready")
    bench.end(-9)
    bench.after(1)
    bench.slot.take(WELL, bench.now + 1)
    assert (bench.slot.errors, bench.slot.rate) == (3, 10)


class FakeLoad:
    """A load that ends two turns after it was stopped."""

    def __init__(self) -> None:
        self.left = 2
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True

    def has_ended(self) -> bool:
        self.left -= self.stopped
        return self.left < 0


class Night:
    """Two slots under the supervisor, on a clock that each wait moves; ``asks`` are the times of Ctrl-C."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, asks: list[float], with_load: bool = True) -> None:
        self.now = 0.0
        self.asks = asks
        self.requests = supervisor.Requests()
        self.workers: list[FakeWorker] = []
        self.slots = [Slot(number, self._start, DRAIN_S, lambda low, high: high) for number in range(2)]
        self.load = FakeLoad() if with_load else None
        self.begun: list[float] = []
        self.ends_s = 0.5  # how long a drain takes
        self.output = io.StringIO()
        monkeypatch.setattr(status_reader, "read", lambda address: WELL)

    def _start(self) -> FakeWorker:
        self.workers.append(FakeWorker(len(self.workers)))
        return self.workers[-1]

    def _begin(self) -> Any:
        self.begun.append(self.now)
        return self.load

    def _wait(self, seconds: float) -> None:
        self.now += seconds
        while self.asks and self.now >= self.asks[0]:
            self.asks.pop(0)
            self.requests.count += 1
        for worker in self.workers:
            if worker.asked and worker.exit is None:
                assert self.load is None or self.load.left < 0, "a worker drains while its load goes on"
                self.ends_s -= seconds
                if self.ends_s < 0:
                    worker.exit = 0

    def run(self) -> int:
        with board.Board(Console(file=self.output, width=200), "title") as shown:
            return supervisor.supervise(self.slots, self._begin, shown, self.requests, lambda: self.now, self._wait)


def test_ctrl_c_ends_the_load_first_then_drains_and_starts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(monkeypatch, [3.0])
    assert night.run() == OK
    assert [worker.asked for worker in night.workers] == [1, 1]
    assert len(night.workers) == 2
    assert len(night.begun) == 1
    assert night.load is not None
    assert night.load.stopped
    printed = night.output.getvalue()
    assert "2 of 2 workers ready" in printed
    assert "0 ended; 1 ended" in printed


def test_a_worker_that_leaves_while_the_load_ends_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(monkeypatch, [3.0])
    assert night.load is not None
    night.load.left = 20
    wait = night._wait

    def waiting(seconds: float) -> None:
        wait(seconds)
        if night.load is not None and night.load.left == 10:
            night.load.left -= 1
            for worker in night.workers:
                worker.exit = 0  # both have done enough

    monkeypatch.setattr(night, "_wait", waiting)
    assert night.run() == OK
    assert [worker.asked for worker in night.workers] == [0, 0, 1, 1]


def test_a_second_ctrl_c_ends_the_wait_for_a_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night(monkeypatch, [1.0, 2.0], with_load=False)
    night.ends_s = 1000.0
    assert night.run() == INTERRUPTED
    assert 2.0 <= night.now < 2.5


def test_the_board_shows_each_worker_and_the_totals() -> None:
    bench = Bench()
    bench.after(0)
    bench.slot.take(WELL, bench.now + 1)
    dead = Bench()
    dead.after(0)
    dead.end(-9)
    output = io.StringIO()
    console = Console(file=output, width=160, force_terminal=True, color_system=None)
    console.print(board.table("pypy-3.11, amqp", [bench.slot, dead.slot], bench.now))
    rows = [line.split() for line in output.getvalue().splitlines() if line.strip()]
    assert rows[0] == ["pypy-3.11,", "amqp"]
    assert ["3", "10", "2", "1", "0", "0", "1", "MiB", "ready"] in rows
    assert ["all", "10", "2", "1", "1", "0", "1", "MiB"] in rows
    assert "died: SIGKILL; next start in 0.6 s" in output.getvalue()
    narrow = io.StringIO()
    console = Console(file=narrow, width=80, force_terminal=True, color_system=None)
    console.print(board.table("pypy-3.11, amqp", [bench.slot, dead.slot], bench.now))
    assert "…" not in narrow.getvalue()
    assert board.line([bench.slot, dead.slot], bench.now).startswith("1 of 2 workers ready  10 tasks/s  in flight 2")


def test_a_page_of_metrics_is_read() -> None:
    page = """# TYPE runoff_tasks_total counter
runoff_tasks_total{task="a",outcome="ok"} 5
runoff_tasks_total{task="b",outcome="E_TASK"} 2
runoff_tasks_total{task="b",outcome="released"} 1
# TYPE runoff_worker_live gauge
runoff_worker_live 1
runoff_worker_ready 0
runoff_tasks_in_flight 4
"""
    assert status_reader.parsed(page) == Reading(True, False, 8, 2, 4, None)
    assert status_reader.parsed(page + "runoff_worker_memory_bytes 7e6\n").memory_bytes == 7_000_000
    assert status_reader.read("127.0.0.1:1") is None


def test_a_successor_listens_where_its_predecessor_did(tmp_path: Any) -> None:
    free = addresses.ZeroMQ("zmq+tcp", 2, None, tmp_path)
    assert free.worker(1) == "zmq+tcp:127.0.0.1:*"
    free.listens(1, "tcp://127.0.0.1:4567")
    assert free.worker(1) == "zmq+tcp:127.0.0.1:4567"
    assert addresses.ZeroMQ("zmq+tcp", 2, 5000, tmp_path).client() == "zmq+tcp:127.0.0.1:5000,127.0.0.1:5001"
    files = addresses.ZeroMQ("zmq+ipc", 2, None, tmp_path)
    assert files.client_as_typed(tmp_path) == files.client() == f"zmq+ipc:{tmp_path}/0,{tmp_path}/1"


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"port": 65000, "count": 1000}, "1000 workers from --port 65000 on need ports beyond 65535"),
        ({"broker": "amqp://127.0.0.1/"}, "--broker is for --transport amqp"),
        ({"transport": "zmq+ipc", "port": 5555}, "--port is for --transport zmq\\+tcp"),
        ({"transport": "amqp", "port": 5555}, "--port is for --transport zmq\\+tcp"),
        *[
            ({"transport": "amqp", "queue": name}, "is no name of a queue")
            for name in ("a.b", "#", "*", "a&durable=no", "a%23", "", "a\n", "\N{SUPERSCRIPT TWO}")
        ],
    ],
)
def test_a_meeting_place_that_cannot_be_is_one_sentence(more: dict[str, Any], reason: str) -> None:
    place = {"transport": "zmq+tcp", "port": None, "queue": "default", "broker": None, "allow_sudo": False, **more}
    count = place.pop("count", 1)
    with contextlib.ExitStack() as leaving, pytest.raises(BadInput, match=reason):
        addresses.obtain(addresses.MeetingPlace(**place), count, mock.Mock(), leaving, print)


def test_the_password_of_a_broker_of_ours_is_told_by_a_private_file_alone(tmp_path: Any) -> None:
    given = Broker("amqp://c:secret@h/v", "amqps://w:other@h/v?ca=x", "a broker")
    queue = addresses.Queue(given, "jobs")
    assert queue.worker(0) == "amqps://w:other@h/v?ca=x&queue=jobs"
    assert queue.client_as_typed(tmp_path) == "amqp://c:**@h/v, queue jobs"
    assert not list(tmp_path.iterdir())
    queue = addresses.Queue(dataclasses.replace(given, container=Container(object(), "engine")), "jobs")
    assert queue.client_as_typed(tmp_path) == f'"$(cat {tmp_path}/client-url)"'
    assert (tmp_path / "client-url").read_text() == "amqp://c:secret@h/v?queue=jobs"
    assert (tmp_path / "client-url").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({}, []),
        ({"max_tasks": 9}, ["--max-tasks", "9"]),
        ({"max_memory": "512MiB"}, ["--max-memory", "512MiB"]),
    ],
)
def test_a_worker_is_started_with_its_limits(limits: dict[str, Any], words: list[str]) -> None:
    given = {"path": None, "max_tasks": None, "max_memory": None, **limits}
    made = crew.Crew(kind="process", count=2, concurrency=3, tasks="orders", drain_s=7.5, **given)
    usual = [
        "--kind",
        "process",
        "--concurrency",
        "3",
        "--tasks",
        "orders",
        "--status",
        "127.0.0.1:0",
        "--drain-s",
        "7.5",
    ]
    assert made.arguments() == [*usual, *words]


def test_workers_that_began_together_do_not_end_together() -> None:
    made = crew.Crew("process", 2, 1, "orders", None, 1000, None, 7.5)
    most = [int(made.arguments()[-1]) for _ in range(50)]
    assert len(set(most)) > 1
    assert 900 <= min(most) <= max(most) <= 1000


def test_after_one_that_was_not_well_a_successor_that_drains_by_itself_is_no_death() -> None:
    bench = Bench()
    bench.after(0)
    bench.slot.drain(bench.now)
    bench.slot._unwell = True
    assert bench.end(0).startswith("died: it was not live")
    bench.after(back_off.LONGEST_S)
    assert bench.slot.worker is bench.workers[1]
    assert bench.end(0) == "ended"
    assert (bench.slot.restarts, bench.slot.recycled) == (1, 1)


@pytest.fixture(scope="module")
def environment() -> Environment:
    return running_environment()


def test_only_tasks_that_need_no_server_can_be_offered(environment: Environment) -> None:
    assert load.settings("python", environment) == {"rounds": load.ROUNDS["python"]}
    assert load.settings("sleep", environment) == {"task_ms": load.SLEEP_MS}
    assert load.settings("noop", environment) == {}
    with pytest.raises(BadInput, match="no task that can be offered is called 'io'"):
        load.settings("io", environment)
    with pytest.raises(BadInput, match="here lacks native for native-gil"):
        load.settings("native-gil", environment)


def test_the_cost_of_the_status_is_held_against_a_worker_beside_itself() -> None:
    def samples(*tasks_per_s: float) -> list[status_cost.Sample]:
        return [status_cost.Sample(each, 1e5 / each) for each in tasks_per_s]

    seen = {
        status_cost.WITHOUT: samples(1000, 2000, 1000),
        status_cost.WITH: samples(990, 1980, 990),
        status_cost.AGAIN: samples(1000, 2100, 960),
    }
    drawn = status_cost.table("title", seen)
    assert [list(column.cells) for column in drawn.columns][1:] == [
        ["0.99 [0.99, 0.99]", "1.01 [1.01, 1.01]"],
        ["1 [0.897, 1.12]", "0.997 [0.892, 1.11]"],
        ["yes", "yes"],
    ]
    seen[status_cost.AGAIN] = samples(1000, 2001, 999)
    assert [list(column.cells) for column in status_cost.table("title", seen).columns][3] == ["NO", "NO"]
