# Run by pytest (Python 3.9 upward).
"""A password in an AMQP URL is never printed, whatever is in it; what is wrong with the rest of the URL is."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback

import pytest

from runoff.common.paths import ROOT
from tests.helpers.driver_process import Driver
from tests.helpers.expected import need, needs_rabbitmq
from transports import errors, session
from transports.wires import base

pytest.importorskip("pika")

#: Where each piece would be a host, a port, a vhost, an option or a fragment, were the URL taken apart as it stands.
PASSWORDS = [f"se{mark}cret" for mark in ("/", "#", "?", "@", ":", "@/", ":?", "?queue=", "?delivery_limit=", "[")]
#: Those with which the URL is right all the same.
RIGHT = ("se@cret", "se:cret")


def url_of(password: str, where: str = "127.0.0.1:1/v") -> str:
    return f"amqp://u:{password}@{where}"


def assert_hidden(said: str, password: str) -> None:
    assert "cret" not in said, said
    assert password not in said


@pytest.fixture(scope="module")
def driver(tmp_path_factory, found) -> Driver:
    label = f"cpython-{sys.version_info[0]}.{sys.version_info[1]}"
    made = Driver(tmp_path_factory.mktemp("driver"), need(found, label).label)
    assert made.enlist().returncode == 0
    return made


@pytest.mark.parametrize("where", ["127.0.0.1:1/v", "127.0.0.1:1/v?queue=q", "203.0.113.1/v", "127.0.0.1:port/v"])
@pytest.mark.parametrize("password", PASSWORDS)
def test_a_client_does_not_say_it(password, where):
    said = ""
    try:
        with session.connect(url_of(password, where)) as client:
            client.wait_for_workers(1, 0.2)
    except errors.Unusable:
        said = traceback.format_exc()
    assert said
    if password not in RIGHT:
        assert "percent-encode" in said
    assert_hidden(said, password)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ("delivery_limit=x", "delivery_limit is a whole number"),
        ("durable=x", "durable is yes or no"),
        ("ways=x", "codec, delivery_limit, consumer_timeout, heartbeat .*, not ways"),
        ("x@y=1", "not what stands before an @"),
    ],
)
def test_options_that_are_wrong_are_said(options, why):
    with pytest.raises(errors.Unusable, match=why) as refused:
        session.connect(f"{url_of('word')}?{options}")
    assert "x@y" not in str(refused.value)


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_worker_does_not_say_it(password):
    worker = subprocess.Popen(
        [sys.executable, "-m", "transports.worker", "@RUNOFF_TEST_URL", "--kind", "thread"],
        cwd=ROOT,
        env={**os.environ, "RUNOFF_TEST_URL": url_of(password)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert worker.stdout is not None
    said = worker.stdout.readline()
    worker.terminate()  # one whose URL is right waits for its broker
    said += worker.communicate()[0]
    assert ("ready: " if password in RIGHT else "percent-encode") in said
    assert_hidden(said, password)


@pytest.mark.parametrize("password", PASSWORDS)
def test_the_driver_does_not_say_it(driver, password):
    done = driver.measure(
        *("--profile", "smoke", "--scenario", "distributed", "--task", "python", "--amqp-url", url_of(password))
    )
    assert done.returncode == 2
    assert "no broker at amqp://u:**@127.0.0.1:1/v: " in done.stderr
    assert ("percent-encode" in done.stderr) == (password not in RIGHT)
    assert_hidden(done.stdout + done.stderr, password)


@needs_rabbitmq
def test_wrong_credentials_are_named_and_not_tried_for_ever(node):
    wrong = node.url("client").replace(node.passwords["client"], "wrong-password")
    client = session.connect(wrong).open()
    with pytest.raises(errors.Unusable, match="refuses this user") as refused:
        client.wait_for_workers(1, timeout_s=5)
    client.wire.close()
    assert "wrong-password" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("amqp://guest:guest@broker.example/", "guest is for this machine only"),
        ("amqp://user:secret-word@broker.example/", "use amqps"),
        ("amqp://user:secret-word@127.0.0.1/?prefetch=5", "not prefetch"),
        ("amqps://user:secret-word@localhost/?ca=no-such-file", "TLS files"),
    ],
)
def test_a_url_that_would_be_unsafe_or_wrong_is_refused(url, why):
    with pytest.raises(errors.Unusable, match=why) as refused:
        base.client(url)
    assert "secret-word" not in str(refused.value)


@needs_rabbitmq
def test_the_password_is_in_no_repr(node):
    wire = base.client(node.url("client"))
    shown = repr(vars(wire)) + repr(wire._link) + wire.url + repr(vars(base.worker(node.url("worker"))))
    assert not any(password in shown for password in node.passwords.values())
