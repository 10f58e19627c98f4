# Run by pytest (Python 3.9 upward). Stops real workers and their children, and takes a real broker away.
"""Workers tell the truth of themselves, stopped or without their broker; a set of them is kept running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from runoff.common.paths import ROOT
from runoff.services import rabbitmq_node
from tests.helpers.expected import needs_rabbitmq

pytest.importorskip("zmq")
from transports import ready, session

pytestmark = pytest.mark.own_broker("it is killed")

WITHIN_S = 30.0


class Status:
    """The status of a worker process, at ``address``."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def get(self, path: str, timeout_s: float = 5.0) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://{self.address}{path}", timeout=timeout_s) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def samples(self) -> dict[tuple[str, ...], float]:
        """The metrics, {(name, label values in the order of the labels' names): value}, as Prometheus reads them."""
        families = list(text_string_to_metric_families(self.get("/metrics")[1]))
        assert all(family.documentation and family.type != "unknown" for family in families)
        return {
            (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
            for family in families
            for sample in family.samples
        }


@contextmanager
def serving(url: str, kind: str) -> Iterator[Status]:
    """A worker process that tells its status."""
    command = [sys.executable, "-m", "transports.worker", url, "--kind", kind, "--status", "127.0.0.1:0"]
    command += ["--tasks", "tests.inside.remote_tasks", "--drain-s", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = ready.read_status(line)
        assert address is not None, line
        yield Status(process, address)
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(WITHIN_S)
        process.communicate()


def until(check: Callable[[], object], seen: Callable[[], object] = lambda: None) -> None:
    """Wait until ``check()``; where it does not come true, say what is ``seen()``."""
    deadline = time.monotonic() + WITHIN_S
    while not check():
        assert time.monotonic() < deadline, seen()
        time.sleep(0.05)


def test_a_stopped_child_is_not_live_and_a_stopped_worker_does_not_answer(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o700)
    with serving(f"zmq+ipc:{tmp_path}/w", "process") as status, session.connect(f"zmq+ipc:{tmp_path}/w") as client:
        assert client.map("noop", [[number] for number in range(20)]) == list(range(20))
        assert status.get("/healthz") == status.get("/readyz") == (200, "ok\n")
        (child,) = psutil.Process(status.process.pid).children()
        child.suspend()
        until(lambda: status.get("/healthz") == (503, f"its child process {child.pid} is stopped\n"))
        assert status.get("/readyz")[0] == 503
        assert status.samples()["runoff_worker_live",] == 0
        child.resume()
        until(lambda: status.get("/healthz")[0] == 200)
        status.process.send_signal(signal.SIGSTOP)
        until(lambda: psutil.Process(status.process.pid).status() == psutil.STATUS_STOPPED)
        with pytest.raises(OSError, match="timed out"):
            status.get("/healthz", timeout_s=1.0)
        status.process.send_signal(signal.SIGCONT)
        until(lambda: status.get("/readyz")[0] == 200)
        found = status.samples()
        assert found["runoff_tasks_total", "ok", "noop"] == found["runoff_task_run_seconds_count", "noop"] == 20
        assert found["runoff_task_queue_seconds_bucket", "+Inf", "noop"] == 20
        assert 2**20 < found["process_resident_memory_bytes",] < found["runoff_worker_memory_bytes",] < 2**31


@needs_rabbitmq
def test_a_broker_that_is_away_is_not_ready_and_what_comes_again_is_counted(node: rabbitmq_node.Node) -> None:
    url = node.url("worker") + "?queue=status"
    with session.connect(node.url("client") + "?queue=status") as client:
        client.wait_for_workers(1, WITHIN_S)
        with serving(url, "thread") as status:
            until(lambda: status.get("/readyz")[0] == 200)
            client.submit("mark", [os.devnull, 1, 60.0], deadline_s=120)
            until(lambda: bool(client.poll(0.05)) or status.samples()["runoff_tasks_in_flight",] == 1)
            status.process.kill()  # its task goes back to the queue
        with serving(url, "thread") as status:
            until(lambda: bool(client.poll(0.05)) or status.samples()["runoff_redeliveries_total",] == 1)
            assert status.samples()["runoff_reconnects_total",] == 0
            # A younger queue would not come back with its broker (docs/amqp.md).
            until(lambda: bool(client.poll(0.05)) or all(request.accepted for request in client._table.values()))
            node.kill()
            until(lambda: status.get("/readyz")[0] == 503)
            code, reason = status.get("/readyz")
            assert code == 503
            assert reason.startswith("no link to the broker: ")
            assert status.get("/healthz")[0] == 200  # to start it again would not bring the broker back
            node.start()
            until(lambda: status.get("/readyz")[0] == 200, lambda: status.get("/readyz"))
            assert status.samples()["runoff_reconnects_total",] == 1


CREW = """
import dataclasses, sys
from runoff.cli.console import console
from runoff.common import run_command
from runoff.running import crew
from runoff.running.addresses import MeetingPlace
from tests.helpers.environments import running_environment
transport, kind, task, max_tasks, max_memory, tasks = (*sys.argv[1:], "", "scenarios.workers.remote_tasks")[:6]
environment = dataclasses.replace(running_environment(), capabilities=frozenset(["pika", "zmq", "fcntl", "threads"]))
workers = crew.Crew(kind, 2, 1, tasks, None, int(max_tasks) or None, max_memory or None, 30.0)
sys.exit(crew.run(workers, MeetingPlace(transport, None, "crew", None, False), environment, task or None, console))
"""


class Crew:
    """Two supervised workers, started as the command starts them; ``folder`` is where temporary files go."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self.folder = folder
        self.printed = folder / "printed"
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CREW, *arguments],
                cwd=ROOT,
                env={**os.environ, **variables, "TMPDIR": str(folder)},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self, pattern: str) -> re.Match[str] | None:
        return re.search(pattern, self.printed.read_text())

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        return [each for each in psutil.Process(self.process.pid).children() if "transports.worker" in each.cmdline()]

    def leaves_nothing(self, code: int, family: list[psutil.Process]) -> None:
        assert self.process.wait(WITHIN_S) == code, self.printed.read_text()
        assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
        assert [path.name for path in self.folder.iterdir()] == ["printed"]


@needs_rabbitmq
def test_a_killed_worker_comes_back_one_that_did_enough_is_replaced_and_no_task_is_lost(
    node: rabbitmq_node.Node, tmp_path: Path
) -> None:
    crew = Crew(tmp_path, "amqp", "process", "sleep", "100", RUNOFF_AMQP_URL=node.url("admin"))
    until(lambda: crew.said("2 of 2 workers ready") is not None)
    victim = crew.workers()[0]
    victim.kill()
    until(lambda: crew.said(r"died: SIGKILL; next start in 0\.\d s") is not None)
    until(lambda: crew.said(r"restarts 1  recycled [2-9]") is not None)
    family = crew.family()
    crew.process.send_signal(signal.SIGINT)
    crew.leaves_nothing(0, family)
    load = crew.said(r"load: (\d+) tasks, (\d+) answered, no errors, wrong 0, lost 0, delivered twice 0")
    assert load is not None, crew.printed.read_text()
    assert load[1] == load[2]
    assert int(load[1]) > 200


def test_a_worker_that_grew_beyond_its_memory_is_replaced_and_no_task_is_lost(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o700)
    crew = Crew(tmp_path, "zmq+ipc", "process", "", "0", "256MiB", "tests.inside.remote_tasks")
    until(lambda: crew.said("clients connect to") is not None)
    found = crew.said("clients connect to (.*)")
    assert found is not None
    answers = []
    with session.connect(found[1]) as client:
        client.wait_for_workers(2)
        submitted = []

        def was_replaced() -> bool:
            if client.pending() < 4:
                submitted.append(len(submitted))
                client.submit("keep", [submitted[-1], 8])
            answers.extend(client.poll(0.02))
            return crew.said("recycled [1-9]") is not None

        until(was_replaced)
        until(lambda: answers.extend(client.poll(0.02)) or not client.pending())
    assert crew.said(r"drains to be started again: \d+ MiB are in use") is not None
    assert sorted(outcome.result for outcome in answers) == submitted
    family = crew.family()
    crew.process.send_signal(signal.SIGINT)
    crew.leaves_nothing(0, family)
    assert crew.said("restarts [1-9]") is None


def test_a_second_ctrl_c_does_not_wait_for_a_task(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o700)
    crew = Crew(tmp_path, "zmq+ipc", "thread", "", "0")
    until(lambda: crew.said("clients connect to") is not None)
    found = crew.said("clients connect to (.*)")
    assert found is not None
    with session.connect(found[1]) as client:
        client.wait_for_workers(2)
        client.submit("sleep", [1, {"task_ms": 60000}], deadline_s=120)
        until(lambda: bool(client.poll(0.05)) or crew.said("in flight 1 ") is not None)
        family = crew.family()
        crew.process.send_signal(signal.SIGINT)
        until(lambda: crew.said("drains") is not None)
        crew.process.send_signal(signal.SIGINT)
        crew.leaves_nothing(130, family)
