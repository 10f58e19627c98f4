"""Cells of three interpreters to race, and the standings of those of which throughputs are known."""

from __future__ import annotations

from runoff.driver.plan import PlannedCell
from runoff.driver.racing.rules import Rules
from runoff.driver.racing.standings import Standings

LEAST = 2  # invocations


def cells(scenario, task="python"):
    return {label: PlannedCell(label, scenario, task, 8, ()) for label in ("a", "b", "c")}


SERIAL, THREADS, POOL = cells("serial"), cells("threads"), cells("process-pool")
SERIAL_IO, THREADS_IO = cells("serial", "io"), cells("threads", "io")


def standing(*seen, past_support=()):
    """Return the standings of cells of which this is known."""
    found = Standings([each.cell for each in seen], Rules("a", LEAST, past_support=past_support))
    for each in seen:
        found.update(each)
    found.look()
    return found
