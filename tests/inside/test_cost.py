# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_cost
"""The cost of the harness can be measured here, and every available way into C answers."""

from __future__ import absolute_import, division, print_function, unicode_literals

import unittest

from harness import cost
from scenarios.tasks import computing


class Cost(unittest.TestCase):
    def setUp(self):
        for name in ("ITERATIONS", "CALLS"):
            self.addCleanup(setattr, cost, name, getattr(cost, name))
            setattr(cost, name, 500)

    def test_the_loop_costs_more_than_the_clock_shows(self):
        loop = cost.loop_ns()
        self.assertGreater(loop["per_iteration"], 0)
        self.assertGreaterEqual(loop["per_iteration"], loop["in_each_time"])

    def test_every_way_that_can_be_had_is_measured(self):
        can = []
        for name, get in computing.WAYS:
            try:
                get()
            except (ImportError, OSError, AttributeError):
                continue
            can.append(name)
        found = cost.calls_ns()
        self.assertEqual(sorted(found), sorted(can))
        self.assertIn("python", found)
        self.assertTrue(all(ns >= 0 for ns in found.values()), found)

    def test_a_way_that_answers_wrongly_is_an_error_and_no_number(self):
        self.addCleanup(setattr, computing, "WAYS", computing.WAYS)
        computing.WAYS = [("wrong", lambda: lambda number: number + 1)]
        self.assertRaises(AssertionError, cost.calls_ns)


if __name__ == "__main__":
    unittest.main()
