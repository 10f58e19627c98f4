# Run by the driver and by the report (Python 3.9 upward): pure functions on times, cells named by strings.
"""Where each cell is warm, learnt from its long invocations (pilots).

The drop of a just-in-time compiler comes after a count of calls that no counter of the interpreter tells, so only a
long enough series shows it. A pilot lasts ``pilot_s``; the other invocations of its cell run past the iteration at
which the pilot's last plateau began. What has no pilot where one is needed is still warming up: its speed is a lower
bound. So is that of a cell whose compiler is busy to the end of its pilot, where the interpreter tells that: what gets
faster by a few per cent a second looks like a plateau.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, replace

from runoff.stats import plateau, steady_state
from runoff.stats.plateau import Plateau
from runoff.stats.steady_state import Steadiness

LONGEST = 4  # times a pilot's length: what has no plateau by then stays a lower bound
SOON = 2  # times a pilot's length: a compiler that is busy for longer would take a race's time for few cells
FEW = 4  # iterations after the cold one, below which a plateau shows only if each is as long as a pilot
MOST = 20_000  # iterations of a pilot: of very short ones so many are enough
SAFETY = 1.5  # the plateau of another invocation may begin so many times later than the pilot's, and a stretch
#: An interpreter that becomes so much faster within a pilot, twice and after about as many iterations, has a compiler,
#: or something like it. Once may be the machine: a neighbour on a shared core makes it half as fast for seconds.
COMPILES = 1.2
AS_MANY = 1.5  # times as many are about as many
WAITS = 0.7  # of its time that a cell computes, below which its flat pilot may hide a warm-up behind the waiting
HEARD_S = 0.2  # of an invocation, in which other processes, which tell every 0.02 s, have told enough
IDLE = 0.005  # of a short invocation's last half, spent compiling, above which its cell needs a pilot of its own
FLAT = 1.05  # a pilot whose first stretch took no longer than this on the plateau did not warm up
OTHER_CODE = 1.5  # times as long a task takes in a cell that runs much besides what another cell runs


@dataclass(frozen=True)
class _Pilot:
    """What a cell's longest pilot showed; ``busy`` is the share of its last half that the compiler worked."""

    length_ns: int
    plateau: Plateau | None
    busy: float


def _is_flat(found: Plateau | None) -> bool:
    """Return whether a pilot was on its plateau from its first stretch on."""
    return found is not None and found.start <= plateau.STRETCH and found.gain <= FLAT


_NO_PILOT = _Pilot(0, None, 0.0)


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
        self._longest: dict[str, _Pilot] = {}
        self._of_task: dict[tuple[str, str], set[str]] = {}
        self._scouted: set[str] = set()
        self._waiting: set[str] = set()
        self._at_work: set[str] = set()
        self._idle: set[str] = set()
        self._unheard: set[str] = set()
        self._fastest_ns: dict[str, float] = {}

    def note(
        self,
        interpreter: str,
        task: str,
        key: str,
        iterations_ns: list[int],
        compiling_ns: list[int] | None = None,
        processes: int = 1,
        cpu_share: float = 1.0,
        batch: int = 1,
    ) -> None:
        """Learn from one invocation of the cell ``key``; a short one tells at most that the compiler is at work.

        ``compiling_ns``: how long the compiler worked in each iteration, where the interpreter tells. It was made by so
        many ``processes``, which computed for ``cpu_share`` of the time, of a core. An iteration is ``batch`` tasks.
        """
        task_ns = statistics.median(iterations_ns[len(iterations_ns) // 2 :]) / batch
        self._fastest_ns[key] = min(task_ns, self._fastest_ns.get(key, math.inf))
        self._turns[key] = max(1, processes // (self._cores + 1))
        (self._waiting.add if cpu_share < WAITS else self._waiting.discard)(key)
        busy = steady_state.busy(iterations_ns, compiling_ns, len(iterations_ns) // 2)
        if compiling_ns and busy > IDLE:
            self._at_work.add(key)
        elif compiling_ns:
            heard = processes == 1 or sum(iterations_ns) >= HEARD_S * 1e9
            (self._idle if heard else self._unheard).add(key)
        if not self.is_pilot(key, iterations_ns):
            return
        self._of_task.setdefault((interpreter, task), set()).add(key)
        found = self._plateau(iterations_ns, compiling_ns)
        if sum(iterations_ns) > self._longest.get(key, _NO_PILOT).length_ns:
            self._longest[key] = _Pilot(sum(iterations_ns), found, busy)
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
        long = sum(iterations_ns) >= self.length_s(key) * 1e9
        return self.pilot_s > 0 and (long or len(iterations_ns) >= MOST)

    def length_s(self, key: str) -> float:
        """Return how long a pilot of the cell ``key`` lasts at least."""
        return self.pilot_s * self._turns.get(key, 1)

    def scouted(self, interpreter: str) -> bool:
        """Return whether it is known that ``interpreter`` compiles: it says so, or a long invocation showed it."""
        return not self.pilot_s or interpreter in self._scouted or interpreter in self._compiling

    def warms(self, interpreter: str, task: str, key: str) -> bool:
        """Return whether the cell ``key`` may still become faster: something may compile, and some pilot was not flat.

        A flat pilot that computed for less than WAITS of its time says nothing of cells that wait less, and nothing of
        cells in which a task takes OTHER_CODE times as long. Where the interpreter tells how long it compiles, a cell
        whose compilers were idle needs one flat pilot of its task. A cell whose compilers were not seen idle may always
        become faster.
        """
        if not self.pilot_s or not (interpreter in self._compiling or self.suspects(interpreter)):
            return False
        known = self._of_task.get((interpreter, task), set())
        flat = {other for other in known if _is_flat(self._longest[other].plateau)}
        if key in self._at_work | (self._unheard - self._idle) | (known - flat):
            return True
        task_ns = self._fastest_ns.get(key, 0.0)
        alike = {other for other in flat if task_ns <= OTHER_CODE * self._fastest_ns[other]}
        if key in self._idle:
            return not alike - self._waiting
        return known <= self._waiting or not alike or not known <= flat

    def wanted_s(self, interpreter: str, task: str, key: str) -> float:
        """Return how long a pilot the cell ``key`` still needs; 0 where it needs none, or none would show it warm.

        A compiler's share of the time falls no faster than the time passes: one that would still be busy after SOON
        needs no longer pilot.
        """
        pilot, most_ns = self._longest.get(key, _NO_PILOT), LONGEST * self.pilot_s * 1e9
        soon_ns = SOON * self.pilot_s * 1e9
        wanted_s = max(self.length_s(key), 2 * pilot.length_ns / 1e9)
        if pilot.plateau is not None or not self.warms(interpreter, task, key) or pilot.length_ns >= most_ns:
            return 0.0
        if pilot.busy * pilot.length_ns > steady_state.BUSY * soon_ns:
            return 0.0
        return wanted_s if self.length_s(key) <= LONGEST * self.pilot_s else 0.0

    def stays_warming(self, interpreter: str, task: str, key: str) -> bool:
        """Return whether the cell ``key`` had its pilots and was warm at the end of none."""
        pilot = self._longest.get(key)
        return pilot is not None and pilot.plateau is None and not self.wanted_s(interpreter, task, key)

    def start(self, key: str) -> int | None:
        """Return the iteration from which invocations of ``key`` are warm; None where no pilot has shown it."""
        found = self._longest.get(key, _NO_PILOT).plateau
        if found is None or found.start == 1:
            return None if found is None else 1
        return math.ceil(SAFETY * found.start) + plateau.STRETCH

    def steadiness(
        self, interpreter: str, task: str, key: str, iterations_ns: list[int], compiling_ns: list[int] | None = None
    ) -> Steadiness | None:
        """Return the class of one invocation; None where the short-run rules hold, since nothing warms up.

        Where the cell's own pilot was flat, all counts from its start on.

        One that is still warming up has a start only where it ran for long. That is its middle where no pilot was
        warm. It is the pilots' start where the compiler was busy in this invocation all the same.
        """
        if not self.warms(interpreter, task, key):
            return self._flat(interpreter, key, len(iterations_ns))
        is_pilot = self.is_pilot(key, iterations_ns)
        own = self._plateau(iterations_ns, compiling_ns) if is_pilot else None
        start = own.start if own else self.start(key)
        if start is None:
            return Steadiness(steady_state.STILL_WARMING, len(iterations_ns) // 2 if is_pilot else None)
        if len(iterations_ns) <= start + 1:
            return Steadiness(steady_state.STILL_WARMING, None)
        # What counts may be a tenth of a second, and a compiler works now and then: the last half tells.
        late = min(start, len(iterations_ns) // 2)
        if steady_state.busy(iterations_ns, compiling_ns, late) > steady_state.BUSY:
            return Steadiness(steady_state.STILL_WARMING, start)
        return Steadiness(steady_state.FLAT if self.start(key) == 1 else steady_state.WARM_UP, start)

    def _flat(self, interpreter: str, key: str, iterations: int) -> Steadiness | None:
        """Return the class of an invocation of a cell whose own pilot was flat; None where it had none such."""
        found = self._longest.get(key, _NO_PILOT).plateau
        if interpreter not in self._compiling or found is None or iterations <= found.start + 1:
            return None
        return Steadiness(steady_state.FLAT, found.start)

    def _plateau(self, iterations_ns: list[int], compiling_ns: list[int] | None) -> Plateau | None:
        """Return the last plateau; None where the compiler is busy in the last half.

        It begins where invocations that end there or later have a last half in which the compiler is not busy.
        """
        if steady_state.busy(iterations_ns, compiling_ns, len(iterations_ns) // 2) > steady_state.BUSY:
            return None
        found = self._plateau_of_times(iterations_ns)
        if found is None or not compiling_ns:
            return found
        return replace(found, start=max(found.start, steady_state.calm_from(iterations_ns, compiling_ns)))

    def _plateau_of_times(self, iterations_ns: list[int]) -> Plateau | None:
        """Return the last plateau.

        Few long iterations have the level of their second half, from the first that is near it on. They have none
        while they still become faster.
        """
        warm = iterations_ns[1:]
        if len(warm) >= plateau.FEWEST:
            return plateau.last(iterations_ns)
        half, quarter = len(warm) // 2, max(1, len(warm) // 4)
        if half < 1 or (len(warm) < FEW and min(warm) < self.pilot_s * 1e9):
            return None
        level = statistics.median(warm[-half:])
        if level < (1 - plateau.NEAR) * statistics.median(warm[-half - quarter : -half]):
            return None
        first = next(at for at, time_ns in enumerate(warm) if time_ns <= (1 + 2 * plateau.NEAR) * level)
        return Plateau(1 + first, level, warm[0] / level)
