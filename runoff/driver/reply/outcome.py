# Run by the driver (Python 3.9 upward).
"""Make an invocation's record of its reply: status and times, or the reason why there are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from runoff.common.errors import ending
from runoff.common.loose import Data
from runoff.common.paths import scrub
from runoff.driver.job import Job
from runoff.driver.reply import checks, worker_results
from runoff.driver.watched_process import Ended
from runoff.records import record
from runoff.records.schema import Record
from runoff.stats import histogram


def of(job: Job, ended: Ended, reply_path: Path, started_at: float) -> Data:
    """Return status, reason and times, from how the process ended and what it replied."""
    if ended.failure is not None:
        status, reason = ended.failure
        return {"status": status, "reason": reason}
    assert ended.returncode is not None
    if ended.returncode < 0:
        return {"status": record.CRASHED, "reason": f"ended by {ending(ended.returncode)}"}
    try:
        reply = record.parsed(reply_path.read_text(encoding="utf-8"))
    except OSError:
        return {"status": record.CRASHED, "reason": f"no reply; {ending(ended.returncode)}"}
    except (ValueError, RecursionError) as error:
        return {"status": record.FAILED, "reason": f"the reply is not JSON: {error}"}
    try:
        return _of_reply(job, reply, started_at)
    except (OverflowError, RecursionError) as error:  # a number beyond any, or lists in lists in lists
        return {"status": record.FAILED, "reason": f"the reply cannot be put on record: {error}"}


def _of_reply(job: Job, reply: Any, started_at: float) -> Data:
    """Return status, reason and times of ``reply``, with what else of it a record keeps."""
    problem = checks.problem(job, reply)
    times = reply.get("iterations_ns") if problem is None else None
    common = (
        {name: scrub(reply.get(name)) for name in ("gil", "clock", "answered_by", "checked", "failures", "open_cpu_s")}
        if isinstance(reply, dict)
        else {}
    )
    if problem is not None or not times:
        return {**common, "status": record.FAILED, "reason": scrub(problem or "the reply has no times")}
    startup_ns = int((reply["entered_at"] - started_at) * 1e9)
    return {
        **common,
        "status": record.OK,
        "reason": None,
        "startup_ns": startup_ns,
        "open_ns": reply["open_ns"],
        "first_answer_ns": startup_ns + reply["open_ns"] + times[0],
        "cold_ns": times[0],
        "iterations_ns": times,
        "paces_ns": reply["paces_ns"],
        "compiling_ns": reply.get("compiling_ns"),
        "latency": [histogram.from_reply(part) for part in reply["latency"]] if reply.get("latency") else None,
        "worker_answers": reply.get("worker_answers"),
        "kills": worker_results.from_reply(reply.get("kills")),
    }


def on_record(observed: Data, outcome: Data) -> Record:
    """Return the record of what was ``observed`` from outside and of the ``outcome``; one that can be read again."""
    made = record.new({**observed, **outcome})
    if refused := record.unreadable(made):
        reason = outcome["reason"] or scrub(f"the reply cannot be put on record: {refused}")
        return record.new({**observed, "status": record.FAILED, "reason": reason})
    return made
