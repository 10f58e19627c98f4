# Run by tests/inside (Python 2.7 upward).
"""A request for one short invocation, for tests to change."""

from __future__ import absolute_import, division, print_function, unicode_literals

REQUEST = {
    "task": "python",
    "scenario": "serial",
    "parameters": {},
    "settings": {"rounds": 10},
    "first_number": 1000,
    "batch": 4,
    "min_iterations": 3,
    "max_iterations": 3,
    "max_ns": 0,
    "min_ns": 0,
    "soak_ns": 0,
    "seed": 1,
}
