# Run by the driver (Python 3.9 upward).
"""Compute every size of a deployment from what a run measured; each says from which figure. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from runoff.common.errors import BadInput
from runoff.common.wording import counted, short, size

#: What a worker and its client do, in seconds, tasks and messages. tests/unit/recipe/test_recipe.py compares them with
#: transports/.
CLIENT_DEADLINE_S = 60
OUTCOME_WITHIN_S = 1  # after its deadline, at the latest, a task has its outcome
LEAVING_S = 2  # a worker's last replies, and its farewell to the broker
HELD_BESIDES = 5
FRAME_TASKS = 128
FRAME_WORK_S = 0.008
DEEP_FRAME_WORK_S = 0.024  # while many wait
DELIVERY_LIMIT = 20
LONGEST_DEADLINE_S = 1740

ROOM_TO_DRAIN = 2  # times the memory at which a worker begins to drain
KEDA_POLL_S = 30  # KEDA looks as often by itself; more often is only needed where deadlines are short
PARTS = 3  # of a deadline: until the scaler looks, until a new worker answers, until the backlog is done


@dataclass(frozen=True)
class Figures:
    """What the run measured of the chosen cell.

    ``workers`` did ``concurrency`` tasks each at once; ``memory_bytes`` is the peak of client and workers together.
    """

    cell: str
    cores: int
    workers: int
    concurrency: int
    credit: int
    batch: int
    tasks_per_s: float
    low: float
    high: float
    slowest_batch_s: float
    start_s: float
    memory_bytes: int
    cpu_s_per_1000: float
    broker_cpu_s_per_1000: float | None


@dataclass(frozen=True)
class Value:
    """A number, its unit, and the sentence that says from which figure it was computed."""

    number: int
    unit: str
    why: str

    @property
    def text(self) -> str:
        """The number with its unit: 1 worker, 20 messages, 61 s."""
        unit = self.unit[:-1] if self.number == 1 and len(self.unit) > 1 and self.unit.endswith("s") else self.unit
        return f"{self.number} {unit}"


@dataclass(frozen=True)
class Sizes:
    """Every value that stands in the files of a recipe."""

    workers_per_host: Value
    concurrency: Value
    credit: Value
    prefetch: Value
    recycle_mib: Value
    memory_mib: Value
    cpu_millicores: Value
    start_s: Value
    deadline_s: Value
    drain_s: Value
    grace_s: Value
    poll_s: Value
    messages_per_worker: Value
    most_workers: Value
    queue_length: Value
    delivery_limit: Value


def compute(figures: Figures, deadline_s: int | None = None) -> Sizes:
    """Return all sizes; ``deadline_s`` is what clients give a task, by default a client's own default.

    Raise BadInput for a deadline that the run shows to be too short, or that the broker cannot keep.
    """
    deadline = _deadline(figures, deadline_s)
    drain = _drain(deadline.number)
    per_message = _tasks_per_message(figures)
    poll = _poll(figures, deadline.number)
    most = _most_workers(figures)
    recycle = _recycle(figures)
    return Sizes(
        workers_per_host=_workers(figures),
        concurrency=_concurrency(figures),
        credit=_credit(figures),
        prefetch=_prefetch(figures),
        recycle_mib=recycle,
        memory_mib=_memory(recycle.number),
        cpu_millicores=_cpu(figures),
        start_s=_start(figures),
        deadline_s=deadline,
        drain_s=drain,
        grace_s=_grace(drain.number),
        poll_s=poll,
        messages_per_worker=_messages_per_worker(figures, per_message, poll.number),
        most_workers=most,
        queue_length=_queue_length(figures, per_message, most.number, deadline.number),
        delivery_limit=Value(
            DELIVERY_LIMIT, "deliveries", "what the queue of the run had; after them a message is a dead letter"
        ),
    )


def _workers(figures: Figures) -> Value:
    return Value(
        figures.workers,
        "workers",
        f"{figures.cell}: {figures.workers} workers on {figures.cores} cores answered {short(figures.tasks_per_s)} "
        f"tasks/s [{short(figures.low)}, {short(figures.high)}]",
    )


def _concurrency(figures: Figures) -> Value:
    ran = f"each of these workers ran {counted(figures.concurrency, 'task')} at once"
    return Value(figures.concurrency, "tasks", ran)


def _credit(figures: Figures) -> Value:
    permitted = counted(figures.credit, "message")
    return Value(figures.credit, "messages", f"each of these workers was permitted up to {permitted} without an answer")


def _prefetch(figures: Figures) -> Value:
    return Value(
        min(figures.credit, figures.concurrency + HELD_BESIDES),
        "messages",
        f"the smaller of the credit and concurrency + {HELD_BESIDES}, which is what a worker asks a broker "
        "beside it for by itself, as it did in the run; one farther away it asks for more, by rate and delay",
    )


def _memory(recycle_mib: int) -> Value:
    return Value(
        ROOM_TO_DRAIN * recycle_mib,
        "MiB",
        f"{ROOM_TO_DRAIN} times the {recycle_mib} MiB at which a worker drains and is started again, so that it "
        "has room until it has drained",
    )


def _start(figures: Figures) -> Value:
    ready = f"the workers of the run were ready within {short(figures.start_s)} s"
    return Value(math.ceil(figures.start_s), "s", ready)


def _drain(deadline_s: int) -> Value:
    return Value(
        deadline_s + OUTCOME_WITHIN_S,
        "s",
        f"a worker holds no task without an outcome {OUTCOME_WITHIN_S} s after the deadline of {deadline_s} s",
    )


def _grace(drain_s: int) -> Value:
    return Value(
        drain_s + LEAVING_S,
        "s",
        f"a drain takes {drain_s} s at most, its last replies and the farewell {LEAVING_S} s; killed sooner, a "
        "worker would lose what it runs",
    )


def _deadline(figures: Figures, given: int | None) -> Value:
    number = CLIENT_DEADLINE_S if given is None else given
    enough = max(1, math.ceil(PARTS * max(figures.start_s, figures.slowest_batch_s)))
    if number > LONGEST_DEADLINE_S:
        raise BadInput(
            f"--deadline {number}: RabbitMQ takes back what a worker holds for half an hour; give "
            f"{LONGEST_DEADLINE_S} s at most"
        )
    if number < enough:
        raise BadInput(
            f"a deadline of {number} s is too short: in the run a worker started within {short(figures.start_s)} s and "
            f"the slowest batch of {figures.batch} took {short(figures.slowest_batch_s)} s; give --deadline {enough} "
            "or more"
        )
    source = "what a client gives a task that names no deadline" if given is None else "as given by --deadline"
    return Value(
        number,
        "s",
        f"{source}; the slowest batch of {counted(figures.batch, 'task')} in the run took "
        f"{short(figures.slowest_batch_s)} s",
    )


def _tasks_per_message(figures: Figures) -> int:
    """Return how many tasks a client puts into one message, at most, when many wait."""
    task_s = figures.workers * figures.concurrency / figures.tasks_per_s
    return max(1, min(FRAME_TASKS, int(DEEP_FRAME_WORK_S / task_s)))


def _poll(figures: Figures, deadline_s: int) -> Value:
    number = max(1, min(KEDA_POLL_S, deadline_s // PARTS))
    third = f"a third of the deadline of {deadline_s} s" if number < KEDA_POLL_S else "KEDA's own default"
    return Value(
        number,
        "s",
        f"{third}: as long again is left for a new worker's start ({short(figures.start_s)} s in the run), and for "
        "the backlog",
    )


def _messages_per_worker(figures: Figures, per_message: int, poll_s: int) -> Value:
    one = figures.low / figures.workers
    return Value(
        max(1, int(one * poll_s / per_message)),
        "messages",
        f"one worker answers at least {short(one)} tasks/s ({short(figures.low)}, the interval's low end, over "
        f"{counted(figures.workers, 'worker')}), so much in the {poll_s} s between two looks, with "
        f"{_in_a_message(per_message)}; a longer queue needs another worker",
    )


def _most_workers(figures: Figures) -> Value:
    one = figures.tasks_per_s / figures.workers
    if not figures.broker_cpu_s_per_1000:
        return Value(
            figures.workers,
            "workers",
            f"no more than the {figures.workers} of the run, whose broker's CPU time is unknown; measure without "
            "--amqp-url: that of a private node is seen",
        )
    carried = 1000 / figures.broker_cpu_s_per_1000
    return Value(
        max(figures.workers, int(carried / one)),
        "workers",
        f"the broker used {short(figures.broker_cpu_s_per_1000)} CPU seconds per 1000 tasks, so one core, and a queue "
        f"is one process there, carries {short(carried)} tasks/s, and a worker answers {short(one)}; beyond "
        f"{figures.workers} this is calculated, not measured",
    )


def _queue_length(figures: Figures, per_message: int, most: int, deadline_s: int) -> Value:
    rate = figures.tasks_per_s / figures.workers * most / per_message
    return Value(
        max(1, int(rate * deadline_s)),
        "messages",
        f"what {counted(most, 'worker')} answer within the deadline of {deadline_s} s, with "
        f"{_in_a_message(per_message)}: whatever waits behind them would be late, and is refused at once",
    )


def _recycle(figures: Figures) -> Value:
    return Value(
        math.ceil(figures.memory_bytes / 2**20),
        "MiB",
        f"the client and {counted(figures.workers, 'worker')} of the run used {size(figures.memory_bytes)} together at "
        "their peak; one worker alone stayed below that, and one that goes beyond it has grown since it began",
    )


def _cpu(figures: Figures) -> Value:
    cores = figures.cpu_s_per_1000 / 1000 * figures.tasks_per_s
    return Value(
        math.ceil(1000 * min(cores, figures.cores) / figures.workers),
        "thousandths of a core",
        f"{short(figures.cpu_s_per_1000)} CPU seconds per 1000 tasks, the client's share included, at "
        f"{short(figures.tasks_per_s)} tasks/s over {counted(figures.workers, 'worker')}, and no more than the "
        f"{counted(figures.cores, 'core')} of the run",
    )


def _in_a_message(tasks: int) -> str:
    return "one task in a message" if tasks == 1 else f"up to {tasks} tasks in a message"
