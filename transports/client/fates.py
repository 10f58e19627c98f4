# Run by the interpreter under test (Python 2.7 upward).
"""What may happen to a task after it was sent, other than a result: one row for each case.

frame accepted          a durable broker has it: not sent again when the lane goes down
worker lost             the lane went down, fell silent, or did not list the task in two beats: sent again
queue lost              a broker's queue was deleted with accepted tasks or with their results: sent again
unroutable              no queue takes the frame: sent again
not taken               a broker refuses the frame for now: sent again, and the attempt does not count
given up                the broker gave the frame up at its delivery limit: each of its tasks is sent alone
retry                   the task asks to be run again: sent again
released                the worker gave it back: sent again, and the attempt does not count
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

#: counter: its name in ``Session.counts``. attempt_counts: does the attempt count against the task's limit? alone: does
#: the task travel in a frame of its own from now on? reason: the sentence of the outcome after the last attempt;
#: None where the peer gives it, or the attempt does not count.
Fate = collections.namedtuple("Fate", "counter attempt_counts alone reason")

WORKER_LOST = Fate("lost", True, False, "its worker was lost")
QUEUE_LOST = Fate("lost", True, False, "its queue was deleted")
UNROUTABLE = Fate("unroutable", True, False, "no queue takes it")
NOT_TAKEN = Fate("not-taken", False, False, None)
GIVEN_UP = Fate("given-up", True, True, None)
RETRY = Fate("retried", True, False, None)
RELEASED = Fate("released", False, False, None)
