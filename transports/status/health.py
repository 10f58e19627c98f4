# Run by the interpreter under test (Python 2.7 upward).
"""Why a worker is not live (restart it) or not ready (it gets no tasks now). Called from the thread that answers HTTP.

A beat says that the worker's loop turns. It does not say that its tasks end, or that its child processes run: that is
looked at here.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.status import process_table

NS = 1000000000
#: The service's loop turns at least ten times a second; one that did not for so long hangs.
STUCK_NS = 5 * NS
#: A task gets its outcome at its deadline. One that still runs this long after it holds a thread that nobody can end.
OVERDUE_NS = NS


def overdue_ns(service, now):
    """Return for how long the deadline of the running task with the earliest one has passed; 0 where none has."""
    deadlines = [job.deadline for each in service.executors() for job in each.running()]
    return max(0, now - min(deadlines)) if deadlines else 0


def not_live(service, now):
    """Return the reasons why this worker should be restarted, as sentences; none for a live one."""
    reasons = []
    if now - service.turned_at > STUCK_NS:
        reasons.append("its loop has not turned for {:.1f} s".format((now - service.turned_at) / NS))
    late = overdue_ns(service, now)
    if late > OVERDUE_NS:
        reasons.append("a task still runs {:.1f} s after its deadline".format(late / NS))
    stopped = [pid for each in service.executors() for pid in each.pids() if process_table.is_stopped(pid)]
    reasons += ["its child process {} is stopped".format(pid) for pid in stopped]
    return reasons


def not_ready(service, now):
    """Return the reasons why this worker gets no tasks now, or would not end them; none for a ready one."""
    reasons = not_live(service, now)
    away = service.wire.away()
    if away is not None:
        reasons.append(away)
    if service.draining:
        reasons.append("it drains")
    return reasons
