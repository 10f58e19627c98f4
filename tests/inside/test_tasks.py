# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_tasks
"""Properties of the tasks beyond their answers, and failures as data."""

from __future__ import absolute_import, division, print_function, unicode_literals

import errno
import pickle
import threading
import unittest

from scenarios.tasks import base as task_base
from scenarios.tasks import contended, failures


class Shared(unittest.TestCase):
    NAMES = ("contended-counter", "contended-lock", "contended-list", "contended-dict")

    def test_many_threads_on_one_object_lose_nothing(self):
        for name in self.NAMES:
            task = task_base.make(name, {"rounds": 300})
            task.prepare()
            answers = []
            threads = [threading.Thread(target=lambda n=n: answers.append(task.attempt(n))) for n in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(sorted(answers), list(range(8)), name)

    def test_what_is_left_over_or_lost_is_noticed(self):
        def spoilt(name):
            task = task_base.make(name, {"rounds": 3})
            task.prepare()
            return task

        counter = spoilt("contended-counter")
        counter.counted = -1
        listed = spoilt("contended-list")
        listed.shared.insert(0, 5)
        named = spoilt("contended-dict")
        named.shared["left"] = 1
        locked = spoilt("contended-lock")
        locked.holding = 1
        for task in (counter, listed, named, locked):
            self.assertRaises(contended.LostUpdate, task.work, 1)

    def test_a_value_swapped_by_another_task_is_noticed(self):
        class Swapping(dict):
            def __setitem__(self, key, value):
                dict.__setitem__(self, key, value + 1)

        task = task_base.make("contended-dict", {"rounds": 1})
        task.prepare()
        task.shared = Swapping()
        self.assertRaises(contended.LostUpdate, task.work, 1)


class Payload(unittest.TestCase):
    def test_sizes_are_exact_and_no_two_are_alike(self):
        for size in (1, 1024, 5000):
            task = task_base.make("payload", {"payload_bytes": size})
            inputs = task.inputs([1, 12])
            self.assertEqual([len(each) for each in inputs], [size, size])
            self.assertEqual([task.attempt(each) for each in inputs], task.expected([1, 12]))
        self.assertNotEqual(inputs[0], inputs[1])
        self.assertNotEqual(task.expected([1])[0], inputs[0])


class Sent(unittest.TestCase):
    def test_a_task_arrives_prepared_and_is_made_once(self):
        task = task_base.make("contended-list", {"rounds": 2})
        arrived = pickle.loads(pickle.dumps(task, 2))
        self.assertEqual(arrived.attempt(5), 5)
        self.assertIs(arrived, pickle.loads(pickle.dumps(task, 2)))
        self.assertIsNot(arrived, pickle.loads(pickle.dumps(task_base.make("contended-list", {"rounds": 3}), 2)))


class Kinds(unittest.TestCase):
    def kind(self, error):
        failure = failures.of(error)
        self.assertEqual(pickle.loads(pickle.dumps(failure, 2)), failure)
        return failure.kind

    def test_the_systems_error_is_found_under_the_libraries(self):
        class Wrapped(Exception):
            reason = OSError(errno.ECONNRESET, "reset")

        self.assertEqual(self.kind(OSError(errno.EMFILE, "too many")), "EMFILE")
        self.assertEqual(self.kind(ValueError(Wrapped("pool, port 4711"))), "ECONNRESET")

    def test_numbers_do_not_make_kinds(self):
        self.assertEqual(self.kind(ValueError("port 1 at 0xff")), self.kind(ValueError("port 22 at 0x12")))
        self.assertNotEqual(self.kind(ValueError("a")), self.kind(KeyError("a")))

    def test_an_error_that_leads_back_to_itself_ends(self):
        first, second = ValueError("a"), ValueError("b")
        first.reason, second.reason = second, first
        self.assertEqual(self.kind(first), "ValueError: a")


if __name__ == "__main__":
    unittest.main()
