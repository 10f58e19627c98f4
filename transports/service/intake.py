# Run by the interpreter under test (Python 2.7 upward).
"""The tasks of a frame that has arrived, as jobs: those that can run, and those that get their outcome at once."""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.executors.run_job import Job
from transports.messages import json_codec


class Intake(object):
    """What the ``items`` of one frame become. ``held``, {id: Job} of their client, gets the jobs.

    new: jobs that can run, whose names are among ``functions``. refused: of (job, its refusal). nameless: refusals of
    items that no result could name. doubled: how many were in ``held`` before. earliest: the first deadline, or None.
    """

    __slots__ = ("doubled", "earliest", "nameless", "new", "refused")

    def __init__(self, items, held, functions, sender, parcel, codec, now):
        self.new = new = []
        self.refused = []
        self.nameless = []
        self.doubled = 0
        earliest = None
        for item in items:
            refusal = json_codec.task_refusal(item)
            if refusal is None:
                deadline = now + item.get("budget_ms", json_codec.BUDGET_MS) * 1000000
                job = Job(
                    item["id"],
                    item["name"],
                    item.get("args", ()),
                    item.get("kwargs") or {},
                    item.get("attempt", 1),
                    now,
                    deadline,
                    sender,
                    parcel,
                    codec,
                    item.get("trace"),
                )
                if job.name not in functions:
                    refusal = "E_UNKNOWN_TASK", "no task is called {}".format(job.name[:60])
                elif deadline <= now:
                    refusal = "E_DEADLINE", "there was no time left when it arrived"
            elif type(item) is dict and json_codec.is_id(item.get("id")):
                deadline = now
                job = Job(item["id"], item.get("name"), (), {}, 1, now, now, sender, parcel, codec)
            else:
                self.nameless.append(refusal)
                continue
            if job.id in held:
                self._double(held[job.id], job)
                continue
            held[job.id] = job
            if earliest is None or deadline < earliest:
                earliest = deadline
            if refusal is None:
                new.append(job)
            else:
                self.refused.append((job, refusal))
        self.earliest = earliest
        parcel.left -= len(self.nameless)

    def _double(self, older, job):
        """Have ``older`` answer for ``job``, sent again while it is still here: after a link that broke for a moment.

        The frame of the older one may be of a link that was lost, and its client waits for the latest attempt.
        """
        self.doubled += 1
        job.parcel.take_over(older.parcel)
        older.parcel = job.parcel
        older.attempt = max(older.attempt, job.attempt)
