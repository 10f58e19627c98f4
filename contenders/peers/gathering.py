# Run by the interpreter under test in the peer's environment (Python 3.9 upward).
"""The client that the peers share: it submits all tasks, then takes the results, as their documentation shows."""

from __future__ import annotations

import argparse
from typing import Any, Callable

from contenders import closed_loop

TIMEOUT_S = 60.0  # for all results: a missing worker is a failure


class Gathering:
    """A client whose window is one call of ``receive``.

    ``send(number)`` begins one task; ``results(begun)`` waits for the results of all that it returned.
    """

    def __init__(self, send: Callable[[int], Any], results: Callable[[list[Any]], list[int]]) -> None:
        self.submit_one, self.results = send, results
        self.begun: list[Any] = []

    def submit(self, number: int) -> None:
        """Begin one task."""
        self.begun.append(self.submit_one(number))

    def receive(self) -> list[int]:
        """Wait for the results of all submitted tasks."""
        begun, self.begun = self.begun, []
        return self.results(begun)

    def close(self) -> None:
        """Do nothing: the peer's module closes what it opened."""


class Chunked(Gathering):
    """A client for a peer's batch mode: ``submit`` collects the numbers, ``results`` sends them."""

    def __init__(self, results: Callable[[list[int]], list[int]]) -> None:
        super().__init__(lambda number: number, results)


def parser(module: str) -> argparse.ArgumentParser:
    """Return a parser with the options of closed_loop."""
    made = argparse.ArgumentParser(prog=f"python -m {module}")
    closed_loop.add_options(made)
    return made


def ask(client: Gathering, given: argparse.Namespace) -> None:
    """Measure with all tasks as one window, and print the line of closed_loop."""
    given.window = given.tasks
    closed_loop.main(client, given)
