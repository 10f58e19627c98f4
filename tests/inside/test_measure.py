# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_measure
"""The timed loop, on a clock that the test sets."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys
import unittest

from harness import measure


class FakeClock(object):
    """A clock that each call of the measured function moves by the next of ``durations``."""

    def __init__(self, durations):
        self.durations = list(durations)
        self.now = 0
        self.calls = 0

    def now_ns(self):
        return self.now

    def call(self):
        self.now += self.durations[self.calls]
        self.calls += 1
        return self.calls


def run(durations, min_iterations=7, max_iterations=25, max_ns=10**12, check=lambda answer: None):
    """Measure a function that takes ``durations``; return the times."""
    clock = FakeClock(durations)
    return measure.measure(clock.call, check, clock.now_ns, min_iterations, max_iterations, max_ns)


class Loop(unittest.TestCase):
    def test_times_are_the_calls_own_and_the_cold_one_comes_first(self):
        self.assertEqual(run([900] + [100] * 30), [900] + [100] * 6)

    def test_the_last_times_stay_alive_and_no_more_of_them(self):
        blocks = getattr(sys, "getallocatedblocks", lambda: 0)
        if not blocks():
            self.skipTest("this interpreter does not count what is alive")
        alive = []
        count = 3 * measure.KEPT
        run([100] * count, count, count, check=lambda answer: alive.append(blocks()) if answer % 500 == 0 else None)
        self.assertGreater(alive[measure.KEPT // 500 - 1] - alive[0], measure.KEPT // 4)
        self.assertLess(alive[-1] - alive[measure.KEPT // 500 - 1], measure.KEPT // 4)

    def test_goes_on_while_times_still_change(self):
        times = run([900] + [200, 190, 180, 170, 160, 150, 140, 130, 120, 110] + [100] * 60, max_iterations=60)
        self.assertTrue(7 < len(times) < 60)
        self.assertFalse(measure.changing(times[1:]))

    def test_stops_at_the_most_when_nothing_settles(self):
        self.assertEqual(len(run([1000 * 2**i for i in range(40)], max_iterations=25)), 25)

    def test_stops_when_the_time_for_moving_is_up(self):
        self.assertEqual(len(run([1000 * 2**i for i in range(40)], max_ns=1)), 7)

    def test_moving_times_end_at_their_limit_and_no_sooner(self):
        moving = [1000 * 2**i for i in range(40)]
        for count in (7, 8, 12):
            limit = sum(moving[:count])
            self.assertEqual(len(run(moving, max_iterations=40, max_ns=limit)), count)
            self.assertEqual(len(run(moving, max_iterations=40, max_ns=limit + 1)), count + 1)

    def test_the_time_that_is_wanted_is_the_calls_own_without_the_checks_between(self):
        clock = FakeClock([100] * 40)

        def check(_):
            clock.now += 50

        times = measure.measure(clock.call, check, clock.now_ns, 7, 40, 10**12, min_ns=2000)
        self.assertEqual(sum(times), 2000)

    def test_a_soak_ends_by_the_clock_whatever_is_done_between_the_calls(self):
        clock = FakeClock([100] * 40)

        def check(_):
            clock.now += 900

        times = measure.measure(clock.call, check, clock.now_ns, 2, 40, 5000, soak_ns=5000)
        self.assertEqual((len(times), clock.now), (6, 6000))

    def test_looks_at_every_answer_and_stops_at_a_wrong_one(self):
        seen = []

        def check(answer):
            seen.append(answer)
            if answer == 3:
                raise ValueError("wrong")

        with self.assertRaises(ValueError):
            run([100] * 30, check=check)
        self.assertEqual(seen, [1, 2, 3])

    def test_one_spike_is_not_a_change(self):
        self.assertFalse(measure.changing([100, 100, 100, 100, 100, 500, 100, 100]))

    def test_a_shift_is_a_change(self):
        self.assertTrue(measure.changing([110, 110, 110, 110, 100, 100, 100, 100]))


if __name__ == "__main__":
    unittest.main()
