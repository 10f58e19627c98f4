# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_beside_iterations
"""What is measured beside the iterations, on clocks that the test sets and on those of the interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import unittest

from compat import clock, compiler, identity
from harness import beside_iterations
from harness.beside_iterations import CompilerTimes, Paces

try:
    import tracemalloc
except ImportError:  # before CPython 3.4, and beside CPython
    tracemalloc = None


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
        paces = Paces(FakeClock([1000, 5, 1000, 7, 1000, 6]).now_ns, 2)
        for _ in range(3):
            paces.take()
        self.assertEqual(paces.taken_ns(), [5, 7, 6])

    def test_after_a_short_iteration_it_is_not_done(self):
        paces = Paces(FakeClock([1000, 5, 49, 1, 7, 69, 2, 9]).now_ns, 4)
        for _ in range(5):
            paces.take()
        self.assertEqual(paces.taken_ns(), [5, None, 7, None, 9])

    def test_the_very_first_time_does_not_count(self):
        fake = FakeClock([1000, 5, 1000, 7])
        done, work = [], beside_iterations._work
        beside_iterations._work = lambda: done.append(fake.now)
        try:
            paces = Paces(fake.now_ns, 1)
            paces.take()
            paces.take()
        finally:
            beside_iterations._work = work
        self.assertEqual(done, [0, 1000, 2005])
        self.assertEqual(paces.taken_ns(), [5, 7])

    def test_many_short_iterations_take_hardly_longer_for_it(self):
        paces = Paces(clock.now_ns, 1000)
        for _ in range(1001):
            paces.take()
        taken = paces.taken_ns()
        self.assertEqual(len(taken), 1001)
        self.assertIsNotNone(taken[0])
        self.assertLess(1001 - taken.count(None), 100)

    def test_what_a_coarse_clock_does_not_see_took_a_nanosecond(self):
        paces = Paces(FakeClock([1000, 0]).now_ns, 1)
        paces.take()
        self.assertEqual(paces.taken_ns(), [1])

    def test_those_that_were_not_taken_are_not_there(self):
        paces = Paces(FakeClock([1000, 5]).now_ns, 100)
        paces.take()
        self.assertEqual(paces.taken_ns(), [5])

    @unittest.skipUnless(tracemalloc, "this interpreter does not tell what memory is taken")
    def test_the_work_takes_no_memory(self):
        beside_iterations._work()
        tracemalloc.start()
        try:
            beside_iterations._work()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        self.assertLess(peak, 2000)

    def test_the_work_is_long_against_the_clock_and_short_against_an_iteration(self):
        paces = Paces(clock.now_ns, 20)
        for _ in range(21):
            paces.take()
        taken = sorted(time_ns for time_ns in paces.taken_ns() if time_ns)
        self.assertGreater(taken[0], 10 * clock.resolution_ns())
        self.assertLess(taken[len(taken) // 2], 50e6)


def compute(rounds):
    """Return a sum: a function and a loop that no test has run before."""
    total = 0
    for number in range(rounds):
        total += number % 7
    return total


class Compiling(unittest.TestCase):
    def test_each_is_how_long_the_compiler_worked_since_the_one_before(self):
        times = CompilerTimes(FakeClock([900, 5, 0, 7]).now_ns, 4)
        for _ in range(3):
            times.take()
        self.assertEqual(times.taken_ns(), [5, 0, 7])

    def test_an_interpreter_that_does_not_tell_has_none(self):
        times = CompilerTimes(lambda: None, 4)
        times.take()
        self.assertIsNone(times.taken_ns())

    def test_what_workers_tell_first_in_the_middle_counts_from_there(self):
        told = [None, None, 0, 7]
        times = CompilerTimes(lambda: told.pop(0), 4)
        for _ in range(3):
            times.take()
        self.assertEqual(times.taken_ns(), [0, 0, 7])

    def test_a_compiler_that_tells_worked_for_a_part_of_the_time(self):
        clock_ns = compiler.clock_ns()
        if not identity.compiles() or clock_ns is None:
            self.assertIsNone(clock_ns)
            self.skipTest("this interpreter has no compiler that tells")
        begun, before = clock.now_ns(), clock_ns()
        compute(100000)
        worked = clock_ns() - before
        self.assertLess(worked, (clock.now_ns() - begun) * 64)  # Java compiles on other cores as well
        self.assertGreaterEqual(worked, 0)
        self.assertGreater(clock_ns(), 0)


if __name__ == "__main__":
    unittest.main()
