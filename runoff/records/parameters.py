# Run by the driver and by the report (Python 3.9 upward).
"""The table of a cell's parameters, from which options, help, documents, plan and page are made.

A new parameter of a cell is a row here, a name in a row of ``scenarios/catalog.py`` (or, of a load, in the harness),
and values in the sets of ``experiments.toml``. results/README.md repeats the meanings; a test compares.
"""

from __future__ import annotations

from dataclasses import dataclass

#: What a parameter belongs to: how a scenario works, what a task does, or a load that is put on a cell.
SCENARIO, TASK, LOAD = "scenario", "task", "load"
#: Stands for a parameter that a cell has not, as the value of an option.
NONE = "none"


@dataclass(frozen=True)
class Parameter:
    """One parameter. ``takes``: what its option takes, "" without an option; ``help``: the option's help.

    ``bare``: its value speaks for itself in a cell's name, as in thread-pool[8].
    """

    name: str
    part: str
    meaning: str
    takes: str = ""
    help: str = ""
    bare: bool = False


PARAMETERS = (
    Parameter(
        "concurrency", SCENARIO, "tasks at once: a pool's size, or a loop's limit of requests in flight", bare=True
    ),
    Parameter("workers", SCENARIO, "size of the pool behind a loop, or of the processes that hold threads"),
    Parameter("start_method", SCENARIO, "how multiprocessing starts a child", bare=True),
    Parameter(
        "transport",
        SCENARIO,
        "scheme of the wire between client and workers",
        "NAME",
        "Measure only over these transports: schemes of docs/transports.md, as zmq+tcp or amqp.",
        bare=True,
    ),
    Parameter(
        "worker_kind",
        SCENARIO,
        "executor in which a worker runs its tasks",
        "NAME",
        "Measure only workers of this kind: thread, process, async.",
        bare=True,
    ),
    Parameter(
        "worker_interpreter",
        SCENARIO,
        "label of the workers' interpreter; absent: the cell's own",
        "NAME",
        f"Measure only workers of this interpreter or family (enlist it too); {NONE}: the client's.",
    ),
    Parameter(
        "worker_concurrency",
        SCENARIO,
        "tasks at once in one worker",
        "N",
        "Measure only workers that run this many tasks at once.",
    ),
    Parameter(
        "in_flight",
        SCENARIO,
        "submitted tasks without a result, in all",
        "N",
        "Measure only clients with this many tasks in flight.",
    ),
    Parameter(
        "credit",
        SCENARIO,
        "tasks without a result in one worker",
        "N",
        "Measure only workers that are given this many tasks ahead.",
    ),
    Parameter(
        "durable",
        SCENARIO,
        "false: the broker keeps nothing on its disk",
        "false",
        f"Measure only a broker that keeps tasks in memory; {NONE}: one that keeps them on disk, or no broker.",
    ),
    Parameter("period_ms", SCENARIO, "how long a latency probe sleeps"),
    Parameter(
        "switch_ms",
        SCENARIO,
        "how long a thread may hold the GIL while others wait; 0: the interpreter's default",
        "MS",
        "Measure only this switch interval; 0: the interpreter's own.",
    ),
    Parameter(
        "delay_ms",
        TASK,
        "milliseconds that the latency server waits before it answers",
        "MS",
        "Measure only this delay of the latency server.",
    ),
    Parameter(
        "cpu_share",
        TASK,
        "share of a task's time that is computing, on the baseline",
        "SHARE",
        "Measure only mixed tasks that compute for this share of their time.",
    ),
    Parameter(
        "payload_bytes", TASK, "bytes that go into a task, and out again", "N", "Measure only payloads of this size."
    ),
    Parameter(
        "length_ms",
        TASK,
        "milliseconds that a task computes, on the baseline",
        "MS",
        "Measure only tasks of this length (on the baseline).",
    ),
    Parameter("task_ms", TASK, "milliseconds that a task sleeps"),
    Parameter("loads", LOAD, "loads of an open loop, in per cent of the closed loop's capacity"),
    Parameter("rates", LOAD, "rates of an open loop, in tasks per second"),
    Parameter("seconds", LOAD, "how long each load or rate is kept up"),
    Parameter("kills", LOAD, "how often a worker is killed at half of the capacity"),
)
#: Parameters that say what a task does and not how a scenario does it.
OF_THE_TASK = tuple(row.name for row in PARAMETERS if row.part == TASK)
#: Parameters that say what else was done with a cell: driven at given loads or rates, or workers killed.
OF_THE_LOAD = tuple(row.name for row in PARAMETERS if row.part == LOAD)
#: Parameters whose values speak for themselves in a cell's name.
BARE = tuple(row.name for row in PARAMETERS if row.bare)
#: (parameter, what its option takes, help): each is an option of the driver, and what a cell is found by.
OPTIONS = (
    ("batch", "N", "Measure only batches of this many tasks."),
    *((row.name, row.takes, row.help) for row in PARAMETERS if row.takes),
)
