# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_amqp
"""The AMQP wire under this interpreter, against the broker in RUNOFF_TEST_AMQP (client's and worker's URL)."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import subprocess
import sys
import unittest

from tests.inside.transports import transport_contract
from transports import session
from transports.messages import strict_json, strict_msgpack

try:
    import pika
except ImportError:
    pika = None

URLS = os.environ.get("RUNOFF_TEST_AMQP", "").split()


@unittest.skipIf(pika is None, "pika is not installed here")
@unittest.skipIf(not URLS, "RUNOFF_TEST_AMQP names no broker; tests/faults/brokers/test_contract.py gives it one")
class Amqp(unittest.TestCase):
    codec = ""

    def setUp(self):
        self.client = session.connect(URLS[0] + self.codec).open()
        self.worker = subprocess.Popen([sys.executable, "-m", "transports.worker", URLS[1], "--kind", "thread"])

    def tearDown(self):
        self.worker.terminate()
        code = self.worker.wait()
        self.client.close()
        self.assertEqual(code, 0, "the worker drains and ends")

    def test_results_are_right_and_in_order_of_the_question(self):
        numbers = list(range(2000))
        self.assertEqual(self.client.map("noop", [(number,) for number in numbers], window=500), numbers)

    def test_text_and_structure_come_back_as_they_went(self):
        text = "gr\u00fc\u00dfe \u2603 \U0001f600 \x00"
        sent = [text, None, True, 1.5, [1, [2]], {"k": text}]
        self.assertEqual(self.client.map("echo", [sent])[0], [sent, {}])

    def test_a_frame_as_big_as_the_limit_lets_through(self):
        text = "x" * strict_json.STRING_BYTES
        self.assertEqual(self.client.map("echo", [[text]] * 5), [[[text], {}]] * 5)


@unittest.skipIf(strict_msgpack.usable(), "no MessagePack here: {}".format(strict_msgpack.usable()))
class AmqpMessagePack(Amqp):
    """MessagePack without a hello: the client's URL chooses the codec of tasks, and results follow the tasks."""

    codec = "&codec=msgpack"


@unittest.skipIf(pika is None, "pika is not installed here")
@unittest.skipIf(not URLS, "RUNOFF_TEST_AMQP names no broker; tests/faults/brokers/test_contract.py gives it one")
class Contract(transport_contract.Contract, unittest.TestCase):
    """The transport contract over a broker, with a new queue for each test."""

    scheme = "amqp"
    shared = True
    keeps_tasks = True
    options = ""

    def prepare(self):
        queue = "contract-" + os.path.basename(self.folder)
        # The client's rights include the worker's; that a worker has fewer is tested elsewhere.
        self.urls = [URLS[0].partition("?")[0] + "?queue=" + queue + self.options] * 2

    def ask(self, workers=1, numbers=(0,), **options):
        client = session.connect(self.urls[0], **options).open()
        self.clients.append(client)
        client.wait_for_workers(1)  # the one lane is the queue
        return client

    def test_credit_is_never_exceeded(self):
        """Credit limits the frames that a worker holds, since a queue counts messages and not tasks."""
        wire = self.work(credit=3).worker.wire
        client = self.ask()
        arrived, settle = wire.arrived, wire.settle
        held, most = [0], [0]

        def arriving(*delivery):
            held[0] += 1
            most[0] = max(most[0], held[0])
            arrived(*delivery)

        def settling(token, outcome):
            held[0] -= 1
            settle(token, outcome)

        wire.arrived, wire.settle = arriving, settling
        for _ in range(20):
            for number in range(5):
                client.submit("noop", [number])
            client.poll(0.0)
        while client.pending():
            client.poll(0.1)
        self.assertGreater(most[0], 0)
        self.assertLessEqual(most[0], 3)

    @unittest.skipIf(strict_msgpack.usable(), "no MessagePack here: {}".format(strict_msgpack.usable()))
    def test_a_codec_that_no_worker_reads_is_an_outcome_and_not_a_silence(self):
        self.work().worker.service._codecs = ["json"]
        client = session.connect(self.urls[0] + "&codec=msgpack").open()
        self.clients.append(client)
        outcome = self.one(client, "noop", 1, attempts=2)
        self.assertEqual((outcome.error["code"], outcome.attempt), ("E_WORKER_LOST", 2))
        self.assertIn("rejected", outcome.error["message"])
        self.assertGreater(client.counts["refused-by-peer"], 0)


@unittest.skipIf(pika is None, "pika is not installed here")
@unittest.skipIf(not URLS, "RUNOFF_TEST_AMQP names no broker; tests/faults/brokers/test_contract.py gives it one")
class Transient(Contract):
    """The transport contract over a transient queue."""

    options = "&durable=no"
    keeps_tasks = False


if __name__ == "__main__":
    unittest.main()
