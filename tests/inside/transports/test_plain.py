# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_plain
"""The original study's pattern by its command line, as docs/transports.md shows it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import os
import signal
import subprocess
import sys
import unittest

from transports import ready

try:
    from transports import dealer_router
except ImportError:
    dealer_router = None

COMMAND = [sys.executable, "-m", "transports.dealer_router"]


@unittest.skipIf(dealer_router is None, "no pyzmq, or no Tornado, here")
class Plain(unittest.TestCase):
    def setUp(self):
        self.workers = []
        self.addCleanup(self.clean)
        for _ in range(2):
            command = COMMAND + ["worker", "tcp://127.0.0.1:*"]
            self.workers.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        self.addresses = [ready.read_ready(worker.stdout.readline().decode("ascii")) for worker in self.workers]

    def clean(self):
        for worker in self.workers:
            worker.kill()
            worker.communicate()

    def ask(self):
        asked = subprocess.Popen(COMMAND + ["client"] + self.addresses + ["--tasks", "100"], stdout=subprocess.PIPE)
        line = json.loads(asked.communicate()[0].decode("ascii"))
        self.assertEqual(asked.returncode, 0)
        return line["tasks"], line["lost"]

    def test_all_tasks_come_back_from_two_workers(self):
        self.assertEqual(self.ask(), (100, 0))

    def test_every_other_one_does_not_where_one_of_them_is_stopped(self):
        os.kill(self.workers[0].pid, signal.SIGSTOP)
        self.assertEqual(self.ask(), (100, 50))

    def test_a_worker_that_others_could_reach_does_not_begin(self):
        command = COMMAND + ["worker", "tcp://0.0.0.0:*"]
        refused = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        said = refused.communicate()
        self.assertEqual((refused.returncode, said[0]), (2, b""))
        self.assertIn(b"listen at 127.0.0.1", said[1])


if __name__ == "__main__":
    unittest.main()
