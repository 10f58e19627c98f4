# Run by the interpreter under test (Python 2.7 upward).
"""A task of a session that has no outcome yet, and its outcome."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

#: What came of a task: ``error`` is None and ``result`` its value, or ``error`` says why there is none.
Outcome = collections.namedtuple("Outcome", "id result error attempt")


class TaskFailed(Exception):
    """An outcome that is an error, where a result was asked for: ``error`` is the message's error object."""

    def __init__(self, error):
        Exception.__init__(self, "{code}: {message}".format(**error))
        self.error = error


class Request(object):
    """A task that has no outcome yet."""

    __slots__ = (
        "accepted",
        "alone",
        "attempt",
        "attempts",
        "body",
        "cost_us",
        "deadline",
        "finished",
        "held_by",
        "id",
        "key",
        "misses",
        "name",
        "sent_at",
    )

    def __init__(self, key, identity, name, body, attempts, deadline):
        self.key = key  # the id as bytes
        self.id = identity
        self.name = name
        self.body = body
        self.attempt = 0
        self.attempts = attempts
        self.deadline = deadline
        self.held_by = None  # the LaneState that it was sent to
        self.sent_at = 0
        self.cost_us = 0
        self.accepted = False  # a durable broker has it on its disk
        self.finished = False  # it has its outcome
        self.alone = False  # has been in a frame that was given up: travels by itself from now on
        self.misses = 0  # beats in a row that did not list it
