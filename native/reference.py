# Run by the interpreter under test (Python 2.7 upward).
"""The kernels in plain Python: the reference for the compiled ones, and the work of the ``python`` task.

``burn`` steps a 32-bit linear congruential generator forward and then back, so that the number returns only if every
step was taken. The constants are those of Numerical Recipes (a = 1664525, c = 1013904223); the inverse of a modulo
2**32 is computed below.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

_MASK = 0xFFFFFFFF
_FACTOR = 1664525
_OFFSET = 1013904223


def _inverse(factor):
    """Return the inverse of an odd ``factor`` modulo 2**32, by Newton's iteration, which doubles the right bits."""
    inverse = factor
    for _ in range(5):
        inverse = (inverse * (2 - factor * inverse)) & _MASK
    return inverse


_BACK = _inverse(_FACTOR)


def burn(number, rounds):
    """Step ``number`` (0 .. 2**32 - 1) ``rounds`` times forward and as many back; return the result, ``number``."""
    state = number
    for _ in range(rounds):
        state = (state * _FACTOR + _OFFSET) & _MASK
    for _ in range(rounds):
        state = ((state - _OFFSET) * _BACK) & _MASK
    return state


def count_primes(below):
    """Count the primes smaller than ``below`` by trial division."""
    count = 0
    for candidate in range(2, below):
        divisor = 2
        while divisor * divisor <= candidate and candidate % divisor:
            divisor += 1
        if divisor * divisor > candidate:
            count += 1
    return count


def noop(number):
    """Return ``number``: the cost of a call alone."""
    return number
