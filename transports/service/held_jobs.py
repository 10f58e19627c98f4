# Run by the interpreter under test (Python 2.7 upward).
"""The jobs that a worker holds and their bytes, by the client that sent them, and when the next deadline is."""

from __future__ import absolute_import, division, print_function, unicode_literals

EXPIRE_EVERY_NS = 5000000  # many deadlines close together do not cost a scan each


class HeldJobs(object):
    """Jobs without an outcome. by_sender: {sender: {id: Job}}; a sender without jobs is not in it."""

    def __init__(self):
        self.by_sender = {}
        self._bytes = {}  # {sender: of its parcels that have a job here}
        self._earliest = None  # no deadline is before this one

    def of(self, sender):
        """Return {id: Job} of ``sender``."""
        return self.by_sender.get(sender, {})

    def bytes_of(self, sender):
        """Return the size of the frames in which the jobs of ``sender`` came."""
        return self._bytes.get(sender, 0)

    def weigh(self, sender, parcel, size):
        """Take note that ``parcel``, a frame of ``size`` bytes with jobs for here, is in memory until its last ends."""
        parcel.size += size
        self._bytes[sender] = self._bytes.get(sender, 0) + size

    def all(self):
        """Return every job."""
        return [job for jobs in list(self.by_sender.values()) for job in list(jobs.values())]

    def count(self):
        """Return how many jobs there are. From any thread."""
        return sum(len(jobs) for jobs in list(self.by_sender.values()))

    def begin(self, sender):
        """Return {id: Job} of ``sender``, to add to; ``end`` follows."""
        return self.by_sender.setdefault(sender, {})

    def end(self, sender, earliest):
        """Take note of the earliest deadline that was added, or None; a sender that has no job is not kept.

        A stranger could fill the memory otherwise, with names that sent nothing to hold.
        """
        if earliest is not None and (self._earliest is None or earliest < self._earliest):
            self._earliest = earliest
        if not self.by_sender[sender]:
            del self.by_sender[sender]

    def remove(self, job):
        """Remove ``job``, which has its outcome, and behind the last of its frame the bytes of that."""
        sender = job.sender
        jobs = self.by_sender.get(sender)
        if jobs is not None and jobs.pop(job.id, None) is not None:
            if not jobs:
                del self.by_sender[sender]
                self._bytes.pop(sender, None)
            elif not job.parcel.left:
                self._bytes[sender] = self.bytes_of(sender) - job.parcel.size

    def overdue(self, now):
        """Return the jobs past their deadline, whether they run or wait behind another one."""
        if self._earliest is None or now < self._earliest:
            return ()
        overdue = []
        earliest = None
        for job in self.all():
            if now >= job.deadline:
                overdue.append(job)
            elif earliest is None or job.deadline < earliest:
                earliest = job.deadline
        self._earliest = None if earliest is None else max(earliest, now + EXPIRE_EVERY_NS)
        return overdue

    def wait_ns(self, now):
        """Return how long until a deadline is due; None where none is to come."""
        return None if self._earliest is None else self._earliest - now
