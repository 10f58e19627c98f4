# Run by the interpreter under test (Python 2.7 upward).
"""A fixed pool of threads, as a deployment uses it."""

from __future__ import absolute_import, division, print_function, unicode_literals

from concurrent.futures import ThreadPoolExecutor

from scenarios.base import Scenario


class ThreadPool(Scenario):
    def open(self):
        Scenario.open(self)
        self.pool = ThreadPoolExecutor(max_workers=self.parameters["concurrency"])

    def run(self, inputs):
        return list(self.pool.map(self.task.attempt, inputs))

    def submit(self, number, done):
        self.pool.submit(self.task.call, number).add_done_callback(lambda future: done(future.result))

    def close(self):
        self.pool.shutdown()
