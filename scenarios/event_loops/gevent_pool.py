# Run by the interpreter under test (Python 2.7 upward, where gevent installs).
"""gevent: greenlets on its own loop; patched blocking calls switch greenlets. CPU work blocks the loop (C6)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from gevent import monkey

monkey.patch_all()  # as deployed: the whole interpreter, before the task's client is imported

from gevent.pool import Pool  # noqa: E402

from scenarios.base import Scenario  # noqa: E402


class GeventPool(Scenario):
    def open(self):
        Scenario.open(self)
        self.pool = Pool(self.parameters["concurrency"])

    def run(self, inputs):
        return self.pool.map(self.task.attempt, inputs)

    def close(self):
        self.pool.kill()
