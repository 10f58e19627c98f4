# Run by the interpreter under test (Python 2.7 upward, with multiprocessing).
"""The standard library's pools on the same no-op task, measured by contenders.closed_loop.

    python -m contenders.stdlib_pools pool|executor|executor-map [--chunk N] --tasks N

They guarantee nothing when a worker dies: a Pool hangs, an executor fails every task in flight.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import multiprocessing

from contenders import closed_loop


def noop(number):
    """Return ``number``."""
    return number


class PoolClient(object):
    """A client of multiprocessing.Pool(1).imap_unordered, with ``chunk`` tasks in one message."""

    def __init__(self, chunk):
        self._pool = multiprocessing.Pool(1)
        self._chunk = chunk
        self._numbers = []

    def submit(self, number):
        self._numbers.append(number)

    def receive(self):
        numbers, self._numbers = self._numbers, []
        return list(self._pool.imap_unordered(noop, numbers, self._chunk))

    def close(self):
        self._pool.terminate()
        self._pool.join()


class ExecutorClient(object):
    """A client of concurrent.futures.ProcessPoolExecutor(1).submit."""

    def __init__(self, _chunk):
        from concurrent import futures

        self._futures = futures
        self._executor = futures.ProcessPoolExecutor(1)
        self._in_flight = set()

    def submit(self, number):
        self._in_flight.add(self._executor.submit(noop, number))

    def receive(self):
        done, self._in_flight = self._futures.wait(self._in_flight, return_when=self._futures.FIRST_COMPLETED)
        return [future.result() for future in done]

    def close(self):
        self._executor.shutdown()


class ExecutorMapClient(object):
    """A client of concurrent.futures.ProcessPoolExecutor(1).map, with ``chunk`` tasks in one message."""

    def __init__(self, chunk):
        from concurrent.futures import process

        if not hasattr(process, "_process_chunk"):
            raise SystemExit("ProcessPoolExecutor.map of this Python has no chunks; use executor")
        self._executor = process.ProcessPoolExecutor(1)
        self._chunk = chunk
        self._numbers = []

    def submit(self, number):
        self._numbers.append(number)

    def receive(self):
        numbers, self._numbers = self._numbers, []
        return list(self._executor.map(noop, numbers, chunksize=self._chunk))

    def close(self):
        self._executor.shutdown()


CLIENTS = {"pool": PoolClient, "executor": ExecutorClient, "executor-map": ExecutorMapClient}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m contenders.stdlib_pools")
    parser.add_argument("what", choices=sorted(CLIENTS))
    parser.add_argument("--chunk", type=int, default=1)
    closed_loop.add_options(parser)
    given = parser.parse_args()
    if given.what != "executor":
        # A map takes all numbers in one call, which is one window.
        given.window = given.tasks
    closed_loop.main(CLIENTS[given.what](given.chunk), given)
