# Run by nox -s published (Python 3.9 upward): python -m runoff.validation.published_figures
"""Published figures of other authors, measured again with workloads written from their descriptions."""

from __future__ import annotations

import random
import subprocess
import time
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from runoff.common import wording
from runoff.common.errors import ending
from runoff.common.guard import Guard
from runoff.common.loose import Data
from runoff.common.paths import ROOT
from runoff.common.printed_table import left, printed_table, right
from runoff.common.progress import Progress
from runoff.interpreters import surroundings
from runoff.interpreters.discover import Interpreter
from runoff.stats import significance
from runoff.stats.intervals import Estimate

FOLDER = ROOT / "contenders"
TIMEOUT_S = 120.0
AGREES, DISAGREES, UNKNOWN = "agrees", "does not", "cannot tell"


@dataclass(frozen=True)
class Side:
    """One command to time: its interpreter and the arguments."""

    interpreter: Interpreter
    arguments: tuple[str, ...]

    @property
    def key(self) -> str:
        """A string that identifies the command."""
        return " ".join([self.interpreter.label, *self.arguments])


class CannotRun(Exception):
    """Raised when one side of a figure cannot be measured here; the message says why."""


def side(row: Data, work: dict[str, int], found: list[Interpreter]) -> Side:
    """Return the command for a side of a figure in figures.toml; raise CannotRun without its interpreter."""
    interpreter = choose(row["interpreter"], found)
    options = tuple(row.get("options", ()))
    if row["shape"] == "start-up":
        return Side(interpreter, (*options, "-c", "pass"))
    size = str(work[row["shape"]])
    script = str(FOLDER / "shapes.py")
    return Side(interpreter, (*options, script, row["shape"], size, row["model"], str(row["workers"])))


def choose(name: str, found: list[Interpreter]) -> Interpreter:
    """Return the interpreter that a row of figures.toml names; raise CannotRun where there is none."""
    three = [each for each in found if each.facts["version_info"][0] == 3]
    plain = [each for each in three if each.family == "cpython" and each.facts["gil"]]
    free = [each for each in three if each.facts["free_threaded"]]
    newest_free = max(free, key=_version, default=None)
    twins = [each for each in plain if newest_free and _version(each)[:2] == _version(newest_free)[:2]]
    groups = {
        "pypy": [each for each in three if each.family == "pypy"],
        "newest": plain,
        "free-threaded": free,
        "its-gil-twin": twins,
    }
    among = groups.get(name, [each for each in found if each.label == name])
    if not among:
        raise CannotRun(f"no {name} on this machine")
    return max(among, key=_version)


def _version(interpreter: Interpreter) -> list[Any]:
    return list(interpreter.facts["version_info"])


def take(side: Side, guard: Guard) -> float:
    """Run ``side`` once; return the seconds that it printed, or those of the whole process (start-up).

    Raise CannotRun where it fails or does not end in time.
    """
    began = time.perf_counter()
    running = guard.running(
        [side.interpreter.executable, *side.arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **surroundings.for_interpreters(),
            "PYTHONHASHSEED": str(random.randrange(1, 2**32)),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    with running as process:
        try:
            output, errors = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            raise CannotRun(f"{side.interpreter.label} did not end within {TIMEOUT_S:.0f} s") from None
    took = time.perf_counter() - began
    if process.returncode:
        last = errors.strip().rpartition("\n")[2] or ending(process.returncode)
        raise CannotRun(f"{side.interpreter.label}: {last}")
    return float(output.split()[0]) if output.strip() else took


def measure(sides: list[Side], n: int, guard: Guard, progress: Progress, seed: int) -> dict[str, list[float] | str]:
    """Run each of ``sides`` ``n`` times; return {key: seconds of the runs, or why there are none}.

    The blocks are in random order, and every second one is reversed.
    """
    outcomes: dict[str, list[float] | str] = {each.key: [] for each in sides}
    chance = random.Random(seed)
    ordered = list({each.key: each for each in sides}.values())
    began = time.monotonic()
    done = 0
    for block in range(n):
        if block % 2 == 0:
            chance.shuffle(ordered)
        for each in ordered if block % 2 == 0 else reversed(ordered):
            spent = time.monotonic() - began
            total = n * len(ordered)
            progress.show(done, total, each.interpreter.label, spent / max(1, done) * (total - done))
            done += 1
            times = outcomes[each.key]
            if isinstance(times, str):
                continue
            try:
                times.append(take(each, guard))
            except CannotRun as reason:
                outcomes[each.key] = str(reason)
    return outcomes


def direction(published: float, ours: Estimate) -> str:
    """Return whether our ratio is on the same side of 1 as theirs; UNKNOWN where our interval holds 1."""
    if ours.low is None or ours.high is None or ours.low <= 1 <= ours.high:
        return UNKNOWN
    return AGREES if (ours.value > 1) == (published > 1) else DISAGREES


def differences(figure: Data, fast: Side, cores: int, published: float, ours: Estimate) -> list[str]:
    """Return the reasons for a figure that differs in direction or beyond its band; none for one that agrees."""
    within = 1 / figure["band"] <= ours.value / published <= figure["band"]
    if within and direction(published, ours) == AGREES:
        return []
    reasons = []
    if direction(published, ours) == UNKNOWN:
        reasons.append("our interval holds 1: more runs (-n)")
    if cores < figure.get("cores", 1):
        reasons.append(f"{cores} cores here, {figure['cores']} there")
    if "stands_in" in figure:
        reasons.append(f"{fast.interpreter.label} stands in for {figure['stands_in']}")
    return reasons or ["another build and processor, smaller sizes"]


def show(console: Console, figures: list[Data], not_run: list[dict[str, str]], rows: list[tuple[str, ...]]) -> None:
    """Print the table of figures and the count of agreements."""
    title = "published figures (times as fast) and ours, 95 % intervals"
    table = printed_table(
        title,
        left("source"),
        right("theirs", "ours", no_wrap=True),
        left("direction", no_wrap=True),
        left("size", "why it differs"),
    )
    for row in rows:
        table.add_row(*row)
    for each in not_run:
        table.add_row(each["source"], "", "not run", "", "", each["reason"])
    console.print(table)
    counts = {word: sum(row[3] == word for row in rows) for word in (AGREES, DISAGREES, UNKNOWN)}
    directions = ", ".join(f"{count} {word}" for word, count in counts.items())
    console.print(
        f"Direction of {len(figures)} figures: {directions}; {len(figures) - sum(counts.values())} could not be run."
    )


def row_without(figure: Data, reason: str) -> tuple[str, ...]:
    """Return the table's row for a figure that could not be run."""
    return figure["source"], f"{figure['ratio']:g}", "-", "", "", reason


def row_of(figure: Data, sides: dict[str, Side], outcomes: dict[str, list[float] | str], cores: int) -> tuple[str, ...]:
    """Return the table's row for one figure: ours beside theirs, or why it could not be run."""
    fast, slow = (outcomes[sides[name].key] for name in ("fast", "slow"))
    for times in (fast, slow):
        if isinstance(times, str):
            return row_without(figure, times)
    assert isinstance(fast, list)
    assert isinstance(slow, list)
    ours = significance.ratio([1 / seconds for seconds in fast], [1 / seconds for seconds in slow])
    within = 1 / figure["band"] <= ours.value / figure["ratio"] <= figure["band"]
    size = f"{'within' if within else 'beyond'} {figure['band']:g}x"
    why = "; ".join(differences(figure, sides["fast"], cores, figure["ratio"], ours))
    return figure["source"], f"{figure['ratio']:g}", wording.number(ours), direction(figure["ratio"], ours), size, why
