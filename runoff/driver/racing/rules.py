# Run by the driver (Python 3.9 upward): pure functions on counts and names.
"""What a race is held by: whom everything is compared with, and after how many invocations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from runoff.driver.racing.candidates import Candidate
from runoff.records.schema import Today


@dataclass(frozen=True)
class Rules:
    """``today``, where a person names what they have, stands for the best of ``baseline``.

    ``past_support``: the interpreters that the decision does not recommend; their questions come last.
    """

    baseline: str
    min_invocations: int
    today: Today | None = None
    past_support: Collection[str] = ()

    def is_look(self, count: int) -> bool:
        """Return whether a question is looked at when its cells have had ``count`` invocations."""
        while count > self.min_invocations and count % 2 == 0:
            count //= 2
        return count == self.min_invocations

    def is_today(self, candidate: Candidate) -> bool:
        """Return whether ``candidate`` is what the person has now: every ratio is against it, however slow it is."""
        names = {"interpreter": candidate.interpreter, "scenario": candidate.scenario}
        return self.today is not None and self.today == names
