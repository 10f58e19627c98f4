# Run by pytest (Python 3.9 upward), with Jython on the machine.
"""Jython against peers of CPython, in both directions, over ZeroMQ (JeroMQ against pyzmq) and RabbitMQ.

Each side loses a worker to SIGKILL; one that a supervisor restarts takes part again.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

pytest.importorskip("zmq")
from runoff.common.paths import ROOT
from runoff.environments import preparing
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings
from runoff.services import rabbitmq_node
from tests.helpers.expected import need, needs_rabbitmq
from tests.helpers.oracle import check_oracle, collect, connect, submit
from tests.helpers.zeromq_workers import TASKS as MODULE
from tests.helpers.zeromq_workers import Workers
from transports import session

TASKS = 300
#: A worker is a Java virtual machine, whose start takes some 10 s of a busy machine, each time.
WITHIN_S = 120.0
OVER = ["zmq+tcp", pytest.param("amqp", marks=needs_rabbitmq)]
#: Run by Jython: have TASKS tasks done, kill one process after the first outcomes, print what came back.
CLIENT = """
from __future__ import print_function
import json, os, sys
from transports import session
url, log = sys.argv[1:3]
pid, tasks, lanes = [int(word) for word in sys.argv[3:]]
client = session.connect(url).open()
client.wait_for_workers(lanes, 30.0)
ids = [client.submit("mark", [log, number, 0.003]) for number in range(tasks)]
outcomes, killed = [], False
while len(outcomes) < len(ids):
    outcomes += client.poll(1.0)
    if len(outcomes) > 30 and not killed:
        killed = True
        os.kill(pid, 9)
again = client.poll(0.2)
results = [outcome.result for outcome in outcomes]
print(json.dumps({"results": results, "again": len(again), "lost": client.counts["lost"], "killed": killed}))
client.close()
"""


class Crew:
    """Two workers under Jython, supervised, as the command ``workers`` starts them with ``options``."""

    def __init__(self, folder: Path, *options: str, **variables: str) -> None:
        self.printed = folder / "printed"
        command = [sys.executable, "-m", "runoff.cli", "workers", "--interpreter", "jython-2.7", "--kind", "thread"]
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [*command, "--per-host", "2", *options],
                cwd=ROOT,
                env={**os.environ, **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.printed.read_text())

    def until(self, check: Callable[[], object]) -> None:
        deadline = time.monotonic() + WITHIN_S
        while not check():
            assert self.process.poll() is None, self.printed.read_text()
            assert time.monotonic() < deadline, self.printed.read_text()
            time.sleep(0.1)

    def workers(self) -> list[psutil.Process]:
        return [each for each in psutil.Process(self.process.pid).children() if "transports.worker" in each.cmdline()]

    def close(self) -> None:
        """Have the workers drain, and the command end; kill it where it does not."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30.0)
        finally:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def jython(found) -> Environment:
    return preparing.prepare(need(found, "jython-2.7"))


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path, "zmq+tcp")
    yield made
    made.close()


def test_a_client_over_pyzmq_keeps_its_promise_with_workers_over_jeromq(workers, jython, tmp_path):
    variables = {**surroundings.for_interpreters(), **jython.variables}
    ours = workers.start("a", interpreter=jython.command, environment=variables)
    theirs = workers.start("b")
    client = connect(workers, [ours, theirs])
    submitted = submit(client, TASKS, tmp_path / "log", 0.003)
    killed = []

    def kill(found):
        if len(found) > 30 and not killed:
            killed.append(True)
            workers.signal("a", signal.SIGKILL)

    found = collect(client, TASKS, 30, kill)
    check_oracle(client, submitted, found)
    assert killed
    assert [outcome.error for outcome in found if outcome.error] == []
    assert client.counts["lost"] > 0
    client.close()


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A folder with a module of tasks, which workers find by --path alone."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "tasks_of_mine.py").write_text(f"from {MODULE} import TASKS\n")
    return folder


@pytest.mark.parametrize("transport", OVER)
def test_a_client_keeps_its_promise_with_supervised_workers_one_of_which_is_killed(
    request, jython, tmp_path, beside, transport
):
    options = ["--transport", transport, "--tasks", "tasks_of_mine", "--path", str(beside)]
    variables = {}
    if transport == "amqp":
        queue = request.getfixturevalue("queue")
        options += ["--queue", queue]
        node: rabbitmq_node.Node = request.getfixturevalue("node")
        variables["RUNOFF_AMQP_URL"] = node.url("admin")
    crew = Crew(tmp_path, *options, **variables)
    try:
        crew.until(lambda: crew.said("clients connect to") is not None)
        said = crew.said("clients connect to (.*)")
        assert said is not None
        url, lanes = (said[1], 2) if transport != "amqp" else (f"{node.url('client')}?queue={queue}", 1)
        with session.connect(url) as client:
            client.wait_for_workers(lanes, WITHIN_S)
            keeps_its_promise(crew, client, tmp_path / "log", lanes)
        crew.close()
        assert crew.process.returncode == 0, crew.printed.read_text()
    finally:
        crew.close()


def keeps_its_promise(crew: Crew, client: session.Session, log: Path, lanes: int) -> None:
    """Kill a worker under load; each task has one outcome, and the restarted worker brings its part of the next."""
    killed: list[psutil.Process] = []

    def kill(found: list[session.Outcome]) -> None:
        if len(found) > 30 and not killed:
            killed.append(crew.workers()[0])
            killed[0].kill()

    submitted = submit(client, TASKS, log, 0.003)
    found = collect(client, TASKS, 30, kill)
    check_oracle(client, submitted, found)
    assert killed
    assert [outcome.error for outcome in found if outcome.error] == []
    before = set(client.answers)
    assert len(before) == 2
    crew.until(lambda: client.poll(0.05) or len(crew.workers()) == 2)
    client.wait_for_workers(lanes, WITHIN_S)
    deadline = time.monotonic() + WITHIN_S
    while set(client.answers) == before:
        assert time.monotonic() < deadline, (client.problems, crew.printed.read_text())
        submitted = submit(client, 20, log, 0.003)
        found = collect(client, 20, 30)
        check_oracle(client, submitted, found)
        assert [outcome.error for outcome in found if outcome.error] == []


@pytest.mark.parametrize("transport", OVER)
def test_a_client_under_jython_keeps_its_promise_with_workers_of_cpython(request, workers, jython, tmp_path, transport):
    if transport == "amqp":
        node, queue = request.getfixturevalue("node"), request.getfixturevalue("queue")
        url, lanes = f"{node.url('client')}?queue={queue}", 1
        workers.scheme, place = "amqp", node.url("worker").partition(":")[2] + f"?queue={queue}"
        for name in ("a", "b"):
            workers.start(name, address=place)
    else:
        addresses = [workers.start(name) for name in ("a", "b")]
        url, lanes = f"zmq+tcp:{','.join(addresses)}", 2
    victim = str(workers.processes["a"].pid)
    run = subprocess.run(
        [*jython.command, "-c", CLIENT, url, str(tmp_path / "log"), victim, str(TASKS), str(lanes)],
        cwd=ROOT,
        env={**surroundings.for_interpreters(), **jython.variables},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert sorted(said["results"]) == list(range(TASKS))
    assert (said["again"], said["killed"]) == (0, True)
    # What a worker held is handed out again by RabbitMQ itself.
    assert (said["lost"] > 0) == (transport != "amqp")
