# Run by the interpreter under test (Python 2.7 upward).
"""The tasks: each takes a number and must give the same number back.

A task is an optional wait (``url``: ask the latency server) and then work (``work``: compute). Blocking scenarios use
``call``; event loops fetch ``url`` with a client of their own and then call ``work``, so the same task runs on both.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading


def make(name, settings):
    """The task called ``name``. ``settings``: ``rounds`` of generator steps; ``server``, the latency server's URL."""
    return _KINDS[name](settings)


class Task(object):
    """What every task can do; settings are plain data, so that a task can be sent to another process."""

    url = None  # a format string for the number, where the task waits for the latency server

    def __init__(self, settings):
        self.settings = settings

    def prepare(self):
        """Import what a blocking call needs, so that no import is timed; in every process that will call."""

    def work(self, number):
        return number

    def call(self, number):
        return self.work(number)


class Noop(Task):
    pass


class Python(Task):
    def work(self, number):
        from native import reference

        return reference.burn(number, self.settings["rounds"])


class Native(Task):
    kernel = None

    def prepare(self):
        import native

        self.burn = getattr(native.kernels(), self.kernel)

    def work(self, number):
        return self.burn(number, self.settings["rounds"])

    def __getstate__(self):
        return {"settings": self.settings}


class NativeGil(Native):
    kernel = "burn_gil"


class NativeNogil(Native):
    kernel = "burn_nogil"


class Io(Task):
    """An HTTP GET; blocking calls keep one requests.Session, and so one connection, per thread."""

    def __init__(self, settings):
        Task.__init__(self, settings)
        self.url = settings["server"] + "/{}"

    def prepare(self):
        import requests

        self.requests = requests
        self.local = threading.local()

    def call(self, number):
        session = getattr(self.local, "session", None)
        if session is None:
            session = self.local.session = self.requests.Session()
            session.trust_env = False  # a proxy set for the outside world must not stand before our own server
        response = session.get(self.url.format(number), timeout=60)
        response.raise_for_status()
        return self.work(int(response.content))

    def __getstate__(self):
        return {"settings": self.settings, "url": self.url}


_KINDS = {"noop": Noop, "python": Python, "native-gil": NativeGil, "native-nogil": NativeNogil, "io": Io}
