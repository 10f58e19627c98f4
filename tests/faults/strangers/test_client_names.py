# Run by pytest (Python 3.9 upward). A real broker and real workers.
"""A client's name belongs to one client at a time: its results go to nobody else."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from runoff.common.paths import ROOT
from runoff.services import rabbitmq_node
from tests.faults.amqp_workers import Oracle, Workers
from tests.helpers.expected import needs_rabbitmq
from transports import errors, session
from transports.wires.amqp import client as amqp_client

pytestmark = needs_rabbitmq


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_a_second_client_of_a_name_ends_with_one_sentence_and_takes_no_result(
    node: rabbitmq_node.Node, queue: str, request: pytest.FixtureRequest, durable: str
) -> None:
    workers = Workers(f"{node.url('worker')}?queue={queue}&durable={durable}")
    request.addfinalizer(workers.kill)
    url = f"{node.url('client')}?queue={queue}&client={queue}&durable={durable}"
    with session.connect(url) as first:
        first.wait_for_workers(1)
        first.poll(0.2)  # on a busy machine the last poll was over before it had asked for its results
        second = session.connect(url).open()
        began = time.monotonic()
        with pytest.raises(errors.Unusable, match=f"another client of this broker is called {queue}, .* client=NAME"):
            second.wait_for_workers(1, timeout_s=20)
        assert time.monotonic() - began < 10
        second.wire.close()
        workers.start()
        oracle = Oracle(first)
        oracle.submit(range(500))
        oracle.check()
        assert first.counts["resent"] == 0


def test_the_name_of_a_killed_client_is_free_at_once(node: rabbitmq_node.Node, queue: str) -> None:
    url = f"{node.url('client')}?queue={queue}&client={queue}"
    code = (
        "import sys, time\nfrom transports import session\n"
        "s = session.connect(sys.argv[1]).open()\ns.wait_for_workers(1)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    killed = subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "up\n"
    killed.kill()
    killed.communicate()
    with session.connect(url) as client:
        began = time.monotonic()
        client.wait_for_workers(1)
        assert time.monotonic() - began < amqp_client.NAME_NS / 1e9 + 1
