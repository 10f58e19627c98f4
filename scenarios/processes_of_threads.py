# Run by the interpreter under test (Python 2.7 upward).
"""A fixed pool of ``workers`` processes, each with a fixed pool of threads: ``concurrency`` threads in all."""

from __future__ import absolute_import, division, print_function, unicode_literals

from concurrent.futures import ThreadPoolExecutor

from compat import processes
from scenarios import compilers, who_answers
from scenarios.base import END_S, Scenario

_task = None  # the task of this worker process, set once by _start
_threads = None  # its pool of threads, likewise


def _start(task, threads):
    """Initialize a worker process of the pool."""
    global _task, _threads
    _task = task
    task.prepare()
    _threads = ThreadPoolExecutor(max_workers=threads)


def _attempt_all(arguments):
    compilers.report()
    return list(_threads.map(_task.attempt, arguments))


class ProcessesOfThreads(Scenario):
    def open(self):
        Scenario.open(self)
        self.workers = self.parameters["workers"]
        threads = -(-self.parameters["concurrency"] // self.workers)  # rounded up
        context = processes.context(self.parameters["start_method"])
        self.pool = context.Pool(self.workers, _start, (self.task, threads))

    def run(self, inputs):
        shares = [inputs[first :: self.workers] for first in range(self.workers)]
        answers = [None] * len(inputs)
        for first, share in enumerate(self.pool.map(_attempt_all, shares, chunksize=1)):
            answers[first :: self.workers] = share
        return answers

    def others(self):
        return who_answers.in_pool(self.pool, self.workers)

    def close(self):
        processes.end_pool(self.pool, END_S)
