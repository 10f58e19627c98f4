# Run by the interpreter under test (Python 2.7 upward, with multiprocessing).
"""The standard library's pools on the same no-op task, for comparison, measured as contenders.closed_loop measures.

    python -m contenders.stdlib_pools pool|executor|executor-map [--chunk N] --tasks N

They promise nothing about a worker that dies: a Pool hangs, an executor fails every task that is under way.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import multiprocessing

from contenders import closed_loop


def noop(number):
    return number


class Pool(object):
    """multiprocessing.Pool(1).imap_unordered, ``chunk`` tasks in one message."""

    def __init__(self, chunk):
        self._pool = multiprocessing.Pool(1)
        self._chunk = chunk
        self._numbers = []

    def submit(self, number):
        self._numbers.append(number)

    def poll(self):
        numbers, self._numbers = self._numbers, []
        return list(self._pool.imap_unordered(noop, numbers, self._chunk))

    def close(self):
        self._pool.terminate()
        self._pool.join()


class Executor(object):
    """concurrent.futures.ProcessPoolExecutor(1).submit."""

    def __init__(self, _chunk):
        from concurrent import futures

        self._futures = futures
        self._executor = futures.ProcessPoolExecutor(1)
        self._under_way = set()

    def submit(self, number):
        self._under_way.add(self._executor.submit(noop, number))

    def poll(self):
        done, self._under_way = self._futures.wait(self._under_way, return_when=self._futures.FIRST_COMPLETED)
        return [future.result() for future in done]

    def close(self):
        self._executor.shutdown()


class ExecutorMap(object):
    """concurrent.futures.ProcessPoolExecutor(1).map, ``chunk`` tasks in one message."""

    def __init__(self, chunk):
        from concurrent.futures import process

        if not hasattr(process, "_process_chunk"):
            raise SystemExit("ProcessPoolExecutor.map of this Python knows no chunks")  # it would ignore the word
        self._executor = process.ProcessPoolExecutor(1)
        self._chunk = chunk
        self._numbers = []

    def submit(self, number):
        self._numbers.append(number)

    def poll(self):
        numbers, self._numbers = self._numbers, []
        return list(self._executor.map(noop, numbers, chunksize=self._chunk))

    def close(self):
        self._executor.shutdown()


WAYS = {"pool": Pool, "executor": Executor, "executor-map": ExecutorMap}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m contenders.stdlib_pools")
    parser.add_argument("what", choices=sorted(WAYS))
    parser.add_argument("--chunk", type=int, default=1)
    closed_loop.add_options(parser)
    given = parser.parse_args()
    if given.what != "executor":
        # Their maps take all numbers and yield: one call is one window.
        given.window = given.tasks
    closed_loop.main(WAYS[given.what](given.chunk), given)
