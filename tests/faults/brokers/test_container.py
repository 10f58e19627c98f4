"""RabbitMQ through a container engine: a fake engine, and everything behind it real."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.interpreters import install
from runoff.services import rabbitmq, rabbitmq_container, rabbitmq_node
from tests.fakes import container_engine
from tests.helpers.expected import needs_rabbitmq

pytestmark = needs_rabbitmq


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    yield made
    made.close()


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an engine and no rabbitmq-server; where the arguments of `run` can be read."""
    for name, word in (("docker", "engine"), ("docker-entrypoint.sh", "entry")):
        program = tmp_path / name
        program.write_text(
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m tests.fakes.container_engine {word} "$@"\n'
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv(container_engine.STARTED, str(tmp_path / "arguments.json"))
    monkeypatch.setattr(rabbitmq, "refusal", lambda url: "nobody listens" if url == rabbitmq.LOCAL else real(url))
    monkeypatch.setattr(rabbitmq_node, "installed", lambda: None)
    monkeypatch.setattr(install, "provide", lambda *_: "no package")
    monkeypatch.delenv("RUNOFF_AMQP_URL", raising=False)
    return tmp_path / "arguments.json"


real = rabbitmq.refusal


def test_without_a_package_a_container_serves_each_role_and_is_gone_afterwards(guard: Guard, arguments: Path) -> None:
    found = rabbitmq.obtain(None, guard, False, print)
    assert isinstance(found, rabbitmq.Broker), found
    assert found.container is not None
    try:
        assert [real(url) for url in (found.client, found.worker, found.admin)] == [None, None, None]
        assert real(found.client.replace("//client:", "//client:x")) is not None
    finally:
        found.close()
    assert real(found.client) is not None
    told = json.loads(arguments.read_text())
    assert told[told.index("--publish") + 1] == f"127.0.0.1:{found.container.port}:5672"
    assert not any(password in " ".join(told) for password in found.container.passwords.values())


def test_a_container_ends_with_a_driver_that_is_killed(arguments: Path) -> None:
    program = (
        "import sys, time; from runoff.common.guard import Guard\n"
        "from runoff.services.rabbitmq_container import Container\n"
        "container = Container(Guard(), 'docker'); container.start(); print(container.port, flush=True); time.sleep(60)"
    )
    driver = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    port = int(driver.stdout.readline())
    assert rabbitmq_node.answers(port)
    driver.kill()
    driver.communicate()
    until = time.monotonic() + 20
    while rabbitmq_node.answers(port) and time.monotonic() < until:
        time.sleep(0.1)
    assert not rabbitmq_node.answers(port)


def test_an_engine_that_cannot_fetch_the_image_is_told_of(
    guard: Guard, arguments: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq_container, "_asked", lambda _engine, what, *_rest, **_within: what == "info")
    assert "docker pull rabbitmq:4 failed" in str(rabbitmq.obtain(None, guard, False, print))
