# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_pace
"""The work beside the iterations, on a clock that the test sets."""

from __future__ import absolute_import, division, print_function, unicode_literals

import unittest

from compat import clock
from harness import pace


class FakeClock(object):
    """A clock that moves by the next of ``steps`` each time that it is read."""

    def __init__(self, steps):
        self.steps = list(steps)
        self.now = 0

    def now_ns(self):
        self.now += self.steps.pop(0)
        return self.now


class Taken(unittest.TestCase):
    def test_each_is_what_passed_while_the_work_was_done(self):
        paces = pace.Paces(FakeClock([1000, 5, 1000, 7, 1000, 6]).now_ns, 2)
        for _ in range(3):
            paces.take()
        self.assertEqual(paces.taken_ns(), [5, 7, 6])

    def test_after_a_short_iteration_it_is_not_done(self):
        paces = pace.Paces(FakeClock([1000, 5, 49, 1, 7, 69, 2, 9]).now_ns, 4)
        for _ in range(5):
            paces.take()
        self.assertEqual(paces.taken_ns(), [5, None, 7, None, 9])

    def test_many_short_iterations_take_hardly_longer_for_it(self):
        paces = pace.Paces(clock.now_ns, 1000)
        for _ in range(1001):
            paces.take()
        taken = paces.taken_ns()
        self.assertEqual(len(taken), 1001)
        self.assertIsNotNone(taken[0])
        self.assertLess(1001 - taken.count(None), 100)

    def test_what_a_coarse_clock_does_not_see_took_a_nanosecond(self):
        paces = pace.Paces(FakeClock([1000, 0]).now_ns, 1)
        paces.take()
        self.assertEqual(paces.taken_ns(), [1])

    def test_those_that_were_not_taken_are_not_there(self):
        paces = pace.Paces(FakeClock([1000, 5]).now_ns, 100)
        paces.take()
        self.assertEqual(paces.taken_ns(), [5])

    def test_the_work_is_long_against_the_clock_and_short_against_an_iteration(self):
        paces = pace.Paces(clock.now_ns, 20)
        for _ in range(21):
            paces.take()
        taken = sorted(time_ns for time_ns in paces.taken_ns() if time_ns)
        self.assertGreater(taken[0], 10 * clock.resolution_ns())
        self.assertLess(taken[len(taken) // 2], 50e6)


if __name__ == "__main__":
    unittest.main()
