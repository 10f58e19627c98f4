# Run by the driver and by the report (Python 3.9 upward): pure functions on times, cells named by strings.
"""Where each cell is warm, learnt from its long invocations (pilots).

The drop of a just-in-time compiler comes after a count of calls that no counter of the interpreter tells, so only a
long enough series shows it. A pilot lasts ``pilot_s``; the other invocations of its cell run past the iteration at
which the pilot's last plateau began. What has no pilot where one is needed is still warming up: its speed is a lower
bound.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

from runoff.stats import plateau, steady_state
from runoff.stats.plateau import Plateau
from runoff.stats.steady_state import Steadiness

LONGEST = 4  # times a pilot's length: what has no plateau by then stays a lower bound
FEW = 4  # iterations after the cold one, below which a plateau shows only if each is as long as a pilot
MOST = 20_000  # iterations of a pilot: of very short ones so many are enough
SAFETY = 1.5  # the plateau of another invocation may begin so many times later than the pilot's, and a stretch
#: An interpreter that becomes so much faster within a pilot, twice and after about as many iterations, has a compiler,
#: or something like it. Once may be the machine: a neighbour on a shared core makes it half as fast for seconds.
COMPILES = 1.2
AS_MANY = 1.5  # times as many are about as many
WAITS = 0.7  # of its time that a cell computes, below which its flat pilot may hide a warm-up behind the waiting
FLAT = 1.05  # a pilot whose first stretch took no longer than this on the plateau did not warm up


class Pilots:
    """The warm-ups of one run; ``declared`` holds the interpreters that say that they compile.

    Each process compiles for itself. With far more processes than ``cores`` each gets a small part of the time, so
    their pilot lasts ``processes // (cores + 1)`` times as long.
    """

    def __init__(self, pilot_s: float, declared: Iterable[str], cores: int) -> None:
        self.pilot_s = pilot_s
        self._cores = cores
        self._turns: dict[str, int] = {}
        self._compiling = set(declared)
        self._suspected: dict[str, int] = {}
        self._longest: dict[str, tuple[int, Plateau | None]] = {}
        self._of_task: dict[tuple[str, str], set[str]] = {}
        self._scouted: set[str] = set()
        self._waiting: set[str] = set()

    def note(
        self,
        interpreter: str,
        task: str,
        key: str,
        iterations_ns: list[int],
        processes: int = 1,
        cpu_share: float = 1.0,
    ) -> None:
        """Learn from one invocation of the cell ``key``; a short one teaches nothing of warm-up.

        It was made by so many ``processes``, which computed for ``cpu_share`` of the time, of a core.
        """
        self._turns[key] = max(1, processes // (self._cores + 1))
        (self._waiting.add if cpu_share < WAITS else self._waiting.discard)(key)
        if not self.is_pilot(key, iterations_ns):
            return
        self._of_task.setdefault((interpreter, task), set()).add(key)
        found = self._plateau(iterations_ns)
        if sum(iterations_ns) > self._longest.get(key, (0, None))[0]:
            self._longest[key] = sum(iterations_ns), found
        self._scout(interpreter, found.start if found is not None and found.gain >= COMPILES else None)

    def _scout(self, interpreter: str, faster_from: int | None) -> None:
        """Learn whether ``interpreter`` compiles from a pilot that became faster from an iteration on, or did not."""
        before = self._suspected.pop(interpreter, None)
        if faster_from is not None and interpreter not in self._compiling:
            if before is None:
                self._suspected[interpreter] = faster_from
                return
            if max(before, faster_from) <= AS_MANY * min(before, faster_from):
                self._compiling.add(interpreter)
        self._scouted.add(interpreter)

    def suspects(self, interpreter: str) -> bool:
        """Return whether the last pilot of ``interpreter`` became so much faster that another one must tell why."""
        return interpreter in self._suspected

    def is_pilot(self, key: str, iterations_ns: list[int]) -> bool:
        """Return whether an invocation of the cell ``key`` is long enough to be a pilot."""
        long = sum(iterations_ns) >= self._pilot_s(key) * 1e9
        return self.pilot_s > 0 and (long or len(iterations_ns) >= MOST)

    def _pilot_s(self, key: str) -> float:
        """Return how long a pilot of the cell ``key`` lasts at least."""
        return self.pilot_s * self._turns.get(key, 1)

    def scouted(self, interpreter: str) -> bool:
        """Return whether it is known that ``interpreter`` compiles: it says so, or a long invocation showed it."""
        return not self.pilot_s or interpreter in self._scouted or interpreter in self._compiling

    def warms(self, interpreter: str, task: str) -> bool:
        """Return whether cells of ``task`` may still become faster: something may compile, and some pilot was not flat.

        A flat pilot that mostly waited says nothing of cells that wait less.
        """
        if not self.pilot_s or not (interpreter in self._compiling or self.suspects(interpreter)):
            return False
        known = self._of_task.get((interpreter, task), set())
        found = [self._longest[key][1] for key in known]
        return known <= self._waiting or any(
            each is None or each.start > plateau.STRETCH or each.gain > FLAT for each in found
        )

    def wanted_s(self, interpreter: str, task: str, key: str) -> float:
        """Return how long a pilot the cell ``key`` still needs; 0 where it needs none."""
        longest, found = self._longest.get(key, (0, None))
        wanted_s = max(self._pilot_s(key), 2 * longest / 1e9)
        if found is not None or not self.warms(interpreter, task) or longest >= LONGEST * self.pilot_s * 1e9:
            return 0.0
        return wanted_s if self._turns.get(key, 1) <= LONGEST else 0.0

    def start(self, key: str) -> int | None:
        """Return the iteration from which invocations of ``key`` are warm; None where no pilot has shown it."""
        found = self._longest.get(key, (0, None))[1]
        if found is None or found.start == 1:
            return None if found is None else 1
        return math.ceil(SAFETY * found.start) + plateau.STRETCH

    def steadiness(self, interpreter: str, task: str, key: str, iterations_ns: list[int]) -> Steadiness | None:
        """Return the class of one invocation; None where nothing warms up and the short-run rules hold."""
        if not self.warms(interpreter, task):
            return None
        own = self._plateau(iterations_ns) if self.is_pilot(key, iterations_ns) else None
        start = own.start if own else self.start(key)
        if start is None or len(iterations_ns) <= start + 1:
            return Steadiness(steady_state.STILL_WARMING, None)
        return Steadiness(steady_state.FLAT if self.start(key) == 1 else steady_state.WARM_UP, start)

    def _plateau(self, iterations_ns: list[int]) -> Plateau | None:
        """Return the last plateau; for few long iterations their second half, unless they still become faster."""
        warm = iterations_ns[1:]
        if len(warm) >= plateau.FEWEST:
            return plateau.last(iterations_ns)
        half, quarter = len(warm) // 2, max(1, len(warm) // 4)
        if half < 1 or (len(warm) < FEW and min(warm) < self.pilot_s * 1e9):
            return None
        late = statistics.median(warm[-half:])
        if late < (1 - plateau.NEAR) * statistics.median(warm[-half - quarter : -half]):
            return None
        return Plateau(1, late, warm[0] / late)
