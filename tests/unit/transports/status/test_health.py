"""Why a worker is not live, or gets no tasks: its loop, its tasks, its children, its link, its drain."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from transports.status import health
from transports.status.health import NS, OVERDUE_NS, STUCK_NS

NOW = 1000 * NS


def service(deadlines_s=(), turned_ns=0, pids=(), away=None, draining=False):
    """A worker two of whose executors run tasks with deadlines so many seconds from now."""
    jobs = [SimpleNamespace(deadline=NOW + int(seconds * NS)) for seconds in deadlines_s]
    executors = [
        SimpleNamespace(running=lambda half=half: half, pids=lambda: list(pids)) for half in (jobs[::2], jobs[1::2])
    ]
    wire = SimpleNamespace(away=lambda: away)
    return SimpleNamespace(
        turned_at=NOW - turned_ns, executors=lambda: executors[: 2 if jobs else 1], wire=wire, draining=draining
    )


def test_a_worker_whose_loop_turns_and_whose_tasks_are_in_time_is_live_and_ready():
    well = service([5, 7, 60])
    assert (health.not_live(well, NOW), health.not_ready(well, NOW)) == ([], [])
    assert health.overdue_ns(service(), NOW) == 0


@pytest.mark.parametrize(("ago_ns", "live"), [(STUCK_NS, True), (STUCK_NS + 1, False)])
def test_a_loop_may_be_silent_for_five_seconds(ago_ns, live):
    assert (health.not_live(service(turned_ns=ago_ns), NOW) == []) is live


@pytest.mark.parametrize(
    ("deadlines_s", "late_s"), [([-3], 3), ([60, -3], 3), ([-3, 60, 7], 3), ([-3, -8, 60], 8), ([60, 7], 0)]
)
def test_one_task_past_its_deadline_is_enough_however_many_are_in_time(deadlines_s, late_s):
    one = service(deadlines_s)
    assert health.overdue_ns(one, NOW) == late_s * NS
    assert health.not_live(one, NOW) == ([f"a task still runs {late_s:.1f} s after its deadline"] if late_s else [])


def test_a_task_has_a_second_after_its_deadline_to_end():
    just = service([-OVERDUE_NS / NS])
    assert health.not_live(just, NOW) == []
    assert health.not_live(just, NOW + 1) != []


def test_a_child_that_is_stopped_is_named(monkeypatch):
    monkeypatch.setattr(health.process_table, "is_stopped", lambda pid: pid == 12)
    assert health.not_live(service(pids=(11, 12)), NOW) == ["its child process 12 is stopped"]


def test_a_worker_without_its_broker_or_that_drains_is_live_and_not_ready():
    for changes, why in (
        ({"away": "no link to the broker"}, "no link to the broker"),
        ({"draining": True}, "it drains"),
    ):
        one = service(**changes)
        assert (health.not_live(one, NOW), health.not_ready(one, NOW)) == ([], [why])
