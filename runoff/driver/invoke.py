# Run by the driver (Python 3.9 upward).
"""One invocation: start an interpreter on one cell, watch it from outside, and make a record of what happened."""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from runoff.common import hiding
from runoff.common.guard import Guard, kill_group, remove, unbroken
from runoff.common.loose import Data
from runoff.common.paths import ROOT, scrub
from runoff.driver import answering, cgroups, log_file, worker_results
from runoff.driver.disturbance import Watch
from runoff.driver.memory import Sampler
from runoff.driver.plan import PlannedCell
from runoff.interpreters import surroundings
from runoff.interpreters.environments import Environment
from runoff.records import record
from runoff.records.schema import Record
from runoff.stats import histogram

SAMPLE_EVERY_S = 0.05
#: In an open loop, whose latencies are a few milliseconds: counting the pages of a tree takes time from its cores.
CALM_SAMPLE_EVERY_S = 1.0
FIRST_SAMPLE_S = 0.005  # doubled up to the above, so that an invocation of 30 ms is seen as well
#: The clock of the iterations and the wall clock may differ by so much over an invocation: the wall clock is slewed.
CLOCKS_APART = 0.01
CLOCKS_APART_NS = 20_000_000
#: A socket's path holds 107 bytes; what is made in the folder for temporary files takes up to 50.
LONGEST_TMPDIR = 50
#: Other libraries' thread pools would put work on cores that the scenario is to account for.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Job:
    """One cell in one block, with all it takes to run it."""

    cell: PlannedCell
    block: int
    environment: Environment
    #: what the task needs besides its numbers: rounds of work, the latency server's URL
    settings: Data
    min_iterations: int
    max_iterations: int
    #: how long to go on, at most, while the times still change
    max_seconds: float
    timeout_s: float
    hash_seed: int
    #: bytes of padding in the environment: where the stack begins changes a program's speed (Mytkowicz et al. 2009)
    padding_bytes: int
    #: which try at this block, from 0
    attempt: int = 0
    #: go on for so long, whatever the times do, and keep the memory's course
    soak_s: float = 0.0
    #: go on for so long, whatever the times do, to see where they become steady
    pilot_s: float = 0.0
    #: processes that work for the run and are no disturbance: the latency server, and a broker of ours that this
    #: cell does not use
    ours: tuple[int, ...] = ()
    #: processes of a broker of our own that the cell's tasks go through: what they use is the cell's cost as well
    broker: tuple[int, ...] = ()
    #: the workers' interpreter, where it is not the cell's
    worker: Environment | None = None
    #: variables that hold passwords, {name: (value, what to set it to when this is repeated by hand)}: in no file
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: variables of the shell that a person's function may see, {name: value}: their values are in no file either
    passed_on: dict[str, str] = field(default_factory=dict)

    @property
    def guarantees(self) -> list[str] | None:
        """The cell's; a broker that was given by URL may be reached over TLS, which promises more."""
        schemes = {url.partition(":")[0] for url, _ in self.secrets.values()}
        return self.cell.guarantees_over(schemes.pop()) if schemes else self.cell.guarantees


@dataclass(frozen=True)
class Ended:
    """How a process ended, seen from outside.

    ``failure``: status and reason of one that could not be started, or was killed after its time or for its output.
    """

    failure: tuple[str, str] | None
    returncode: int | None
    cpu_s: float | None
    switches: dict[str, int] | None


def invoke(job: Job, folder: Path, guard: Guard) -> Record:
    """Run ``job`` in ``folder``; whatever happens to the interpreter becomes a record, never an exception.

    KeyboardInterrupt passes through, after the whole process group has been killed.
    """
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
                ended, sampler = _watched(command, everything, log, job, guard)
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
    outcome = _outcome(job, ended, reply, started_at)
    if outcome["status"] == record.CRASHED and ended.failure is None:
        if cgroups.out_of_memory_kills() > killed_before:
            outcome["reason"] += "; a memory limit of the control groups around it was reached: raise it"
        outcome["reason"] += f" (log: invocations/{folder.name}/log.txt)"
    made = record.new({**observed, **outcome})
    if refused := record.unreadable(made):
        reason = outcome["reason"] or scrub(f"the reply cannot be put on record: {refused}")
        return record.new({**observed, "status": record.FAILED, "reason": reason})
    return made


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


def _watched(
    command: list[str], variables: dict[str, str], log: IO[bytes], job: Job, guard: Guard
) -> tuple[Ended, Sampler]:
    """Run ``command``; nothing that it left running is there afterwards, nor after a time-out or Ctrl-C."""
    with ExitStack() as leaving:
        running = guard.running(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=variables
        )
        try:
            process = leaving.enter_context(running)
        except OSError as error:
            return Ended((record.CRASHED, f"cannot be started: {error}"), None, None, None), Sampler(0)
        sampler = Sampler(process.pid, job.broker)
        every_s = CALM_SAMPLE_EVERY_S if job.cell.driven else SAMPLE_EVERY_S
        return _wait(process, sampler, log, job.timeout_s, every_s), sampler


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


def request_of(job: Job) -> Data:
    """Return the request for the harness, as it stands in its request file."""
    return {
        "task": job.cell.task,
        "scenario": job.cell.scenario,
        "parameters": dict(job.cell.parameters),
        "settings": job.settings,
        "first_number": 1000 * (job.block + 1),  # other numbers in every block: an answer cannot be left over
        "batch": job.cell.batch,
        "min_iterations": job.min_iterations,
        "max_iterations": job.max_iterations,
        "max_ns": int(job.max_seconds * 1e9),
        "min_ns": int(job.pilot_s * 1e9),
        "soak_ns": int(job.soak_s * 1e9),
        "seed": job.hash_seed,
        "worker": job.worker
        and {
            "interpreter": job.worker.interpreter.label,
            "command": list(job.worker.command),
            "variables": job.worker.variables,
            "not_theirs": sorted({*job.environment.variables} - {*job.worker.variables}),
        },
    }


def _outcome(job: Job, ended: Ended, reply_path: Path, started_at: float) -> Data:
    """Return status, reason and times, from how the process ended and what it replied."""
    if ended.failure is not None:
        status, reason = ended.failure
        return {"status": status, "reason": reason}
    assert ended.returncode is not None
    if ended.returncode < 0:
        name = signal.Signals(-ended.returncode).name if -ended.returncode in list(signal.Signals) else "a signal"
        return {"status": record.CRASHED, "reason": f"ended by {name}"}
    try:
        reply = record.parsed(reply_path.read_text(encoding="utf-8"))
    except OSError:
        return {"status": record.CRASHED, "reason": f"no reply; exit code {ended.returncode}"}
    except (ValueError, RecursionError) as error:
        return {"status": record.FAILED, "reason": f"the reply is not JSON: {error}"}
    try:
        return _of_reply(job, reply, started_at)
    except (OverflowError, RecursionError) as error:  # a number beyond any, or lists in lists in lists
        return {"status": record.FAILED, "reason": f"the reply cannot be put on record: {error}"}


def _of_reply(job: Job, reply: Any, started_at: float) -> Data:
    """Return status, reason and times of ``reply``, with what else of it a record keeps."""
    problem = _problem(job, reply)
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


def _problem(job: Job, reply: Any) -> str | None:
    """Return why ``reply`` cannot be believed, or None: an interpreter under test may write anything."""
    if not isinstance(reply, dict) or reply.get("status") not in (record.OK, record.FAILED):
        return "the reply does not have the harness's form"
    if problem := answering.another_build(job.environment.facts, reply.get("answered_by")):
        return problem
    if reply["status"] == record.FAILED:
        return str(reply.get("reason"))
    if problem := answering.other_processes(job.worker or job.environment, reply["answered_by"]):
        return problem
    times: Any = reply.get("iterations_ns")
    if not _are_times(times):
        return "the reply's times are not whole nanoseconds above 0"
    if not job.min_iterations <= len(times) <= job.max_iterations:
        return f"{len(times)} iterations, asked for {job.min_iterations} to {job.max_iterations}"
    paces: Any = reply.get("paces_ns")
    if not _are_paces(paces) or len(paces) != len(times) + 1:
        return "the reply's paces are not one more than its iterations, in whole nanoseconds above 0"
    if not _are_compiler_times(reply.get("compiling_ns"), len(times)):
        return "the reply's times of the compiler are not as many as its iterations, in whole nanoseconds from 0 up"
    parameters = dict(job.cell.parameters)
    loads = len((*parameters.get("loads", ()), *parameters.get("rates", ())))
    if problem := _clocks_disagree(reply.get("clock")) or histogram.problem(reply.get("latency"), loads):
        return problem
    failures = reply.get("failures", {})
    if not isinstance(failures, dict) or not all(type(count) is int and count > 0 for count in failures.values()):
        return "the reply's failures are not counted by kind"
    if (
        type(reply.get("checked")) is not int
        or reply["checked"] + sum(failures.values()) != len(times) * job.cell.batch
    ):
        return f"{reply.get('checked')} answers were checked in {len(times)} iterations of {job.cell.batch}"
    if problem := worker_results.problem(
        reply.get("worker_answers"), len(times) * job.cell.batch
    ) or worker_results.kills_problem(reply.get("kills"), parameters.get("kills", 0)):
        return problem
    if not isinstance(reply.get("entered_at"), (int, float)) or type(reply.get("open_ns")) is not int:
        return "the reply does not say when the interpreter had started"
    return None


def _are_times(value: Any) -> bool:
    """Return whether ``value`` is a list of whole nanoseconds above 0."""
    return isinstance(value, list) and all(type(time_ns) is int and time_ns > 0 for time_ns in value)


def _are_paces(value: Any) -> bool:
    """Return whether ``value`` is such a list, with None where the work that shows the machine's pace was not done."""
    return isinstance(value, list) and _are_times([time_ns for time_ns in value if time_ns is not None])


def _are_compiler_times(value: Any, iterations: int) -> bool:
    """Return whether ``value`` is a time for each iteration, or None where the interpreter does not tell."""
    if value is None:
        return True
    return isinstance(value, list) and len(value) == iterations and all(type(t) is int and t >= 0 for t in value)


def _clocks_disagree(clock: Any) -> str | None:
    """Return why the clock that timed the iterations cannot be believed, or None, by the wall clock beside it."""
    try:
        by_clock, by_wall = clock["elapsed_ns"], clock["wall_ns"]
        apart = abs(by_clock - by_wall)
    except (TypeError, KeyError):
        return "the reply does not say how long it took by its two clocks"
    if apart <= max(CLOCKS_APART * by_wall, CLOCKS_APART_NS):
        return None
    return (
        f"its clocks disagree: {by_clock / 1e9:.3f} s by {clock.get('name')} and {by_wall / 1e9:.3f} s by the wall "
        "clock; was the time set, or the machine suspended, while it ran?"
    )


def _wait(
    process: subprocess.Popen[bytes], sampler: Sampler, log: IO[bytes], timeout_s: float, every_s: float
) -> Ended:
    """Sample the tree until the process ends, or kill it when its time or its log is full; return how it ended."""
    deadline = time.monotonic() + timeout_s
    waiter = _Waiter(process)
    try:
        pause_s = FIRST_SAMPLE_S
        while not waiter.ended(pause_s):
            sampler.sample()
            pause_s = min(2 * pause_s, every_s)
            failure: tuple[str, str] | None = None
            if time.monotonic() > deadline:
                failure = record.TIMEOUT, f"killed after {timeout_s:.0f} s"
            elif reason := log_file.too_long(log):
                failure = record.FAILED, reason
            if failure:
                kill_group(process.pid)
                return replace(waiter.reap(), failure=failure, returncode=None)
        return waiter.reap()
    finally:
        waiter.close()


class _Waiter:
    """Waits for a process with a timeout and collects what it used.

    There are three ways, by what the system has: a descriptor that the kernel makes readable at once (Linux), a check
    every 2 ms (other Unix), no account of usage (Windows).
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._waited: tuple[int, Any] | None = None
        self._descriptor = -1
        if hasattr(os, "pidfd_open"):
            try:
                self._descriptor = os.pidfd_open(process.pid)
            except OSError:
                pass  # a kernel before 5.3

    def ended(self, timeout_s: float) -> bool:
        """Wait up to ``timeout_s`` for the end; return whether the process has ended."""
        if self._descriptor >= 0:
            return bool(select.select([self._descriptor], [], [], timeout_s)[0])
        until = time.monotonic() + timeout_s
        while not self._collect(os.WNOHANG if hasattr(os, "wait4") else 0):
            if time.monotonic() > until:
                return False
            time.sleep(0.002)
        return True

    def _collect(self, options: int) -> bool:
        if not hasattr(os, "wait4"):
            return self._process.poll() is not None
        if self._waited is None:
            pid, status, usage = os.wait4(self._process.pid, options)
            if pid:
                self._waited = status, usage
                self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._waited is not None

    def reap(self) -> Ended:
        """Wait for the end, however long, and return how it ended."""
        if not hasattr(os, "wait4"):
            return Ended(None, self._process.wait(), None, None)
        self._collect(0)
        assert self._waited is not None
        usage = self._waited[1]
        switches = {"voluntary": usage.ru_nvcsw, "involuntary": usage.ru_nivcsw}
        return Ended(None, self._process.returncode, round(usage.ru_utime + usage.ru_stime, 6), switches)

    def close(self) -> None:
        """Close the descriptor."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
