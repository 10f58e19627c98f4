# Run by the interpreter under test (Python 2.7 upward, with pyzmq and Tornado).
"""The baseline without guarantees: the original study's one DEALER over several ROUTERs, on Tornado's loop.

The pattern is in transports.dealer_router. Its workers return the number and run no task, so it can measure the cost of
the scenario itself alone (the task ``noop``).
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from tornado import ioloop

from compat import this_interpreter
from scenarios import catalog
from scenarios.base import Scenario
from scenarios.workers import worker_process
from transports import dealer_router


class DistributedPlain(Scenario):
    def open(self):
        reason = catalog.REFUSED.get(("distributed-plain", self.task.name))
        if reason:
            raise ValueError(reason)
        self.workers = []
        try:
            for _ in range(self.parameters["concurrency"]):
                self.workers.append(_PlainWorker())
            addresses = [worker.address for worker in self.workers]
            self.loop = ioloop.IOLoop()
            self.loop.make_current()
            self.client = dealer_router.Client(addresses, self.loop, self.parameters.get("in_flight"))
        except BaseException:
            self._stop()
            raise

    def run(self, inputs):
        places = dict((number, index) for index, number in enumerate(inputs))
        return sorted(self.client.ask(inputs), key=places.get)

    def close(self):
        self.client.close()
        self.loop.close(all_fds=True)
        self._stop()

    def _stop(self):
        for worker in self.workers:
            worker.stop()


class _PlainWorker(object):
    """One ROUTER worker; it stops only by SIGKILL."""

    def __init__(self):
        command = this_interpreter.command() + ["-m", "transports.dealer_router", "worker", "tcp://127.0.0.1:*"]
        self._process, self.address = worker_process.start(command)

    def stop(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()
