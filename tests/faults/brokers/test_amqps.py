# Run by pytest (Python 3.9 upward). Real brokers with certificates made for the test.
"""AMQP over TLS: works with the right authority, and with nothing else."""

from __future__ import annotations

import json
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from runoff.benchmarks.transports import worker_restart
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.driver.invoke import invoke
from runoff.services import rabbitmq, rabbitmq_node
from tests.helpers.environments import running_environment
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import private_node
from transports import errors, session

pytestmark = needs_rabbitmq


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The broker's certificate, for the name localhost alone, its authority's, and a stranger's."""
    folder = tmp_path_factory.mktemp("tls")
    paths = {name: folder / f"{name}.pem" for name in ("ca", "certificate", "key", "stranger")}
    ours, stranger = trustme.CA(), trustme.CA()
    issued = ours.issue_cert("localhost")
    ours.cert_pem.write_to_path(str(paths["ca"]))
    stranger.cert_pem.write_to_path(str(paths["stranger"]))
    issued.private_key_pem.write_to_path(str(paths["key"]))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(paths["certificate"]), append=True)
    mine = ours.issue_cert("a-client")
    for name in ("client_key", "client_open"):
        paths[name] = folder / f"{name}.pem"
        mine.private_key_and_cert_chain_pem.write_to_path(str(paths[name]))
    paths["client_key"].chmod(0o600)
    paths["client_open"].chmod(0o644)
    return paths


@pytest.fixture(scope="module")
def node(authority: dict[str, Path]) -> Iterator[rabbitmq_node.Node]:
    with private_node(tls=authority) as node:
        yield node


def test_tasks_go_and_results_come_over_tls(node, authority):
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.dying_worker", f"{node.tls_url('worker')}?ca={authority['ca']}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        with session.connect(f"{node.tls_url('client')}?ca={authority['ca']}") as client:
            client.wait_for_workers(1)
            assert client.map("noop", [(number,) for number in range(500)]) == list(range(500))
    finally:
        worker.kill()
        worker.communicate()


def test_a_raw_loop_goes_over_tls_as_well(node, authority):
    url = f"{node.tls_url('admin')}?ca={authority['ca']}"
    command = [sys.executable, "-m", "contenders.raw_amqp"]
    with subprocess.Popen([*command, "serve", url], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline().startswith("ready: ")
            asked = subprocess.run([*command, "ask", url, "--tasks", "50"], cwd=ROOT, capture_output=True, timeout=60)
            assert json.loads(asked.stdout)["wrong"] is False
        finally:
            server.kill()


def queues(node) -> list[str]:
    return node.control("list_queues", "-p", "runoff", "name").split()


def test_a_run_takes_a_broker_whose_authority_its_url_names_and_leaves_no_queue_there(node, authority, tmp_path):
    guard = Guard()
    url = f"{node.tls_url('admin')}?ca={authority['ca']}"
    given = rabbitmq.obtain(url, guard, False, print)
    assert isinstance(given, rabbitmq.Broker)
    assert given.described == f"RabbitMQ at amqps://admin:**@localhost:{node.tls_port}/runoff"
    before = queues(node)
    with given.queue() as secrets:
        got = invoke(worker_restart.job(running_environment(), 1, "amqp", secrets), tmp_path / "cell", guard)
        assert (got["status"], got["reason"]) == ("ok", None)
        assert len(queues(node)) > len(before)
    assert [name for name in queues(node) if name != "runoff.dead"] == [
        name for name in before if name != "runoff.dead"
    ]
    guard.close()


@pytest.mark.parametrize(
    ("scheme", "options", "why"),
    [
        ("amqps", "?ca={stranger}", "certificate verify failed"),
        ("amqps", "", "certificate verify failed"),
        ("amqps", "?ca={ca}.not", "the TLS files cannot be used"),
        ("amqps", "?ca={ca}&durable=no", "amqps takes the options ca, certificate, key, amqp none: not durable"),
        ("amqp", "?ca={ca}", "amqp none: not ca"),
    ],
)
def test_a_run_does_not_take_one_that_cannot_prove_itself_or_a_url_it_cannot_use(node, authority, scheme, options, why):
    address = node.tls_url("client") if scheme == "amqps" else node.url("client")
    with pytest.raises(BadInput, match=why) as refused:
        rabbitmq.obtain(address + options.format(**authority), Guard(), False, print)
    assert node.passwords["client"] not in str(refused.value)


def test_what_was_accepted_outlives_its_broker_and_a_worker(node, authority):
    """The promise over TLS: tasks wait in the broker, which is killed; then the worker whose results the broker has is,
    before it settles, and another does its tasks again."""
    url = f"{node.tls_url('worker')}?ca={authority['ca']}&queue=kept"
    command = [sys.executable, "-m", "tests.faults.dying_worker", url]
    workers = []
    try:
        with session.connect(f"{node.tls_url('client')}?ca={authority['ca']}&queue=kept") as client:
            client.wait_for_workers(1)
            ids = {client.submit("noop", (number,)): number for number in range(300)}
            while not all(request.accepted for request in client._table.values()):
                client.poll(0.1)
            node.kill()
            node.start()
            workers.append(subprocess.Popen([*command, "confirmed", "1"], cwd=ROOT, stdout=subprocess.PIPE))
            found = []
            until = time.monotonic() + 60
            while workers[0].poll() is None and time.monotonic() < until:
                found += client.poll(0.1)
            assert workers[0].poll() == -signal.SIGKILL
            workers.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE))
            until = time.monotonic() + 60
            while len(found) < 300 and time.monotonic() < until:
                found += client.poll(0.1)
            found += client.poll(0.3)  # doubles would come now
            assert {outcome.id: outcome.result for outcome in found} == ids
            assert len(found) == 300
            assert client.counts["resent"] == 0, "the broker kept them and handed them out again"
            assert client.counts["doubled"] > 0
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()


@pytest.mark.parametrize(
    ("host", "trusted", "why"),
    [
        ("localhost", "stranger", "certificate verify failed"),
        ("127.0.0.1", "ca", "IP address mismatch|doesn't match"),
    ],
    ids=["an authority that is not the broker's", "a host that the certificate does not name"],
)
def test_a_broker_that_cannot_prove_itself_gets_nothing(node, authority, host, trusted, why):
    client = session.connect(f"{node.tls_url('client', host)}?ca={authority[trusted]}").open()
    with pytest.raises(errors.Unusable, match=why):
        client.wait_for_workers(1, timeout_s=3)
    client.wire.close()


def test_a_broker_may_ask_clients_for_a_certificate(authority):
    with private_node(tls=authority, asks_clients=True) as node:
        address = f"{node.tls_url('client')}?ca={authority['ca']}"
        assert rabbitmq.refusal(address) is not None
        shown = f"{address}&certificate={authority['client_key']}"
        assert rabbitmq.refusal(shown) is None
        with session.connect(shown) as client:
            client.wait_for_workers(1)  # the queue
        bare = session.connect(address).open()
        with pytest.raises(errors.Unusable):
            bare.wait_for_workers(1, timeout_s=2)
        bare.wire.close()


@pytest.mark.parametrize("options", ["certificate={client_open}", "certificate={certificate}&key={client_open}"])
def test_a_key_that_others_can_read_is_refused(authority, options):
    url = "amqps://client:word@localhost:1/runoff?" + options.format(**authority)
    with pytest.raises(errors.Unusable, match="chmod 600"):
        session.connect(url)
    assert "chmod 600" in str(rabbitmq.refusal(url))


def test_tls_1_1_is_refused(node, authority):
    old = ssl.create_default_context(cafile=str(authority["ca"]))
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    import socket

    with socket.create_connection(("localhost", node.tls_port)) as plain, pytest.raises(ssl.SSLError):
        old.wrap_socket(plain, server_hostname="localhost")


def test_plain_amqp_to_the_tls_port_gets_nothing(node):
    assert not rabbitmq_node.answers(node.tls_port)
