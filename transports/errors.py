# Run by the interpreter under test (Python 2.7 upward).
"""The twelve error codes of the message, and what is raised."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

#: code: (may the same task succeed when it is sent again?, what happened)
CODES = collections.OrderedDict(
    [
        ("E_VERSION", (False, "the message's major version is not spoken here; details lists those that are")),
        ("E_MALFORMED", (False, "not a message: wrong syntax, or a field of the wrong kind")),
        ("E_TOO_LARGE", (False, "longer, deeper or with more members than the limits allow")),
        ("E_CODEC", (False, "neither JSON nor another codec that is spoken here")),
        ("E_UNKNOWN_TASK", (False, "no task of this name is in the worker's registry")),
        ("E_BAD_ARGS", (False, "arguments that the message cannot carry, or the task does not take")),
        ("E_TASK", (False, "the task raised an exception")),
        ("E_DEADLINE", (False, "no outcome within the task's deadline")),
        ("E_CANCELLED", (False, "cancelled by the client")),
        ("E_WORKER_LOST", (True, "the worker, or its child, ended while it held the task")),
        ("E_BUSY", (True, "no room now")),
        ("E_AUTH", (False, "not allowed: keys, credentials or rights")),
    ]
)


class Refused(Exception):
    """A message, or a task in it, that will not be carried out: ``code`` and a sentence."""

    def __init__(self, code, text, details=None):
        Exception.__init__(self, "{}: {}".format(code, text))
        self.code = code
        self.text = text
        self.details = details


class Busy(Exception):
    """Nothing was taken: there is no room now. Poll, and try again."""


class Unusable(Exception):
    """The URL or the options cannot be used; the message says why and what to do instead."""


def describe(code, text, kind=None, details=None):
    """Return the error object of a result."""
    error = {"code": code, "message": text, "retryable": CODES[code][0]}
    if kind is not None:
        error["type"] = kind
    if details is not None:
        error["details"] = details
    return error
