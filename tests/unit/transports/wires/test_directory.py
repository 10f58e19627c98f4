"""Where the workers of a ZeroMQ client are, as names and a file of addresses change."""

from __future__ import annotations

import socket

import pytest

from transports import errors
from transports.wires import directory


class Resolver:
    """Knows the addresses that a test gives it."""

    def __init__(self, **known):
        self.known = known

    def __call__(self, host, port, family, kind):
        if not self.known.get(host):
            raise socket.gaierror(-2, "Name or service not known")
        return [(family, kind, 6, "", (address, 0)) for address in self.known[host]]


def looked(url, resolver=None, path=None, scheme="zmq+tcp"):
    made = directory.Directory(scheme, url, path, resolver or Resolver())
    made.look()
    return made


def test_a_name_is_as_many_workers_as_it_has_addresses():
    resolver = Resolver(workers=["127.0.0.3", "127.0.0.2", "127.0.0.2"])
    known = looked("127.0.0.2:5,workers:5,workers:6", resolver)
    assert known.endpoints == (
        *("tcp://127.0.0.2:5", "tcp://127.0.0.3:5"),
        *("tcp://127.0.0.2:6", "tcp://127.0.0.3:6"),
    )
    known.news = False
    known.look()
    assert not known.news
    resolver.known["workers"].remove("127.0.0.3")
    known.look()
    assert known.news
    assert known.endpoints == ("tcp://127.0.0.2:5", "tcp://127.0.0.2:6")


def test_a_resolver_that_fails_keeps_what_it_had_said():
    resolver = Resolver()
    known = looked("workers:5", resolver)
    assert known.endpoints == ()
    assert known.problems == ("workers does not resolve: [Errno -2] Name or service not known",)
    resolver.known["workers"] = ["127.0.0.2"]
    known.look()
    assert (known.endpoints, known.problems) == (("tcp://127.0.0.2:5",), ())
    resolver.known.clear()
    known.look()
    assert known.endpoints == ("tcp://127.0.0.2:5",)
    assert len(known.problems) == 1
    assert known.news


@pytest.mark.parametrize(
    ("scheme", "url"),
    [
        ("zmq+tcp", "127.0.0.1:5"),
        ("zmq+tcp", "[::1]:5"),
        ("zmq+tcp", "eth0:0;127.0.0.1:5"),
        ("zmq+ipc", "/folder/name"),
        ("zmq+inproc", "name"),
    ],
)
def test_what_is_no_name_is_not_resolved(scheme, url, monkeypatch):
    monkeypatch.setattr(directory.ipc_socket, "check", lambda path: None)
    known = looked(url, scheme=scheme)
    assert known.endpoints == (scheme.partition("+")[2] + "://" + url,)
    assert known.problems == ()


def test_a_file_lists_addresses_and_names_and_may_change(tmp_path):
    path = tmp_path / "workers"
    path.write_text("# ours\n127.0.0.1:5\n\nworkers:6  # both\n")
    known = looked("", Resolver(workers=["127.0.0.2"]), str(path))
    assert known.endpoints == ("tcp://127.0.0.1:5", "tcp://127.0.0.2:6")
    path.write_text("127.0.0.1:7\n")
    known.look()
    assert known.endpoints == ("tcp://127.0.0.1:7",)
    path.write_text("here\n")
    known.look()
    assert known.endpoints == ("tcp://127.0.0.1:7",)
    assert known.problems == ("zmq+tcp:here: an address is HOST:PORT",)
    path.unlink()
    known.look()
    assert known.endpoints == ("tcp://127.0.0.1:7",)
    assert "cannot be read" in known.problems[0]


def test_what_the_url_gives_is_told_from_what_the_file_lists(tmp_path):
    listed = tmp_path / "workers"
    listed.write_text("workers:5\n127.0.0.4:5\n")
    resolver = Resolver(workers=["127.0.0.2"], ours=["127.0.0.3"])
    known = looked("127.0.0.1:5,ours:5", resolver, str(listed))
    assert known.of_url == ("tcp://127.0.0.1:5", "tcp://127.0.0.3:5")
    assert known.endpoints == (*known.of_url, "tcp://127.0.0.2:5", "tcp://127.0.0.4:5")


def test_a_file_that_is_not_there_is_refused_at_once(tmp_path):
    with pytest.raises(errors.Unusable, match="cannot be read"):
        directory.Directory("zmq+tcp", "", str(tmp_path / "workers")).open()
