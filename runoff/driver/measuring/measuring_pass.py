# Run by the driver (Python 3.9 upward).
"""The measuring pass: every cell of every enlisted interpreter, interleaved, each record on disk at once."""

from __future__ import annotations

import itertools
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.progress import Progress
from runoff.common.wording import counted
from runoff.driver import plan
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.measuring.adaptive import Adaptive
from runoff.driver.measuring.invocation_costs import InvocationCosts
from runoff.driver.measuring.jobs import Jobs, folder_name
from runoff.driver.plan import SERIAL, PlannedCell
from runoff.driver.racing.rules import Rules
from runoff.driver.racing.standings import Standings
from runoff.environments.environment import Environment
from runoff.records import cell_keys, record
from runoff.records.schema import Header, Record
from runoff.services.latency_server_process import Server
from runoff.services.rabbitmq import Broker

ROOM_BYTES = 2**20  # an invocation leaves a few kilobytes; a talkative interpreter more
MORE_S = (60, 120, 300, 600, 1800)  # budgets for going on, of which the first that tells something is named
FIRST_SHARE = 0.5  # of its budget, which a racing run's first numbers may take: the rest is to decide something


class MeasuringPass:
    """One run in ``folder``, from its header; picks up after the records that are there already.

    ``start`` makes an invocation and ``clock`` says how late it is: `nox -s calibrate` replays recorded ones.
    """

    def __init__(
        self,
        folder: Path,
        header: Header,
        environments: dict[str, Environment],
        progress: Progress,
        guard: Guard,
        broker: Broker | None = None,
        start: Callable[[Job, Path, Guard], Record] = invoke,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._start = start
        self._clock = clock
        self.header = header
        self.progress = progress
        self.guard = guard
        self.broker = broker
        self.jobs = Jobs(header, environments, broker)
        self.costs = InvocationCosts(header["soak_s"])
        self.adaptive = Adaptive(header)
        self.cells = [PlannedCell.from_plan(data) for data in header["cells"]]
        rules = Rules(
            header["baseline"], header["min_invocations"], header.get("today"), header.get("past_support", ())
        )
        repeat = header["baseline_repeat"]  # one interpreter under two names: nobody's competitor
        self.standings = Standings([cell for cell in self._measurable() if cell.interpreter != repeat], rules)
        #: invocations of the whole pass; None in a race, which ends with its decisions or its budget
        self.total = None if header["race"] else len(self._measurable()) * header["invocations"]
        self.done = 0
        self.dropped: set[str] = set()
        self.known: set[tuple[str, int]] = set()
        recorded = record.read(folder).records
        for _, attempts in itertools.groupby(recorded, lambda each: (cell_keys.cell_key(each), each["block"])):
            self._recall(list(attempts))
        self.spent_s = sum(each["wall_s"] or 0.0 for each in recorded)

    def _recall(self, attempts: list[Record]) -> None:
        """Take note of what an earlier run recorded of one block of one cell, and of what it decided then.

        A decision falls when its cells have had certain numbers of invocations (``Standings``), which they may have
        exceeded since.
        """
        cell, block = PlannedCell.from_data(attempts[0]), attempts[0]["block"]
        for each in attempts:
            self.adaptive.note(each)
            if each["status"] == record.OK:
                self.done += (cell.key, block) not in self.known
                self.costs.note(cell, each["wall_s"])
            elif each["status"] != record.SKIPPED:
                self._drop(cell, block)
            self.known.add((cell.key, block))
        if self.header["race"] and attempts[-1]["status"] == record.OK:
            seen = self.adaptive.seen(cell)
            self.standings.update(seen)
            if self.standings.is_look(len(seen.values)):
                self.standings.look()

    def _is_today(self, cell: PlannedCell) -> bool:
        """Return whether every ratio is against ``cell``: it is measured first, and whatever the budget is."""
        today = self.header.get("today") or {"interpreter": self.header["baseline"], "scenario": SERIAL}
        return (cell.interpreter, cell.scenario) == (today["interpreter"], today["scenario"])

    def _measurable(self) -> list[PlannedCell]:
        return [cell for cell in self.cells if cell.skip is None]

    def run(self, server: Server) -> None:
        """Measure block after block until all invocations are made or the next block would break the budget."""
        self.began = self._clock() - self.spent_s
        self.records = record.RecordFile(self.folder / record.RECORDS)
        try:
            if self.known:
                self._stand(self._measurable())
            for cell in self.cells:
                if cell.skip is not None:
                    self._skip(cell, cell.skip)
            for block in range(self.header["max_invocations"]):
                left = self._left(block)
                if not left:
                    if self._is_decided(block) and (left_out := self._left(0)):
                        self._block(0, left_out, server, self.header["budget_s"])
                    if self._is_decided(block):
                        self.progress.say(f"every decision is made, after {self._elapsed():.0f} s")
                        break
                    continue
                if self.total is not None and block >= self.header["invocations"]:
                    self.total = self.done + len(left)
                if self._over_budget(block, left):
                    self._say_over_budget(block)
                    break
                share = FIRST_SHARE if self.header["race"] and not block else 1.0
                self._block(block, left, server, share * self.header["budget_s"])
                self._stand(self._measurable())
        finally:
            self.records.close()

    def _over_budget(self, block: int, left: list[PlannedCell]) -> bool:
        """Return whether ``block`` would break the budget; a racing run begins a block even if it may not end it."""
        expected_s = 0.0 if self.header["race"] else self.costs.expect(left)
        return block > 0 and self._elapsed() + expected_s > self.header["budget_s"]

    def _is_decided(self, block: int) -> bool:
        """Return whether a racing run has no open question. Blocks that a resumed run skips are no end."""
        return bool(self.header["race"] and block and not self.standings.open())

    def _stand(self, cells: list[PlannedCell]) -> None:
        """Bring what is known of ``cells`` up to date in the standings, and show them."""
        for cell in cells:
            if cell.key not in self.dropped:
                self.standings.update(self.adaptive.seen(cell))
        self.standings.look()
        self.progress.board(self.standings.rows(), self._elapsed(), self._left_s())

    def _left(self, block: int) -> list[PlannedCell]:
        """Return the cells still to be measured in ``block``, in its order; in the first, those without a number."""
        ordered = plan.order(self._measurable(), block, self.header["seed"])
        if not block:
            ordered.sort(key=lambda cell: not self._is_today(cell))
        if self.header["race"] and block:
            worth = self.standings.open(self._left_s())
            ordered = [cell for cell in ordered if cell.key in worth]
            # What the serial cell of an interpreter that compiles shows may spare the others their pilots.
            ordered.sort(key=lambda cell: not (cell.scenario == SERIAL and self.adaptive.pilot_s(cell)))
            if self._elapsed() + self.costs.expect(ordered) > self.header["budget_s"]:
                ordered.sort(key=lambda cell: worth.index(cell.key))
        return [
            cell
            for cell in ordered
            if cell.key not in self.dropped
            and (cell.key, block) not in self.known
            and (block or not self.adaptive.measured(cell.key))
            and not self.adaptive.enough(cell.key, block)
        ]

    def _block(self, block: int, left: list[PlannedCell], server: Server, ends_s: float) -> None:
        """Measure ``left``, as many as can begin before the pass is ``ends_s`` old."""
        blocks_after = max(0, self.header["invocations"] - block - 1)
        rest = list(left)
        while rest:
            cell = self._next(block, rest, ends_s)
            if self._elapsed() > ends_s and (block or not self._is_today(cell)):
                return
            expected_s = self.costs.expect(rest)
            rest.remove(cell)
            if self.header["race"] and block and cell.key not in self.standings.open(self._left_s()):
                continue  # what was measured meanwhile has answered its questions
            predicted_s = min(expected_s + blocks_after * self.costs.expect(left), ends_s - self._elapsed())
            left_s = self._left_s() if self.header["race"] else predicted_s
            self.progress.show(self.done, self.total, cell.key, left_s)
            outcome = self._attempts(cell, block, server, ends_s - self.costs.expect(rest))
            self.known.add((cell.key, block))
            if outcome["status"] == record.OK:
                self.done += 1
                self._stand([cell])
            else:
                self._drop(cell, block)
                self.progress.say(f"{cell.key}: {outcome['status']}, {outcome['reason']}")

    def _next(self, block: int, rest: list[PlannedCell], ends_s: float) -> PlannedCell:
        """Return which of ``rest`` to measure now: the first, but in a first block too long for its time the best hope.

        That is a cell of an interpreter in support, of a work at which it has no number yet, one that is fast under
        others, or a serial one.
        """
        if block or not self.header["race"] or self._elapsed() + self.costs.expect(rest) <= ends_s:
            return rest[0]
        past_support = self.header.get("past_support", ())
        numbered = {_pair(cell) for cell in self._measurable() if self.adaptive.measured(cell.key)}

        def hope(cell: PlannedCell) -> tuple[bool, bool, bool, float, bool]:
            in_support, first = cell.interpreter not in past_support, _pair(cell) not in numbered
            return self._is_today(cell), in_support, first, self.standings.promise(cell), cell.scenario == SERIAL

        return max(rest, key=hope)

    def _attempts(self, cell: PlannedCell, block: int, server: Server, ends_s: float) -> Record:
        """Measure one block of one cell until it is undisturbed and long enough; return the last attempt.

        Record every attempt. Begin no other one that may end when the pass is older than ``ends_s``.
        """
        for attempt in itertools.count():
            outcome = self._invoke(cell, block, attempt, server)
            self.records.append(outcome)
            self.adaptive.note(outcome)
            if outcome["status"] == record.OK:
                self.costs.note(cell, outcome["wall_s"])
            would_end_s = self._elapsed() + outcome["wall_s"]
            if self.adaptive.reason_to_repeat(outcome) is None or would_end_s > ends_s:
                break
        return outcome

    def _invoke(self, cell: PlannedCell, block: int, attempt: int, server: Server) -> Record:
        """Run one invocation and return its record; raise BadInput on a full disk."""
        self._require_room()
        job = self.jobs.new(cell, block, attempt, self.adaptive.length(cell, block), server)
        folder = self.folder / "invocations" / folder_name(job)
        if cell.brokered:
            assert self.broker is not None
            with self.broker.queue() as secrets:
                outcome = self._start(replace(job, secrets=secrets), folder, self.guard)
        else:
            outcome = self._start(job, folder, self.guard)
        if outcome["status"] != record.OK:
            self._require_room()
        return outcome

    def _require_room(self) -> None:
        if shutil.disk_usage(self.folder).free < ROOM_BYTES:
            raise BadInput(
                f"{self.folder}: No space left on device (under {ROOM_BYTES >> 20} MiB). Everything measured before "
                "is kept; make room and go on with --resume"
            )

    def _drop(self, cell: PlannedCell, block: int) -> None:
        """Measure ``cell`` no more, which failed: a hang in every block would take the time of the other cells."""
        self.dropped.add(cell.key)
        self.standings.drop(cell)
        if self.total is not None:
            self.total -= self.header["invocations"] - block

    def _skip(self, cell: PlannedCell, reason: str) -> None:
        """Record why ``cell`` has no number, unless its first block has a record already."""
        if (cell.key, 0) not in self.known:
            skipped = {"block": 0, "status": record.SKIPPED, "reason": reason, "guarantees": cell.guarantees}
            self.records.append(record.new({**cell.data, **skipped}))

    def _elapsed(self) -> float:
        return self._clock() - self.began

    def _left_s(self) -> float:
        return max(0.0, self.header["budget_s"] - self._elapsed())

    @property
    def _budget_in_words(self) -> str:
        return f"the budget of {self.header['budget_s']:.0f} s"

    def _say_over_budget(self, block: int) -> None:
        if self.header["race"]:
            self.progress.say(f"{self._budget_in_words} is spent; {self._what_more_would_tell()}")
            return
        fitting = f"{block} of {self.header['invocations']} invocations per cell"
        self.progress.say(f"{fitting} fit into {self._budget_in_words}")

    def _what_more_would_tell(self) -> str:
        """Say how many comparisons are open, and the shortest budget that should tell one of them."""
        unanswered = counted(self.standings.count_unanswered(), "comparison")
        for seconds in MORE_S:
            if answerable := self.standings.count_answerable_in(seconds):
                return f"{unanswered} cannot be decided yet: --resume --budget {seconds} should decide {answerable}"
        return f"{unanswered} cannot be decided yet, and none in {MORE_S[-1] / 60:.0f} minutes more at this noise"


def _pair(cell: PlannedCell) -> tuple[str, str]:
    """Return the interpreter and the work of ``cell``."""
    return cell.interpreter, cell_keys.work_key(cell.data)
