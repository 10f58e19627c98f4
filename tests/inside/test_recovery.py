# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_recovery
"""The kills of harness.kill_workers with fake workers and a fake clock, so that every number is known beforehand."""

from __future__ import absolute_import, division, print_function, unicode_literals

import unittest

from harness import kill_workers

MS = 1000000
TASK = 5 * MS


class FakeWorkers(object):
    """Two workers that share a clock with the test; a task goes to the worker that is free first.

    After ``notices`` nanoseconds the tasks of a killed worker go to the other one. A new worker starts within
    ``starts`` nanoseconds.
    """

    def __init__(self, notices=7 * MS, starts=60 * MS):
        self.now = 0
        self.names = [10, 11]
        self.free_at = [0, 0]
        self.dead = [False, False]
        self.tasks = []  # [ends at, number, where]
        self.begun = {}
        self.notices = notices
        self.starts = starts
        self.up_at = {}
        self.resent_tasks = 0
        self.silent = self.doubles = self.lies = self.answered_before_death = self.loses = False
        self.lost = set()
        self.fails_every = None

    def now_ns(self):
        self.now += 1000  # reading the clock takes a microsecond
        return self.now

    def submit(self, number):
        free = min((index for index in (0, 1) if not self.dead[index]), key=lambda index: self.free_at[index])
        self._give(number, free, self.now)

    def _give(self, number, at, when):
        self.free_at[at] = max(self.free_at[at], when) + TASK
        self.tasks.append((self.free_at[at], number, at))
        self.begun.setdefault(self.names[at], set()).add(number)

    def poll(self, timeout_s):
        self.now += int(timeout_s * 1e9)
        found = []
        if self.silent:
            return found
        for task in sorted(self.tasks):
            ends, number, at = task
            if ends <= self.now:
                self.tasks.remove(task)
                failed = number in self.lost or (self.fails_every and number % self.fails_every == 0)
                answer = (number, None, False) if failed else (number, self.names[at], not self.lies)
                found += [answer] * (2 if self.doubles else 1)
        return found

    def process_id(self, index):
        return self.names[index]

    def begun_by(self, index):
        return set(self.begun.get(self.names[index], ()))

    def kill(self, index):
        self.dead[index] = True
        if self.answered_before_death:
            return  # its answers arrive nevertheless
        if self.loses:
            self.lost.update(task[1] for task in self.tasks if task[2] == index)
            return
        for task in [task for task in self.tasks if task[2] == index]:
            self.tasks.remove(task)
            self.resent_tasks += 1
            self._give(task[1], 1 - index, self.now + self.notices)

    def restart(self, index):
        self.names[index] += 2
        self.dead[index] = False
        self.free_at[index] = self.now + self.starts
        self.up_at[index] = self.free_at[index]

    def restarted(self, index):
        return self.now >= self.up_at[index]

    def resent(self):
        return self.resent_tasks


class Kills(unittest.TestCase):
    def measure(self, workers, kills=6):
        return kill_workers.at_half_load(workers, 100, 2 / (TASK / 1e9), kills, 3, workers.now_ns)

    def why_unrecovered(self, workers, kills=6):
        """Return what is said where there is no measurement."""
        with self.assertRaises(kill_workers.Unrecovered) as caught:
            self.measure(workers, kills)
        return "{}".format(caught.exception)

    def test_each_gap_is_what_it_took_to_notice_and_to_do_the_task_again(self):
        workers = FakeWorkers()
        found = self.measure(workers)
        self.assertEqual((found["killed"], len(found["gaps_ns"]), found["lost"], found["twice"]), (6, 6, 0, 0))
        self.assertEqual(found["rate"], 200.0)
        self.assertEqual(found["resent"], workers.resent_tasks)
        for gap in found["gaps_ns"]:
            # noticed, perhaps behind one or two tasks of the other's own, and done
            self.assertTrue(workers.notices + TASK <= gap < workers.notices + 6 * TASK, gap)

    def test_each_worker_is_killed_in_turn(self):
        workers = FakeWorkers()
        self.measure(workers)
        self.assertEqual(workers.names, [10 + 3 * 2, 11 + 3 * 2])  # each was started again three times

    def test_the_time_line_counts_every_answer_and_has_the_kill_where_it_says(self):
        found = self.measure(FakeWorkers(starts=300 * MS))
        self.assertEqual([len(line) for line in found["timeline"]], [100] * 6)
        at, bin_s = found["killed_bin"], found["bin_ns"] / 1e9
        before = sum(sum(line[:at]) for line in found["timeline"])
        self.assertTrue(0.5 * 200 < before / (6 * at * bin_s) < 1.5 * 200, before)  # as many as were offered
        # the bin of the kill and the next: one worker, of two, at most one task in 5 ms
        self.assertTrue(all(sum(line[at : at + 3]) <= 7 for line in found["timeline"]))
        self.assertTrue(found["tasks"] >= sum(sum(line) for line in found["timeline"]))

    def test_tasks_that_end_without_an_answer_are_lost(self):
        workers = FakeWorkers()
        workers.fails_every = 10
        found = self.measure(workers)
        self.assertTrue(abs(found["lost"] - found["tasks"] / 10) <= 1)

    def test_a_lost_task_is_no_answer_that_ends_a_gap(self):
        workers = FakeWorkers()
        workers.loses = True
        self.assertIn("0 of 6 kills", self.why_unrecovered(workers, 2))

    def test_a_missing_answer_ends_in_an_error_after_the_timeout(self):
        workers = FakeWorkers()
        workers.silent = True
        self.assertIn("30 s without an answer to a killed worker's tasks", self.why_unrecovered(workers))
        self.assertTrue(workers.now > kill_workers.PATIENCE_NS)

    def test_a_worker_that_starts_slowly_is_waited_for(self):
        workers = FakeWorkers(starts=kill_workers.PATIENCE_NS + 1000 * MS)
        found = self.measure(workers, 1)
        self.assertEqual((found["killed"], found["lost"], found["twice"]), (1, 0, 0))
        self.assertTrue(workers.now > kill_workers.PATIENCE_NS)

    def test_duplicates_are_counted(self):
        workers = FakeWorkers()
        workers.doubles = True
        found = self.measure(workers, 1)
        self.assertTrue(found["twice"] > 0)
        self.assertEqual(found["lost"], 0)

    def test_a_wrong_answer_ends_it(self):
        workers = FakeWorkers()
        workers.lies = True
        self.assertIn("wrong answer", self.why_unrecovered(workers))

    def test_kills_that_met_no_unanswered_task_are_no_measurement(self):
        workers = FakeWorkers()
        workers.answered_before_death = True
        self.assertIn("0 of 6 kills", self.why_unrecovered(workers, 2))


if __name__ == "__main__":
    unittest.main()
