# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a race knows of its cells: throughputs, the noise of each kind, and what cells without a number promise."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from runoff.driver.plan import PlannedCell
from runoff.driver.racing import candidates
from runoff.driver.racing.candidates import Candidate, Seen
from runoff.records import cell_keys, record
from runoff.stats import average_pace, noise_of_kinds, promise
from runoff.stats.moderated import Prior
from runoff.stats.noise_of_kinds import CellKind
from runoff.stats.promise import CellSpeed, Share


class KnownCells:
    """The cells that are raced.

    ``changed``: the works of which more is known than at the last look. ``priors``: what the cells of each kind said of
    its noise then.
    """

    def __init__(self, cells: Iterable[PlannedCell]) -> None:
        raced = [cell for cell in cells if not cell.driven and "kills" not in dict(cell.parameters)]
        # What a scenario costs is no work to choose by: one number of each is enough, unless nothing else is asked.
        works = [cell for cell in raced if cell.task != record.OVERHEAD] or raced
        self._seen = {cell.key: Seen(cell) for cell in works}
        self._promises: dict[str, Share] | None = None
        self.changed: set[str] = set()
        self.priors: dict[CellKind, Prior] = {}

    def get(self, key: str) -> Seen | None:
        """Return what is known of the cell ``key``; None for one that is not raced."""
        return self._seen.get(key)

    def update(self, now: Seen) -> None:
        """Replace what is known of one cell."""
        if now.cell.key in self._seen:
            self._seen[now.cell.key] = now
            self._note_change(now.cell)

    def drop(self, cell: PlannedCell) -> None:
        """Forget ``cell``, which cannot be measured."""
        if self._seen.pop(cell.key, None):
            self._note_change(cell)

    def _note_change(self, cell: PlannedCell) -> None:
        self._promises = None
        self.changed.add(cell_keys.work_key(cell.data))
        self.changed.update({candidates.MIXTURE} if cell.task in record.DECIDED_BY else ())

    def unconfirmed(self) -> dict[str, Seen]:
        """Return {key: what is known} of the cells whose number is not to be believed without a start more."""
        return {key: seen for key, seen in self._seen.items() if seen.unconfirmed}

    def learn(self) -> list[Seen]:
        """Learn how noisy cells are; return each with its throughputs at the machine's average pace."""
        evened = iter(average_pace.even_out([start for seen in self._seen.values() for start in seen.starts]))
        found = [seen.evened(list(islice(evened, len(seen.starts)))) for seen in self._seen.values()]
        self.priors = noise_of_kinds.learn((seen.kind, [] if seen.warming else seen.values) for seen in found)
        return found

    def promise(self, cell: PlannedCell) -> float:
        """Return what share of an interpreter's best ``cell`` may reach: 1 where no other has tried it.

        It is 0 for what is no work to choose by.
        """
        like = cell_keys.like_key(cell.data)
        return self._promised().get(like, promise.UNTRIED).most if cell.key in self._seen else 0.0

    def _promised(self) -> dict[str, Share]:
        if self._promises is None:
            self._promises = promise.promises(
                CellSpeed(seen.cell.interpreter, cell_keys.work_key(data), cell_keys.like_key(data), seen.speed)
                for seen in self._seen.values()
                if seen.values and (data := seen.cell.data)
            )
        return self._promises

    def unmeasured(self, slow: Candidate, fast: Candidate) -> set[str]:
        """Return the keys of cells of ``slow``'s interpreter that have no number yet and may be as fast as ``fast``."""
        found = set()
        for part, _ in slow.parts:
            beside, work = cell_keys.like_key(part.cell.data), cell_keys.work_key(part.cell.data)
            for key, seen in self._seen.items():
                data = seen.cell.data
                if seen.values or data["interpreter"] != slow.interpreter or cell_keys.work_key(data) != work:
                    continue
                reach = promise.may_reach(self._promised(), cell_keys.like_key(data), beside, slow.speed)
                if reach >= fast.speed and "worker_interpreter" not in data["parameters"]:
                    found.add(key)
        return found
