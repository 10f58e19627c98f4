# Run by the driver and by the report (Python 3.9 upward).
"""The files of a run: run.json (the plan and the surroundings) and records.jsonl (one line per invocation).

``results/README.md`` explains every field; a test holds the two lists together.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from runoff.common import atomic_file, lock
from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.common.paths import RESULTS
from runoff.common.wording import harmless
from runoff.records import validity
from runoff.records.cell_keys import cell_key
from runoff.records.schema import Header, Record
from scenarios import catalog
from transports import catalog as wires

SCHEMA = 2
HEADER = "run.json"
RECORDS = "records.jsonl"

OWN_FUNCTION = catalog.OWN_FUNCTION

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
    """records.jsonl, opened for appending by one process at a time.

    ``append`` writes a whole record to disk or leaves the file unchanged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise BadInput(
                f"{path} cannot be written: {error.strerror}; choose another folder with --results"
            ) from None
        if not lock.take(self._descriptor):
            self.close()
            raise BadInput(
                f"{path.parent} is being measured by another command: wait for its end or interrupt it, and then go on "
                "with --resume; or leave out --resume to start a run of its own"
            )

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
    try:
        atomic_file.write(folder / HEADER, json.dumps({"schema": SCHEMA, **header}, indent=1) + "\n")
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
    """Read JSON, in which NaN and Infinity are no numbers; raise ValueError, or RecursionError where it is too deep.

    Texts are made harmless: a file, or the reply of an interpreter, may hold anything.
    """

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no number")

    return harmless(json.loads(text, parse_constant=refuse))


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
    """Move a last line that was cut short into records.jsonl.cut, so that a run can be resumed.

    Raise BadInput where the run has not ended: that line may be half written.
    """
    path = folder / RECORDS
    RecordFile(path).close()
    content = path.read_bytes() if path.exists() else b""
    whole, _, rest = content.rpartition(b"\n")
    if rest:
        with path.with_name(RECORDS + ".cut").open("ab") as stream:
            stream.write(rest + b"\n")
        os.truncate(path, len(whole) + 1 if whole else 0)


def newest() -> tuple[Path, list[str]]:
    """Return the folder of the run that began last, and why others cannot be read; raise BadInput where there is none.

    One that cannot be read, of an older version say, does not stand before all others.
    """
    began: dict[Path, float] = {}
    unreadable: list[str] = []
    for path in sorted(RESULTS.glob(f"*/*/{HEADER}")):
        try:
            began[path.parent] = read_header(path.parent)["started_at"]
        except BadInput as error:
            unreadable.append(str(error))
    if not began:
        raise BadInput(unreadable[0] if unreadable else "there is no run yet: nox -s bench-cpython makes one")
    return max(began, key=lambda folder: began[folder]), unreadable
