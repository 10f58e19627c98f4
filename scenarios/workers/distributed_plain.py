# Run by the interpreter under test (Python 2.7 upward, with pyzmq and Tornado).
"""The baseline without a promise: the chapter's one DEALER over several ROUTERs, on Tornado's loop
(transports.dealer_router).

Its workers give a number back and do nothing else, so it measures what a scenario itself costs, and no other task.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import subprocess
import sys

from tornado import ioloop

from scenarios import catalog
from scenarios.base import Scenario
from transports import dealer_router


class Model(Scenario):
    def open(self):
        reason = catalog.REFUSED.get(("distributed-plain", self.task.name))
        if reason:
            raise ValueError(reason)
        self.workers = []
        try:
            for _ in range(self.parameters["concurrency"]):
                self.workers.append(_Worker())
            addresses = [each.address for each in self.workers]
            self.loop = ioloop.IOLoop()
            self.loop.make_current()
            self.client = dealer_router.Client(addresses, self.loop, self.parameters.get("in_flight"))
        except BaseException:
            self._stop()
            raise

    def run(self, inputs):
        return sorted(self.client.ask(inputs), key=dict((number, at) for at, number in enumerate(inputs)).get)

    def close(self):
        self.client.close()
        self.loop.close(all_fds=True)
        self._stop()

    def _stop(self):
        for each in self.workers:
            each.stop()


class _Worker(object):
    def __init__(self):
        command = [sys.executable, "-m", "transports.dealer_router", "worker", "tcp://127.0.0.1:*"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)
        line = self._process.stdout.readline().decode("utf-8")
        if not line.startswith("ready: "):
            self.stop()
            raise RuntimeError("a worker did not start: {}".format(line.strip() or "see its complaint in the log"))
        self.address = line.split()[1]

    def stop(self):
        if self._process.poll() is None:
            self._process.kill()  # it knows no other end
        self._process.wait()
        self._process.stdout.close()
