# Run by pytest (Python 3.9 upward). Real brokers, real workers, real SIGKILLs.
"""What plain pika with automatic acknowledgement loses where the promise loses nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from runoff.common.paths import ROOT
from tests.faults.amqp_workers import delete
from tests.helpers.expected import needs_rabbitmq

pytestmark = needs_rabbitmq


@pytest.fixture
def raw_server(node, queue) -> Iterator[subprocess.Popen[str]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "contenders.raw_amqp", "serve", node.url("admin"), "--queue", f"raw.{queue}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline().startswith("ready")
    yield server
    server.kill()
    server.communicate()
    delete(node, f"raw.{queue}")


def test_plain_pika_with_auto_ack_loses_what_a_killed_worker_held(node, queue, raw_server):
    """The comparison: 2000 tasks at once, the worker killed after a moment and started again, as a supervisor would."""
    raw_server.send_signal(signal.SIGSTOP)  # busy, as seen from the broker, which goes on giving it tasks
    asking = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "contenders.raw_amqp",
            "count",
            node.url("admin"),
            "--queue",
            f"raw.{queue}",
            "--quiet-s",
            "4",
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(3)
    raw_server.kill()
    again = subprocess.Popen(raw_server.args, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        counted = json.loads(asking.communicate(timeout=60)[0])
    finally:
        again.kill()
        again.communicate()
    print(f"plain pika, auto-ack, worker killed: {counted['lost']} of {counted['sent']} lost")
    assert counted["lost"] > 0
    assert counted["answered"] + counted["lost"] == 2000
