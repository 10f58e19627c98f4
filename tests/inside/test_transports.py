# -*- coding: utf-8 -*-
# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_transports
"""The transport contract: the same tests over every wire of this interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import logging
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import unittest

from transports import catalog, errors, session, worker
from transports.client import receiver
from transports.messages import json_codec, strict_json, strict_msgpack
from transports.wires import base, memory

MODULE = "tests.inside.remote_tasks"
JAVA = sys.platform.startswith("java")

try:
    import zmq

    from contenders import raw_zeromq
except ImportError:
    zmq = None


class _Running(object):
    """A worker on a thread of this process."""

    def __init__(self, url, **options):
        self.worker = worker.Worker(url, options.pop("kind", "thread"), tasks=MODULE, **options)
        self.codes = []
        self.thread = threading.Thread(target=lambda: self.codes.append(self.worker.run()))
        self.thread.daemon = True
        self.thread.start()

    def stop(self, times=1):
        for _ in range(times):
            self.worker.stop()
        self.thread.join(10.0)
        return self.codes


class Contract(object):
    """What every wire must do.

    ``urls`` are the addresses of two workers; clients send in ``codec``.
    """

    codec = ""

    @classmethod
    def setUpClass(cls):
        logging.getLogger("runoff.transports").addHandler(logging.NullHandler())
        logging.getLogger("runoff.transports").propagate = False

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="rt-")
        self.running = []
        self.clients = []
        self.addCleanup(self.clean)
        self.prepare()

    def clean(self):
        for client in self.clients:
            client.close()
        for each in self.running:
            each.stop(2)
        memory.forget(self.folder)
        shutil.rmtree(self.folder)

    def work(self, number=0, **options):
        running = _Running(self.urls[number], **options)
        self.running.append(running)
        return running

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
        self.assertEqual((client.counts["resent"], client.counts["frames"]), (0, 16))  # each travels alone

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
            most[0] = max(most[0], max([len(held) for held in list(service._held.values())] or [0]))
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
                client.submit("noop", [large])
            self.outcomes(client, 1, 0.3)
            (held,) = client._lanes.values()
            self.assertLess(len(held.tasks), 8)
        self.assertEqual(len(self.outcomes(client, 60, 20.0)), 60)

    def test_two_workers_share_the_work(self):
        first, second = self.work(0), self.work(1)
        client = self.ask(2, numbers=(0, 1))
        begun = time.time()
        client.map("sleep", [[0.02]] * 40)
        took_s = time.time() - begun
        counts = [each.worker.service.counts["answered"] for each in (first, second)]
        self.assertEqual(sum(counts), 40)
        self.assertEqual(sorted(client.answers.values()), sorted(counts))
        self.assertLessEqual(max(counts) - min(counts), 8, counts)
        self.assertLess(took_s, 0.02 * 40 * 0.9)

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
        with self.assertRaises(errors.Unusable):
            client.wait_for_workers(2, 1.5)
        self.assertEqual(client.pending(), 0)
        self.assertEqual(sorted(outcome.id for outcome in self.outcomes(client, 51, 0.5)), sorted(ids))

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
            self.assertEqual((service.counts["E_MALFORMED"], service._held), (2, {}))

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
            client.submit("sleep", [1.2])
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
        self.assertEqual(self.code(client, "sleep", 1.5, deadline_s=0.3), "E_DEADLINE")
        self.assertLess(time.time() - begun, 1.3)
        self.assertEqual(self.one(client, "noop", 2).result, 2)

    def test_retry_raises_the_attempt_until_it_works_or_is_out(self):
        self.work()
        client = self.ask()
        outcome = self.one(client, "retry_until", os.path.join(self.folder, "a"), 3)
        self.assertEqual((outcome.result, outcome.attempt), (3, 3))
        outcome = self.one(client, "retry_until", os.path.join(self.folder, "b"), 99, attempts=2)
        self.assertEqual((outcome.error["code"], outcome.attempt), ("E_TASK", 2))

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
        client.poll(0.05)
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
        client.submit("sleep", [1.0])
        until = time.time() + 5.0
        while not running.worker.service.counts["taken"] and time.time() < until:
            client.poll(0.01)
        begun = time.time()
        running.worker.stop()
        # A client that does not listen while its worker goes may miss what it said last; the task is then sent again.
        self.outcomes(client, 1, 0.8)
        running.thread.join(5.0)
        self.assertEqual(running.codes, [worker.GAVE_BACK])
        self.assertLess(time.time() - begun, 3.0)
        self.assertEqual(client.counts["released"], 1, (client.counts, client.problems))
        self.assertEqual(client.counts["lost"], 0)

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


class _OfThreads(object):
    """Wires within a process, whose workers can hang but not be killed."""

    def test_the_tasks_of_a_worker_that_hangs_go_to_another(self):
        deaf, _ = self.work(0), self.work(1)
        client = self.ask(2, numbers=(0, 1))
        silence_ns, session.SILENCE_NS = session.SILENCE_NS, session.NS + session.NS // 2
        try:
            deaf.worker.service.turn = time.sleep
            time.sleep(0.2)
            for number in range(40):
                client.submit("sleep", [0.01])
            found = self.outcomes(client, 40, 20.0)
        finally:
            session.SILENCE_NS = silence_ns
            del deaf.worker.service.turn
        self.assertEqual([outcome.error for outcome in found], [None] * 40)
        self.assertGreater(client.counts["lost"], 0)


@unittest.skipIf(JAVA, "Jython cannot wait for a pipe")
class Memory(_OfThreads, Contract, unittest.TestCase):
    scheme, shared = "memory", True

    def prepare(self):
        self.urls = ["memory:" + self.folder] * 2

    def test_frames_that_are_lost_doubled_and_late_change_nothing(self):
        import random

        chance = random.Random(4)
        late = {True: [], False: []}

        def tamper(frame, to_worker):
            if json_codec.decode(frame, ["json", "msgpack"])["kind"] not in ("tasks", "results"):
                return [frame]
            fate = chance.random()
            if fate < 0.1:
                return []
            if fate < 0.2:
                return [frame, frame]
            if fate < 0.3:
                late[to_worker].append(frame)
                return []
            return [frame] + ([late[to_worker].pop()] if late[to_worker] else [])

        memory.place(self.folder).tamper = tamper
        self.work()
        client = self.ask()
        ids = set()
        found = []
        for number in range(60):
            ids.add(client.submit("noop", [number], deadline_s=25.0))
            found += client.poll(0)  # each in a frame of its own, so that each has its own fate
        found += self.outcomes(client, 60 - len(found), 30.0)
        self.assertEqual(sorted(outcome.result for outcome in found), list(range(60)))
        self.assertEqual(set(outcome.id for outcome in found), ids)
        self.assertEqual(client.poll(0.2), [])

    def test_answers_of_a_worker_that_calls_itself_otherwise_each_time_take_no_memory(self):
        names = iter(range(1000))

        def tamper(frame, to_worker):
            return [frame if to_worker else re.sub(b'"id":"[a-z]+","impl', b'"id":"w%d","impl' % next(names), frame)]

        memory.place(self.folder).tamper = tamper
        self.addCleanup(setattr, receiver, "MOST_WORKERS", receiver.MOST_WORKERS)
        receiver.MOST_WORKERS = 10
        self.work()
        client = self.ask()
        for number in range(50):
            self.one(client, "noop", number)
        self.assertEqual((len(client.answers), sum(client.answers.values())), (11, 50))


class _ZeroMQ(Contract):
    shared = False

    def test_a_second_worker_at_the_same_address_is_refused(self):
        self.work()
        with self.assertRaises(errors.Unusable):
            _Running(self.urls[0])
        self.assertEqual(self.one(self.ask(), "noop", 1).result, 1)

    def test_a_worker_that_vanishes_loses_nothing(self):
        self.work(0)
        self.work(1)
        client = self.ask(2, numbers=(0, 1))
        for number in range(400):
            client.submit("mark", [os.path.join(self.folder, "log"), number, 0.002])
        found = self.outcomes(client, 20)
        self.running.pop(0).stop(2)  # aborts: what it holds is lost with its sockets
        found += self.outcomes(client, 400 - len(found), 20.0)
        self.assertEqual(sorted(outcome.result for outcome in found), list(range(400)))
        self.assertEqual(client.poll(0.1), [])


@unittest.skipIf(zmq is None, "no pyzmq here")
class Inproc(_OfThreads, _ZeroMQ, unittest.TestCase):
    scheme = "zmq+inproc"

    def prepare(self):
        self.urls = ["zmq+inproc:{}/{}".format(self.folder, number) for number in range(2)]

    test_a_worker_that_vanishes_loses_nothing = None  # a thread cannot be killed, and inproc has no link that breaks


@unittest.skipIf(zmq is None, "no pyzmq here")
class Ipc(_ZeroMQ, unittest.TestCase):
    scheme = "zmq+ipc"

    def prepare(self):
        self.urls = ["zmq+ipc:{}/{}".format(self.folder, number) for number in range(2)]

    def test_the_folder_must_be_nobody_elses(self):
        os.chmod(self.folder, 0o755)
        with self.assertRaises(errors.Unusable):
            self.work()
        os.chmod(self.folder, 0o700)
        os.symlink(self.folder, self.folder + "-link")
        try:
            with self.assertRaises(errors.Unusable):
                _Running("zmq+ipc:{}-link/x".format(self.folder))
        finally:
            os.unlink(self.folder + "-link")

    def test_nothing_is_left_in_the_folder(self):
        self.work().stop()
        self.assertEqual(os.listdir(self.folder), [])


@unittest.skipIf(zmq is None, "no pyzmq here")
class Tcp(_ZeroMQ, unittest.TestCase):
    scheme = "zmq+tcp"

    def prepare(self):
        import socket

        sockets = [socket.socket() for _ in range(2)]
        for each in sockets:
            each.bind((str("127.0.0.1"), 0))
        self.urls = ["zmq+tcp:127.0.0.1:{}".format(each.getsockname()[1]) for each in sockets]
        for each in sockets:
            each.close()

    def test_an_address_others_can_reach_needs_curve(self):
        for host in ("0.0.0.0", "*", "192.0.2.1"):
            with self.assertRaises(errors.Unusable) as raised:
                _Running("zmq+tcp:{}:0".format(host))
            self.assertIn("CURVE", str(raised.exception))

    def test_a_client_asks_nobody_elses_machine_without_curve(self):
        for host in ("192.0.2.1", "127.example.org", "127.0.0.1:1;192.0.2.1", "127.0.0.1:1,192.0.2.1"):
            client = session.connect("zmq+tcp:{}:1".format(host))
            with self.assertRaises(errors.Unusable) as raised:
                client.open()
            self.assertIn("CURVE", str(raised.exception))

    def test_what_has_no_curve_serves_this_machine_alone(self):
        for host in ("0.0.0.0", "*", "192.0.2.1"):
            with self.assertRaises(errors.Unusable) as raised:
                raw_zeromq.serve("tcp://{}:0".format(host))
            self.assertIn("listen at 127.0.0.1", str(raised.exception))

    def test_strangers_at_the_port_do_no_harm(self):
        import socket

        self.work()
        client = self.ask()
        host, port = self.urls[0].split(":")[1:]
        for text in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", os.urandom(3000)):
            stranger = socket.create_connection((host, int(port)))
            stranger.sendall(text)
            stranger.close()
        self.assertEqual(self.one(client, "noop", 1).result, 1)


@unittest.skipIf(zmq is None, "no pyzmq here")
@unittest.skipIf(strict_msgpack.usable(), "no MessagePack here: {}".format(strict_msgpack.usable()))
class TcpMessagePack(Tcp):
    """The contract in MessagePack for tasks and results; control messages stay JSON."""

    codec = "?codec=msgpack"

    def test_what_travels_is_messagepack(self):
        self.work()
        client = self.ask()
        wire = client.wire
        send, poll, sent, heard = wire.send, wire.poll, [], []

        def sending(lane, frame, ids=()):
            sent.append(frame)
            send(lane, frame, ids)

        def polling(timeout_s):
            events = poll(timeout_s)
            heard.extend(payload for event, _, payload in events if event == base.FRAME)
            return events

        wire.send, wire.poll = sending, polling
        self.assertEqual(self.one(client, "echo", "x").result, [["x"], {}])
        self.assertEqual([strict_msgpack.is_map(frame) for frame in sent], [True])
        self.assertEqual([strict_msgpack.is_map(frame) for frame in heard if b"beat" not in frame], [True])

    def test_a_worker_that_does_not_speak_it_says_so(self):
        self.work().worker.service._codecs = ["json"]
        client = self.ask(workers=0)
        with self.assertRaises(errors.Unusable) as raised:
            client.wait_for_workers(1, 0.5)
        self.assertIn("E_CODEC: no codec in common", str(raised.exception))

    def test_a_client_in_each_codec_at_one_worker(self):
        self.work(kind="process")
        client = self.ask()
        other = session.connect(self.urls[0]).open()
        self.clients.append(other)
        other.wait_for_workers()
        value = ["\u00fc", 2**60, bytearray(b"\n\x00\n"), 1.5, {"k": None}]
        for each in (client, other, client):
            self.assertEqual(self.one(each, "echo", *value).result, [value, {}])
            self.assertEqual(self.code(each, "fail", "x\ny"), "E_TASK")
        text = "\x00" * 2**20  # JSON, as which a child gets it, says each of them in six
        self.assertTrue(self.one(client, "echo", text, deadline_s=50.0).result == [[text], {}])


class Urls(unittest.TestCase):
    def test_a_codec_that_cannot_be_had_is_refused_with_the_reason(self):
        for codec in ("pickle", "application/x-python-serialize", ""):
            with self.assertRaises(errors.Unusable) as raised:
                session.connect("memory:x?codec=" + codec)
            self.assertIn("json and msgpack", str(raised.exception))
        if strict_msgpack.usable():
            for end in (session.connect, worker.Worker):
                with self.assertRaises(errors.Unusable) as raised:
                    end("memory:x?codec=msgpack")
                self.assertIn(strict_msgpack.usable(), str(raised.exception))

    def test_udp_is_refused_with_the_reason(self):
        with self.assertRaises(errors.Unusable) as raised:
            base.client("zmq+udp://127.0.0.1:5555")
        self.assertIn("RADIO", str(raised.exception))

    def test_what_is_no_url_is_said(self):
        for url in ("", "tcp", "http://x", "zmq:1"):
            with self.assertRaises(errors.Unusable):
                base.client(url)
