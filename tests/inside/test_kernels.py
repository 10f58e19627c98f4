# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_kernels
"""The kernels: known answers, and the compiled ones against those in Python."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys
import threading
import unittest

import native
from native import reference

NUMBERS = [0, 1, 2, 12345, 2**31 - 1, 2**31, 2**32 - 1]


class Reference(unittest.TestCase):
    def test_burn_gives_the_number_back_only_if_every_step_was_taken(self):
        for number in NUMBERS:
            self.assertEqual(reference.burn(number, 100), number)

    def test_burn_really_leaves_the_number_on_the_way(self):
        forward = (7 * reference._FACTOR + reference._OFFSET) & reference._MASK
        self.assertNotEqual(forward, 7)
        self.assertEqual(((forward - reference._OFFSET) * reference._BACK) & reference._MASK, 7)

    def test_known_prime_counts(self):
        for below, primes in [(0, 0), (2, 0), (3, 1), (10, 4), (100, 25), (1000, 168)]:
            self.assertEqual(reference.count_primes(below), primes)


class Compiled(unittest.TestCase):
    def setUp(self):
        try:
            self.kernels = native.kernels()
        except ImportError as error:
            self.skipTest("no native module: {}".format(error))

    def test_each_kernel_answers_as_its_twin_does_with_the_gil_and_without(self):
        self.assertEqual(hasattr(self.kernels, "noop_gil"), not sys.platform.startswith("java"))
        for suffix in ("_gil", "_nogil"):
            if suffix == "_gil" and sys.platform.startswith("java"):
                continue  # it has no lock to hold
            burn = getattr(self.kernels, "burn" + suffix)
            primes = getattr(self.kernels, "count_primes" + suffix)
            noop = getattr(self.kernels, "noop" + suffix)
            for number in NUMBERS:
                self.assertEqual(burn(number, 1000), reference.burn(number, 1000))
                self.assertEqual(noop(number), reference.noop(number))
            for below in (0, 2, 3, 10, 1000):
                self.assertEqual(primes(below), reference.count_primes(below))

    def test_a_number_that_does_not_fit_is_refused(self):
        for number in (-1, 2**32):
            with self.assertRaises((OverflowError, TypeError)):
                self.kernels.noop_nogil(number)

    def test_nogil_lets_another_thread_run_during_one_call_and_gil_does_not(self):
        from compat import gil

        if not gil.enabled():
            self.skipTest("no GIL to hold")
        # One tick may come between the mark and the call, and one after it. A busy machine adds some: the best counts.
        self._sees_once(lambda ticks: ticks > 2, self.kernels.burn_nogil, 3)
        self._sees_once(lambda ticks: ticks <= 2, self.kernels.burn_gil, 5)

    def _sees_once(self, right, burn, tries):
        """Call ``burn`` until the ticks meanwhile are ``right``, ``tries`` times at most."""
        seen = []
        while not seen or (not right(seen[-1]) and len(seen) < tries):
            seen.append(self._ticks_during(burn))
        self.assertTrue(right(seen[-1]), seen)

    def _ticks_during(self, burn):
        """Count how often another thread runs during one call of about 0.2 s."""
        state = {"ticks": 0, "inside": False, "stop": False}
        started = threading.Event()

        def other():
            wait = threading.Event()
            started.set()
            while not state["stop"]:
                wait.wait(0.005)
                state["ticks"] += state["inside"]

        thread = threading.Thread(target=other)
        thread.start()
        started.wait()
        state["inside"] = True
        burn(1, 60000000)
        state["inside"] = False
        state["stop"] = True
        thread.join()
        return state["ticks"]


if __name__ == "__main__":
    unittest.main()
