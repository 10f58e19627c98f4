"""A message that no queue takes comes back before its confirm; the link may go in between."""

from __future__ import annotations

import pytest

pytest.importorskip("pika")
from transports import amqp, base


def test_what_came_back_before_the_link_went_is_returned_and_not_merely_lost():
    client = amqp.Client("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
    client._unconfirmed = {1: (11, ["came back"]), 2: (12, ["on its way"])}
    client._returned = {11}
    client.link_down("unroutable")
    (first, second) = client._events
    assert first == (base.RETURNED, client._lane, ["came back"])
    assert (second[0], second[2]) == (base.DOWN, "unroutable")
    assert not client._unconfirmed
