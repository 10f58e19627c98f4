"""Recipes: every value follows from a figure, what a run lacks is said, and no secret is in a file that others read."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import stat
from base64 import b64decode

import pytest

from runoff.common.errors import BadInput
from runoff.recipe import broker, builds, chosen, requirements, sizing, task_module
from runoff.records import record
from tests.helpers import runs
from tests.helpers.recipes import choose, write
from transports import batching, session, worker
from transports.wires.amqp import end as amqp_end
from transports.wires.amqp import queues as amqp_queues
from transports.wires.amqp import window as amqp_window
from transports.wires.amqp import worker as amqp_worker

FIGURES = sizing.Figures(
    cell="python-0 with distributed[2, amqp, thread] over batches of 8 python tasks",
    cores=2,
    workers=2,
    concurrency=1,
    credit=1000,
    batch=8,
    tasks_per_s=400.0,
    low=380.0,
    high=420.0,
    slowest_batch_s=0.03,
    start_s=0.6,
    memory_bytes=60 * 2**20,
    cpu_s_per_1000=4.0,
    broker_cpu_s_per_1000=0.5,
)


def numbers(**changes) -> dict[str, int]:
    sizes = sizing.compute(dataclasses.replace(FIGURES, **changes))
    return {field.name: getattr(sizes, field.name).number for field in dataclasses.fields(sizes)}


def default(function, name: str):
    return inspect.signature(function).parameters[name].default


def test_what_a_worker_and_its_client_do_is_what_the_sizes_assume():
    assert default(session.Session.submit, "deadline_s") == sizing.CLIENT_DEADLINE_S
    assert amqp_worker.HELD_BESIDES == sizing.HELD_BESIDES
    assert amqp_queues.DELIVERY_LIMIT == sizing.DELIVERY_LIMIT
    assert amqp_end.CONSUMER_TIMEOUT_S - amqp_end.CONSUMER_GRACE_S == sizing.LONGEST_DEADLINE_S
    assert batching.FRAME_TASKS == sizing.FRAME_TASKS
    assert batching.SHARED_FRAME_WORK_US == sizing.FRAME_WORK_S * 1e6
    assert batching.DEEP_FRAME_WORK_US == sizing.DEEP_FRAME_WORK_S * 1e6
    assert default(worker.Worker.__init__, "credit") is None
    assert chosen.WORKER_DEFAULTS["credit"] == amqp_window.MOST_FRAMES
    assert default(worker.Worker.__init__, "concurrency") == chosen.WORKER_DEFAULTS["worker_concurrency"]
    assert worker.LAST_REPLIES_S + 2 * worker.TURN_S < sizing.LEAVING_S


def test_each_size_follows_from_its_figure():
    found = numbers()
    assert found == {
        "workers_per_host": 2,
        "concurrency": 1,
        "credit": 1000,
        "prefetch": 6,
        "recycle_mib": 60,
        "memory_mib": 120,
        "cpu_millicores": 800,  # 4 s per 1000 tasks x 400 tasks/s / 2 workers
        "start_s": 1,
        "deadline_s": 60,
        "drain_s": 61,
        "grace_s": 63,
        "poll_s": 20,
        "messages_per_worker": 950,  # 380 / 2 tasks/s x 20 s, four tasks of 5 ms in a message
        "most_workers": 10,  # 1000 / 0.5 tasks/s over 200
        "queue_length": 30000,  # 10 workers x 200 tasks/s x 60 s, four in a message
        "delivery_limit": 20,
    }
    assert found["grace_s"] > found["drain_s"] > found["deadline_s"]


def test_short_tasks_share_a_message():
    found = numbers(tasks_per_s=4000.0, low=3800.0)
    assert found["messages_per_worker"] == 3800 // 2 * 20 // 48  # forty-eight of 0.5 ms in 24 ms


def test_a_broker_whose_cpu_time_is_unknown_carries_what_was_measured():
    assert numbers(broker_cpu_s_per_1000=None)["most_workers"] == 2


def test_a_worker_is_given_no_more_cores_than_the_run_had():
    assert numbers(cpu_s_per_1000=6.0)["cpu_millicores"] == 1000


@pytest.mark.parametrize(("deadline_s", "reason"), [(1, "give --deadline 2"), (1741, "give 1740 s at most")])
def test_a_deadline_that_cannot_be_kept_is_refused(deadline_s, reason):
    with pytest.raises(BadInput, match=reason):
        sizing.compute(FIGURES, deadline_s)


def test_the_winner_of_a_run_is_written_with_each_value_and_its_reason(tmp_path):
    into = write(runs.transports(tmp_path), tmp_path / "recipe")
    text = (into / "supervisord.conf").read_text()
    assert "numprocs = 2" in text
    readme = (into / "README.md").read_text()
    sizes = sizing.compute(choose(runs.transports(tmp_path)).figures)
    for field in dataclasses.fields(sizes):
        value = getattr(sizes, field.name)
        assert f"{value.text} | {value.why} |" in readme
    for path in into.rglob("*"):
        assert "{{" not in (path.read_text() if path.is_file() else "")
    compile((into / "app" / "tasks.py").read_text(), "tasks.py", "exec")
    compile((into / "client.py").read_text(), "client.py", "exec")


def test_a_password_is_in_its_owners_file_alone(tmp_path):
    into = write(runs.transports(tmp_path), tmp_path / "recipe")
    held = json.loads((into / "definitions.json").read_text())
    assert stat.S_IMODE((into / "secrets").stat().st_mode) == 0o700
    for user in held["users"]:
        path = into / "secrets" / f"{user['name'].rpartition('-')[2]}.env"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        password = path.read_text().partition(f"{user['name']}:")[2].partition("@")[0]
        assert len(password) >= 32
        hashed = b64decode(user["password_hash"])
        assert hashed[4:] == hashlib.sha256(hashed[:4] + password.encode()).digest()
        others = [each for each in into.rglob("*") if each.is_file() and each != path]
        assert not [each for each in others if password in each.read_text()]
    assert {user["name"] for user in held["users"]} == {f"runoff-python-{role}" for role in broker.ROLES}


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(BadInput, match="is not empty"):
        write(runs.transports(tmp_path), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    ("run", "option", "reason"),
    [
        (runs.whole, None, "not measured workers of python-2 behind RabbitMQ .* nox -s bench-python-2 -- --task"),
        (runs.failed, None, "decides nothing .* name an option"),
        (runs.failed, "one", "measured no task that computes; measure another one: nox -s bench-one -- "),
        (runs.transports, "pyton-1", "did you mean 'python-1'"),
        (runs.transports, "python-1/thread-pool", "runs workers behind RabbitMQ"),
        (runs.transports, "python-1/distributed/zmq+tcp", "runs workers behind RabbitMQ"),
    ],
)
def test_what_a_run_lacks_is_said_with_the_next_step(tmp_path, run, option, reason):
    with pytest.raises(BadInput, match=reason):
        chosen.choose_option(run(tmp_path), option)


def test_a_named_option_is_taken(tmp_path):
    assert choose(runs.transports(tmp_path)).cell.interpreter == "python-0"
    assert choose(runs.transports(tmp_path), "python-1/distributed/amqp").cell.interpreter == "python-1"


def test_one_invocation_gives_no_interval(tmp_path):
    run = runs.transports(tmp_path)
    once = record.Run(run.folder, run.header, tuple(each for each in run.records if each["block"] == 0))
    with pytest.raises(BadInput, match="in two invocations or more"):
        choose(once, "python-0")


def test_workers_measured_once_are_not_called_unmeasured_where_other_sizes_were_left_out(tmp_path):
    run = runs.transports(tmp_path)
    kept = []
    for each in run.records:
        over_amqp = each["interpreter"] == "python-0" and each["parameters"].get("transport") == "amqp"
        if over_amqp and each["parameters"].get("concurrency") != 1:
            kept.append({**each, "status": record.SKIPPED, "reason": "over the budget of 60 s"})
        elif not over_amqp or each["block"] == 0:
            kept.append(each)
    with pytest.raises(BadInput, match="with the task python in two invocations or more; measure it: "):
        choose(record.Run(run.folder, run.header, tuple(kept)), "python-0")


@pytest.mark.parametrize(("task", "beside"), [("native-gil", "native, native_gil"), ("io", "the latency server")])
def test_a_sample_task_that_needs_more_than_python_is_refused(task, beside):
    with pytest.raises(BadInput, match=f"needs {beside}; .* nox -s bench-cpython-3.14 -- "):
        task_module.require_deployable(task, "cpython-3.14")


def test_requirements_are_the_runs_pins_and_a_persons_own_come_first():
    row = {
        "packages": ["six==1.17.0", "requests==2.34.2"],
        "optional": {"pika": ["pika==1.4.4"], "zmq": ["pyzmq==27.1.0"]},
    }
    ours = ["six==1.17.0", "requests==2.34.2", "pika==1.4.4", "pyzmq==27.1.0"]
    table = {"environments": [row]}
    assert requirements.pins(ours, table) == ["six==1.17.0", "pika==1.4.4"]
    own = ["orjson==3.11.4", "requests==2.31.0", "pyzmq==27.1.0", "six==1.16.0"]
    assert requirements.pins([*own, *ours], table) == [*own, "pika==1.4.4"]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"free_threaded": False}, "cpython-3.13.5 "),
        ({"free_threaded": True}, "cpython-3.13.5+freethreaded "),
        ({"family": "pypy", "implementation_version": "7.3.19"}, "pypy-3.13.5 "),
        ({"python": "2.7"}, "--python python2.7 "),
    ],
)
def test_a_build_comes_from_where_there_is_one(facts, expected):
    known = {"family": "cpython", "implementation": "X", "implementation_version": "3.13.5", "python_full": "3.13.5"}
    assert expected in builds.build_of("x", {"python": "3.13", **known, **facts}).environment


def test_a_build_that_nobody_has_is_refused():
    with pytest.raises(BadInput, match="add a row for jython"):
        builds.build_of("jython-2.7", {"family": "jython", "python": "2.7"})


@pytest.mark.parametrize(
    "more", [{"durable": False}, {"worker_interpreter": "python-1"}, {"rates": [300], "seconds": 4}]
)
def test_what_is_run_are_own_workers_behind_a_queue_on_disk_however_fast_others_were(tmp_path, more):
    run = runs.transports(tmp_path)
    behind = {"concurrency": 2, "transport": "amqp", "worker_kind": "thread"}
    fast = runs.cell("python-0", "distributed", "python", 8, **behind, **more)
    latency = {"latency": runs.latencies(300.0, 1.0)} if "seconds" in more else {}
    run.header["cells"].append(fast)
    records = (*run.records, *runs.invocations(fast, 0.001, **latency))
    found = choose(dataclasses.replace(run, records=records), "python-0")
    assert found.cell.parameters == behind
    assert found.figures.tasks_per_s < 1000
