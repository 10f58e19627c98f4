# Run by the driver (Python 3.9 upward): a pure function of what the gate saw.
"""From the rough times of a person's function to the cells that fit it, each row with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass

from runoff.common.loose import Data
from runoff.common.wording import duration
from runoff.records import record
from runoff.workload.call_times import CallTimes
from scenarios.catalog import OWN_FUNCTION

#: One iteration takes about so long: long against the clock, short against the budget (as the tasks of
#: experiments.toml do). A longer call is an iteration by itself.
ITERATION_S = 0.05
#: A function that computes for less than this share of its time waits: more of it at once than there are cores gain.
WAITS_BELOW = 0.7
WIDE = (8, 32, 128)
THREADS = "thread-pool"
POOLS = (THREADS, "process-pool", "interpreter-pool")
#: A process or subinterpreter has memory of its own: nobody deploys 128 of them on one machine of a few cores.
MOST_PROCESSES = 32
#: Seconds per task that a scenario costs by itself: the task noop on cpython-3.14 in results/.../reference, and over
#: zmq+tcp and amqp in results/.../reference-transports. They keep the batches of a short function short.
HANDOVER_S = {
    "serial": 0.0,
    "threads": 50e-6,
    "thread-pool": 4e-6,
    "processes": 2e-3,
    "process-pool": 20e-6,
    "processes-of-threads": 20e-6,
    "interpreter-pool": 100e-6,
    "asyncio": 2e-6,
    "distributed": 30e-6,
}
#: From this length of a call on, two workers behind a transport are faster than one after another without: the sweep of
#: the task length in results/.../reference-transports (1.3 times at 0.1 ms over zmq+tcp; over amqp from 0.12 ms on, 1.6
#: times at 1 ms).
BREAK_EVEN_S = {"zmq+tcp": 0.1e-3, "amqp": 1e-3}
#: Latency is measured at these shares of the capacity (%), for so long, of the one way that fits best: p99 of it wants
#: 1000 calls, and a function of which it would see fewer than 100 has no percentiles worth printing.
LOADS, LATENCY_S, FEWEST_CALLS = (50, 80), 4, 100
MOST_BYTES = 2**20  # in and out of one call, above which a message costs more than most functions
FEWEST, MOST_ITERATIONS = 1, 7
ALONE = "--fresh empties what other calls in the process have kept: one at a time there"
#: One invocation takes about so long at most, if a call does not take longer.
INVOCATION_S = 6.0
START_S = 0.5  # of an interpreter and its workers


@dataclass(frozen=True)
class PlanRow:
    """Cells of one way to run the function, as a set of experiments.toml has them, and why they are planned."""

    content: Data
    reason: str


@dataclass(frozen=True)
class Plan:
    """What to measure, and what else may be asked for by name. ``left_out`` holds (scenario, reason)."""

    rows: list[PlanRow]
    others: list[PlanRow]
    left_out: list[tuple[str, str]]
    #: seconds of the longest planned iteration, and of all rows' iterations together, one of each
    longest_s: float
    together_s: float

    @property
    def min_iterations(self) -> int:
        """Return how many iterations an invocation has at least, the cold one included."""
        return max(FEWEST, min(MOST_ITERATIONS, int(INVOCATION_S / self.longest_s)))

    @property
    def block_s(self) -> float:
        """Return about how long it takes to measure every row once on the baseline."""
        driven_s = sum(len(LOADS) * LATENCY_S for row in self.rows if "loads" in row.content)
        return len(self.rows) * START_S + self.min_iterations * self.together_s + driven_s


@dataclass(frozen=True)
class Nature:
    """What a function is, whatever its times: a coroutine, one whose answers are JSON, a program."""

    awaited: bool = False
    as_json: bool = True
    #: each call starts a process of its own
    program: bool = False
    #: what it has kept is forgotten before each call: two calls at once in one process would disturb each other
    fresh: bool = False


def plan(seen: CallTimes, nature: Nature, cores: int, sizes: tuple[int, ...] = ()) -> Plan:
    """Return the plan for a function of which the gate saw ``seen``; ``sizes``: calls at once, where a person chose."""
    waits = seen.cpu_share < WAITS_BELOW
    maker = _Maker(seen, waits, cores, sizes)
    call = duration(1e6 * seen.call_s)
    share = f"it computes for {100 * seen.cpu_share:.0f} % of its {call}"
    pools = "1 and the cores" + (f", then {', '.join(map(str, WIDE))}, for it waits" if waits else "")
    rows = [maker.row("serial", None, "one call after another: what all others are held against")]
    left_out = []
    for scenario in POOLS:
        if nature.fresh and scenario == THREADS:
            left_out.append((scenario, ALONE))
        elif nature.program and scenario != THREADS:
            left_out.append((scenario, "each call starts a process of its own, and threads wait for it as well"))
        else:
            rows += [maker.row(scenario, size, f"{share}: {pools}") for size in maker.sizes(scenario)]
    if not nature.awaited:
        left_out.append(("asyncio", "it is no coroutine, and would block the loop"))
    elif nature.fresh:
        left_out.append(("asyncio", ALONE))
    else:
        rows += [maker.row("asyncio", size, "it is a coroutine") for size in maker.sizes("asyncio")]
    several = WIDE[:2] if waits and not nature.fresh else (1,)
    for transport, length_s in BREAK_EVEN_S.items():
        reason = _reason_not_to_send(seen, nature.as_json, transport, length_s)
        if reason:
            left_out.append((f"distributed over {transport}", reason))
            continue
        why = f"a call of {call} is worth sending ({transport} breaks even at {duration(1e6 * length_s)})"
        rows += [maker.workers(transport, at_once, nature.awaited, why) for at_once in several]
    latency = _latency(maker, seen, nature, waits, cores)
    if isinstance(latency, PlanRow):
        rows.append(latency)
    else:
        left_out.append(("latency", latency))
    together_s = maker.together_s
    sent = [row.content for row in rows if "transport" in row.content]
    others = [
        PlanRow({**content, "loads": list(LOADS), "seconds": LATENCY_S}, "asked for: latency behind a transport")
        for content in sent
    ]
    others += [
        maker.row(scenario, size, "asked for")
        for scenario in _asked_for(nature)
        for size in (maker.sizes(scenario) if scenario == "processes-of-threads" else (None,))
    ]
    return Plan(rows, others, left_out, maker.longest_s, together_s)


def _asked_for(nature: Nature) -> tuple[str, ...]:
    """Return the scenarios that the plan has not, and that may be asked for by name."""
    if nature.fresh:
        return ("processes",)
    return ("threads",) if nature.program else ("threads", "processes", "processes-of-threads")


def _latency(maker: _Maker, seen: CallTimes, nature: Nature, waits: bool, cores: int) -> PlanRow | str:
    """Return the row of an open loop, or why there is none."""
    scenario = "asyncio" if nature.awaited else THREADS if waits or nature.program else "process-pool"
    if nature.fresh:
        scenario = "process-pool"
    at_once = WIDE[1] if waits else cores
    calls = LATENCY_S * LOADS[0] / 100 * at_once / seen.call_s
    if calls < FEWEST_CALLS:
        return f"{LATENCY_S} s hold too few calls for percentiles"
    row = maker.row(scenario, at_once, f"p50, p90 and p99 at {LOADS[0]} and {LOADS[1]} % of its capacity")
    return PlanRow({**row.content, "loads": list(LOADS), "seconds": LATENCY_S}, row.reason)


def _reason_not_to_send(seen: CallTimes, as_json: bool, transport: str, length_s: float) -> str | None:
    """Return why the function is not sent to workers over ``transport``; None where it is."""
    if not as_json:
        return "its answers are not JSON"
    if seen.bytes_in + seen.bytes_out > MOST_BYTES:
        return f"{(seen.bytes_in + seen.bytes_out) / 2**20:.1f} MiB in and out of a call, of {MOST_BYTES >> 20} at most"
    if seen.call_s < length_s:
        call, break_even = (duration(1e6 * seconds) for seconds in (seen.call_s, length_s))
        return f"a call of {call} is too short: {transport} breaks even at {break_even}"
    return None


class _Maker:
    """Makes rows, each with a batch that fits."""

    def __init__(self, seen: CallTimes, waits: bool, cores: int, sizes: tuple[int, ...]) -> None:
        self._call_s = seen.call_s
        self._waits = waits
        self._cores = cores
        self._chosen = sizes
        self.longest_s = self.together_s = 0.0

    def sizes(self, scenario: str) -> list[int]:
        """Return how many calls at once ``scenario`` is measured with."""
        if self._chosen:
            return sorted(set(self._chosen))
        most = WIDE[-1] if scenario in (THREADS, "asyncio") else MOST_PROCESSES
        return sorted({1, self._cores, *(size for size in WIDE if self._waits and size <= most)})

    def row(self, scenario: str, at_once: int | None, reason: str) -> PlanRow:
        """Return the row of ``scenario`` with ``at_once`` calls at once."""
        content = self._content(scenario, at_once or (self._cores if scenario != "serial" else 1))
        if at_once is not None:
            content["concurrency"] = [at_once]
        return PlanRow(content, reason)

    def workers(self, transport: str, at_once: int, awaited: bool, reason: str) -> PlanRow:
        """Return the row of as many workers as cores, each with ``at_once`` calls at once."""
        content = self._content("distributed", at_once * self._cores)
        kind = "async" if awaited else "thread"
        limits = {"worker_kind": kind, "worker_concurrency": at_once}
        # Over a broker the client does not learn a worker's credit: a small one makes workers give tasks back unbegun.
        if transport not in record.BROKERED:
            limits["credit"] = max(2, 2 * at_once)
        return PlanRow({**content, "concurrency": [self._cores], "transport": transport, **limits}, reason)

    def _content(self, scenario: str, at_once: int) -> Data:
        running = at_once if self._waits else min(at_once, self._cores)
        each_s = self._call_s + HANDOVER_S[scenario]
        batch = max(at_once, _two_digits(ITERATION_S * running / each_s))
        self.longest_s = max(self.longest_s, batch * each_s / running)
        self.together_s += batch * each_s / running
        return {"scenarios": [scenario], "tasks": [OWN_FUNCTION], "batch": batch}


def _two_digits(value: float) -> int:
    """Round up to two significant digits: more would record noise."""
    if value <= 1:
        return 1
    step = int(10 ** max(0, math.floor(math.log10(value)) - 1))
    return math.ceil(value / step) * step
