"""How a number of threads is shared among processes, and batches among them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from compat import processes
from scenarios.processes_of_threads import ProcessesOfThreads


class Pool:
    """A pool that notes what it is started with and runs everything here."""

    def __init__(self, count, start, arguments):
        self.count, self.threads = count, arguments[1]

    def map(self, _function, shares, chunksize):
        self.shares = shares
        return [[10 * each for each in share] for share in shares]


@pytest.mark.parametrize(("concurrency", "workers", "threads"), [(4, 2, 2), (5, 2, 3), (1, 2, 1), (16, 4, 4)])
def test_there_are_at_least_as_many_threads_as_were_asked_for(monkeypatch, concurrency, workers, threads):
    monkeypatch.setattr(processes, "context", lambda _method: SimpleNamespace(Pool=Pool))
    task = SimpleNamespace(prepare=lambda: None)
    scenario = ProcessesOfThreads(task, {"concurrency": concurrency, "workers": workers, "start_method": "fork"})
    scenario.open()
    assert (scenario.pool.count, scenario.pool.threads) == (workers, threads)
    assert scenario.run(list(range(7))) == [0, 10, 20, 30, 40, 50, 60]
    assert max(map(len, scenario.pool.shares)) - min(map(len, scenario.pool.shares)) <= 1
