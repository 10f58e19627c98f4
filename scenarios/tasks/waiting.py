# Run by the interpreter under test (Python 2.7 upward).
"""Tasks that wait for the latency server."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from compat import limits
from native import reference
from scenarios.tasks.base import Task


class Io(Task):
    """An HTTP GET; blocking calls keep one requests.Session, and so one connection, per thread."""

    def __init__(self, name, settings):
        Task.__init__(self, name, settings)
        self.url = settings["server"] + "/{}"

    def prepare(self):
        import requests

        self.requests = requests
        self.local = threading.local()
        limits.raise_descriptors()

    def call(self, number):
        session = getattr(self.local, "session", None)
        if session is None:
            session = self.local.session = self.requests.Session()
            session.trust_env = False  # no proxy from the environment before our own server
        response = session.get(self.url.format(number), timeout=60)
        response.raise_for_status()
        return self.work(int(response.content))


class IoLoad(Io):
    """The same GET, of which failures are counted and do not fail the cell."""

    counts_failures = True


class Mixed(Io):
    """A wait for the latency server, then CPU work in Python code; ``rounds`` sets the share of work."""

    def work(self, number):
        return reference.burn(number, self.settings["rounds"])
