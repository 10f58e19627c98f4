# Run by the driver (Python 3.9 upward).
"""What the measuring pass decides from what it has seen: run again, run longer, or stop.

A disturbed invocation is run again, twice at most, unless the machine is so busy that it does not help. Where an
interpreter compiles, a cell's second invocation is a pilot, and later ones run past the plateau that it found. The
first pilot of one that does not say so is run again where it became faster. In a profile with a ``half_width`` an
invocation that was not steady is run again with twice the iterations, up to the cap, and a cell gets invocations until
its mean is known that well.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from runoff.driver.plan import SERIAL, TASKS, PlannedCell
from runoff.driver.racing.candidates import Seen
from runoff.records import cell_keys, invocation_times, record
from runoff.records.schema import Header, Record
from runoff.stats import intervals, pilots, steady_state, variance_levels
from runoff.stats.average_pace import PacedStart
from runoff.stats.steady_state import Steadiness
from scenarios.catalog import OWN_FUNCTION

ATTEMPTS = 2  # more, after a disturbed one
#: Where more than this share of first attempts was disturbed, so will the next be: better one attempt at every block
#: than three at few.
HOPELESS = 0.25
FEW = 10  # disturbed first attempts, below which the share says nothing yet
#: Equal shares of the budget that one cell may take to become steady; not all of them will need more than one.
SHARES = 4
FIRST_LOOK = 4  # iterations of a racing run's first block, the cold one included
#: Of the iterations before it is warm, so large a part counts behind them: they were dear, and a few that follow them
#: within a tenth of a second may all be beside a busy neighbour.
PART_COUNTED = 0.5
FIRST_PILOTS = 1  # the block of the pilots; the one before gives every cell a first number soon


@dataclass(frozen=True)
class Length:
    """How long one invocation is to be: at least ``min_iterations`` and ``pilot_s`` seconds.

    It goes on while the times change, up to ``max_iterations`` or ``max_seconds``.
    """

    min_iterations: int
    max_iterations: int
    max_seconds: float
    pilot_s: float = 0.0


@lru_cache(maxsize=4096)
def _classified(times: tuple[int, ...]) -> Steadiness:
    """Return the class of an invocation whose steady tail may be short; each is asked for after every other one."""
    return steady_state.classify(list(times), tail_s=0.0)


class Adaptive:
    """The decisions of one run, from its ``header`` and its records so far."""

    def __init__(self, header: Header) -> None:
        self.header = header
        declared = [label for label, facts in header["interpreters"].items() if facts.get("jit")]
        self.pilots = pilots.Pilots(header["pilot_s"], declared, header["machine"]["cores"])
        self._iterations: dict[str, int] = {}
        self._summaries: dict[str, dict[int, float]] = {}
        self._counting: dict[str, dict[int, Record]] = {}
        self._alike: dict[tuple[str, str, int], dict[str, dict[int, Record]]] = {}
        self._disturbed: Counter[tuple[str, int]] = Counter()
        self._piloted: dict[str, int] = {}
        self._first = 0
        self._first_disturbed = 0

    @property
    def waits(self) -> bool:
        """Whether the run measures each cell until it is steady."""
        return self.header["half_width"] is not None

    def note(self, outcome: Record) -> None:
        """Take note of a record."""
        if outcome["status"] != record.OK:
            return
        key, block, times = cell_keys.cell_key(outcome), outcome["block"], outcome["iterations_ns"]
        self.pilots.note(**invocation_times.warm_up_of(outcome))
        if self.pilots.is_pilot(warm_up_key := cell_keys.warm_up_key(outcome), times):
            self._piloted[warm_up_key] = block  # one that was too short is repeated in a later block
        self._counting.setdefault(key, {})[block] = outcome
        alike = outcome["scenario"], outcome["task"], outcome["batch"]
        self._alike.setdefault(alike, {})[key] = self._counting[key]
        if not outcome.get("attempt"):
            self._first += 1
            self._first_disturbed += bool(outcome.get("tainted"))
        if outcome.get("tainted"):
            self._disturbed[key, block] += 1
        if not self.waits:
            return
        steady = steady_state.classify(times, compiling_ns=invocation_times.compiling_of(outcome))
        self._summaries.setdefault(key, {})[block] = steady_state.summary_ns(times, steady)
        if (
            not outcome.get("tainted")
            and steady.start is None
            and not self._capped(times)
            and self._affordable(outcome["wall_s"])
        ):
            self._iterations[key] = 2 * len(times)

    def measured(self, key: str) -> bool:
        """Return whether the cell ``key`` has a number."""
        return key in self._counting

    def _affordable(self, wall_s: float) -> bool:
        """Return whether all invocations of a cell may take twice ``wall_s``, with time left for the other cells."""
        cells = sum(cell["skip"] is None for cell in self.header["cells"])
        return bool(2 * wall_s * self.header["invocations"] * cells <= SHARES * self.header["budget_s"])

    def _capped(self, times: list[int]) -> bool:
        return steady_state.capped(times, self.header["max_iterations"], self.header["max_seconds"])

    def iterations(self, key: str) -> int:
        """Return how many iterations the cell ``key`` is to run at least."""
        return max(int(self.header["min_iterations"]), self._iterations.get(key, 0))

    def length(self, cell: PlannedCell, block: int) -> Length:
        """Return how long the invocation of ``cell`` in ``block`` is to be."""
        waiting = self.header["waiting"] if TASKS[cell.task].waits else {}
        min_iterations = waiting.get("min_iterations", self._iterations_now(cell, block))
        max_iterations = waiting.get("max_iterations", self.header["max_iterations"])
        max_seconds = waiting.get("max_seconds", self.header["max_seconds"])
        key = cell_keys.warm_up_key(cell.data)
        # The loads of an open loop are shares of what the cell's one invocation reaches, so it has to be warm.
        may_pilot = (block >= FIRST_PILOTS or cell.driven) and self._piloted.get(key) != block
        if (may_pilot or self.pilots.suspects(cell.interpreter)) and (pilot_s := self.pilot_s(cell)):
            return Length(min_iterations, pilots.MOST, max_seconds, pilot_s)
        if self.pilots.stays_warming(cell.interpreter, cell.task, key):
            return Length(min_iterations, pilots.MOST, max_seconds, self.pilots.length_s(key))
        if self.pilots.warms(cell.interpreter, cell.task, key):
            before = (self.pilots.start(key) or 1) - 1
            min_iterations = before + max(min_iterations, math.ceil(PART_COUNTED * before))
        return Length(min_iterations, max(min_iterations, max_iterations), max_seconds)

    def _iterations_now(self, cell: PlannedCell, block: int) -> int:
        """Return few iterations for a racing run's first block; later as many as the noise of like cells asks for."""
        if not self.header["race"]:
            return self.iterations(cell.key)
        if block == 0:
            return min(FIRST_LOOK, int(self.header["min_iterations"]))
        outcomes = list(self._counting.get(cell.key, {}).values())
        if not outcomes:
            return int(self.header["min_iterations"])
        alike = self._alike[cell.scenario, cell.task, cell.batch].values()
        warm = [[times for each in found.values() if (times := self._warm(each))] for found in alike]
        starts_ns = [outcome["wall_s"] * 1e9 - sum(outcome["iterations_ns"][1:]) for outcome in outcomes]
        iterations_ns = [statistics.median(outcome["iterations_ns"][-FIRST_LOOK:]) for outcome in outcomes]
        best = variance_levels.warm_iterations(warm, statistics.median(starts_ns), statistics.median(iterations_ns))
        # Never fewer than the profile's: a shorter one cannot tell that its times still fall, and would be too slow.
        return max(int(self.header["min_iterations"]), 1 + (best or 0))

    def _warm(self, outcome: Record) -> list[int]:
        """Return the times of one invocation that its number comes from; none where it was not warm."""
        state = self._state(outcome)
        if state.kind == steady_state.STILL_WARMING:
            return []
        return steady_state.counting(outcome["iterations_ns"], state)

    def pilot_s(self, cell: PlannedCell) -> float:
        """Return how long the pilot is that ``cell`` needs now; 0 for none.

        An interpreter that does not say whether it compiles shows it by one serial cell in Python code.
        """
        if not self.pilots.scouted(cell.interpreter):
            in_python = TASKS[cell.task].work == "python" or cell.task == OWN_FUNCTION
            return self.pilots.pilot_s if cell.scenario == SERIAL and in_python else 0.0
        return self.pilots.wanted_s(cell.interpreter, cell.task, cell_keys.warm_up_key(cell.data))

    def seen(self, cell: PlannedCell) -> Seen:
        """Return what is known of ``cell``, from the invocations that count."""
        outcomes = list(self._counting.get(cell.key, {}).values())
        states = [self._state(outcome) for outcome in outcomes]
        warmest = steady_state.warmest(list(zip(outcomes, states)))
        kind = steady_state.of_cell(state.kind for _, state in warmest) if warmest else steady_state.STILL_WARMING
        warming = kind == steady_state.STILL_WARMING
        key = cell_keys.warm_up_key(cell.data)
        counted = [(each, steady_state.counting(each["iterations_ns"], state)) for each, state in warmest]
        values = [cell.batch * 1e9 / statistics.fmean(times) for _, times in counted]
        starts = [
            PacedStart(**known, speed=value)
            for (outcome, times), value in zip(counted, values)
            if (known := invocation_times.pace_of(outcome, len(times))) is not None
        ]
        fastest_ns = min((min(outcome["iterations_ns"]) for outcome in outcomes), default=0)
        return Seen(
            cell,
            values,
            warming=warming,
            stays_warming=warming and not self.pilots.wanted_s(cell.interpreter, cell.task, key),
            tainted=sum(bool(outcome.get("tainted")) for outcome in outcomes),
            ceiling=cell.batch * 1e9 / fastest_ns if fastest_ns else 0.0,
            cost_s=statistics.median(outcome["wall_s"] for outcome in outcomes) if outcomes else 0.0,
            starts=starts if len(starts) == len(values) else [],
            invocations=len(outcomes),
        )

    def _state(self, outcome: Record) -> Steadiness:
        key, times = cell_keys.warm_up_key(outcome), outcome["iterations_ns"]
        compiling = invocation_times.compiling_of(outcome)
        state = self.pilots.steadiness(outcome["interpreter"], outcome["task"], key, times, compiling)
        return state or _classified(tuple(times))

    def reason_to_repeat(self, outcome: Record) -> str | None:
        """Return why this block of this cell is to be measured once more; None when it is not."""
        if outcome["status"] != record.OK:
            return None
        key = cell_keys.cell_key(outcome)
        if outcome.get("tainted"):
            hopeless = self._first_disturbed > max(FEW, HOPELESS * self._first)
            more = self._disturbed[key, outcome["block"]] <= ATTEMPTS and not hopeless
            return str(outcome["tainted"]) if more else None
        is_pilot = self.pilots.is_pilot(cell_keys.warm_up_key(outcome), outcome["iterations_ns"])
        if is_pilot and self.pilots.suspects(outcome["interpreter"]):
            return "it became faster: a second pilot tells a compiler from a busy machine"
        if self.waits and len(outcome["iterations_ns"]) < self.iterations(key):
            return f"not steady after {len(outcome['iterations_ns'])} iterations"
        return None

    def enough(self, key: str, block: int) -> bool:
        """Return whether ``block`` is beyond what the cell ``key`` needs."""
        half_width = self.header["half_width"]
        if block < self.header["invocations"] or self.header["race"]:
            return False
        known = list(self._summaries.get(key, {}).values())
        return half_width is None or not known or intervals.geometric_mean(known).half_width <= half_width
