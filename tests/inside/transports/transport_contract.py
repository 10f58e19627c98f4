# -*- coding: utf-8 -*-
# Run by tests/inside (Python 2.7 upward).
"""The transport contract: the same tests over every wire of this interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import logging
import os
import shutil
import tempfile
import threading
import time
import unittest

from tests.inside.transports.interrupted import interrupting
from transports import catalog, errors, session, task_service, worker
from transports.client import receiver
from transports.messages import json_codec, strict_json
from transports.wires import memory

MODULE = "tests.inside.remote_tasks"
HELD_S = 10.0  # at most, for a task that a test lets go earlier


class OwnInteger(int):
    """A whole number that is written otherwise, as a member of an enumeration is."""

    def __str__(self):
        return str("mine")

    __repr__ = __str__

    def __format__(self, form):
        return "mine"


class Running(object):
    """A worker on a thread of this process."""

    def __init__(self, url, **options):
        self.worker = worker.Worker(url, options.pop("kind", "thread"), tasks=MODULE, **options)
        self.codes = []
        self.thread = threading.Thread(target=lambda: self.codes.append(self.worker.run()))
        self.thread.daemon = True
        self.thread.start()

    def stop(self, times=1):
        self.tell(times)
        return self.ended()

    def tell(self, times):
        """Tell it ``times`` to stop."""
        for _ in range(times):
            self.worker.stop()

    def ended(self):
        """Wait for its end; return its exit code in a list."""
        self.thread.join(10.0)
        return self.codes


class Contract(object):
    """What every wire must do.

    ``urls`` are the addresses of two workers; clients send in ``codec``.
    """

    codec = ""
    keeps_tasks = False  # does a broker hand out again what a worker gives back, whatever becomes of the client?

    @classmethod
    def setUpClass(cls):
        logging.getLogger("runoff.transports").addHandler(logging.NullHandler())
        logging.getLogger("runoff.transports").propagate = False

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="rt-")
        self.gate = os.path.join(self.folder, "gate")
        self.running = []
        self.clients = []
        self.addCleanup(self.clean)
        self.prepare()

    def clean(self):
        self.let_go()
        for each in self.running:
            each.tell(2)
        for client in self.clients:
            client.close()  # its goodbye wakes up a worker that waits for tasks
        for each in self.running:
            each.ended()
        memory.forget(self.folder)
        shutil.rmtree(self.folder)

    def work(self, number=0, **options):
        running = Running(self.urls[number], **options)
        self.running.append(running)
        return running

    def beat_often(self):
        """Have the workers that this test starts say five times as often what they hold, and clients believe it."""
        for module, name in ((task_service, "BEAT_NS"), (receiver, "BEATS_APART_NS")):
            usual_ns = getattr(module, name)
            self.addCleanup(setattr, module, name, usual_ns)
            setattr(module, name, usual_ns // 5)

    def let_go(self):
        """End the tasks that ``hold`` at the gate."""
        open(self.gate, "w").close()

    def until_taken(self, running, client):
        """Poll until the worker ``running`` has taken a task."""
        until = time.time() + 10.0
        while not running.worker.service.counts["taken"] and time.time() < until:
            client.poll(0.01)

    def work_again(self):
        """Start a worker at the address of a stopped one, which libzmq releases with a delay."""
        until = time.time() + 10.0
        while True:
            try:
                return self.work()
            except errors.Unusable:
                if time.time() > until:
                    raise
                time.sleep(0.1)

    def ask(self, workers=1, numbers=(0,), **options):
        url = self.urls[0] if self.shared else self.scheme + ":" + ",".join(
            self.urls[number].partition(":")[2] for number in numbers
        )  # fmt: skip
        client = session.connect(url + self.codec, **options).open()
        self.clients.append(client)
        if workers:
            client.wait_for_workers(workers)
        return client

    def outcomes(self, client, count, timeout_s=10.0):
        found = []
        until = time.time() + timeout_s
        while len(found) < count and time.time() < until:
            found += client.poll(0.1)
        return found

    def one(self, client, name, *args, **options):
        kwargs = options.pop("kwargs", None)
        client.submit(name, args, kwargs, **options)
        (outcome,) = self.outcomes(client, 1)
        return outcome

    def code(self, client, name, *args, **options):
        outcome = self.one(client, name, *args, **options)
        self.assertIsNotNone(outcome.error, outcome)
        return outcome.error["code"]

    # --- values ---

    def test_values_come_back_as_they_went(self):
        self.work()
        client = self.ask()
        for value in (
            None, True, 0, -1, 2**53, 2**53 + 1, -(2**200), 1.5, "", "h\u00e9llo \U0001f40d \u0000 \u2028", "a\"b\\c\n",
            [], [[]], {}, {"k": [1, {"l": None}]}, "[[[{{{\"", "1e999", "NaN", {"NaN": "Infinity"}, "$b64", ":" * 30,
        ):  # fmt: skip
            result = self.one(client, "echo", value).result
            self.assertEqual(result, [[value], {}], repr(value))
        self.assertEqual(self.one(client, "echo", kwargs={"a": 1}).result, [[], {"a": 1}])
        small, large = OwnInteger(5), OwnInteger(2**60)
        for value in (small, [small], {"a": [OwnInteger(-5)]}, large, [[large]]):
            result = self.one(client, "echo", value).result
            self.assertTrue(result == [[value], {}], result)
        binary = bytes(bytearray(range(256)))
        self.assertEqual(bytes(self.one(client, "echo", bytearray(binary)).result[0][0]), binary)

    def test_sixteen_times_a_mebibyte_of_binary_goes_and_comes_back(self):
        self.work()
        client = self.ask()
        binary = os.urandom(2**20)
        large = [bytearray(binary[number:] + binary[:number]) for number in range(16)]
        found = client.gather("echo", [[each, number] for number, each in enumerate(large)], deadline_s=50.0)
        self.assertEqual([outcome.error for outcome in found], [None] * 16)
        self.assertTrue(all(outcome.result == [[each, number], {}] for number, (each, outcome) in
                            enumerate(zip(large, found))))  # fmt: skip
        self.assertEqual(client.counts["frames"] - client.counts["resent"], 16)  # each travels alone

    @unittest.skipUnless(worker.can_isolate(), "no child processes here")
    def test_a_child_process_takes_a_little_and_a_mebibyte(self):
        self.work(kind="process")
        client = self.ask()
        self.assertEqual(self.one(client, "noop", 5).result, 5)
        large = bytearray(b"\n\x00\xff\\") * 2**18
        found = client.gather("echo", [[large]] * 3, deadline_s=50.0)
        self.assertTrue(all(outcome.result == [[large], {}] for outcome in found), [each.error for each in found])

    def test_a_large_value_travels_and_a_larger_one_is_refused_here(self):
        self.work()
        client = self.ask()
        large = ["x" * strict_json.STRING_BYTES, "y" * (strict_json.VALUE_BYTES - strict_json.STRING_BYTES - 30)]
        self.assertTrue(self.one(client, "echo", *large).result == [large, {}])
        with self.assertRaises(json_codec.Refused) as raised:
            client.submit("echo", ["x" * (strict_json.FRAME_BYTES + 1)])
        self.assertEqual(raised.exception.code, "E_TOO_LARGE")
        with self.assertRaises(json_codec.Refused):
            client.submit("echo", ["x" * (strict_json.STRING_BYTES + 1)])
        with self.assertRaises(json_codec.Refused):
            client.submit("echo", [list(range(strict_json.MEMBERS + 1))])
        self.assertEqual(self.one(client, "noop", 7).result, 7)

    def test_results_that_are_too_large_together_travel_apart(self):
        self.work()
        client = self.ask()
        for _ in range(100):
            client.submit("many", [500])
        found = self.outcomes(client, 100, 20.0)
        self.assertEqual([outcome.result for outcome in found], [[0] * 500] * 100)
        self.assertEqual(self.one(client, "many", strict_json.MEMBERS - 100).result, [0] * (strict_json.MEMBERS - 100))
        commas = "," * 2 * strict_json.MEMBERS
        self.assertEqual(self.one(client, "echo", commas).result, [[commas], {}])
        self.assertEqual(self.code(client, "many", strict_json.MEMBERS), "E_TOO_LARGE")
        self.assertEqual(len(self.one(client, "long_text", strict_json.STRING_BYTES).result), strict_json.STRING_BYTES)
        self.assertEqual(self.code(client, "long_text", strict_json.STRING_BYTES + 1), "E_TOO_LARGE")
        self.assertEqual((client.counts["refused"], client.counts["resent"]), (0, 0), client.problems)

    def test_what_cannot_travel_is_refused_before_it_is_sent(self):
        client = self.ask(workers=0)
        deep = []
        for _ in range(100):
            deep = [deep]
        for value in (float("nan"), float("inf"), object(), {1: 2}, {"$b64": "x"}, set(), deep, {"a": deep}):
            with self.assertRaises(json_codec.Refused):
                client.submit("echo", [value])
        self.assertEqual(client.pending(), 0)

    # --- many, and room for them ---

    def test_thousands_under_way_are_all_answered_in_fewer_frames(self):
        self.work()
        client = self.ask()
        for number in range(3000):
            client.submit("noop", [number])
        found = self.outcomes(client, 3000, 30.0)
        self.assertEqual(sorted(outcome.result for outcome in found), list(range(3000)))
        self.assertEqual(client.counts["sent"], 3000)
        self.assertLess(client.counts["frames"], 1500)
        self.assertEqual(client.poll(0.05), [])

    def test_one_task_does_not_wait_for_others(self):
        self.work()
        client = self.ask()
        self.one(client, "noop", 1)
        times = []
        for number in range(30):
            begun = time.time()
            self.one(client, "noop", number)
            times.append(time.time() - begun)
        self.assertLess(sorted(times)[15], 0.05)

    def test_a_signal_ends_no_wait_with_an_error(self):
        self.work()
        client = self.ask()
        until = time.time() + 10.0
        with interrupting(self) as seen:
            while len(seen) < 2 and time.time() < until:
                self.outcomes(client, 1, 0.1)  # none comes
        self.assertEqual(client.map("sleep", [[0.02]] * 4), [0.02] * 4)

    def test_busy_is_raised_and_nothing_blocks(self):
        client = self.ask(workers=0, most=5)
        for number in range(5):
            client.submit("noop", [number])
        begun = time.time()
        with self.assertRaises(errors.Busy):
            client.submit("noop", [5])
        self.assertLess(time.time() - begun, 0.5)
        self.assertEqual(client.pending(), 5)

    def test_credit_is_never_exceeded(self):
        running = self.work(credit=7)
        client = self.ask()
        service = running.worker.service
        most = [0]
        for number in range(300):
            client.submit("noop", [number])
        found = 0
        until = time.time() + 20
        while found < 300 and time.time() < until:
            found += len(client.poll(0.01))
            most[0] = max(most[0], max([len(held) for held in list(service._held.by_sender.values())] or [0]))
            if not self.shared:
                lanes = client._lanes.values()
                self.assertTrue(all(len(held.tasks) <= 7 for held in lanes))
        self.assertEqual(found, 300)
        self.assertLessEqual(most[0], 7)

    def test_little_is_on_its_way_to_a_worker_that_takes_nothing(self):
        """Few tasks are in flight whatever the credit is, since large ones would fill memory."""
        running = self.work()
        client = self.ask()
        client.map("noop", [[number] for number in range(200)])
        if self.shared:
            return  # a queue in between holds them, or they are in this process already
        with running.worker.service.lock:  # it stands still
            large = "x" * 2**20
            for _ in range(60):
                client.submit("length", [large])
            self.outcomes(client, 1, 0.3)
            (held,) = client._lanes.values()
            # A mebibyte counts as a millisecond of work, and what is sent ahead grows with the delay: here, of threads.
            self.assertLess(len(held.tasks), 30 + held.lane.concurrency * held.flow.delay_us / 1000.0)
        self.assertEqual(len(self.outcomes(client, 60, 60.0)), 60)

    def test_two_workers_share_the_work(self):
        services = [self.work(number).worker.service for number in (0, 1)]
        client = self.ask(2, numbers=(0, 1))
        until = time.time() + 20.0
        while not all(service.counts["answered"] for service in services) and time.time() < until:
            client.map("noop", [[0]] * 2)  # a worker that begins to take late would have fewer
        for _ in range(5):  # other work on the machine may keep a worker or the client waiting
            before = [service.counts["answered"] for service in services]
            begun = time.time()
            client.map("sleep", [[0.1]] * 16)  # long against what a message costs on a busy machine
            took_s = time.time() - begun
            after = [service.counts["answered"] for service in services]
            self.assertEqual(sorted(client.answers.values()), sorted(after))
            counts = [after[number] - before[number] for number in (0, 1)]
            self.assertEqual(sum(counts), 16)
            if max(counts) - min(counts) <= 4 and took_s < 0.1 * 16 * 0.9:
                return
        self.fail("{} answers in {:.2f} s".format(counts, took_s))

    def test_a_worker_that_comes_late_takes_what_waits(self):
        client = self.ask(workers=0)
        client.submit("noop", [3])
        self.assertEqual(client.poll(0.2), [])
        self.work()
        self.assertEqual(self.outcomes(client, 1)[0].result, 3)

    def test_a_client_leaves_and_the_worker_serves_the_next(self):
        running = self.work()
        first = self.ask()
        first.submit("sleep", [0.2])
        first.poll(0.05)
        self.clients.remove(first)
        first.close()
        self.assertEqual(self.one(self.ask(), "noop", 4).result, 4)
        self.assertEqual(running.codes, [])

    def test_the_same_id_from_two_clients_means_two_tasks(self):
        self.work()
        first, second = self.ask(), self.ask()
        key = first._ids()
        first._ids = second._ids = lambda: key
        first.submit("sleep", [0.3])
        first.poll(0.0)  # it runs, or waits to, while the other one comes
        second.submit("noop", [2])
        self.assertEqual([outcome.result for outcome in self.outcomes(second, 1)], [2])
        self.assertEqual([outcome.result for outcome in self.outcomes(first, 1)], [0.3])

    def test_outcomes_that_come_while_a_worker_is_awaited_come_once(self):
        self.work()
        client = self.ask()
        ids = [client.submit("noop", [number]) for number in range(50)]
        until = time.time() + 10.0
        while True:
            with self.assertRaises(errors.Unusable):
                client.wait_for_workers(2, 0.1)
            if not client.pending() or time.time() > until:
                break
        self.assertEqual(client.pending(), 0)
        self.assertEqual(sorted(outcome.id for outcome in self.outcomes(client, 51, 0.2)), sorted(ids))

    def test_a_frame_without_a_task_leaves_nothing(self):
        service = self.work().worker.service
        client = self.ask()
        (lane,) = client._lanes
        for tasks in (b"[]", b"[1]", b'[{"name":"noop"}]'):
            client.wire.send(lane, b'{"v":1,"kind":"tasks","client":"c","tasks":' + tasks + b"}")
        until = time.time() + 10.0
        while service.counts["E_MALFORMED"] < 2 and time.time() < until:
            client.poll(0.05)
        with service.lock:
            self.assertEqual((service.counts["E_MALFORMED"], service._held.by_sender), (2, {}))

    def test_opening_and_closing_leaves_nothing(self):
        self.work()
        self.ask()
        before = self.descriptors()
        for _ in range(20):
            with session.connect(self.urls[0]) as client:
                client.wait_for_workers()
                client.map("noop", [[1]])
        for _ in range(100):  # libzmq closes in its own time
            if self.descriptors() <= before + 3:
                break
            time.sleep(0.05)
        self.assertLessEqual(self.descriptors(), before + 3)

    def descriptors(self):
        return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0

    def test_close_is_quick_with_work_under_way(self):
        self.work()
        client = self.ask()
        for _ in range(50):
            client.submit("hold", [self.gate, HELD_S])
        client.poll(0.05)
        self.clients.remove(client)
        begun = time.time()
        client.close()
        self.assertLess(time.time() - begun, 1.0)

    # --- outcomes ---

    def test_errors_have_their_codes(self):
        self.work()
        client = self.ask()
        self.assertEqual(self.code(client, "no-such-task"), "E_UNKNOWN_TASK")
        self.assertEqual(self.code(client, "os.system", "true"), "E_UNKNOWN_TASK")
        self.assertEqual(self.code(client, "../samples"), "E_UNKNOWN_TASK")
        self.assertEqual(self.code(client, "sleep", 1, 2, 3), "E_BAD_ARGS")
        self.assertEqual(self.code(client, "echo", kwargs={"__class__": 1}), "E_BAD_ARGS")
        self.assertEqual(self.code(client, "unspeakable"), "E_TASK")
        outcome = self.one(client, "fail", "f\u00fcr immer")
        self.assertEqual(outcome.error["code"], "E_TASK")
        self.assertEqual(outcome.error["type"], "ValueError")
        self.assertIn("f\u00fcr immer", outcome.error["message"])
        self.assertNotIn("Traceback", outcome.error["message"])
        self.assertEqual(self.one(client, "noop", 1).result, 1)

    def test_a_deadline_while_it_waits(self):
        client = self.ask(workers=0)
        begun = time.time()
        self.assertEqual(self.code(client, "noop", deadline_s=0.2), "E_DEADLINE")
        self.assertLess(time.time() - begun, 1.2)

    def test_a_deadline_while_it_runs(self):
        self.work()
        client = self.ask()
        begun = time.time()
        self.assertEqual(self.code(client, "hold", self.gate, HELD_S, deadline_s=0.3), "E_DEADLINE")
        self.assertLess(time.time() - begun, 1.3)
        self.let_go()
        self.assertEqual(self.one(client, "noop", 2).result, 2)

    def test_retry_raises_the_attempt_until_it_works_or_is_out(self):
        self.work()
        client = self.ask()
        outcome = self.one(client, "retry_until", os.path.join(self.folder, "a"), 3)
        self.assertEqual((outcome.result, outcome.attempt), (3, 3))
        outcome = self.one(client, "retry_until", os.path.join(self.folder, "b"), 99, attempts=2)
        self.assertEqual((outcome.error["code"], outcome.attempt), ("E_TASK", 2))

    @unittest.skipUnless(worker.can_isolate(), "no child processes here")
    def test_retry_raises_the_attempt_in_a_child_process(self):
        self.work(kind="process")
        outcome = self.one(self.ask(), "retry_until", os.path.join(self.folder, "a"), 3)
        self.assertEqual((outcome.result, outcome.attempt), (3, 3))

    def test_cancel_before_during_and_after(self):
        self.work()
        client = self.ask()
        done = client.submit("noop", [1])
        self.outcomes(client, 1)
        client.cancel(done)  # nothing happens
        first = client.submit("sleep", [0.3])
        client.poll(0.05)
        second = client.submit("mark", [os.path.join(self.folder, "ran"), 1])
        client.cancel(second)
        client.cancel(first)
        found = self.outcomes(client, 2)
        self.assertEqual([outcome.error["code"] for outcome in found], ["E_CANCELLED"] * 2)
        self.assertEqual(self.one(client, "noop", 2).result, 2)
        self.assertEqual(client.poll(0.1), [])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "ran")))

    # --- leaving ---

    def test_a_worker_that_drains_finishes_what_it_holds(self):
        running = self.work()
        client = self.ask()
        ids = [client.submit("sleep", [0.1]) for _ in range(3)]
        self.until_taken(running, client)
        running.worker.stop()
        found = self.outcomes(client, 1, 5.0)
        self.assertIsNone(found[0].error)
        running.thread.join(5.0)
        self.assertEqual(running.codes, [worker.DRAINED])
        self.work_again()
        found += self.outcomes(client, 2, 10.0)
        self.assertEqual(sorted(outcome.id for outcome in found), sorted(ids))
        self.assertTrue(all(outcome.error is None for outcome in found), found)

    def test_a_worker_that_cannot_drain_in_time_gives_back(self):
        running = self.work(drain_s=0.2, concurrency=2)
        client = self.ask()
        client.submit("hold", [self.gate, HELD_S])
        self.until_taken(running, client)
        begun = time.time()
        running.worker.stop()
        # A client that does not listen while its worker goes may miss what it said last; the task is then sent again.
        while not (running.codes if self.keeps_tasks else client.counts["released"]) and time.time() < begun + 3.0:
            self.assertEqual(client.poll(0.05), [])
        running.thread.join(5.0)
        self.assertEqual(running.codes, [worker.GAVE_BACK])
        self.assertLess(time.time() - begun, 3.0)
        self.assertEqual(client.counts["released"], 0 if self.keeps_tasks else 1, (client.counts, client.problems))
        self.assertEqual(client.counts["lost"], 0)
        if self.keeps_tasks:
            self.let_go()
            self.work()
            self.assertEqual([outcome.result for outcome in self.outcomes(client, 1)], [HELD_S])
            self.assertEqual(client.counts["resent"], 0)

    # --- strangers ---

    def test_bad_frames_get_an_error_and_the_worker_stays(self):
        running = self.work()
        client = self.ask()
        lane = next(iter(client._lanes))
        for frame in (b"", b"{", b"[]", b"\x00\xff", b'{"v":2,"kind":"hello"}', b'{"v":1,"kind":"nonsense"}',
                      b'{"v":1,"kind":"tasks","client":"x","tasks":{}}', b'{"v":1,"kind":"results","results":[]}',
                      b'{"v":1,"kind":"tasks","client":"x","tasks":[1,null,{"id":1},{"id":""}]}',
                      b'{"v":1,"kind":"tasks","client":"x","tasks":[' + b"[" * 80 + b"]" * 80 + b"]}"):  # fmt: skip
            client.wire.send(lane, frame)
        self.assertEqual(self.one(client, "noop", 9).result, 9)
        self.assertGreaterEqual(client.counts["refused-by-peer"], 7)
        self.assertEqual(running.codes, [])

    def test_a_wrong_task_does_not_take_its_neighbours_along(self):
        self.work()
        client = self.ask()
        if self.codec:
            return  # a MessagePack array says in front how many there are: a vector has this case
        good = client.submit("noop", [5])
        bad = b'{"id":"a","name":"noop","args":{}},{"id":"b","name":7},{"id":"c","name":"noop","budget_ms":-1}'
        request = client._table[good]
        item = json_codec.task(request.key, 1, 1000, request.body)
        client.wire.send(next(iter(client._lanes)), client._sender.head + bad + b"," + item + b"]}")
        self.assertEqual(self.outcomes(client, 1)[0].result, 5)

    def test_a_reply_twice_or_for_nobody_is_counted_and_dropped(self):
        self.work()
        client = self.ask()
        (lane,) = client._lanes
        outcome = self.one(client, "noop", 1)
        item = json_codec.result_ok(outcome.id, 1, b"1", 0, 0)
        strange = json_codec.result_ok("nobody", 1, b"1", 0, 0)
        head = json_codec.results_head({"id": "w"})
        client._receiver.on_frame(lane, json_codec.results(head, [item, strange, b'{"id":3}', b"7"]))
        self.assertEqual(client.poll(0), [])
        self.assertEqual((client.counts["doubled"], client.counts["unknown"]), (1, 1))
        self.assertEqual(client.counts["refused"], 2)

    def test_what_is_declared_is_known(self):
        row = catalog.by_scheme()[self.scheme]
        self.assertLessEqual(set(row.guarantees), set(catalog.GUARANTEES))
