# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_latency
"""The open loop keeps its schedule, counts from the scheduled begin, and reports its own lateness."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading
import time
import unittest

from compat import clock
from harness import generator, open_loop
from scenarios import base
from scenarios.tasks import base as task_base
from tests.inside.server import Server
from transports import session
from transports.messages import json_codec
from transports.wires import base as seam


class FakeTime(object):
    """A clock that moves by sleeping, and by tasks that take time."""

    def __init__(self):
        self.now = 0

    def now_ns(self):
        return self.now

    def sleep(self, seconds):
        self.now += max(1, int(seconds * 1e9))


class OpenLoop(unittest.TestCase):
    def drive(self, submit, fake, rate=100.0, seconds=2.0):
        own = generator.OwnThread(fake.now_ns, fake.sleep)
        return open_loop.drive(submit, 1000, rate, seconds, 7, fake.now_ns, own, fake.sleep)

    def test_arrivals_are_random_with_the_rate_asked_for_and_the_same_for_one_seed(self):
        due = open_loop.schedule(1000.0, 20.0, 3)
        self.assertEqual(due, open_loop.schedule(1000.0, 20.0, 3))
        self.assertNotEqual(due, open_loop.schedule(1000.0, 20.0, 4))
        self.assertEqual(due, sorted(due))
        self.assertTrue(19000 < len(due) < 21000)
        gaps = [later - earlier for earlier, later in zip(due, due[1:])]
        mean = sum(gaps) / len(gaps)
        spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
        self.assertTrue(0.95 < spread / mean < 1.05)  # as in a Poisson process; a metronome has 0

    def test_a_prompt_service_has_no_latency_and_the_generator_is_not_late(self):
        fake = FakeTime()
        found = self.drive(lambda number, done: done(lambda: number), fake)
        self.assertEqual(found["sent"], len(found["latencies_ns"]))
        self.assertTrue(max(found["late_ns"]) < 1000)
        self.assertTrue(max(found["latencies_ns"]) < 1000)

    def test_loads_are_shares_of_the_capacity_and_rates_are_tasks_a_second(self):
        fake = FakeTime()

        def submit(number, done):
            done(lambda: number)

        own = generator.OwnThread(fake.now_ns, fake.sleep)
        found = open_loop.at_loads(submit, 0, 1000.0, [50, 70], [200], 2.0, 7, fake.now_ns, own, fake.sleep)
        self.assertEqual([(part["load"], part["rate"]) for part in found], [(50, 500.0), (70, 700.0), (None, 200)])
        for part in found:
            self.assertTrue(0.85 < part["sent"] / (part["rate"] * 2.0) < 1.15)

    def test_no_two_loads_have_the_same_arrivals_at_another_pace(self):
        fake = FakeTime()
        begun = []

        def submit(number, done):
            begun.append(fake.now)
            done(lambda: number)

        own = generator.OwnThread(fake.now_ns, fake.sleep)
        found = open_loop.at_loads(submit, 0, 1000.0, [25, 50], [250], 2.0, 7, fake.now_ns, own, fake.sleep)
        gaps = []
        for part in found:
            own_begun, begun = begun[: part["sent"]], begun[part["sent"] :]
            gaps.append([part["rate"] * (after - before) / 1e9 for before, after in zip(own_begun, own_begun[1:])])
        for first, second in ((0, 1), (0, 2), (1, 2)):
            self.assertGreater(max(abs(a - b) for a, b in zip(gaps[first], gaps[second])), 0.1)

    def test_a_stall_is_counted_by_all_that_should_have_begun_meanwhile(self):
        fake = FakeTime()

        def stall_once(number, done):
            if number == 1050:
                fake.now += 500000000
            done(lambda: number)

        found = self.drive(stall_once, fake)
        slow = [time_ns for time_ns in found["latencies_ns"] if time_ns > 10000000]
        # a closed loop would have counted one; at 100 a second about 50 were due in half a second
        self.assertTrue(35 < len(slow) < 65, len(slow))
        self.assertTrue(max(found["late_ns"]) > 400000000)  # and it says that it was late itself

    def test_a_wrong_answer_and_an_error_end_it_with_the_reason(self):
        for answer, reason in ((lambda: 7, "answered 7"), (lambda: 1 // 0, "ZeroDivisionError")):
            with self.assertRaises(open_loop.Unanswered) as caught:
                self.drive(lambda number, done: done(answer), FakeTime())
            self.assertIn(reason, "{}".format(caught.exception))

    def test_an_error_whose_text_is_bytes_ends_it_as_well(self):
        def fail():
            raise ValueError(b"\xff\xfe")

        with self.assertRaises(open_loop.Unanswered) as caught:
            self.drive(lambda number, done: done(fail), FakeTime())
        self.assertIn("ValueError", "{}".format(caught.exception))

    def test_a_last_answer_that_is_read_slowly_is_judged_all_the_same(self):
        threads = []

        def slowly():
            time.sleep(0.2)
            return 7

        def submit(number, done):
            threads.append(threading.Thread(target=done, args=(slowly,)))
            threads[-1].start()

        with self.assertRaises(open_loop.Unanswered) as caught:
            open_loop.drive(submit, 1000, 20.0, 0.1, 7, clock.now_ns, generator.OwnThread())
        for thread in threads:
            thread.join()
        self.assertIn("answered 7", "{}".format(caught.exception))

    def test_answers_that_never_come_are_counted(self):
        with self.assertRaises(open_loop.Unanswered) as caught:
            self.drive(lambda number, done: None, FakeTime(), 10.0)
        self.assertIn("had no answer 30 s after", "{}".format(caught.exception))


class CoarseWire(seam.ClientWire):
    """A wire that waits for whole milliseconds, rounded up, as libzmq's poller and pika's do, and wakes up late.

    A task is confirmed (not answered) CONFIRM_NS after it was sent, and answered ANSWER_NS after.
    """

    greets = False
    LOOK_NS, WOKEN_NS = 7000, 120000
    CONFIRM_NS, ANSWER_NS = 860000, 2710000

    def __init__(self, fake):
        seam.ClientWire.__init__(self, "coarse", {})
        self._fake = fake
        self._lane = seam.Lane("coarse")
        self._lane.ready, self._lane.credit = True, 1000
        self._coming = []  # (when, event, payload)

    def open(self):
        self._coming.append((0, seam.UP, None))

    def send(self, lane, frame, ids=()):
        items = json_codec.decode(frame)["tasks"]
        results = [json_codec.result_ok(item["id"], 1, json_codec.dumps(item["args"][0]), 0, 0) for item in items]
        answer = json_codec.results(json_codec.results_head({}), results)
        self._coming += [
            (self._fake.now + self.CONFIRM_NS, seam.ACCEPTED, ids),
            (self._fake.now + self.ANSWER_NS, seam.FRAME, answer),
        ]
        self._coming.sort(key=lambda each: each[0])

    def poll(self, timeout_s):
        until = self._fake.now + int(timeout_s * 1000 + 0.999) * 1000000
        if self._coming and self._coming[0][0] <= until:
            until = self._coming[0][0]
        if until > self._fake.now:
            self._fake.now = until + self.WOKEN_NS
        self._fake.now += self.LOOK_NS
        found = [each for each in self._coming if each[0] <= until]
        del self._coming[: len(found)]
        return [(event, self._lane, payload) for _, event, payload in found]

    def drain(self, deadline_s):
        return True

    def close(self):
        pass


class OverAWire(unittest.TestCase):
    def test_whole_milliseconds_and_late_wakings_of_a_wire_do_not_make_the_generator_late(self):
        """The generator is late by at most one poll that began before a task was due."""
        fake = FakeTime()
        scenario = base.make(
            "distributed",
            task_base.make("noop", {}),
            {"transport": "memory", "concurrency": 1, "worker_kind": "thread"},
        )
        scenario.open()
        real, scenario.session = scenario.session, session.Session(CoarseWire(fake), now_ns=fake.now_ns).open()
        try:
            own = generator.OwnThread(fake.now_ns, scenario.wait)
            found = open_loop.drive(scenario.submit, 0, 200.0, 2.0, 5, fake.now_ns, own, scenario.wait)
        finally:
            scenario.session = real
            scenario.close()
        self.assertGreater(found["sent"], 350)
        self.assertLessEqual(max(found["late_ns"]), 2 * CoarseWire.LOOK_NS)
        self.assertGreaterEqual(min(found["latencies_ns"]), CoarseWire.ANSWER_NS)
        self.assertLessEqual(max(found["latencies_ns"]), CoarseWire.ANSWER_NS + 2 * CoarseWire.WOKEN_NS)


class Submit(unittest.TestCase):
    """Every scenario with ``submit`` answers right in an open loop."""

    def drive(self, scenario, parameters, task="noop", settings=None, own=None):
        made = base.make(scenario, task_base.make(task, settings or {}), parameters)
        made.open()
        try:
            found = open_loop.drive(made.submit, 5, 100.0, 0.5, 1, clock.now_ns, own or generator.OwnThread())
        finally:
            made.close()
        self.assertEqual(len(found["latencies_ns"]), found["sent"])
        self.assertTrue(all(time_ns > 0 for time_ns in found["latencies_ns"]))
        return found

    def test_threads_and_a_pool_answer_at_a_rate(self):
        self.drive("threads", {})
        self.drive("thread-pool", {"concurrency": 2})

    def test_a_generator_in_a_process_of_its_own_counts_from_its_schedule(self):
        """A busy thread holds the GIL; the tasks wait for it, and no tick does."""
        if clock.CLOCK == "System.nanoTime":
            self.skipTest("two processes here have no clock in common")
        ended = []
        busy = threading.Thread(target=lambda: [len(range(1000)) for _ in iter(lambda: bool(ended), True)])
        busy.start()
        try:
            found = self.drive("thread-pool", {"concurrency": 2}, own=generator.OwnProcess())
        finally:
            ended.append(True)
            busy.join()
        half = found["sent"] // 2
        self.assertLess(sorted(found["late_ns"])[half], sorted(found["latencies_ns"])[half])

    def test_a_process_pool_answers_at_a_rate(self):
        try:
            import multiprocessing.synchronize  # noqa: F401
        except ImportError:
            self.skipTest("no multiprocessing here")
        self.drive("process-pool", {"concurrency": 2, "start_method": "fork"})

    def test_asyncio_answers_at_a_rate(self):
        try:
            import asyncio  # noqa: F401

            from tornado import httpclient  # noqa: F401
        except ImportError:
            self.skipTest("no asyncio or no tornado here")
        server = Server()
        try:
            self.drive("asyncio-tornado", {"concurrency": 4}, "io", {"server": server.url})
        finally:
            server.stop()
        time.sleep(0.05)
        self.assertEqual([each for each in threading.enumerate() if "run_forever" in each.name], [])


if __name__ == "__main__":
    unittest.main()
