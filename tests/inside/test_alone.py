# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.test_alone
"""Scenarios that patch the whole interpreter, each in its own process, as the driver starts it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from compat import text
from tests.inside.server import Server
from tests.inside.test_harness import REQUEST
from tests.inside.test_scenarios import PATCHES_ALL


class Alone(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.server = Server()
        self.addCleanup(self.server.stop)

    def reply(self, **changes):
        request = os.path.join(self.folder, "request.json")
        answer = os.path.join(self.folder, "reply.json")
        text.write_json(request, dict(REQUEST, **changes))
        subprocess.check_call([sys.executable, "-m", "harness", request, answer])
        return text.read_json(answer)

    def test_tasks_give_their_numbers_back(self):
        for scenario in PATCHES_ALL:
            for task, settings in [
                ("noop", {}),
                ("python", {"rounds": 10}),
                ("io", {"server": self.server.url}),
                ("mixed", {"server": self.server.url, "rounds": 10}),
            ]:
                reply = self.reply(scenario=scenario, task=task, settings=settings, parameters={"concurrency": 4})
                if "No module named" in (reply["reason"] or ""):
                    self.skipTest(reply["reason"])
                self.assertEqual((reply["status"], reply["reason"], reply["checked"]), ("ok", None, 12))

    def test_waits_overlap(self):
        """Three iterations of 16 waits of 60 ms would take three seconds one after another."""
        for scenario in PATCHES_ALL:
            reply = self.reply(
                scenario=scenario,
                task="io",
                batch=16,
                settings={"server": self.server.url.replace("/5", "/60")},
                parameters={"concurrency": 16},
            )
            if "No module named" in (reply["reason"] or ""):
                self.skipTest(reply["reason"])
            self.assertLess(max(reply["iterations_ns"]) / 1e9, 0.8)


if __name__ == "__main__":
    unittest.main()
