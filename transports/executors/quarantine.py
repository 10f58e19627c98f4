# Run by the interpreter under test (Python 2.7 upward).
"""Which executor a task runs in: the worker's own, or, where it may have ended a worker, one whose tasks end none.

A task that was begun twice and has no outcome is a suspect. A fresh task that ends the worker would take along the
suspects that a broker redelivered, and count against them: it waits until they have ended.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

#: A task that was begun so often, as far as anyone knows, and has no outcome may be what ends workers.
SUSPECT_AFTER = 2


class Quarantine(object):
    """``executor``, and the ``isolated`` one, begun for the first suspect.

    isolated: None where the tasks of ``executor`` end no worker.
    """

    def __init__(self, executor, isolated, service):
        self._executor = executor
        self._isolated = isolated
        self._service = service
        self._has_begun = False  # has the isolated one?
        self._suspects = set()  # Jobs whose frame a broker redelivered: nothing fresh begins before they have ended
        self._behind_suspects = []

    def executors(self):
        """Return the executors that run tasks. From any thread."""
        return [self._executor, self._isolated] if self._has_begun else [self._executor]

    def put(self, jobs):
        """Hand ``jobs`` to the executor, and the suspects among them to the isolated one."""
        if self._isolated is not None:
            fresh, suspects = [], []
            for job in jobs:
                job.isolated = max(job.attempt - 1, job.parcel.redeliveries) >= SUSPECT_AFTER
                (suspects if job.isolated else fresh).append(job)
            if suspects:
                if not self._has_begun:
                    self._has_begun = True
                    self._isolated.begin(self._service)
                self._isolated.put(suspects)
                self._suspects.update(job for job in suspects if job.parcel.redeliveries >= SUSPECT_AFTER)
            if self._suspects:
                self._behind_suspects += fresh
                return
            jobs = fresh
        self._executor.put(jobs)

    def settled(self, job):
        """Let fresh jobs begin when the last suspect, perhaps ``job``, has its outcome."""
        if job.isolated:
            self._suspects.discard(job)
            if not self._suspects and self._behind_suspects:
                jobs, self._behind_suspects = self._behind_suspects, []
                self._executor.put(jobs)

    def abandon(self, job):
        """End the work of a job whose outcome is known, where that can be done.

        It may wait for long until an executor comes to it and skips it: its arguments are not kept until then. A thread
        that has just begun it finds None, with which no function can be called.
        """
        job.cancelled = True
        job.args = job.kwargs = None
        (self._isolated if job.isolated else self._executor).abandon(job)

    def eager(self):
        """Return whether an executor has something to do before more arrives."""
        return self._executor.eager() or (self._has_begun and self._isolated.eager())

    def work(self):
        """Let the isolated executor work, where it has begun."""
        if self._has_begun:
            self._isolated.work()

    def close(self):
        """End the executors."""
        for executor in self.executors():
            executor.close()
