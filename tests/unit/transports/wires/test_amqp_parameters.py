"""Where the AMQP wire connects to, and what is refused because it is unsafe."""

from __future__ import annotations

import pytest

pytest.importorskip("pika")
from transports import errors
from transports.wires import amqp
from transports.wires.amqp import parameters


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_on_this_machine_the_user_guest_needs_no_encryption(host):
    (made,) = parameters.parameters(f"amqp://guest:guest@{host}:5673/%2F", None, 7)
    assert (made.host, made.port, made.virtual_host, made.heartbeat) == (host.strip("[]"), 5673, "/", 7)
    assert made.ssl_options is None


@pytest.mark.parametrize(
    ("url", "tls", "reason"),
    [
        ("amqp://me:secret@broker.example/v", None, "would send passwords and tasks in the clear: use amqps"),
        ("amqps://guest:guest@broker.example/v", {}, "the user guest is for this machine only"),
        ("amqp://me:secret@127.0.0.1,broker.example/v", None, "amqp to broker.example would send"),
    ],
)
def test_what_is_unsafe_on_another_machine_is_refused_without_the_password(url, tls, reason):
    with pytest.raises(errors.Unusable, match=reason) as refused:
        parameters.parameters(url, tls, 10)
    assert "secret" not in str(refused.value)


def test_the_name_of_another_machine_is_checked_over_tls():
    (made,) = parameters.parameters("amqps://me:secret@broker.example/v", {}, 10)
    assert made.ssl_options.server_hostname == "broker.example"
    assert made.ssl_options.context.check_hostname


def test_a_key_that_others_can_read_is_refused(tmp_path):
    key = tmp_path / "key.pem"
    key.write_text("")
    key.chmod(0o644)
    tls = {"certificate": str(tmp_path / "certificate.pem"), "key": str(key)}
    with pytest.raises(errors.Unusable, match="can be read by others"):
        parameters.parameters("amqps://me:secret@broker.example/v", tls, 10)


def test_an_url_that_cannot_be_taken_apart_is_refused_without_a_part_of_it():
    with pytest.raises(errors.Unusable, match="not an AMQP URL") as refused:
        parameters.parameters("amqp://me:sec/ret@127.0.0.1:x/v", None, 10)
    assert "sec" not in str(refused.value)
    assert refused.value.__context__ is None, "a traceback would show it"


def test_what_is_no_url_at_all_is_refused():
    with pytest.raises(errors.Unusable, match="not an AMQP URL"):
        parameters.parameters("cluster,cluster", None, 10)


@pytest.mark.parametrize("end", [amqp.Client, amqp.Worker])
@pytest.mark.parametrize("part", ["queue", "client"])
@pytest.mark.parametrize("name", ["#", "a.b", "*", "a#"])
def test_a_name_that_would_bind_the_tasks_of_others_is_refused(end, part, name):
    with pytest.raises(errors.Unusable, match=f"names no {part}"):
        end("//guest:guest@127.0.0.1/", {"scheme": "amqp", part: name})


@pytest.mark.parametrize("end", [amqp.Client, amqp.Worker])
@pytest.mark.parametrize("part", ["queue", "client"])
@pytest.mark.parametrize(
    ("name", "why"),
    [("x" * 121, "too long: give 120 bytes"), ("é" * 61, "too long: give 120 bytes"), ("a\nb", "a control character")],
)
def test_a_name_that_no_key_can_hold_is_refused(end, part, name, why):
    end("//guest:guest@127.0.0.1/", {"scheme": "amqp", part: "é" * 55})
    with pytest.raises(errors.Unusable, match=why):
        end("//guest:guest@127.0.0.1/", {"scheme": "amqp", part: name})
