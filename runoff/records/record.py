# Run by the driver and by the report (Python 3.9 upward).
"""The files of a run: run.json (the plan and the surroundings) and records.jsonl (one line per invocation).

``results/README.md`` explains every field; a test holds the two lists together.
"""

from __future__ import annotations

import errno
import json
import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.common.paths import RESULTS
from runoff.records import validity
from runoff.records.parameters import OF_THE_TASK
from runoff.records.schema import CellKey, Header, Record
from scenarios import catalog
from transports import catalog as wires

SCHEMA = 2
HEADER = "run.json"
RECORDS = "records.jsonl"

OWN_FUNCTION = catalog.OWN_FUNCTION

#: Parameters that say what carries tasks between processes, and change nothing in what is compiled.
CARRIERS = ("transport", "durable")
BETWEEN_PROCESSES = {row.scheme for row in wires.WIRES if "processes" in row.guarantees}
#: Schemes of the wires that need a broker.
BROKERED = {row.scheme for row in wires.WIRES if "broker" in row.guarantees}

#: The tasks that the decision weighs unless a reader chooses others: one that computes and one that waits.
DECIDED_BY = ("python", "io")

#: The task that costs nothing: its cells show what the scenarios cost.
OVERHEAD = "noop"

OK, FAILED, CRASHED, TIMEOUT, SKIPPED = "ok", "failed", "crashed", "timeout", "skipped"
STATUSES = (OK, FAILED, CRASHED, TIMEOUT, SKIPPED)

#: Every field of a record, in the order they are written.
FIELDS = tuple(Record.__annotations__)


def new(fields: Data) -> Record:
    """Return a record with ``fields``; all others are null."""
    return cast(Record, {**dict.fromkeys(FIELDS), "schema": SCHEMA, **fields})


def unreadable(made: Record) -> str | None:
    """Return why ``read`` would refuse a record that is not yet on disk; None where it would not."""
    try:
        return validity.of_fields(parsed(json.dumps(made, allow_nan=False)))
    except (ValueError, RecursionError) as error:
        return str(error)


class RecordFile:
    """records.jsonl, opened for appending; ``append`` writes a whole record to disk or leaves the file unchanged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise BadInput(
                f"{path} cannot be written: {error.strerror}; choose another folder with --results"
            ) from None

    def append(self, record: Record) -> None:
        """Write one record and flush it to disk; raise BadInput where that fails."""
        line = (json.dumps(record) + "\n").encode()
        before = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError as error:
            _cut_back(self._descriptor, before)
            raise BadInput(
                f"{self.path} cannot be written: {error.strerror}. Everything measured before is kept; "
                "make room and go on with --resume"
            ) from None

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _cut_back(descriptor: int, size: int) -> None:
    try:
        os.ftruncate(descriptor, size)
    except OSError:
        pass  # a device has no length; the reader recognises a line cut short


def write_header(folder: Path, header: Header) -> None:
    """Write run.json atomically."""
    partial = folder / (HEADER + ".partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"schema": SCHEMA, **header}, indent=1) + "\n", encoding="utf-8")
        partial.replace(folder / HEADER)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}; choose another folder with --results") from None


@dataclass(frozen=True)
class Run:
    """A run as read from its folder."""

    folder: Path
    header: Header
    records: tuple[Record, ...]


def read(folder: Path) -> Run:
    """Read the run in ``folder``; raise BadInput for a file that is missing, cut short or of another schema."""
    path, header = folder / RECORDS, read_header(folder)
    return Run(folder, header, tuple(_lines(path, header)) if path.exists() else ())


def read_header(folder: Path) -> Header:
    """Read run.json of the run in ``folder``; raise BadInput as ``read`` does."""
    path = folder / HEADER
    try:
        header = parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{folder} holds no run: there is no {HEADER} in it; name the folder of a run") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{path} cannot be read: {error}; restore the file, or make a new run") from None
    _check_schema(path, header)
    if problem := validity.of_header(header):
        raise BadInput(f"{path}: {problem}; restore the file, or make a new run")
    return cast(Header, header)


def parsed(text: str | bytes) -> Any:
    """Read JSON, in which NaN and Infinity are no numbers; raise ValueError, or RecursionError where it is too deep."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no number")

    return json.loads(text, parse_constant=refuse)


def _lines(path: Path, header: Header) -> Iterator[Record]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None
    planned = {cell_key(cell) for cell in header["cells"]}
    seen: dict[tuple[Any, ...], int] = {}
    lines = content.split(b"\n")
    if lines[-1]:
        raise BadInput(
            f"{path}, line {len(lines)}: cut short (was the driver killed while it wrote?). "
            "Resume the run with --resume: it sets that line aside and measures it again"
        )
    for number, line in enumerate(lines[:-1], 1):
        try:
            found = parsed(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{path}, line {number}: not JSON ({error}); nothing was changed") from None
        _check_schema(Path(f"{path}, line {number}"), found)
        if found.get("status") not in STATUSES:
            raise BadInput(f"{path}, line {number}: its status is {found.get('status')!r}; nothing was changed")
        record = new(found)  # an older run lacks the fields that came later
        problem = validity.of_record(record, header)
        identity = () if problem else (cell_key(record), record["block"], record["attempt"])
        if identity and identity[0] not in planned:
            problem = f"its cell {identity[0]} is none that {HEADER} plans"
        if identity in seen and record["attempt"] is not None:
            problem = f"it repeats line {seen[identity]} (were two runs put together?)"
        if problem:
            raise BadInput(f"{path}, line {number}: {problem}; nothing was changed")
        seen[identity] = number
        yield record


def _check_schema(where: Path, value: Any) -> None:
    schema = value.get("schema") if isinstance(value, dict) else None
    if not isinstance(schema, int):
        raise BadInput(f"{where}: not a file of Runoff: it names no schema; name the folder of a run")
    if schema > SCHEMA:
        raise BadInput(
            f"{where}: written by a newer Runoff (schema {schema}; this one reads {SCHEMA}): update this copy"
        )
    if schema < SCHEMA:
        raise BadInput(
            f"{where}: written by an older Runoff (schema {schema}; this one reads {SCHEMA}): measure again, "
            "or read it with the version that wrote it"
        )


def mend(folder: Path) -> None:
    """Move a last line that was cut short into records.jsonl.cut, so that a run can be resumed."""
    path = folder / RECORDS
    content = path.read_bytes() if path.exists() else b""
    whole, _, rest = content.rpartition(b"\n")
    if rest:
        with path.with_name(RECORDS + ".cut").open("ab") as stream:
            stream.write(rest + b"\n")
        os.truncate(path, len(whole) + 1 if whole else 0)


def cell_key(record: CellKey) -> str:
    """Return what identifies a cell: cpython-3.13/thread-pool/python/batch=8,concurrency=2."""
    batch = {} if record["task"] == OWN_FUNCTION else {"batch": record["batch"]}
    parameters = {**batch, **record["parameters"]}
    listed = ",".join(f"{name}={value}" for name, value in parameters.items())
    return f"{record['interpreter']}/{record['scenario']}/{record['task']}/{listed}"


def like_key(record: CellKey) -> str:
    """Return what a cell has in common with those of other interpreters: thread-pool/python/batch=8,concurrency=2."""
    return cell_key(record).removeprefix(f"{record['interpreter']}/")


def warm_up_key(record: CellKey) -> str:
    """Return what identifies cells that warm up alike: the same code in as many processes, by whatever wire."""
    parameters = record["parameters"]
    if parameters.get("transport") in BETWEEN_PROCESSES:
        parameters = {name: value for name, value in parameters.items() if name not in CARRIERS}
    return cell_key({**record, "parameters": parameters})


def warm_up_of(outcome: Record) -> tuple[str, str, str, list[int], list[int] | None, int, float]:
    """Return what an invocation tells of warm-up, as ``Pilots.note`` takes it.

    The last two are its processes, and its CPU seconds for each second that it took; 1 where the system does not say.
    """
    processes, times, compiling = outcome["processes"] or 1, outcome["iterations_ns"], compiling_of(outcome)
    key = warm_up_key(outcome)
    return outcome["interpreter"], outcome["task"], key, times, compiling, processes, _cores_used(outcome)


def compiling_of(outcome: Record) -> list[int] | None:
    """Return how long the compilers of an invocation worked in each iteration, in nanoseconds of all that it computed.

    They work on several cores at once, in processes or beside the program: where it kept two cores busy, half counts.
    None where the interpreter does not tell.
    """
    compiling, cores = outcome.get("compiling_ns"), max(1.0, _cores_used(outcome))
    return [round(worked / cores) for worked in compiling] if compiling else None


def _cores_used(outcome: Record) -> float:
    """Return an invocation's CPU seconds for each second that it took; 1 where the system does not say."""
    cpu_s, wall_s = outcome.get("cpu_s"), outcome.get("wall_s")
    return cpu_s / wall_s if cpu_s is not None and wall_s else 1.0


def pace_of(outcome: Record, counted: int) -> tuple[str, str, str, float, float] | None:
    """Return what an invocation tells of the machine's pace, as ``average_pace.PacedStart`` takes it.

    None where it tells nothing. ``counted``: how many iterations its number comes from, the last ones. The pace is the
    geometric mean of those taken before, between and after them, in nanoseconds, or the last one before.
    """
    taken, at = paces_of(outcome), outcome.get("started_at")
    if not taken or at is None:
        return None
    beside = paces_of(outcome, counted + 1) or taken[-1:]
    kind = f"{outcome['scenario']}/{outcome['task']}"
    return outcome["interpreter"], kind, cell_key(outcome), at, statistics.geometric_mean(beside)


def paces_of(outcome: Record, last: int = 0) -> list[int]:
    """Return the times of the work beside the iterations, where it was done, in nanoseconds.

    ``last``: only those of so many places at the end; 0 for all.
    """
    return [time_ns for time_ns in (outcome.get("paces_ns") or [])[-last:] if time_ns is not None]


def work_key(record: CellKey) -> str:
    """Return what identifies a work, whichever interpreter does it: python/batch=8.

    A person's function is one work: its batches differ by how it is run, and only make an iteration long enough.
    """
    if record["task"] == OWN_FUNCTION:
        return OWN_FUNCTION
    settings = {name: value for name, value in record["parameters"].items() if name in OF_THE_TASK}
    return f"{record['task']}/" + ",".join(
        f"{name}={value}" for name, value in {"batch": record["batch"], **settings}.items()
    )


def newest() -> Path:
    """Return the folder of the run that began last; raise BadInput where there is none."""
    folders = [path.parent for path in RESULTS.glob(f"*/*/{HEADER}")]
    if not folders:
        raise BadInput("there is no run yet: nox -s bench-cpython makes one")
    return max(folders, key=lambda folder: read_header(folder)["started_at"])
