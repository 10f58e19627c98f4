# Run by the interpreter under test (Python 2.7 upward).
"""Tell from the times of first and second calls whether a function keeps its answers, or sets much up at each."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import math

from scenarios.own_function import fresh

#: Times as fast, from which on a second call is called free; compilers and lazy imports gain less on most inputs.
FREE = 10.0
#: A shorter first call is too close to the steps of the clock.
SHORTEST_NS = 20000
#: First calls of so many inputs, the very first one not counted, tell a cache from a set-up.
ENOUGH = 2
#: Of what a script of pyperf times by itself: its call may set up so much besides.
SET_UP = 0.01


def choose_order(inputs):
    """Return the indices of different inputs, that of the first call last: it paid for all set-ups as well."""
    first = {}
    for at, value in enumerate(inputs):
        first.setdefault(json.dumps(value, sort_keys=True), at)
    different = sorted(first.values())
    return different[1:] + different[:1]


def count_cache_hits(function, target):
    """Return how often functools' caches of the person's modules have been hit."""
    return sum(cache.cache_info().hits for _, cache in fresh.caches(function, target["folder"]))


def describe_cache(first_ns, second_ns, hits):
    """Return a sentence where second calls are free, or may be; None where they are not.

    ``second_ns`` is {index of the input: ns}; ``hits`` of functools' caches during the second calls.
    """
    pairs = [(first_ns[at], second_ns[at]) for at in second_ns if at != 0]
    ratios = sorted(first / max(1, second) for first, second in pairs if first >= SHORTEST_NS)
    if len(ratios) >= ENOUGH or (ratios and hits):
        if ratios[(len(ratios) - 1) // 2] < FREE:
            return None
        first = sorted(first for first, _ in pairs)[(len(pairs) - 1) // 2]
        return _words("the second call of an input", first, sorted(second for _, second in pairs)[len(pairs) // 2])
    if 0 not in second_ns or first_ns[0] < max(SHORTEST_NS, FREE * second_ns[0]):
        return None
    if hits:
        return _words("the second call", first_ns[0], second_ns[0])
    return "the first call took {}, the second {}: set-up or a cached answer; more different inputs show which".format(
        _ms(first_ns[0]), _ms(second_ns[0])
    )


def count_loops(call_ns, own_s, loops):
    """Return how many loops leave SET_UP of their time for what a call sets up, which made ``loops`` in ``own_s``."""
    set_up_ns = call_ns - own_s * 1e9
    return max(1, int(math.ceil(set_up_ns / (SET_UP * own_s * 1e9 / loops))))


def describe_set_up(call_ns, own_s, loops):
    """Return a sentence on a script that times a part of its call by itself, and how many ``loops`` it should make."""
    return "the script times {} of {}: --loops {} leaves {:.0%} for what it sets up".format(
        _ms(own_s * 1e9), _ms(call_ns), loops, SET_UP
    )


def _words(which, first_ns, second_ns):
    return "{} is almost free ({}, then {}): it caches its answers; --fresh clears them before each call".format(
        which, _ms(first_ns), _ms(second_ns)
    )


def _ms(ns):
    return "{:.3g} ms".format(ns / 1e6)
