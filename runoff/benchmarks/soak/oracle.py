# Run by the driver (Python 3.9 upward).
"""The oracle over a soak: what each client counted, and how often each task was begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runoff.benchmarks.soak.client import ClientCounts


@dataclass(frozen=True)
class Begins:
    """How often the tasks of a flow were begun: ``again`` counts the begins beyond a task's first."""

    tasks: int
    again: int
    most: int  # of one task


@dataclass(frozen=True)
class Leftovers:
    """What is there after all has ended."""

    processes: list[str]
    files: list[str]
    messages: dict[str, int]  # {queue: messages}

    def __len__(self) -> int:
        return len(self.processes) + len(self.files) + sum(self.messages.values())

    def __str__(self) -> str:
        queues = [f"{count} messages in {queue}" for queue, count in self.messages.items()]
        return ", ".join([*self.processes, *self.files, *queues]) or "none"


def begins(folder: Path) -> Begins:
    """Count the begins that the workers of a flow recorded in ``folder``."""
    counts = Counter(line for path in folder.glob("*.begun") for line in path.read_text(encoding="ascii").split())
    return Begins(len(counts), sum(counts.values()) - len(counts), max(counts.values(), default=0))


def files_left(folders: Iterable[Path]) -> list[str]:
    """Return what is in ``folders`` besides the records of begins."""
    return [str(path) for folder in folders for path in sorted(folder.rglob("*")) if path.suffix != ".begun"]


def broken(counts: Mapping[str, ClientCounts], leftovers: Leftovers) -> list[str]:
    """Return what the promise did not hold, a sentence each."""
    said = []
    for name, each in counts.items():
        for what, count in (
            ("lost", each.lost),
            ("delivered twice", each.twice),
            ("wrong", each.wrong),
            ("ended in an error", sum(each.errors.values())),
        ):
            if count:
                said.append(f"{name}: {count} of {each.submitted} tasks {what}")
        if not each.ok:
            said.append(f"{name}: no task was answered")
    if len(leftovers):
        said.append(f"left over: {leftovers}")
    return said
