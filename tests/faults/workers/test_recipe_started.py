"""What `nox -s recipe` writes, started under a real supervisord over a private broker: fast, supervised, drained."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from urllib.request import urlopen

import pika
import pika.exceptions
import psutil
import pytest
import uv

from runoff.common.errors import BAD_INPUT
from tests.helpers import runs
from tests.helpers.driver_process import Driver
from tests.helpers.expected import need, needs_rabbitmq
from tests.helpers.recipes import own_run, write
from transports import session

pytestmark = [needs_rabbitmq, pytest.mark.own_broker("definitions are imported: users and a virtual host")]

CELLS = ("--profile", "quick", "--scenario", "distributed", "--task", "python", "--transport", "amqp")
TRIES = 20  # at the throughput of the run, while other tests take more of the machine than they took then
SLOWER = 0.25  # what they may cost all the same; a worker too few would cost a half


@pytest.fixture
def recipe(driver: Driver, found, node, tmp_path: Path) -> Path:
    """A recipe of a fresh run, its environment made, its definitions imported, its URLs pointing at ``node``."""
    assert driver.enlist().returncode == 0
    done = driver.measure(*CELLS)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "recipe"
    written = driver.recipe(folder)
    assert written.returncode == 0, written.stdout + written.stderr
    again = driver.recipe(folder)
    assert (again.returncode, "is not empty" in again.stderr) == (BAD_INPUT, True)
    make_environment(folder, need(found, driver.label).executable)
    imported(folder, node)
    return folder


def documented(recipe: Path, part: str) -> str:
    """Return the only line with ``part`` of the commands in the recipe's README."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (recipe / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    (line,) = {line for line in blocks[0].splitlines() + blocks[1].splitlines() if part in line}
    return line


def typed(recipe: Path, line: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a line of the README in the recipe's folder, with uv and this Python's folder on PATH."""
    folders = (os.path.dirname(uv.find_uv_bin()), os.environ["PATH"])
    variables = {**os.environ, "PATH": os.pathsep.join(folders), **more}
    return subprocess.run(
        ["sh", "-c", line], cwd=recipe, env=variables, capture_output=True, text=True, timeout=120, check=False
    )


def make_environment(folder: Path, python: str) -> None:
    """Make the environment as the README says, but for the interpreter: it is one of this machine."""
    line = re.sub(r"(?<=uv venv --python )\S+", python, documented(folder, "uv venv"))
    done = typed(folder, line)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def definitions(node, tmp_path_factory) -> Path:
    """A recipe of a run that was made up, its definitions imported."""
    folder = tmp_path_factory.mktemp("recipe")
    imported(write(runs.transports(folder), folder / "recipe"), node)
    return folder / "recipe"


def imported(folder: Path, node) -> None:
    node.control("import_definitions", str(folder / "definitions.json"))
    supervised = folder / "supervisord.conf"  # the ports of its status may be taken here
    supervised.write_text(supervised.read_text().replace("--status 127.0.0.1:%(process_num)d", "--status 127.0.0.1:0"))
    for path in (folder / "secrets").glob("*.env"):
        path.write_text(path.read_text().replace(":5672/", f":{node.port}/"))


def variables(folder: Path, role: str) -> dict[str, str]:
    name, _, value = (folder / "secrets" / f"{role}.env").read_text().strip().partition("=")
    return {name: value}


def url(folder: Path, role: str) -> str:
    return next(iter(variables(folder, role).values()))


def is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


class Supervised:
    """The recipe's supervisord, and what it has said."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "supervisord.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "supervisor.supervisord", "-c", "supervisord.conf"],
                cwd=folder,
                env={**os.environ, **variables(folder, "worker")},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def workers(self) -> list[int]:
        return sorted(child.pid for child in psutil.Process(self.process.pid).children())

    def wait_until_ready(self, count: int) -> list[int]:
        """Return the status ports of ``count`` workers once all are ready; supervisord restarts within a second."""
        until = time.monotonic() + 30
        while True:
            ports = [
                int(found[-1])  # of the worker that was started last
                for log in self.log.parent.glob("worker-*.log")
                if (found := re.findall(r"status at 127.0.0.1:(\d+)", log.read_text()))
            ]
            if len(ports) == count and all(is_ready(port) for port in ports):
                return ports
            assert time.monotonic() < until, f"workers at {ports} are not all ready"
            time.sleep(0.05)

    def stop(self) -> str:
        if self.process.poll() is None:
            if typed(self.log.parent, documented(self.log.parent, "kill ")).returncode:
                self.process.terminate()  # it has not written its process id yet
            self.process.wait(30)
        return self.log.read_text()


@pytest.mark.parametrize(
    ("role", "call", "refused"),
    [
        ("scaler", lambda channel: channel.queue_declare("runoff.tasks.python", passive=True), False),
        ("scaler", lambda channel: channel.basic_get("runoff.tasks.python"), True),
        ("worker", lambda channel: channel.basic_get("runoff.tasks.python"), False),
        ("worker", lambda channel: channel.queue_delete("runoff.tasks.python"), True),
        ("worker", lambda channel: channel.basic_publish("runoff.tasks", "python.x", b""), True),
        ("worker", lambda channel: channel.basic_get("runoff.dead"), True),
        ("client", lambda channel: channel.queue_declare("runoff.tasks.other"), True),
        ("client", lambda channel: channel.queue_declare("mine"), True),
    ],
)
def test_a_role_may_do_what_it_needs_and_nothing_else(definitions: Path, role, call, refused) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url(definitions, role).partition("?")[0]))
    try:
        channel = connection.channel()
        channel.confirm_delivery()  # a refused message ends the channel before it is confirmed
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="403") if refused else nullcontext():
            call(channel)
    finally:
        connection.close()


def test_the_broker_holds_the_limits(definitions: Path, node) -> None:
    listed = json.loads(node.control("list_policies", "-p", "runoff-python", "--formatter", "json"))
    written = json.loads((definitions / "definitions.json").read_text())["policies"]
    held = {each["name"]: json.loads(each["definition"]) for each in listed}
    assert held == {each["name"]: each["definition"] for each in written}
    assert held["tasks"]["max-length"] > held["tasks"]["delivery-limit"] > 0


def test_a_recipe_runs_as_fast_as_its_run_and_loses_nothing(recipe: Path, node) -> None:
    grace_s = int(re.search(r"stopwaitsecs = (\d+)", (recipe / "supervisord.conf").read_text()).group(1))
    count = int(re.search(r"numprocs = (\d+)", (recipe / "supervisord.conf").read_text()).group(1))
    supervised = Supervised(recipe)
    try:
        ports = supervised.wait_until_ready(count)  # one alone may reach the run's interval while the other starts
        assert_throughput(recipe)
        before = supervised.workers()
        assert len(before) == count
        ready, counted = (
            typed(recipe, documented(recipe, page).replace(":9101/", f":{ports[0]}/")) for page in ("readyz", "metrics")
        )
        assert (ready.returncode, ready.stdout) == (0, "ok\n")
        assert 'outcome="ok"' in counted.stdout
        with session.connect(url(recipe, "client")) as client:
            assert_a_killed_worker_loses_nothing(client, before[0])
            supervised.wait_until_ready(count)
            after = supervised.workers()
            assert (len(after), before[0] in after) == (count, False)
            asked = {client.submit("python", [number]): number for number in range(1000)}
            found = client.poll(10.0)
            assert 0 < len(found) < len(asked)
            began = time.monotonic()
            said = supervised.stop()
            assert time.monotonic() - began < grace_s
            # A worker that gave work back would have ended with 75, one that was cut off by a signal.
            assert len(re.findall(r"stopped: worker-\d+ \(exit status 0\)", said)) == count, said
            supervised = Supervised(recipe)
            found += finish(client, len(asked) - len(found))
            assert {outcome.id: outcome.result for outcome in found} == asked
            assert client.counts["resent"] == 0
    finally:
        supervised.stop()


def test_an_own_function_is_answered_by_the_workers_of_its_recipe(node, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("runoff.common.paths.WORKLOADS", tmp_path / "workloads")
    folder = write(own_run(tmp_path), tmp_path / "recipe")
    make_environment(folder, sys.executable)
    imported(folder, node)
    supervised = Supervised(folder)
    try:
        done = measured_by_hand(folder)
        assert (done.returncode, "tasks answered" in done.stdout) == (0, True), done.stdout + done.stderr
    finally:
        supervised.stop()


def measured_by_hand(recipe: Path) -> subprocess.CompletedProcess[str]:
    return typed(recipe, documented(recipe, "client.py").replace("client.py", "client.py 2"))


def assert_throughput(recipe: Path) -> None:
    """The median of batches reaches the run's interval but for SLOWER, as the recipe's own client prints it."""
    for _ in range(TRIES):
        done = measured_by_hand(recipe)
        assert done.returncode == 0, done.stdout + done.stderr
        here, low = re.search(r"answered, (\S+) tasks/s .* measured \S+ \[(\S+), \S+\]", done.stdout).groups()
        if float(here) >= (1 - SLOWER) * float(low):
            return
    pytest.fail(done.stdout)


def assert_a_killed_worker_loses_nothing(client: session.Session, worker: int) -> None:
    asked = {client.submit("python", [number]): number for number in range(400)}
    found = client.poll(10.0)
    assert 0 < len(found) < len(asked)
    os.kill(worker, signal.SIGKILL)
    found += finish(client, len(asked) - len(found))
    assert {outcome.id: outcome.result for outcome in found} == asked
    assert len(found) == len(asked)


def finish(client: session.Session, count: int) -> list:
    found, until = [], time.monotonic() + 60
    while len(found) < count and time.monotonic() < until:
        found += client.poll(0.1)
    return found
