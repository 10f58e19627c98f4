"""CURVE with the right keys, with wrong ones, and with key files that others can read."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runoff.common.paths import ROOT

zmq = pytest.importorskip("zmq")
from transports import (  # noqa: E402
    errors,
    session,
)
from transports.wires import base, curve  # noqa: E402

if not zmq.has("curve"):
    pytest.skip("this libzmq has no CURVE", allow_module_level=True)


@pytest.fixture
def keys(tmp_path):
    for name in ("worker", "client", "stranger"):
        curve.write_keys(str(tmp_path), name)
    (tmp_path / "clients").mkdir()
    (tmp_path / "client.key").rename(tmp_path / "clients" / "client.key")
    return tmp_path


@pytest.fixture
def address(keys):
    url = f"zmq+tcp:0.0.0.0:*?key={keys}/worker.key_secret&clients={keys}/clients"
    process = subprocess.Popen(
        [sys.executable, "-m", "transports.worker", url, "--kind", "thread"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("ready: "), line
    yield "127.0.0.1:" + line.split()[1].rpartition(":")[2]
    process.kill()
    process.communicate()


def ask(url: str, timeout_s: float = 10.0):
    with session.connect(url) as client:
        client.wait_for_workers(1, timeout_s)
        return client.map("noop", [[1]])


def test_a_known_client_is_served(keys, address):
    assert ask(f"zmq+tcp:{address}?key={keys}/client.key_secret&server={keys}/worker.key") == [1]


def test_secret_keys_are_in_no_repr_no_log_and_no_outcome(keys):
    """Keys that serve, one that is refused, and one whose client is told of a wrong message."""
    secret = [curve.keys(str(path), True)[1].decode() for path in keys.rglob("*.key_secret")]
    assert len(secret) == 3
    url = f"zmq+tcp:127.0.0.1:*?key={keys}/worker.key_secret&clients={keys}/clients"
    worker = subprocess.Popen(
        [sys.executable, "-m", "transports.worker", url, "--kind", "thread"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    line = worker.stdout.readline()
    where = "127.0.0.1:" + line.split()[1].rpartition(":")[2]
    said = [line]
    for name in ("client", "stranger"):
        with session.connect(f"zmq+tcp:{where}?key={keys}/{name}.key_secret&server={keys}/worker.key") as client:
            if name == "client":
                client.wait_for_workers(1)
                client.wire.send(client.wire._lanes[0], b"no message")
            client.submit("no such task", deadline_s=1)
            found = client.poll(1.5)
            said += [repr(found), repr(vars(client)), repr(vars(client.wire)), repr(client.problems)]
    worker.terminate()
    said.append(worker.communicate()[0])
    assert "a message was refused" in said[-1]
    assert not [each for each in said if any(key in each for key in secret)]


def test_an_unknown_client_is_not_and_hears_why(keys, address):
    with pytest.raises(errors.Unusable, match="E_AUTH"):
        ask(f"zmq+tcp:{address}?key={keys}/stranger.key_secret&server={keys}/worker.key", 2.0)


def test_its_tasks_end_in_e_auth_unless_another_worker_may_come(keys, address):
    secret = f"?key={keys}/stranger.key_secret&server={keys}/worker.key"
    for nobody, code in (("", "E_AUTH"), (",127.0.0.1:1", "E_DEADLINE")):
        with session.connect(f"zmq+tcp:{address}{nobody}{secret}") as client:
            (outcome,) = client.gather("noop", [[1]], deadline_s=2)
            assert outcome.error["code"] == code
            assert "does not know this key" in outcome.error["message"]


def test_a_client_with_another_servers_key_is_not(keys, address):
    with pytest.raises(errors.Unusable):
        ask(f"zmq+tcp:{address}?key={keys}/client.key_secret&server={keys}/stranger.key", 2.0)


def test_a_client_without_keys_is_not(address):
    with pytest.raises(errors.Unusable):
        ask(f"zmq+tcp:{address}", 2.0)


def test_a_key_that_others_can_read_is_refused(keys):
    os.chmod(keys / "client.key_secret", 0o644)
    with pytest.raises(errors.Unusable, match="chmod 600"):
        ask(f"zmq+tcp:127.0.0.1:1?key={keys}/client.key_secret&server={keys}/worker.key")


def test_keys_that_are_none_are_named(keys):
    with pytest.raises(errors.Unusable, match="no secret key"):
        ask(f"zmq+tcp:127.0.0.1:1?key={keys}/worker.key&server={keys}/worker.key")
    with pytest.raises(errors.Unusable, match="no key in"):
        ask(f"zmq+tcp:127.0.0.1:1?key={keys}/nothing&server={keys}/worker.key")


def test_a_file_that_holds_no_key_among_those_of_the_clients_is_named(keys):
    """Or nobody would be let in, those with a good key neither."""
    (keys / "clients" / "broken.key").write_text("")
    made = base.worker(f"zmq+tcp:127.0.0.1:*?key={keys}/worker.key_secret&clients={keys}/clients")
    with pytest.raises(errors.Unusable, match=r"no key in .*broken\.key"):
        made.open()


def test_keys_that_are_there_are_not_written_over(keys, capsys):
    """Everybody who has them would be refused from then on."""
    before = (keys / "worker.key_secret").read_text()
    assert curve.main([str(keys), "worker"]) == 2
    assert "worker.key is there already: choose another name" in capsys.readouterr().err
    assert (keys / "worker.key_secret").read_text() == before
    (keys / "worker.key").unlink()
    assert curve.main([str(keys), "worker"]) == 2
    assert curve.main([str(keys), "another"]) == 0
    assert capsys.readouterr().out.split() == [str(keys / "another.key"), str(keys / "another.key_secret")]


def test_keys_that_cannot_be_written_are_one_sentence(keys, capsys):
    assert curve.main([str(keys), "no/such"]) == 2
    assert "error: no keys can be written: " in capsys.readouterr().err
