"""From made-up and committed runs to a plan: the arithmetic, what is marked, what is refused, what is printed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from runoff.analysis.measured_cells import MeasuredCells
from runoff.capacity import curves, limits, sizing
from runoff.capacity.sizing import Demand, Unreachable
from runoff.cli import __main__
from runoff.common.errors import BadInput
from runoff.common.paths import RESULTS, ROOT
from runoff.records.record import OWN_FUNCTION
from tests.helpers import runs

DEMAND = Demand(rate=5000, p99_s=0.1, cores=16, memory_bytes=2**36, copies=3, price=None)
WORKER_MIB, CLIENT_MIB = 30, 20


def made_up(folder, task="python", driven=True, broker=True, sizes=(1, 2), noise=0.03):
    """One interpreter over three transports; a worker does 100 tasks/s and uses a core, over amqp the broker 1 ms."""
    cells, records = [], []

    def add(planned, seconds, workers, **changes):
        tasks = planned["batch"] * 7
        said = {"guarantees": ["machines"] if planned["parameters"]["transport"] != "amqp" else ["broker"]}
        said |= {"peak_memory_bytes": (CLIENT_MIB + WORKER_MIB * workers) * 2**20, "cpu_s": 0.05 + tasks * 0.01}
        if planned["parameters"]["transport"] == "amqp" and broker:
            said |= {"broker_cpu_s": tasks * 0.001, "broker_peak_memory_bytes": 100 * 2**20}
        cells.append(planned)
        records.extend(runs.invocations(planned, seconds, noise=noise, **{**said, **changes}))

    for transport in ("zmq+tcp", "amqp", "zmq+ipc"):
        on = {"transport": transport, "worker_kind": "thread"}
        near = {"guarantees": ["processes"]} if transport == "zmq+ipc" else {}
        for workers in sizes:
            planned = runs.cell("one", "distributed", task, 8, concurrency=workers, **on)
            add(planned, 8 / (100 * workers), workers, **near)
        single = runs.cell("one", "distributed", "noop", 512, concurrency=1, **on, in_flight=1)
        add(single, 512 / 4000, 1, cpu_s=0.05 + 512 * 7 / 3000, **near)
        if driven:
            planned = runs.cell("one", "distributed", "sleep", 64, concurrency=1, **on, rates=[100], seconds=4)
            part = runs.latencies(100.0, 3.0)
            add(planned, 64 / 400, 1, latency=[{**part[0], "capacity": 400.0}], **near)
    machine = {"cores": 2, "cpu": "a processor", "system": "Linux", "kernel": "6", "memory_bytes": 2**33}
    return runs.run(folder, ["one"], cells, records, machine=machine)


def measured(run, transport=None, **named):
    return curves.gather(MeasuredCells.of(run), named.get("task"), named.get("interpreter"), transport)


def test_the_curves_of_a_run_and_what_a_demand_needs(tmp_path):
    over_zmq, over_amqp = measured(made_up(tmp_path))
    assert [each.transport for each in (over_zmq, over_amqp)] == ["zmq+tcp", "amqp"]
    assert over_zmq.sizes == (1, 2)
    assert over_zmq.one.value == pytest.approx(100, rel=0.05)
    assert over_zmq.worker_bytes == WORKER_MIB * 2**20
    assert over_zmq.client_bytes == CLIENT_MIB * 2**20
    assert over_zmq.cores == pytest.approx(1.0, rel=0.05)
    assert over_zmq.client.known
    assert over_zmq.client.rate == pytest.approx(4000, rel=0.05)
    need = sizing.compute(over_zmq, DEMAND)
    assert need.workers.value == pytest.approx(5000 / 100 / sizing.BUSY, rel=0.05)
    assert need.workers.low < need.workers.value < need.workers.high
    assert (need.per_host, need.bound, need.hosts.value, need.clients, need.nodes) == (16, "cores", 4, 2, None)
    assert need.memory_bytes.value == (need.workers.value * WORKER_MIB + 2 * CLIENT_MIB) * 2**20
    assert need.cost.value == pytest.approx(4 * 16 / (5000 * 3600) * 1e6)
    assert need.busy <= sizing.BUSY
    assert need.p99_s < DEMAND.p99_s
    behind = sizing.compute(over_amqp, DEMAND)
    assert over_amqp.broker.task_s == pytest.approx(0.001)
    assert (behind.nodes.value, behind.queues) == (3, 5)  # 5 cores: one node, three copies
    assert behind.cost.value > need.cost.value


def test_what_lies_beyond_the_measured_range_is_named(tmp_path):
    (over_amqp,) = measured(made_up(tmp_path), "amqp")
    said = "\n".join(sizing.compute(over_amqp, DEMAND).extrapolated)
    for part in (
        "workers: ",
        "workers on a host: 16, measured up to 2",
        "p99: measured with 1 task",
        "the broker's rate",
    ):
        assert part in said
    small = Demand(100, None, 2, 2**33, 1, None)
    assert sizing.compute(over_amqp, small).extrapolated == ()


def test_a_law_is_used_where_it_can_be_fitted(tmp_path):
    run = made_up(tmp_path, sizes=(1, 2, 3, 4, 6, 8))
    run.header["machine"]["cores"] = 8
    over_zmq, _ = measured(run)
    assert over_zmq.law is not None
    need = sizing.compute(over_zmq, DEMAND)
    assert sizing.one_worker(over_zmq, need.per_host).value == pytest.approx(100, rel=0.05)
    assert "by the fitted law" in "\n".join(need.extrapolated)


def test_memory_may_bound_a_host(tmp_path):
    over_zmq, _ = measured(made_up(tmp_path))
    need = sizing.compute(over_zmq, Demand(5000, 0.1, 16, 4 * WORKER_MIB * 2**20, 3, 0.5))
    assert (need.per_host, need.bound, need.cost.value) == (4, "memory", need.hosts.value * 0.5)
    with pytest.raises(Unreachable, match="no room for one worker"):
        sizing.compute(over_zmq, Demand(5000, 0.1, 16, 2**20, 3, None))


def test_a_p99_below_what_one_task_takes_cannot_be_kept(tmp_path):
    over_zmq, _ = measured(made_up(tmp_path))
    with pytest.raises(Unreachable, match="no number of workers keeps 5 ms"):
        sizing.compute(over_zmq, Demand(5000, 0.005, 16, 2**36, 3, None))


def test_a_p99_that_the_slow_end_of_the_interval_misses_is_not_promised(tmp_path):
    over_zmq, _ = measured(made_up(tmp_path, noise=0.3))
    slow, fast = (1 / each for each in (over_zmq.one.low, over_zmq.one.value))
    kept_s = (sizing.compute(over_zmq, Demand(1, 9.0, 16, 2**36, 3, None)).p99_s or 0) * (slow / fast + 1) / 2
    with pytest.raises(Unreachable, match="at the slow end of its interval, .* no number of workers keeps"):
        sizing.compute(over_zmq, Demand(1, kept_s, 16, 2**36, 3, None))


def test_what_gives_way_first(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "TASKS", 3000)
    _, over_amqp = measured(made_up(tmp_path))
    need = sizing.compute(over_amqp, DEMAND)
    found = limits.limits(over_amqp, DEMAND, need)
    assert [limit.name for limit in found] == [
        "one queue of the broker",
        "one host's cores",
        "one client's send loop",
        "one node of the broker",
    ]
    assert [round(limit.rate, -2) for limit in found][::2] == [1000, 4000]
    steps = list(limits.climb(over_amqp, need, found))
    assert [step.workers for step in steps] == [1, 10, 100, 1000, 10000]
    assert steps[1].outcome.carried == pytest.approx(steps[1].offered, rel=0.1)
    assert steps[-1].outcome.carried == pytest.approx(1000, rel=0.02)
    assert steps[-1].gone == ("one queue of the broker", "one client's send loop", "one node of the broker")
    assert limits.sentence(found).startswith("What gives way first is one queue of the broker, at 11 workers")


@pytest.mark.parametrize(
    ("made", "named", "refused"),
    [
        ({}, {"interpreter": "ones"}, "no interpreter in this run is called 'ones'; did you mean 'one'"),
        ({}, {"transport": "zmq+ipc"}, "no transport between hosts in this run is called 'zmq"),
        ({}, {"task": "io"}, "no task of workers in this run is called 'io'"),
    ],
)
def test_names_that_the_run_does_not_know(tmp_path, made, named, refused):
    with pytest.raises(BadInput, match=refused):
        measured(made_up(tmp_path, **made), **named)


def test_a_run_without_latencies_or_without_the_brokers_time_says_so(tmp_path):
    over_zmq, over_amqp = measured(made_up(tmp_path, driven=False, broker=False))
    with pytest.raises(Unreachable, match="no valid latency rows"):
        sizing.compute(over_zmq, DEMAND)
    alone = Demand(5000, None, 16, 2**36, 3, None)
    with pytest.raises(Unreachable, match="broker's CPU time was not seen"):
        sizing.compute(over_amqp, alone)
    assert sizing.compute(over_zmq, alone).p99_s is None


def test_an_own_function_is_taken_by_itself_and_its_client_is_not_known_to_be_faster(tmp_path, monkeypatch):
    run = made_up(tmp_path, task=OWN_FUNCTION)
    kept = [cell for cell in run.header["cells"] if cell["task"] != "noop"]
    records = [each for each in run.records if each["task"] != "noop"]
    run = runs.run(tmp_path, ["one"], kept, records, machine=run.header["machine"])
    over_zmq, _ = measured(run)
    assert over_zmq.task == OWN_FUNCTION
    assert sizing.compute(over_zmq, DEMAND).clients is None
    need = sizing.compute(over_zmq, DEMAND)
    found = limits.limits(over_zmq, DEMAND, need)
    assert all("client" not in limit.name for limit in found)
    monkeypatch.setattr(limits, "MOST_SLOTS", 2000)
    *_, last = limits.climb(replace(over_zmq, slots=8), need, found)  # 80 000 tasks at once, and nothing before them
    assert last.outcome.carried == pytest.approx(last.offered, rel=0.05)


def call(monkeypatch, *arguments) -> int:
    monkeypatch.setattr("sys.argv", ["runoff", "capacity", *map(str, arguments)])
    return __main__.main()


TRANSPORTS = next(RESULTS.glob("*/reference-transports"))


def test_the_command_answers_a_committed_run(monkeypatch, capsys):
    monkeypatch.setattr(limits, "LADDER", (1, 10))
    monkeypatch.setattr("runoff.capacity.check.PLAYED", 1)
    code = call(monkeypatch, TRANSPORTS.relative_to(ROOT), "--rate", 50000, "--p99", "50ms", "--hosts-of", 16)
    printed = capsys.readouterr().out
    assert code == 0
    for part in (
        "EXTRAPOLATED",
        "zmq+tcp",
        "amqp",
        "broker nodes",
        "simulated",
        "95 % load",
        "What gives way first is",
    ):
        assert part in printed
    shown = (ROOT / "docs/capacity.md").read_text(encoding="utf-8")
    for line in printed.splitlines():
        workers = re.search(r" \d+ \[(?=\d+, \d+\]\*)", line)  # the first one in a line of the first table
        assert not workers or workers.group() in shown
    assert "left out, as they work within one machine only: memory, zmq+inproc and zmq+ipc" in printed


@pytest.mark.parametrize(
    ("run", "arguments", "complaint"),
    [
        ("reference", ["--p99", "50ms"], "has no latency rows of workers between hosts .*measure them: nox -s bench-"),
        ("reference-original-study", [], "has no speed of workers that can be on other hosts; measure them: nox -s"),
        ("reference-transports", ["--p99", "5ms"], "one task that waits for nobody has a p99 of"),
        ("reference-transports", ["--p99", "5"], "takes a number with us or ms or s, as 50ms"),
    ],
)
def test_what_a_run_cannot_answer_is_one_sentence_and_exit_code_2(monkeypatch, capsys, run, arguments, complaint):
    code = call(monkeypatch, next(RESULTS.glob(f"*/{run}")), "--rate", 500, *arguments)
    said = capsys.readouterr().err
    assert code == 2
    assert len(said.splitlines()) == 1
    assert complaint.partition(" .*")[0].partition("; measure")[0] in said
