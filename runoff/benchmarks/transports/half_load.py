# Run by the driver (Python 3.9 upward).
"""The transports at half load, and with long tasks: p99 beside the raw loop's, and how busy two workers are."""

from __future__ import annotations

import statistics
from contextlib import ExitStack

from rich.console import Console

from runoff.benchmarks.transports import aims
from runoff.benchmarks.transports.contender import Contender, counted, promises
from runoff.benchmarks.transports.run_contender import measure, run_client, served
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.printed_table import left, printed_table, right, wide
from runoff.environments.environment import Environment

SHARE = 0.5
SECONDS = "2"


def open_loop(
    console: Console,
    environment: Environment,
    guard: Guard,
    pairs: list[tuple[Contender, Contender]],
    capacity: dict[str, float],
    turns: int,
) -> list[aims.Judged]:
    """Measure each (raw, ours) at SHARE of the raw one's capacity, and print a table.

    ``capacity`` is {name: tasks a second}. The two sides of a pair are measured in turns.
    """
    title = f"{environment.interpreter.described}: tasks begin at random, at {SHARE:.0%} of what the raw wire can do"
    table = printed_table(
        f"{title}; {counted(turns)}, latencies from the moment each should have begun",
        left(""),
        right("tasks/s", "p50, us", "p99, us", "p99 over raw"),
        caption=promises(contender for pair in pairs for contender in pair),
    )
    judged = []
    for raw, ours in pairs:
        rate = SHARE * capacity[raw.name]
        options = ("--rate", f"{rate:.0f}", "--seconds", SECONDS)
        seen: dict[str, list[dict[str, float]]] = {raw.name: [], ours.name: []}
        for turn in range(turns):
            console.print(f"open loop, turn {turn + 1} of {turns}: {ours.name}", style="dim")
            for contender in (raw, ours) if turn % 2 == 0 else (ours, raw):
                seen[contender.name].append(measure(contender, environment, guard, *options))
        for contender in (raw, ours):
            lines = seen[contender.name]
            p50, p99 = (statistics.median(line[key] for line in lines) for key in ("p50_us", "p99_us"))
            over = statistics.median(a["p99_us"] / b["p99_us"] for a, b in zip(lines, seen[raw.name]))
            table.add_row(contender.name, f"{rate:.0f}", f"{p50:.0f}", f"{p99:.0f}", f"{over:.2f}")
        judged.append(aims.Judged(ours.name, raw.name, aims.HALF_LOAD, over))
    wide(console).print(table)
    return judged


def lengths(
    console: Console, environment: Environment, guard: Guard, ours: list[Contender], turns: int
) -> list[aims.Judged]:
    """Run tasks that sleep 0.1 to 100 ms on two workers of each of ``ours``; print how busy these were, and how evenly.

    Raise BadInput where a task fails or a worker got none.
    """
    title = f"{environment.interpreter.described}: two workers and tasks that sleep; {counted(turns)}"
    table = printed_table(title, left(""), right("task, ms", "efficiency", "balance"), caption=promises(ours))
    judged = []
    for contender in ours:
        by_length: dict[float, list[dict[str, float]]] = {}
        for turn in range(turns):
            console.print(f"task lengths, turn {turn + 1} of {turns}: {contender.name}", style="dim")
            for line in _lengths(contender, environment, guard):
                if line["wrong"] or line["balance"] is None:
                    raise BadInput(f"{contender.name}: tasks of {line['task_ms']} ms failed, or one worker had none")
                by_length.setdefault(line["task_ms"], []).append(line)
        for task_ms, lines in by_length.items():
            efficiency, balance = (statistics.median(line[key] for line in lines) for key in ("efficiency", "balance"))
            table.add_row(contender.name, f"{task_ms:g}", f"{efficiency:.2f}", f"{balance:.2f}")
            if task_ms >= aims.JUDGED_FROM_MS:
                against = f"two workers, {task_ms:g} ms"
                judged.append(aims.Judged(contender.name, against, aims.EFFICIENCY, efficiency))
                judged.append(aims.Judged(contender.name, against, aims.BALANCE, balance))
    wide(console).print(table)
    return judged


def _lengths(contender: Contender, environment: Environment, guard: Guard) -> list[dict[str, float]]:
    with ExitStack() as workers:
        worker = Contender(
            contender.name, "", (*(contender.serve or ()), "--tasks", "contenders.task_lengths"), contender.ask, 0
        )
        addresses = [workers.enter_context(served(worker, environment, guard)) for _ in range(2)]
        brokered = "{address}" not in contender.ask[1]
        url = contender.ask[1].format(address=",".join(addresses))
        lanes = "1" if brokered else "2"
        command = ["contenders.task_lengths", url, "--workers", "2", "--lanes", lanes]
        return list(run_client(contender.name, command, environment, guard))
