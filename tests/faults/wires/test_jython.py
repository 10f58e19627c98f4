# Run by pytest (Python 3.9 upward), with Jython on the machine.
"""Jython over JeroMQ against peers over pyzmq, in both directions; each side loses a worker to SIGKILL."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("zmq")
from runoff.common.paths import ROOT
from runoff.interpreters import environments, surroundings
from runoff.interpreters.environments import Environment
from tests.helpers.expected import need
from tests.helpers.oracle import check_oracle, collect, connect, submit
from tests.helpers.zeromq_workers import Workers

TASKS = 300
#: Run by Jython: have TASKS tasks done by two workers, kill one process after the first outcomes, print what came back.
CLIENT = """
from __future__ import print_function
import json, os, sys
from transports import session
url, log, pid, tasks = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
client = session.connect(url).open()
client.wait_for_workers(2, 30.0)
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


@pytest.fixture(scope="module")
def jython(found) -> Environment:
    return environments.prepare(need(found, "jython-2.7"))


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


def test_a_client_over_jeromq_keeps_its_promise_with_workers_over_pyzmq(workers, jython, tmp_path):
    addresses = [workers.start(name) for name in ("a", "b")]
    url, victim = f"zmq+tcp:{','.join(addresses)}", str(workers.processes["a"].pid)
    run = subprocess.run(
        [*jython.command, "-c", CLIENT, url, str(tmp_path / "log"), victim, str(TASKS)],
        cwd=ROOT,
        env={**surroundings.for_interpreters(), **jython.variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert sorted(said["results"]) == list(range(TASKS))
    assert (said["again"], said["killed"]) == (0, True)
    assert said["lost"] > 0
