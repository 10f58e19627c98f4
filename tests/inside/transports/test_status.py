# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_status
"""What a worker tells of itself over HTTP, and what its callers cannot do to it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import contextlib
import logging
import os
import re
import shutil
import socket
import sys
import tempfile
import threading
import time
import unittest

from transports import errors, session, worker
from transports.status import health, http_answerer, meter, recycling
from transports.wires import memory

MODULE = "tests.inside.remote_tasks"
JAVA = sys.platform.startswith("java")
EACH_S = 10.0
HELD_S = 8.0  # at most, for a task that a test lets go earlier


def connected(address):
    host, _, port = address.rpartition(":")
    link = socket.create_connection((host, int(port)), EACH_S)
    link.settimeout(EACH_S)
    return link


def answered(link):
    """Read to the end; return (status, headers, body) as text."""
    received = b""
    while True:
        part = link.recv(65536)
        if not part:
            break
        received += part
    link.close()
    head, _, body = received.decode("utf-8").partition("\r\n\r\n")
    return int(head.split()[1]), head, body


def ask(address, request):
    link = connected(address)
    link.sendall(request)
    return answered(link)


def get(address, path):
    status, _, body = ask(address, "GET {} HTTP/1.1\r\nHost: x\r\n\r\n".format(path).encode("ascii"))
    return status, body


def samples(text):
    """Return {series: value} of a metrics page; tests/faults checks its format with the parser of Prometheus."""
    pairs = [line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return dict((series, float(value)) for series, _, value in pairs)


class Named(object):
    """A job, as far as it is counted."""

    def __init__(self, name):
        self.name = name


class TestMeter(unittest.TestCase):
    def add(self, counting, name, outcome="ok", queue_us=0, run_us=0):
        counting.add([(Named(name), (b"", outcome, queue_us, run_us))])

    def test_a_time_is_in_the_bucket_whose_bound_is_above_it(self):
        counting = meter.Meter(["a"])
        for run_us in (0, 1, 15, 16, 17, 2**26 - 1, 2**26, 2**40):
            self.add(counting, "a", queue_us=7, run_us=run_us)
        series = counting.read()["a"]
        self.assertEqual(sum(series.run[:5]), 3)  # below 16 us
        self.assertEqual(sum(series.run[:6]), 5)
        self.assertEqual(sum(series.run[:27]), 6)  # below 67 s
        self.assertEqual(sum(series.run), 8)
        self.assertEqual((series.queue[3], series.queue_us), (8, 56))

    def test_names_that_are_no_tasks_share_one_series_whatever_they_are(self):
        counting = meter.Meter(["a"])
        for name in ("b", "c", None, ["a"], {}, 3, True):
            self.add(counting, name, "E_MALFORMED", -1, -1)
        self.add(counting, "a", "E_DEADLINE", -1, -1)
        found = dict((name, series.outcomes) for name, series in counting.read().items())
        self.assertEqual(found, {meter.UNKNOWN: {"E_MALFORMED": 7}, "a": {"E_DEADLINE": 1}})
        self.assertEqual(sum(counting.read()["a"].run), 0)

    def test_names_and_outcomes_of_one_frame_are_counted_each(self):
        counting = meter.Meter(["a", "b"])
        ran = [("a", "ok", 5, 1), ("a", "E_TASK", 6, 2), ("b", "ok", 7, 3), ("b", "E_DEADLINE", -1, -1),
               ("a", "ok", 8, 4), ("b", "retry", 9, 5)]  # fmt: skip
        counting.add([(Named(name), (b"", outcome, queue_us, run_us)) for name, outcome, queue_us, run_us in ran])
        found = counting.read()
        self.assertEqual(found["a"].outcomes, {"ok": 2, "E_TASK": 1})
        self.assertEqual(found["b"].outcomes, {"ok": 1, "E_DEADLINE": 1, "retry": 1})
        self.assertEqual([(found[name].queue_us, found[name].run_us) for name in "ab"], [(19, 7), (16, 8)])
        self.assertEqual([sum(found[name].run) for name in "ab"], [3, 2])

    def test_nothing_is_lost_between_threads(self):
        counting = meter.Meter(["a", "b"])

        def count():
            for number in range(2000):
                self.add(counting, "ab"[number % 2], queue_us=1, run_us=number)
                counting.read()

        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = counting.read()
        self.assertEqual([found[name].outcomes for name in "ab"], [{"ok": 4000}] * 2)
        self.assertEqual(sum(found[name].run_us for name in "ab"), 4 * sum(range(2000)))


@unittest.skipIf(JAVA, "select.poll and pipes")
class TestAnswerer(unittest.TestCase):
    def setUp(self):
        logging.getLogger("runoff.transports").addHandler(logging.NullHandler())
        logging.getLogger("runoff.transports").propagate = False
        pages = {"/ok": lambda: (200, http_answerer.TEXT, "\u00e9" * 300000), "/wrong": lambda: 1 / 0}
        self.answerer = http_answerer.Answerer("127.0.0.1:0", pages)
        self.answerer.start()
        self.addCleanup(self.answerer.close)
        self.address = self.answerer.address

    def served(self):
        begun = time.time()
        status, body = get(self.address, "/ok?verbose=1")
        self.assertEqual((status, body), (200, "\u00e9" * 300000 + "\n"))
        self.assertLess(time.time() - begun, 5.0)  # the callers before us have a second in all

    def test_what_is_no_request_for_a_page_is_told_so(self):
        for request, status in (
            (b"HEAD /ok HTTP/1.0\r\n\r\n", 200),
            (b"GET /ok HTTP/1.0\n\n", 200),
            (b"GET /nothing HTTP/1.0\r\n\r\n", 404),
            (b"GET http://x/ok HTTP/1.0\r\n\r\n", 404),
            (b"GET /wrong HTTP/1.0\r\n\r\n", 500),
            (b"POST /ok HTTP/1.0\r\nContent-Length: 4\r\n\r\nabcd", 405),
            (b"BREW /ok HTTP/1.0\r\n\r\n", 405),
            (b"GET /ok\r\n\r\n", 400),
            (b"\r\n\r\n", 400),
            (b"\x16\x03\x01\x02\x00\x01\x00\n\n", 400),
            (b"GET /\xff\xfe HTTP/1.0\r\n\r\n", 404),
            (b"GET /" + b"a" * 9000, 431),
        ):
            found, head, body = ask(self.address, request)
            self.assertEqual(found, status, request[:40])
            if request.startswith(b"HEAD"):
                self.assertEqual((body, "Content-Length: 600001" in head), ("", True))
        self.served()

    def test_a_caller_that_never_ends_is_dropped_and_others_are_served_meanwhile(self):
        slow, silent, deaf = (connected(self.address) for _ in range(3))
        slow.sendall(b"GET /ok HT")
        deaf.sendall(b"GET /ok HTTP/1.0\r\n\r\n")  # and reads nothing
        self.served()
        begun = time.time()
        for link in (slow, silent):
            try:
                self.assertEqual(link.recv(1), b"")
            except socket.error:
                pass  # reset: dropped as well
        self.assertLess(time.time() - begun, 8.0)
        endless = connected(self.address)
        with self.assertRaises(socket.error):
            while True:
                endless.sendall(b"x" * 65536)
        for link in (slow, silent, deaf, endless):
            link.close()
        self.served()

    def test_many_connections_cost_no_more_than_a_few(self):
        links = [connected(self.address) for _ in range(5 * http_answerer.MOST_CONNECTIONS)]
        self.served()
        for link in links:
            link.close()
        self.served()


@unittest.skipIf(JAVA, "select.poll and pipes")
class TestEndpoint(unittest.TestCase):
    def setUp(self):
        logging.getLogger("runoff.transports").addHandler(logging.NullHandler())
        logging.getLogger("runoff.transports").propagate = False
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        # On a busy machine a page may come later than the second that a caller has.
        self.addCleanup(setattr, http_answerer, "LIFE_NS", http_answerer.LIFE_NS)
        http_answerer.LIFE_NS *= 10

    def gate(self, number):
        """Return a path; a task that holds there ends when the path is given to ``let_go``."""
        return os.path.join(self.folder, "{}".format(number))

    def let_go(self, gate):
        open(gate, "w").close()

    @contextlib.contextmanager
    def serving(self, **options):
        """Run a worker on a thread; yield (worker, client, address of its status)."""
        running = worker.Worker("memory:status", tasks=MODULE, status="127.0.0.1:0", **options)
        thread = threading.Thread(target=running.run)
        thread.start()
        try:
            with session.connect("memory:status") as client:
                client.wait_for_workers(1)
                yield running, client, running.endpoint.address
        finally:
            running.stop()
            thread.join(10.0)
            memory.forget("status")
        self.assertFalse(thread.is_alive())

    def until(self, check, timeout_s=10.0):
        until = time.time() + timeout_s
        while not check():
            self.assertLess(time.time(), until)
            time.sleep(0.02)

    def outcomes(self, client):
        """Return the outcomes that come next."""
        found = []
        while not found:
            found = client.poll(0.1)
        return found

    def test_every_kind_counts_tasks_by_name_and_outcome_and_times_those_that_ran(self):
        kinds = [("thread", 1), ("thread", 2), ("process", 2)]
        try:
            import asyncio  # noqa: F401

            kinds.append(("async", 2))
        except ImportError:
            pass
        for kind, concurrency in kinds:
            with self.serving(kind=kind, concurrency=concurrency, credit=77) as (running, client, address):
                fresh = samples(get(address, "/metrics")[1])  # nothing was counted yet
                self.assertEqual((fresh["runoff_redeliveries_total"], fresh["runoff_worker_ready"]), (0, 1))
                self.assertEqual(client.map("noop", [[number] for number in range(50)]), list(range(50)))
                client.gather("sleep", [[0.03]] * 3)
                client.gather("fail", [["x"]] * 2, attempts=1)
                client.gather("no such task", [[]], attempts=1)
                client.gather("sleep", [[0.3]], deadline_s=0.1)
                self.until(lambda: running.service.in_flight() == 0)
                found = samples(get(address, "/metrics")[1])
                self.assertEqual(found['runoff_tasks_total{outcome="ok",task="noop"}'], 50)
                self.assertEqual(found['runoff_tasks_total{outcome="ok",task="sleep"}'], 3)
                self.assertEqual(found['runoff_tasks_total{outcome="E_TASK",task="fail"}'], 2)
                self.assertEqual(found['runoff_tasks_total{outcome="E_DEADLINE",task="sleep"}'], 1)
                self.assertEqual(found['runoff_tasks_total{outcome="E_UNKNOWN_TASK",task="(unknown)"}'], 1)
                self.assertEqual(found['runoff_task_run_seconds_count{task="sleep"}'], 3)
                self.assertEqual(found['runoff_task_run_seconds_bucket{le="0.016384",task="sleep"}'], 0)
                self.assertGreaterEqual(found['runoff_task_run_seconds_sum{task="sleep"}'], 0.09)
                self.assertEqual(found['runoff_task_run_seconds_count{task="fail"}'], 2)
                self.assertEqual(found['runoff_task_queue_seconds_count{task="noop"}'], 50)
                self.assertEqual((found["runoff_credit"], found["runoff_concurrency"]), (77, concurrency))
                self.assertEqual(found["runoff_worker_children"], concurrency if kind == "process" else 0)
                self.assertEqual((found["runoff_worker_live"], found["runoff_worker_ready"]), (1, 1))
                self.assertEqual((found["runoff_tasks_in_flight"], found["runoff_reconnects_total"]), (0, 0))
                if sys.platform.startswith("linux"):
                    own = found["process_resident_memory_bytes"]
                    self.assertGreater(own, 2**20)
                    self.assertEqual(found["runoff_worker_memory_bytes"] > own, kind == "process")

    def test_a_task_that_outlives_its_deadline_is_a_hang_although_the_loop_turns(self):
        limit_ns, health.OVERDUE_NS = health.OVERDUE_NS, 200000000
        self.addCleanup(setattr, health, "OVERDUE_NS", limit_ns)
        for concurrency in (1, 2):
            with self.serving(concurrency=concurrency) as (running, client, address):
                self.assertEqual(get(address, "/healthz"), (200, "ok\n"))
                client.submit("hold", [self.gate(concurrency), HELD_S], deadline_s=0.1)
                (outcome,) = self.outcomes(client)
                self.assertEqual(outcome.error["code"], "E_DEADLINE")
                self.until(lambda: get(address, "/healthz")[0] == 503)
                status, reason = get(address, "/readyz")
                self.assertEqual(status, 503)
                self.assertTrue(re.match(r"a task still runs \d\.\d s after its deadline\n$", reason), reason)
                self.assertGreater(samples(get(address, "/metrics")[1])["runoff_task_overdue_seconds"], 0.2)
                self.let_go(self.gate(concurrency))
                self.until(lambda: get(address, "/healthz")[0] == 200)
                self.assertEqual(samples(get(address, "/metrics")[1])["runoff_task_overdue_seconds"], 0)

    def test_a_worker_that_drains_is_live_and_not_ready(self):
        with self.serving(concurrency=2) as (running, client, address):
            client.submit("hold", [self.gate(0), HELD_S])
            client.poll(0.1)
            self.until(lambda: samples(get(address, "/metrics")[1])["runoff_tasks_in_flight"] == 1)
            running.stop()
            self.until(lambda: get(address, "/readyz") == (503, "it drains\n"))
            self.assertEqual(get(address, "/healthz")[0], 200)
            self.let_go(self.gate(0))

    def test_a_task_that_was_sent_again_is_counted(self):
        with self.serving(concurrency=2) as (_, client, address):
            outcome = client.gather("retry_until", [["/dev/null", 1]], attempts=2)
            self.assertEqual(outcome[0].attempt, 2)
            found = samples(get(address, "/metrics")[1])
            self.assertEqual(found["runoff_redeliveries_total"], 1)

    def test_a_worker_that_has_done_enough_drains(self):
        with self.serving(limits=recycling.Limits(tasks=30)) as (running, client, _):
            self.assertEqual(len(client.gather("noop", [[number] for number in range(29)])), 29)
            self.assertFalse(running.service.draining)
            self.assertEqual(client.map("noop", [[7]]), [7])
            self.until(running.service.is_over)
            self.assertFalse(running.service.gave_back)

    @unittest.skipUnless(sys.platform.startswith("linux"), "/proc")
    def test_a_limit_is_reached_at_its_number_and_no_sooner(self):
        class Idle(object):
            counts = {"answered": 0, "taken": 1}

            def executors(self):
                return []

        now = [0]
        limits = recycling.Limits(3, 2**50, now_ns=lambda: now[0])
        for answered, reached in ((2, None), (3, "3 tasks were answered")):
            Idle.counts = {"answered": answered, "taken": 5}
            self.assertEqual(limits.reached(Idle()), reached)
        small = recycling.Limits(None, 2**20, now_ns=lambda: now[0])
        self.assertIn("MiB are in use", small.reached(Idle()))
        self.assertIsNone(small.reached(Idle()))  # it looks once a second
        now[0] += 10**9
        self.assertIn("MiB are in use", small.reached(Idle()))
        now[0] += 10**9
        Idle.counts = {"answered": 0, "taken": 0}
        with self.assertRaises(errors.Unusable):
            small.reached(Idle())
        for given, size in (("1", 1), ("3KiB", 3072), ("512MiB", 2**29), ("2GiB", 2**31)):
            self.assertEqual(recycling.parse_bytes(given), size)
        for wrong in ("", "0", "-1", "MiB", "1MB", "1 GiB", "1iB"):
            with self.assertRaises(ValueError):
                recycling.parse_bytes(wrong)

    def test_an_address_that_cannot_be_had_is_said_at_the_start(self):
        with self.serving() as (_, _, address):
            for wrong in (address, "127.0.0.1", "nonsense:x", ":1", "127.0.0.1:99999", "no.such.host.invalid:1"):
                with self.assertRaises(errors.Unusable):
                    worker.Worker("memory:other", tasks=MODULE, status=wrong)
        memory.forget("other")


if __name__ == "__main__":
    unittest.main()
