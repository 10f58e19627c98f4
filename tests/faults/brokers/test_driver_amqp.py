"""A run with cells over RabbitMQ: interrupted, resumed, with a broker given; no node, no queue, no password stays."""

from __future__ import annotations

import re
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from runoff.records import record
from tests.helpers.driver_process import Driver, measured_once
from tests.helpers.expected import needs_rabbitmq

pytestmark = needs_rabbitmq

#: One task over every transport, once.
CELLS = ("--profile", "smoke", "--scenario", "distributed", "--task", "python")
#: A URL whose password has not been hidden, by what it looks like.
BARE = re.compile(rb"amqps?://[^\s:/@]+:(?!\*\*@|PASSWORD@)[^\s@]+@")


@pytest.fixture
def place(driver: Driver):
    """A folder for everything temporary of the run; short, since a socket's path has at most 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="r-", dir="/tmp"))
    driver.environment["TMPDIR"] = str(folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def transports(folder: Path) -> dict[str, str]:
    """{transport: status} of the records whose workers are the client's interpreter's."""
    records = record.read(folder).records
    given = [(each["parameters"], each["status"]) for each in records]
    return {each["transport"]: status for each, status in given if "worker_interpreter" not in each}


def brokers_share(folder: Path) -> dict[str, tuple[bool, bool]]:
    """{transport: is there a CPU time, and a memory, of the broker in its records?}; where there is, it is above 0."""
    found = {}
    for each in record.read(folder).records:
        cpu_s, memory_bytes = each["broker_cpu_s"], each["broker_peak_memory_bytes"]
        assert cpu_s is None or 0 < cpu_s < each["wall_s"] * psutil.cpu_count()
        assert memory_bytes is None or memory_bytes > 20 * 2**20  # an Erlang system is no less
        found[each["parameters"]["transport"]] = cpu_s is not None, memory_bytes is not None
    return found


def assert_no_password(folder: Path, *passwords: str) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {record.HEADER, record.RECORDS, "request.json", "reply.json", "log.txt"}
    for path in files:
        content = path.read_bytes()
        assert not BARE.search(content), path
        for password in passwords:
            assert password.encode() not in content, path


def queues(node) -> list[str]:
    return sorted(name for name in node.queues() if name.startswith(("runoff.tasks.", "runoff.reply.")))


def wait_for_amqp(driver: Driver, process) -> None:
    """Until the cell over RabbitMQ has begun."""
    until = time.monotonic() + 120
    while not any("-amqp-" in path.name for path in driver.results.glob("*/*/invocations/*")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.02)


def test_an_interrupt_leaves_no_node_and_the_run_goes_on_with_another(driver, place):
    assert driver.enlist().returncode == 0
    process = driver.start(*CELLS)
    wait_for_amqp(driver, process)
    assert list(place.glob("runoff-broker-*"))
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, "--resume" in output) == (130, True), output
    assert driver.left_over() == []
    assert list(place.glob("runoff-broker-*")) == []

    done = driver.measure("--resume")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = driver.run_folder()
    assert transports(folder) == dict.fromkeys(("memory", "zmq+ipc", "zmq+tcp", "amqp"), "ok")
    assert set(measured_once(folder).values()) == {1}
    assert re.fullmatch(r"a private RabbitMQ [\d.]+ node", record.read_header(folder)["broker"])
    assert list(place.glob("runoff-broker-*")) == []
    unseen = dict.fromkeys(("memory", "zmq+ipc", "zmq+tcp"), (False, False))
    assert brokers_share(folder) == {**unseen, "amqp": (True, True)}
    assert_no_password(folder)


def test_a_given_broker_is_used_and_left_as_it_was_and_its_password_is_nowhere(driver, place, node):
    assert driver.enlist().returncode == 0
    url, password = node.url("client"), node.passwords["client"]
    driver.environment["RUNOFF_COMMAND"] = f"nox -s bench-cpython -- --amqp-url {url}"
    before = queues(node)
    done = driver.measure(*CELLS, "--amqp-url", url)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = driver.run_folder()
    assert transports(folder) == dict.fromkeys(("memory", "zmq+ipc", "zmq+tcp", "amqp"), "ok")
    assert queues(node) == before
    assert set(brokers_share(folder).values()) == {(False, False)}  # it is another's
    foreign = {each["parameters"]["transport"]: each["foreign_cpu_s"] for each in record.read(folder).records}
    assert foreign["amqp"] is None, "it may be the broker's, which is no disturbance"
    assert foreign["zmq+tcp"] is not None
    assert_no_password(folder, password)
    assert password not in done.stdout + done.stderr
    header = record.read_header(folder)
    assert header["command"].endswith(f"--amqp-url amqp://client:**@127.0.0.1:{node.port}/runoff")
    assert f"127.0.0.1:{node.port}" in header["broker"]
    promised = {each["parameters"]["transport"]: each["guarantees"] for each in record.read(folder).records}
    assert "durable" in promised["amqp"]
    assert "answered" in promised["memory"]
    assert "broker" not in promised["zmq+tcp"]


def test_an_interrupt_deletes_the_queues_of_the_invocation_under_way(driver, place, node):
    assert driver.enlist().returncode == 0
    driver.environment["RUNOFF_AMQP_URL"] = node.url("client")
    before = queues(node)
    # Half a minute a cell: asking for queues takes a second or more.
    process = driver.start(*CELLS, "--transport", "amqp", "--soak", "0.5")
    wait_for_amqp(driver, process)
    until = time.monotonic() + 30
    while len(queues(node)) < len(before) + 2:
        assert time.monotonic() < until
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert queues(node) == before


def test_a_given_broker_that_does_not_answer_is_an_error_before_anything_is_measured(driver, place):
    assert driver.enlist().returncode == 0
    done = driver.measure(*CELLS, "--amqp-url", "amqp://someone:pa55word@127.0.0.1:1/%2F")
    assert done.returncode == 2
    assert "no broker at amqp://someone:**@127.0.0.1:1/%2F" in done.stderr
    assert "pa55word" not in done.stdout + done.stderr
    assert list(driver.results.glob("*/*")) == []
