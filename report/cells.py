# Run by the report (Python 3.9 upward).
"""Records gathered into cells: one per interpreter x scenario x task x size, with a throughput per invocation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench import record
from report import stats, steady_state


@dataclass
class Cell:
    """All invocations of one cell. ``status`` is ok when at least one invocation was; ``reason`` says why not."""

    interpreter: str
    scenario: str
    task: str
    n: int
    parameters: dict[str, Any]
    status: str = record.SKIPPED
    reason: str | None = None
    #: tasks per second, one number per invocation
    throughputs: list[float] = field(default_factory=list)
    peak_memory_bytes: int = 0
    unsettled: int = 0

    @property
    def name(self) -> str:
        """thread-pool[2], process-pool[2, fork]: the scenario and what it was measured at."""
        shown = [f"{value}" for name, value in self.parameters.items() if name != "delay_ms"]
        return self.scenario + (f"[{', '.join(shown)}]" if shown else "")

    @property
    def throughput(self) -> stats.Estimate:
        return stats.geometric_mean(self.throughputs)

    @property
    def mostly_unsettled(self) -> bool:
        return 2 * self.unsettled > len(self.throughputs)


def gather(run: record.Run) -> list[Cell]:
    """The cells of ``run`` in the order of its plan."""
    cells: dict[str, Cell] = {}
    for data in run.header["cells"]:
        cells[record.cell_key(data)] = Cell(
            *(data[name] for name in ("interpreter", "scenario", "task", "n", "parameters"))
        )
    for each in run.records:
        cell = cells[record.cell_key(each)]
        if each["status"] == record.OK:
            cell.status = record.OK if cell.reason is None else cell.status
            times = each["iterations_ns"]
            cell.throughputs.append(cell.n / (steady_state.steady_ns(times) / 1e9))
            cell.unsettled += steady_state.still_changing(times[1:])
            cell.peak_memory_bytes = max(cell.peak_memory_bytes, each["peak_memory_bytes"] or 0)
        else:  # one failure is a failed cell, whatever the other invocations gave
            cell.status, cell.reason = each["status"], each["reason"]
    for cell in cells.values():
        if cell.status == record.SKIPPED and cell.reason is None:
            cell.reason = "not measured: the run was not finished"
    return list(cells.values())
