"""The peers of bench-transports: their table, their environments, what becomes of one that fails, lies or lingers."""

from __future__ import annotations

import re
import shutil
import socket
import sys
import time
import zipfile
from contextlib import ExitStack

import pytest
from rich.console import Console

from runoff.benchmarks.transports import amqp_contenders, peer_environments, peer_table, peers, throughput
from runoff.benchmarks.transports.run_contender import WrongAnswers
from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment, PrepareFailed
from runoff.interpreters.discover import Interpreter
from runoff.services import redis
from runoff.services.rabbitmq import Broker
from tests.helpers.expected import EXPECTED
from tests.helpers.processes import alive

THIS = Interpreter("this", "cpython", sys.executable, {"python": "3", "version_info": list(sys.version_info)})
NOWHERE = "/no/such/folder/peer-1.0-py3-none-any.whl"


@pytest.fixture
def ground(tmp_path):
    """What peers stand on, without a broker; ``said`` is what a person is told."""
    guard, said = Guard(), []
    environment = Environment(THIS, (sys.executable,), {}, {}, (), {}, frozenset())
    with ExitStack() as leaving:
        made = peers.Resources(environment, "run this: get one", tmp_path, guard, False, said.append, leaving)
        made.said = said
        yield made
    guard.close()


def table(*what: str, packages: tuple[str, ...] = (), over: tuple[str, ...] = ()):
    row = {"peer": "fake", "name": "Fake", "guarantees": "none", "share": 0.01, "alone": 5, "ours": "ours", "aim": 2}
    return {
        "install_s": 60,
        "needed": {"packages": []},
        "peers": {"fake": {"module": "tests.fakes.peer", "packages": list(packages), "over": list(over)}},
        "rows": [{**row, "ask": ["--what", *what]}],
    }


def test_a_peer_that_answers_is_tried_and_becomes_a_contender(ground):
    chosen = peers.gather(["fake"], 2000, ground, table("answers"))
    assert chosen.skipped == {}
    (peer,) = chosen.peers
    assert (peer.contender.tasks, peer.ours, peer.aim) == (20, "ours", 2)
    assert ground.said == ["trying Fake"]


def test_a_peer_that_answers_wrongly_is_an_error(ground):
    with pytest.raises(WrongAnswers, match="Fake: wrong answers"):
        peers.gather(["fake"], 2000, ground, table("lies"))


def test_a_peer_that_does_not_run_here_is_a_skipped_row(ground):
    chosen = peers.gather(["fake"], 2000, ground, table("fails"))
    assert chosen.peers == []
    assert "the client failed (exit code 1), see above" in chosen.skipped["Fake"]


def test_a_peer_that_cannot_be_installed_is_a_skipped_row_with_the_installers_words(ground, tmp_path, monkeypatch):
    monkeypatch.setattr(peer_environments, "PEERS", tmp_path / "peers")
    chosen = peers.gather(["fake"], 2000, ground, table("answers", packages=(NOWHERE,)))
    assert chosen.peers == []
    assert NOWHERE in chosen.skipped["Fake"]


def test_a_peer_without_its_broker_is_a_skipped_row_that_says_how_to_get_one(ground):
    chosen = peers.gather(["fake"], 2000, ground, table("answers", over=("rabbitmq",)))
    assert chosen.skipped == {"Fake": "no RabbitMQ: run this: get one"}


def test_nothing_that_a_peer_started_outlives_its_turn(ground, tmp_path):
    note = tmp_path / "pid"
    chosen = peers.gather(["fake"], 2000, ground, table("leaves", "--note", str(note)))
    assert len(chosen.peers) == 1
    until = time.monotonic() + 5
    while alive(int(note.read_text())) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(int(note.read_text()))


def test_an_environment_is_made_once_and_again_for_other_pins(tmp_path, monkeypatch):
    monkeypatch.setattr(peer_environments, "PEERS", tmp_path / "peers")
    pins = [_wheel(tmp_path, "1.0"), _wheel(tmp_path, "2.0")]
    said: list[str] = []
    for pin, times in ((pins[0], 1), (pins[0], 1), (pins[1], 2)):
        (python,) = peer_environments.prepare("thing", [pin], 60, THIS, said.append)
        assert len(said) == times
    assert (tmp_path / "peers/thing-this") in list((tmp_path / "peers").iterdir())
    assert python.startswith(str(tmp_path / "peers/thing-this"))
    with pytest.raises(PrepareFailed):
        peer_environments.prepare("thing", [NOWHERE], 60, THIS, said.append)


def _wheel(folder, version: str) -> str:
    path = folder / f"thing-{version}-py3-none-any.whl"
    about = f"thing-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("thing.py", f"VERSION = {version!r}\n")
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: thing\nVersion: {version}\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", f"thing.py,,\n{about}/METADATA,,\n{about}/WHEEL,,\n{about}/RECORD,,\n")
    return str(path)


def test_names_are_those_of_the_table():
    assert peers.names("ray,pools") == ["ray", "pools"]
    assert peers.names(None) == list(tables.read("peers.toml")["peers"])
    with pytest.raises(BadInput, match="did you mean 'celery'"):
        peers.names("selery")


def test_every_row_has_a_peer_with_a_file_and_one_of_ours_to_be_held_against():
    read = tables.read("peers.toml")
    ours = [each.name for each in throughput.contenders(1, "folder")]
    ours += [each.name for each in amqp_contenders.contenders(Broker("amqp://a", "amqp://b", ""), 1, "q")]
    assert {row["peer"] for row in read["rows"]} == set(read["peers"])
    for peer in read["peers"].values():
        assert (ROOT / (peer["module"].replace(".", "/") + ".py")).exists()
        assert set(peer["over"]) <= {"rabbitmq", "redis", "folder"}
        assert ("queues" in peer) == ("rabbitmq" in peer["over"])  # what is made there has to be deleted
    for row in read["rows"]:
        assert row["ours"] in ours
        assert row["guarantees"]


def test_the_table_holds_ours_against_the_peer_turn_by_turn():
    chosen = peers.ChosenPeers()
    environment = Environment(THIS, (sys.executable,), {}, {}, (), {}, frozenset())
    for name, aim in (("slow", 4), ("fast", 4), ("batches", None)):
        contender = throughput.Contender(name, "none", None, ("module",), 1)
        chosen.peers.append(peers.Peer(contender, environment, "ours", aim))
    chosen.skipped["absent"] = "no wheel"
    # The machine was ten times as slow in the second turn: the median of a turn's ratios does not see it.
    seen = {
        name: [{"tasks_per_s": speed * share} for share in (1.0, 0.1, 1.0)]
        for name, speed in (("ours", 1000.0), ("slow", 100.0), ("fast", 500.0), ("batches", 800.0))
    }
    console = Console(width=120)
    with console.capture() as capture:
        console.print(peer_table.drawn(chosen, seen, 3, [throughput.Contender("ours", "answered", None, (), 1)]))
    rows = [re.split(r"\s{2,}", line.strip()) for line in capture.get().splitlines() if line.strip()]
    assert rows[-2:] == [["ours: answered"], ["slow | fast | batches: none"]]
    assert rows[-6:-2] == [
        ["slow", "ours", "10.0", "4", "yes"],
        ["fast", "ours", "2.0", "4", "NO"],
        ["batches", "ours", "1.2", "-", "-"],
        ["absent", "skipped: no wheel", "-", "-", "-"],
    ]


@pytest.mark.skipif(
    shutil.which("redis-server") is None and "redis" not in EXPECTED,
    reason="no redis-server: apt-get install -y redis-server",
)
def test_a_private_redis_wants_its_password_and_is_gone_without_a_trace(ground):
    found = redis.obtain(ground.guard, False, ground.said.append)
    assert isinstance(found, redis.Redis)
    folder, port = found._folder, found.port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100).startswith(b"-NOAUTH")
    found.stop()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
