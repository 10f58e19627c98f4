# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""The spread of a cell that was started few times, moderated by what the other cells of its run show.

Two or three invocations say little of their own spread. Smyth ("Linear models and empirical Bayes methods for
assessing differential expression", 2004) takes the variances of all cells as drawn from one distribution, and gives
each cell the variance that its own sample and that distribution make likely together. Where cells differ much in noise
the distribution says little (few degrees of freedom), and each is left with its own: a noisy cell is not called quiet
because its neighbours are, as it is by plain pooling. noise_of_kinds.py learns the distribution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Prior:
    """What is known of a cell's variance (of logarithms) before it is measured, and its degrees of freedom."""

    variance: float
    freedom: float


def variance(sample: list[float], prior: Prior | None) -> tuple[float, float]:
    """Return the variance of the logarithms of ``sample``, moderated, with its degrees of freedom."""
    logs, freedom = [math.log(value) for value in sample], len(sample) - 1
    centre = math.fsum(logs) / len(logs)  # as statistics.variance, which takes twenty times as long, in a racing loop
    own = math.fsum((each - centre) ** 2 for each in logs) / freedom
    if prior is None:
        return own, float(freedom)
    total = prior.freedom + freedom
    return (prior.freedom * prior.variance + freedom * own) / total, total
