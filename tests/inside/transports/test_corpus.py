# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_corpus
"""This interpreter reads each frame that a fuzzer found by coverage, and comes to the verdict that all others do."""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib
import logging
import unittest

from tests.inside.transports import corpus_file, decoders
from transports.messages import strict_msgpack

LEAST_FRAMES = 5000


class Corpus(unittest.TestCase):
    def setUp(self):
        logging.getLogger("runoff.transports").addHandler(logging.NullHandler())
        logging.getLogger("runoff.transports").propagate = False

    def replay(self, name):
        wrong = []
        no_msgpack = name != "properties" and strict_msgpack.usable() is not None
        for frame, expected in corpus_file.read(name):
            if no_msgpack and (strict_msgpack.is_map(frame) or b"msgpack" in frame):
                continue
            verdict = decoders.DECODERS[name](frame)
            if verdict != expected:
                wrong.append((frame, verdict, expected))
        self.assertEqual(wrong, [])

    def test_envelopes_in_json(self):
        self.replay("json")

    def test_envelopes_in_messagepack(self):
        self.replay("msgpack")

    def test_what_a_worker_is_sent(self):
        self.replay("worker")

    def test_what_a_client_is_sent(self):
        self.replay("client")

    def test_the_properties_of_a_message(self):
        try:
            importlib.import_module("pika")
        except ImportError as error:
            self.skipTest("{}".format(error))
        self.replay("properties")

    def test_there_are_enough_of_them(self):
        frames = [(name, frame) for name in decoders.DECODERS for frame, _ in corpus_file.read(name)]
        self.assertEqual(len(frames), len(set(frames)))
        self.assertGreaterEqual(len(frames), LEAST_FRAMES)


if __name__ == "__main__":
    unittest.main()
