"""A worker's end: what its last replies may take, and its exit code."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from transports.worker import DRAINED, GAVE_BACK, LAST_REPLIES_S, Worker


@pytest.mark.parametrize(
    ("left_s", "gave_back", "lets_leave_s", "code"),
    [(4.0, False, 4.0, DRAINED), (0.1, False, LAST_REPLIES_S, DRAINED), (0.0, True, LAST_REPLIES_S, GAVE_BACK)],
)
def test_the_last_replies_have_what_is_left_of_the_drain(left_s, gave_back, lets_leave_s, code):
    worker, waited_s = Worker.__new__(Worker), []
    worker.wire = SimpleNamespace(drain=waited_s.append)
    worker.service = SimpleNamespace(drain_left_s=lambda: left_s, gave_back=gave_back)
    assert (worker._drained(), waited_s) == (code, [lets_leave_s])
