# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_compat
"""The functions of compat mean the same on every interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import shutil
import tempfile
import unittest
import warnings

from compat import atomic_file, clock, forks, gil, identity, limits, text


class Clock(unittest.TestCase):
    def test_readings_are_whole_nanoseconds_and_never_go_back(self):
        readings = [clock.now_ns() for _ in range(2000)]
        self.assertEqual(readings, sorted(readings))
        self.assertTrue(all(int(reading) == reading for reading in readings))
        self.assertGreater(readings[0], 10**9 // 10**6)

    def test_a_second_is_a_second(self):
        import time

        wall, begun = time.time(), clock.now_ns()
        time.sleep(0.2)
        ours = (clock.now_ns() - begun) / 1e9
        theirs = time.time() - wall
        self.assertAlmostEqual(ours, theirs, delta=0.1)

    def test_resolution_is_below_a_tenth_of_a_millisecond(self):
        self.assertTrue(1 <= clock.resolution_ns() < 100000, clock.resolution_ns())

    def test_a_clock_that_is_set_back_has_a_resolution_all_the_same(self):
        readings = iter([5000, 3000])
        now_ns, clock.now_ns = clock.now_ns, lambda: next(readings)
        try:
            self.assertEqual(clock.resolution_ns(1), 1)
        finally:
            clock.now_ns = now_ns


class Text(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def test_json_comes_back_as_it_went(self):
        path = os.path.join(self.folder, "value.json")
        value = {"text": "\u00e4\u20ac\U0001f40d", "number": 2**53, "list": [1, None, True]}
        text.write_json(path, value)
        self.assertEqual(text.read_json(path), value)
        self.assertEqual(os.listdir(self.folder), ["value.json"])

    def test_a_file_that_cannot_be_written_leaves_what_was_there(self):
        path = os.path.join(self.folder, "value.json")
        atomic_file.write(path, b"before")
        with self.assertRaises(TypeError):
            atomic_file.write(path, None)
        with open(path, "rb") as stream:
            self.assertEqual(stream.read(), b"before")

    def test_an_error_is_described_in_one_line(self):
        self.assertEqual(text.describe(ValueError("two\nlines")), "ValueError: two lines")

    def test_an_error_that_cannot_be_shown_is_described_all_the_same(self):
        class Hostile(Exception):
            def __str__(self):
                raise RuntimeError

            __unicode__ = __str__

            def __repr__(self):
                return str("Hostile()")

        self.assertTrue(text.describe(Hostile()).startswith("Hostile"))

    def test_an_error_of_which_nothing_can_be_shown_has_its_name(self):
        class Half(object):
            def __repr__(self):
                raise AttributeError("not set up yet")

            __str__ = __unicode__ = __repr__

        self.assertEqual(text.describe(ValueError(Half())), "ValueError: it cannot be shown")

    def test_an_error_that_would_end_the_process_when_it_is_shown_ends_nothing(self):
        for end in (SystemExit, KeyboardInterrupt, GeneratorExit):

            class Ending(Exception):
                def __str__(self, end=end):
                    raise end

                __unicode__ = __repr__ = __str__

            self.assertEqual(text.describe(Ending()), "Ending: it cannot be shown")

    def test_a_type_may_be_called_anything(self):
        name = b"T\xff" if str is bytes else "T\u00e9"
        self.assertEqual(text.describe(type(name, (Exception,), {})("why"))[-5:], ": why")

    def test_a_description_is_no_longer_than_an_error_is_worth_reading(self):
        described = text.describe(type(str("T") * 10**6, (Exception,), {})("a b " * 10**6))
        self.assertEqual(len(described), text.MOST_TYPE_NAME + len(": ") + text.MOST_MESSAGE - 1)


class Versions(unittest.TestCase):
    def test_a_version_is_written_as_its_release_is_called(self):
        for info, name in (
            ((3, 14, 0, "final", 0), "3.14.0"),
            ((3, 15, 0, "alpha", 2), "3.15.0a2"),
            ((3, 14, 0, "beta", 1), "3.14.0b1"),
            ((3, 14, 0, "candidate", 3), "3.14.0rc3"),
            ((7, 3, 19), "7.3.19"),
        ):
            self.assertEqual(identity.version(info), name)


class Limits(unittest.TestCase):
    def test_as_many_descriptors_as_the_system_permits_may_be_open(self):
        try:
            import resource
        except ImportError:
            self.skipTest("no such limit here")
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(64, before[1]), before[1]))
        self.assertEqual(limits.raise_descriptors(), before[1])
        self.assertEqual(resource.getrlimit(resource.RLIMIT_NOFILE), (before[1], before[1]))


class Gil(unittest.TestCase):
    def test_the_watch_names_the_module_of_cpythons_warning(self):
        show = warnings.showwarning
        try:
            with warnings.catch_warnings():
                watch = gil.Watch()
                watch._show = lambda *arguments: None
                warnings.warn(
                    "The global interpreter lock (GIL) has been enabled to load module 'old.thing', which has not ...",
                    RuntimeWarning,
                )
                self.assertEqual(watch.enabled_by, "old.thing")
        finally:
            warnings.showwarning = show

    def test_the_answer_is_yes_or_no(self):
        self.assertIn(gil.enabled(), (True, False))


if __name__ == "__main__":
    unittest.main()


class HeldForEver(object):
    """Stands for the queue of a pool of threads whose lock was held at the fork."""

    def put(self, _):
        import time

        time.sleep(600)


class Forks(unittest.TestCase):
    def around(self, answer):
        """Fork by what returns ``answer``, or raises it; return what was called around that."""
        called = []

        def fork():
            called.append("fork")
            if isinstance(answer, Exception):
                raise answer
            return answer

        forking = forks._forking(fork, *[lambda each=each: called.append(each) for each in ("before", "old", "new")])
        try:
            self.assertEqual(forking(), answer)
        except OSError as error:
            self.assertIs(error, answer)
        return called

    def test_each_side_of_a_fork_has_its_turn_where_nothing_can_be_registered(self):
        for answer, side in ((7, "old"), (0, "new"), ((7, 9), "old"), ((0, 9), "new"), (OSError(11, "no"), "old")):
            self.assertEqual(self.around(answer), ["before", "fork", side])

    @unittest.skipUnless(hasattr(os, "fork"), "this interpreter cannot fork")
    def test_the_forks_of_an_interpreter_that_registers_nothing_are_replaced(self):
        register = os.__dict__.pop("register_at_fork", None)
        kept = dict((name, getattr(os, name)) for name in ("fork", "forkpty") if hasattr(os, name))
        called = []
        try:
            forks.around(*[lambda each=each: called.append(each) for each in ("before", "old", "new")])
            pid = os.fork()
            if pid == 0:
                os._exit(called != ["before", "new"])
            self.assertEqual((os.waitpid(pid, 0)[1], called), (0, ["before", "old"]))
        finally:
            if register is not None:
                os.register_at_fork = register
            for name, fork in kept.items():
                setattr(os, name, fork)


@unittest.skipUnless(hasattr(os, "register_at_fork"), "this interpreter says nothing of a fork")
class Processes(unittest.TestCase):
    def test_a_forked_child_ends_though_a_pool_of_its_parent_was_at_work(self):
        import threading
        from concurrent.futures import thread

        from compat import processes

        held = threading.Thread()
        thread._threads_queues[held] = HeldForEver()
        try:
            child = processes.context("fork").Process(target=clock.now_ns)
            child.start()
            child.join(20)
            self.assertEqual(child.exitcode, 0)
        finally:
            del thread._threads_queues[held]
            if child.is_alive():
                child.terminate()
                child.join()
