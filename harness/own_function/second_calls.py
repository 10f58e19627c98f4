# Run by the interpreter under test (Python 2.7 upward).
"""Call a person's function with its inputs again, one call after another."""

from __future__ import absolute_import, division, print_function, unicode_literals

from harness.own_function import second_call_times
from harness.own_function.failed_check import CheckFailed
from harness.own_function.first_calls import LATER_CALLS_NS


def call_again(calls, reply):
    """Call some inputs again: the answers stay the same. Tell where a cache makes these calls much faster.

    Tell as well where a script of pyperf times a part of its call alone.
    """
    kept = second_call_times.count_cache_hits(calls.function, calls.target)
    second_ns = {}
    for index in second_call_times.choose_order(calls.inputs):
        difference, second_ns[index] = calls.compare(index)
        if difference:
            raise CheckFailed(difference)
        if sum(second_ns.values()) > LATER_CALLS_NS:
            break
    hits = second_call_times.count_cache_hits(calls.function, calls.target) - kept
    reply.content["cached"] = second_call_times.describe_cache(calls.times_ns, second_ns, hits)
    return reply.content["cached"] or _ask_for_loops(calls, reply, second_ns[index])


def _ask_for_loops(calls, reply, call_ns):
    """Tell how many loops a script of pyperf should make that sets much up in each call; None for any other."""
    own_s, loops = getattr(calls.function, "own_s", None), calls.target.get("loops", 1)
    if not isinstance(own_s, float) or not 0 < own_s * 1e9 < call_ns:
        return None
    wanted = second_call_times.count_loops(call_ns, own_s, loops)
    if wanted <= loops:
        return None
    reply.content["loops"] = wanted
    return second_call_times.describe_set_up(call_ns, own_s, wanted)
