# Run by the interpreter under test, in an environment of the peer's own (Python 3.9 upward).
"""What the peers' askers share: send everything, then take the results, as their documentation does it."""

from __future__ import annotations

import argparse
from typing import Any, Callable

from contenders import closed_loop

PATIENCE_S = 60.0  # a worker that never comes is a failure, not a run without end


class Gathering:
    """``send(number)`` begins one task; ``results(begun)`` waits for all of those. One call of poll is one window."""

    def __init__(self, send: Callable[[int], Any], results: Callable[[list[Any]], list[int]]) -> None:
        self.submit_one, self.results = send, results
        self.begun: list[Any] = []

    def submit(self, number: int) -> None:
        self.begun.append(self.submit_one(number))

    def poll(self) -> list[int]:
        begun, self.begun = self.begun, []
        return self.results(begun)

    def close(self) -> None:
        """What the peer's own file has opened it closes."""


class Chunked(Gathering):
    """For a peer's batch mode: the numbers are collected, and handed over by ``results`` alone."""

    def __init__(self, results: Callable[[list[int]], list[int]]) -> None:
        super().__init__(lambda number: number, results)


def parser(module: str) -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog=f"python -m {module}")
    closed_loop.add_options(made)
    return made


def ask(asker: Gathering, given: argparse.Namespace) -> None:
    """Measure and print; all tasks are one window."""
    given.window = given.tasks
    closed_loop.main(asker, given)
