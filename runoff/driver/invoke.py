# Run by the driver (Python 3.9 upward).
"""One invocation: start an interpreter on one cell, watch it from outside, and make a record of what happened."""

from __future__ import annotations

import json
import os
import shlex
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from runoff.common import hiding
from runoff.common.guard import Guard, remove, unbroken
from runoff.common.loose import Data
from runoff.common.paths import ROOT, naming
from runoff.driver import cgroups, log_file, watched_process
from runoff.driver.disturbance import Watch
from runoff.driver.job import Job, request_of
from runoff.driver.memory import Sampler
from runoff.driver.reply import outcome
from runoff.driver.watched_process import Ended
from runoff.interpreters import surroundings
from runoff.records import record
from runoff.records.schema import Record

#: A socket's path holds 107 bytes; what is made in the folder for temporary files takes up to 50.
LONGEST_TMPDIR = 50
#: Other libraries' thread pools would put work on cores that the scenario is to account for.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def invoke(job: Job, folder: Path, guard: Guard) -> Record:
    """Run ``job`` in ``folder``; whatever happens to the interpreter becomes a record, never an exception.

    KeyboardInterrupt passes through, after the whole process group has been killed; so does an error of the disk.
    """
    with naming(folder):
        return _invoke(job, folder, guard)


def _invoke(job: Job, folder: Path, guard: Guard) -> Record:
    folder.mkdir(parents=True, exist_ok=True)
    request, reply = folder / "request.json", folder / "reply.json"
    request.write_text(json.dumps(request_of(job)), encoding="utf-8")
    reply.unlink(missing_ok=True)  # of an invocation before this one: the driver was killed before it was on record
    variables = {
        **job.environment.variables,
        **dict.fromkeys(ONE_THREAD, "1"),
        "PYTHONHASHSEED": str(job.hash_seed),
        "RUNOFF_PADDING": "x" * job.padding_bytes,
    }
    command = [*job.environment.command, *job.environment.interpreter.start.harness, str(request), str(reply)]
    log_path = folder / "log.txt"
    with log_path.open("wb") as log:
        log.write(f"$ {_by_hand(job, variables, command)}\n".encode())
        log.flush()
        watch = Watch(job.ours, job.broker)
        killed_before = cgroups.out_of_memory_kills()
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
        started_at, began = time.time(), time.monotonic()  # the first may be set while it runs
        secrets = {name: value for name, (value, _) in job.secrets.items()}
        try:
            with _temporary(guard) as temporary:
                shared = {**surroundings.for_interpreters(), **temporary, **variables}
                everything = {**shared, **job.passed_on, **secrets}
                ended, sampler = watched_process.run(command, everything, log, job, guard)
        finally:
            _hide(_to_hide(secrets.values(), job.passed_on.values()), log_path, reply)
            log_file.cut(log_path)  # afterwards: it may cut in the middle of what is to be hidden
    wall_s = time.monotonic() - began
    # A broker that is not ours works for the cell, perhaps on this machine, and cannot be told from a disturbance.
    unseen = job.cell.brokered and not job.broker
    disturbance = watch.seen(None if unseen else ended.cpu_s)
    observed: Data = {
        **_observed(job, ended, sampler),
        **disturbance,
        "wall_s": round(wall_s, 6),
        "load_1m": load,
        "started_at": round(started_at, 6),
        "folder": folder.name,
    }
    found = outcome.of(job, ended, reply, started_at)
    if found["status"] == record.CRASHED and ended.failure is None:
        if cgroups.out_of_memory_kills() > killed_before:
            found["reason"] += "; a memory limit of the control groups around it was reached: raise it"
        found["reason"] += f" (log: invocations/{folder.name}/log.txt)"
    return outcome.on_record(observed, found)


def _by_hand(job: Job, variables: dict[str, str], command: list[str]) -> str:
    """Return the line for a shell that repeats ``command``; it names each variable that is in no file."""
    settings = [f"{name}={shlex.quote(value)}" for name, value in variables.items()]
    # The shell says what to set where one of these is not set.
    settings += [f'{name}="${{{name}:?{hint}}}"' for name, (_, hint) in job.secrets.items()]
    settings += [f'{name}="${{{name}:?as it was when the run began}}"' for name in job.passed_on]
    return f"cd {ROOT} && {' '.join(settings)} {shlex.join(command)}"


def _observed(job: Job, ended: Ended, sampler: Sampler) -> Data:
    """Return what was asked for, and what was seen of the process from outside."""
    return {
        **job.cell.data,
        "guarantees": job.guarantees,
        "block": job.block,
        "attempt": job.attempt,
        "hash_seed": job.hash_seed,
        "padding_bytes": job.padding_bytes,
        "exit_code": ended.returncode,
        "cpu_s": ended.cpu_s,
        "context_switches": ended.switches,
        "peak_memory_bytes": sampler.peak_bytes or None,
        "memory_kind": sampler.kind,
        "broker_peak_memory_bytes": sampler.broker_peak_bytes or None,
        "memory_samples": sampler.samples,
        "memory_series": sampler.series if job.soak_s else None,
        "processes": sampler.most_processes,
    }


@contextmanager
def _temporary(guard: Guard) -> Iterator[dict[str, str]]:
    """Give variables that name folders, gone afterwards however the interpreter ended.

    One is for temporary files. The other holds what processes of the cell tell of their compilers.
    """
    given, short = tempfile.gettempdir(), "/tmp"
    base = short if len(os.fsencode(given)) > LONGEST_TMPDIR and os.access(short, os.W_OK) else given
    with unbroken():
        folder = tempfile.mkdtemp(prefix="runoff-", dir=base)
        guard.watch_folder(Path(folder))
    try:
        compilers = Path(folder, "compilers")
        compilers.mkdir()
        yield {**dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder), "RUNOFF_COMPILERS": str(compilers)}
    finally:
        remove(folder)
        guard.release_folder(Path(folder))


def _to_hide(urls: Iterable[str], values: Iterable[str]) -> dict[str, str]:
    """Return {text: what stands for it} of the passwords in ``urls`` and of the ``values`` that are long enough."""
    passwords = {password for url in urls if (password := urlsplit(url).password)}
    hidden = {f":{password}@": ":**@" for password in passwords}
    return {**hidden, **dict.fromkeys(hiding.texts(values), hiding.INSTEAD)}


def _hide(texts: dict[str, str], *paths: Path) -> None:
    """Replace ``texts`` in ``paths``: an interpreter may print its environment."""
    for path in paths if texts else ():
        if path.is_file():
            content = before = path.read_bytes()
            for text, instead in texts.items():
                content = content.replace(text.encode("utf-8", "surrogateescape"), instead.encode())
            if content != before:
                path.write_bytes(content)
