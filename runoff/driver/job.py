# Run by the driver (Python 3.9 upward).
"""One invocation to be made: what it is to measure, with what, and the request that the harness gets for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from runoff.common.loose import Data
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment


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
