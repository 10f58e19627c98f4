# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_vectors
"""This interpreter reads every frame of docs/wire/vectors.json as the documents say."""

from __future__ import absolute_import, division, print_function, unicode_literals

import unittest

from compat import text
from tests.inside.transports.vectors import VECTORS, frame_of
from transports.errors import CODES, Refused
from transports.messages import json_codec, strict_msgpack


def verdict(row):
    """Return (the verdict on the frame, the verdicts on its tasks)."""
    try:
        tree = json_codec.decode(frame_of(row), row["codecs"])
    except Refused as refusal:
        return refusal.code, None
    if tree["kind"] != "tasks":
        return "ok", None
    refusals = [json_codec.task_refusal(item) for item in tree["tasks"]]
    return "ok", ["ok" if refusal is None else refusal[0] for refusal in refusals]


class Vectors(unittest.TestCase):
    rows = text.read_json(VECTORS)["vectors"]

    def test_every_frame_gets_the_verdict_that_the_documents_give_it(self):
        wrong = []
        for row in self.rows:
            if "msgpack" in row["codecs"] and strict_msgpack.usable() is not None:
                continue
            frame, tasks = verdict(row)
            allowed = row["frame"] if isinstance(row["frame"], list) else [row["frame"]]
            if frame not in allowed or tasks != row.get("tasks"):
                wrong.append("{}: {}: {} {}".format(row["class"], row["name"], frame, tasks))
        self.assertEqual(wrong, [])

    def test_there_are_enough_of_them_and_they_speak_of_codes_that_exist(self):
        self.assertGreater(len(self.rows), 100)
        for row in self.rows:
            allowed = row["frame"] if isinstance(row["frame"], list) else [row["frame"]]
            self.assertLessEqual(set(allowed) | set(row.get("tasks", [])), set(CODES) | {"ok"}, row["name"])
        names = [(row["class"], row["name"]) for row in self.rows]
        self.assertEqual(len(names), len(set(names)))


if __name__ == "__main__":
    unittest.main()
