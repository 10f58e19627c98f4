# Run by the driver (Python 3.9 upward).
"""Make the jobs of a run's invocations, and name their folders."""

from __future__ import annotations

import hashlib
import os
import random

from runoff.common.loose import Data
from runoff.common.paths import workload_file
from runoff.driver.job import Job
from runoff.driver.measuring.adaptive import Length
from runoff.driver.plan import TASKS, PlannedCell
from runoff.environments.environment import Environment
from runoff.records.parameters import OF_THE_LOAD
from runoff.records.schema import Header
from runoff.services.latency_server_process import Server
from runoff.services.rabbitmq import Broker


class Jobs:
    """Makes the jobs of one run, from its ``header``, in its ``environments`` and with its ``broker``."""

    def __init__(self, header: Header, environments: dict[str, Environment], broker: Broker | None) -> None:
        self.header = header
        self.environments = dict(environments)
        if header["baseline_repeat"]:
            self.environments[header["baseline_repeat"]] = environments[header["baseline"]]
        self.broker = broker

    def new(self, cell: PlannedCell, block: int, attempt: int, length: Length, server: Server) -> Job:
        """Return the job of one attempt at ``cell`` in ``block``, which lasts as ``length`` says."""
        task, parameters = TASKS[cell.task], dict(cell.parameters)
        chance = random.Random(f"{self.header['seed']}/{block}/{attempt}/{cell.key}")
        settings: Data = {name: parameters[name] for name in task.parameters}
        if task.work:
            settings["rounds"] = rounds_of_task(self.header, task.work, parameters)
        if own := self.header.get("workload"):
            label = self.header["baseline"] if cell.interpreter == self.header["baseline_repeat"] else cell.interpreter
            settings["workload"] = str(workload_file(own["digest"], label))
        if task.waits:
            settings["server"] = server.url(parameters["delay_ms"])
        broker = self.broker.pids if self.broker else ()
        return Job(
            cell=cell,
            block=block,
            environment=self.environments[cell.interpreter],
            settings=settings,
            min_iterations=length.min_iterations,
            max_iterations=length.max_iterations,
            max_seconds=length.max_seconds,
            pilot_s=length.pilot_s,
            timeout_s=self.header["timeout_s"],
            hash_seed=chance.randrange(1, 2**32),
            padding_bytes=chance.randrange(0, 4096),
            attempt=attempt,
            soak_s=self.header["soak_s"],
            ours=(server.pid, *(broker if not cell.brokered else ())),
            broker=broker if cell.brokered else (),
            passed_on={name: os.environ[name] for name in own["variables"]} if own else {},
            worker=self.environments[parameters["worker_interpreter"]] if "worker_interpreter" in parameters else None,
        )


def rounds_of_task(header: Header, kind: str, parameters: Data) -> int:
    """Return the rounds of work in one task: as calibrated, or as its length or its share of computing asks for."""
    rounds = int(header["work"][kind])
    if "length_ms" in parameters:
        return max(1, int(rounds * parameters["length_ms"] / header["work_ms"][kind]))
    if "cpu_share" not in parameters:
        return rounds
    share: float = parameters["cpu_share"]
    computing_ms: float = parameters["delay_ms"] * share / (1 - share)
    return max(1, int(rounds * computing_ms / header["work_ms"][kind]))


def folder_name(job: Job) -> str:
    """Return what the folder of an invocation is called, which says what it was."""
    cell = job.cell
    values = [f"{value}" for name, value in cell.parameters if name not in OF_THE_LOAD]
    # The values say which cell it is, and do not tell in_flight=1 from credit=1, or a load from none.
    digest = hashlib.sha256(cell.key.encode()).hexdigest()[:8]
    words = [job.block, cell.interpreter, cell.scenario, cell.task, cell.batch, *values, digest]
    name = "-".join(map(str, words))
    return f"{name}-repeat-{job.attempt}" if job.attempt else name
