# Run by the report (Python 3.9 upward).
"""Say how long the line of an interpreter is supported; support.toml has the dates and their sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from functools import cache
from pathlib import Path

from runoff.common import tables
from runoff.records.schema import Facts, Header


@dataclass(frozen=True)
class Line:
    """One line of an implementation, such as CPython 3.13. ``end``: None where no end is known."""

    first: date
    end: date | None
    source: str
    checked: date

    def ended(self, on: date) -> bool:
        """Return whether its support has ended before the day ``on``."""
        return self.end is not None and self.end < on

    @property
    def in_words(self) -> str:
        """Its support as text: 2024-10-07 to 2029-10-31 (PEP 719; checked 2026-11-28)."""
        return f"{self.first} to {self.end or 'no end known'} ({self.source}; checked {self.checked})"


def line_of(facts: Facts) -> Line | None:
    """Return the line that an interpreter with ``facts`` belongs to; None where the table has none."""
    return _lines().get((str(facts.get("implementation", "")).lower(), str(facts.get("python", ""))))


def ended(header: Header) -> dict[str, date]:
    """Return {label: the day its support ended}, for the interpreters that were past it when the run began."""
    began = header.get("started_at")
    on = datetime.fromtimestamp(began, timezone.utc).date() if began else datetime.now(timezone.utc).date()
    found = {label: line_of(facts) for label, facts in header["interpreters"].items()}
    return {label: line.end for label, line in found.items() if line and line.end and line.ended(on)}


@cache
def _lines() -> dict[tuple[str, str], Line]:
    return {
        (implementation, python): Line(row["first"], row.get("end"), row["source"], row["checked"])
        for implementation, rows in tables.read("support.toml", Path(__file__).parent).items()
        for python, row in rows.items()
    }
