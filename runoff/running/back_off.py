# Run by the driver (Python 3.9 upward).
"""How long a worker that died stays down before it is started again."""

from __future__ import annotations

from collections.abc import Callable

FIRST_S = 0.5
LONGEST_S = 30.0
#: A worker that lived for so long has not died of how it starts: the next pause is the first one again.
STABLE_S = 10.0
#: From so many deaths in a row on it is called a crash loop.
LOOP = 3


def pause_s(deaths: int, uniform: Callable[[float, float], float]) -> float:
    """Return the pause after so many ``deaths`` in a row, from 1.

    It doubles up to LONGEST_S; a random half of it is cut (``uniform`` of random.Random), so that workers that died
    together do not start together.
    """
    whole = min(LONGEST_S, FIRST_S * 2.0 ** min(deaths - 1, 30))
    return float(uniform(whole / 2, whole))
