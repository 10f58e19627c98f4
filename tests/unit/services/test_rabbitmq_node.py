"""The ports of a private node: free, and kept from outgoing connections while it is restarted."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest

from runoff.services import rabbitmq_node
from runoff.services.rabbitmq_node import NotReady, free_ports

OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_different_free_and_given_to_no_outgoing_connection():
    found = free_ports(50)
    assert len(set(found)) == 50
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()
    if OUTGOING.exists():
        assert max(found) < int(OUTGOING.read_text().split()[0])


def test_a_port_that_is_taken_is_not_given(monkeypatch):
    first, second = free_ports(2)
    monkeypatch.setattr(rabbitmq_node, "SERVER_PORTS", [first, second])
    with socket.create_server(("127.0.0.1", first)):
        assert free_ports(1) == [second]
        with pytest.raises(NotReady, match="no 2 are free"):
            free_ports(2)


class Guard:
    """A guard that forgets."""

    def watch_folder(self, folder):
        pass

    release_folder = watch_folder


@pytest.fixture
def made(monkeypatch):
    """made(...) -> a node that is not started; its folder goes with the test."""
    monkeypatch.setattr(rabbitmq_node, "installed", lambda: None)
    nodes = []

    def make(*arguments, **options):
        nodes.append(rabbitmq_node.Node(Guard(), *arguments, **options))
        return nodes[-1]

    yield make
    for node in nodes:
        node.stop()


def test_a_private_node_is_told_apart_and_reached_by_nobody_else(made):
    node = made()
    settings = (node.folder / "rabbitmq.conf").read_text().splitlines()
    listeners = [line.partition(" = ")[2] for line in settings if line.startswith("listeners.")]
    assert listeners == [f"127.0.0.1:{node.port}"]
    cookie = node.folder / "home" / ".erlang.cookie"
    assert stat.S_IMODE(cookie.stat().st_mode) == 0o400
    assert stat.S_IMODE(node.folder.stat().st_mode) == 0o700
    environment = node._environment()
    assert environment["HOME"] == str(node.folder / "home")
    assert environment["ERL_EPMD_ADDRESS"] == "127.0.0.1"
    own = {name: value for name, value in environment.items() if name.startswith("RABBITMQ_")}
    elsewhere = [
        name
        for name, value in own.items()
        if name.endswith(("FILE", "BASE")) and not value.startswith(str(node.folder))
    ]
    assert elsewhere == []


def test_a_node_boots_with_its_users_and_the_policies_that_it_was_given(made):
    node = made(policies={"short": {"pattern": "^x$", "apply-to": "queues", "definition": {"max-length": 7}}})
    held = json.loads((node.folder / "definitions.json").read_text())
    assert {user["name"]: user["tags"] for user in held["users"]} == {
        "admin": ["administrator"],
        "client": [],
        "worker": [],
    }
    (policy,) = held["policies"]
    assert (policy["name"], policy["definition"]) == ("short", {"max-length": 7})
    text = (node.folder / "definitions.json").read_text()
    assert not any(password in text for password in node.passwords.values())
    assert len(set(node.passwords.values())) == len(node.passwords)


def test_over_tls_clients_show_a_certificate_where_that_is_asked_for(made, tmp_path):
    tls = {name: tmp_path / name for name in ("ca", "certificate", "key")}
    node = made(tls)
    settings = (node.folder / "rabbitmq.conf").read_text()
    assert f"listeners.ssl.1 = 127.0.0.1:{node.tls_port}" in settings
    assert f"ssl_options.keyfile = {tls['key']}" in settings
    assert "fail_if_no_peer_cert" not in settings
    assert (
        "ssl_options.fail_if_no_peer_cert = true" in (made(tls, asks_clients=True).folder / "rabbitmq.conf").read_text()
    )


def test_the_nodes_of_a_cluster_know_each_other_and_stop_as_a_minority(made):
    members = rabbitmq_node.Members.of(3)
    nodes = [made(members=members, index=index) for index in range(3)]
    assert len({node.port for node in nodes}) == 3
    for node in nodes:
        settings = (node.folder / "rabbitmq.conf").read_text()
        assert all(f" = {other.name}\n" in settings for other in nodes)
        assert "cluster_partition_handling = pause_minority" in settings
    assert len({(node.folder / "home" / ".erlang.cookie").read_text() for node in nodes}) == 1
    assert len({node._environment()["ERL_EPMD_PORT"] for node in nodes}) == 1


def test_a_node_that_is_not_installed_cannot_be_started_and_leaves_no_folder(made):
    node = made()
    with pytest.raises(NotReady, match="rabbitmq-server is not installed"):
        node.start()
    node.stop()
    assert not node.folder.exists()
