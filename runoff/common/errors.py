# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Errors that a person can act on, exit codes, and "did you mean"."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Iterable, Sequence

OK = 0
PROMISE_BROKEN = 1  # or a gate
BAD_INPUT = 2
NOT_AS_REQUIRED = 3  # what was required does not hold, cannot be told, or could not be had
NOTHING_TO_MEASURE = 4  # of one bench-* session: noxfile.py skips it
INTERRUPTED = 130
NO_READER = 141  # as a shell says of a program that SIGPIPE has ended
MANY = 12  # names that a message lists in full; of more, the nearest


class BadInput(Exception):
    """The request cannot be fulfilled; the message says why and what to do instead. Exit code 2."""


def ending(code: int) -> str:
    """Say how a process with this exit code ended: exit code 3, or SIGKILL."""
    known = {-each: each.name for each in signal.Signals}
    return f"exit code {code}" if code >= 0 else known.get(code, f"signal {-code}")


def choose(kind: str, asked: Iterable[str], known: Sequence[str]) -> list[str]:
    """Return ``asked`` as a list; raise BadInput with the nearest name for one that is not in ``known``."""
    names = list(asked)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=MANY // 2, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            if near and len(known) > MANY:
                listed = f"the nearest of {len(known)}: {', '.join(near)}"
            else:
                listed = f"known: {', '.join(known) or 'none'}"
            raise BadInput(f"no {kind} is called {name!r}{hint} ({listed})")
    return names
