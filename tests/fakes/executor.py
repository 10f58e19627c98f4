# Run by pytest (Python 3.9 upward).
"""An executor whose tasks end when the test says so, and a service that keeps the outcomes of an executor."""

from __future__ import annotations

import json
import queue
import threading
from typing import Any

from tests.fakes.worker_wire import Wire
from transports.executors import run_job
from transports.messages import json_codec

WITHIN_S = 10.0
NEVER = 2**62


class Executor:
    """Keeps jobs until ``end``, and what was asked of it."""

    def __init__(self, concurrency: int = 1) -> None:
        self.concurrency = concurrency
        self.jobs: list[Any] = []
        self.abandoned: list[str] = []
        self.is_eager = False
        self.worked = 0
        self.ended = 0

    def begin(self, service: Any) -> None:
        self.service = service

    def put(self, jobs: list[Any]) -> None:
        self.jobs += jobs

    def eager(self) -> bool:
        return self.is_eager

    def work(self) -> None:
        self.worked += 1

    def abandon(self, job: Any) -> None:
        self.abandoned.append(job.id)

    def close(self) -> None:
        self.ended += 1

    # --- what the test has happen, and looks at ----------------------------------------------------------------------

    def ids(self) -> list[str]:
        """Return the ids of the jobs that it has."""
        return [job.id for job in self.jobs]

    def end(self) -> None:
        """Run and end the first job."""
        job = self.jobs.pop(0)
        result, _ = run_job.perform(self.service.functions[job.name], job, lambda: job.arrived)
        self.service.finish(job, result)


class Host:
    """What an executor sees of a service: it keeps the outcomes. ``calls``: what was done, in order."""

    def __init__(self, functions: dict[str, Any]) -> None:
        self.functions = functions
        self.wire = Wire()
        self.lock = threading.RLock()
        self.calls: list[Any] = []
        self.leave: Any = None
        self.over = False
        self._ended: queue.Queue[Any] = queue.Queue()

    def finish(self, job: Any, result: Any) -> None:
        self.calls.append(("finish", job.id))
        self._ended.put((json.loads(result[0]), *result[1:]))

    def flush(self) -> None:
        self.calls.append("flush")

    def take(self, timeout_s: float) -> None:
        self.calls.append(("take", timeout_s))

    def keep(self) -> None:
        self.calls.append("keep")

    def is_over(self) -> bool:
        return self.over

    def ended(self) -> tuple[dict[str, Any], str, int, int]:
        """Return (result, outcome, microseconds in the queue, microseconds that it ran) of the next job that ended."""
        return self._ended.get(timeout=WITHIN_S)

    def has_ended(self) -> bool:
        return not self._ended.empty()


def job(identity: str, name: str, *args: Any, arrived: int = 0, deadline: int = NEVER, **kwargs: Any) -> run_job.Job:
    return run_job.Job(identity, name, args, kwargs, 1, arrived, deadline, "c", None, json_codec)


class Span:
    """The trace of one run, which keeps the outcomes that it was told."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []

    def of(self, job: Any) -> Span | None:
        """Return itself for a job that is traced, as tracing.run does."""
        return None if job.trace is None else self

    def __enter__(self) -> Span:
        return self

    def __exit__(self, *how: object) -> None:
        pass

    def end(self, outcome: str) -> None:
        self.outcomes.append(outcome)
