# Run by the interpreter under test (Python 2.7 upward).
"""A fixed pool of processes, each with a fixed pool of threads: ``concurrency`` threads in all, in ``workers``."""

from __future__ import absolute_import, division, print_function, unicode_literals

from concurrent.futures import ThreadPoolExecutor

from compat import processes
from scenarios.base import Scenario

_task = None  # of this worker process, as its threads; set once by the pool's initializer
_threads = None


def _start(task, threads):
    global _task, _threads
    _task = task
    task.prepare()
    _threads = ThreadPoolExecutor(max_workers=threads)


def _attempt_all(arguments):
    return list(_threads.map(_task.attempt, arguments))


class Model(Scenario):
    def open(self):
        Scenario.open(self)
        self.workers = self.parameters["workers"]
        threads = -(-self.parameters["concurrency"] // self.workers)  # rounded up
        context = processes.context(self.parameters["start_method"])
        self.pool = context.Pool(self.workers, _start, (self.task, threads))

    def run(self, inputs):
        shares = [inputs[at :: self.workers] for at in range(self.workers)]
        answers = [None] * len(inputs)
        for at, share in enumerate(self.pool.map(_attempt_all, shares, chunksize=1)):
            answers[at :: self.workers] = share
        return answers

    def close(self):
        self.pool.close()
        self.pool.join()
