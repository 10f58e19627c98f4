# Run by pytest (Python 3.9 upward). Stops real workers and their children, and takes a real broker away.
"""What a worker tells of itself is true: while a child is stopped, the broker is away, or a task hangs."""

from __future__ import annotations

import os
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

WITHIN_S = 15.0


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


def until(check: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not check():
        assert time.monotonic() < deadline
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
            node.kill()
            until(lambda: status.get("/readyz")[0] == 503)
            code, reason = status.get("/readyz")
            assert code == 503
            assert reason.startswith("no link to the broker: ")
            assert status.get("/healthz")[0] == 200  # to start it again would not bring the broker back
            node.start()
            until(lambda: status.get("/readyz")[0] == 200)
            assert status.samples()["runoff_reconnects_total",] == 1
