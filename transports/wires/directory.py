# Run by the interpreter under test (Python 2.7 upward).
"""Where the workers of a ZeroMQ client are: addresses, names that resolve to several, and a file that lists them.

Names and the file are looked up again now and then, and at once when a worker was lost. A thread does that, since a
resolver may take seconds. What cannot be looked up keeps the addresses that it had.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import io
import re
import socket
import threading

from transports import errors
from transports.wires import ipc_socket

LOOK_EVERY_S = 2.0
PAUSE_S = 0.1  # between two looks, however many workers are lost
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9._-]+\Z")  # what a resolver is asked for: no number, no interface


def endpoint(scheme, rest):
    """Return libzmq's form of one address of a URL; raise Unusable."""
    kind = scheme.partition("+")[2]
    rest = rest[2:] if rest.startswith("//") else rest
    if not rest:
        raise errors.Unusable("{}: an address is missing after the colon".format(scheme))
    if kind == "tcp" and not rest.rpartition(":")[0]:
        raise errors.Unusable("{}:{}: an address is HOST:PORT".format(scheme, rest))
    if kind == "ipc":
        ipc_socket.check(rest)
    return "{}://{}".format(kind, rest)


class Directory(object):
    """The endpoints of ``url`` (without its scheme), and of the file ``path``: one address a line, # begins a comment.

    endpoints: those known now. of_url: those of them that the URL itself gives. problems: what could not be looked up,
    in sentences. news: endpoints or problems have changed; the owner resets it.
    """

    def __init__(self, scheme, url, path=None, resolve=socket.getaddrinfo):
        self._scheme = scheme
        self._path = path
        self._given = [endpoint(scheme, rest) for rest in (url.split(",") if url or path is None else [])]
        self._resolve = resolve
        self._known = {}  # {name or path: the endpoints that it had}
        self._wanted = threading.Event()
        self._closed = False
        self.endpoints = self.of_url = self.problems = ()
        self.news = False

    def open(self):
        """Look everything up; go on in a thread where it may change. Raise Unusable for a file that is not there."""
        if self._path is not None:
            self._read()
        self.look()
        if self._path is not None or any(_host(address) for address in self._given):
            thread = threading.Thread(target=self._keep_looking)
            thread.daemon = True
            thread.start()

    def close(self):
        """End the thread, once a resolver that it waits for has answered."""
        self._closed = True
        self._wanted.set()

    def look_soon(self):
        """Look everything up again in the thread, if there is one."""
        self._wanted.set()

    def look(self):
        """Look everything up."""
        problems = []
        listed = [] if self._path is None else self._or_known(self._path, self._read, problems)
        self.of_url = tuple(self._resolved(self._given, problems))
        endpoints = self.of_url + tuple(self._resolved(listed, problems))
        found = tuple(collections.OrderedDict.fromkeys(endpoints)), tuple(problems)
        if found != (self.endpoints, self.problems):
            self.endpoints, self.problems = found
            self.news = True

    def _resolved(self, addresses, problems):
        """Return ``addresses``, those of a name in its place; append what cannot be looked up to ``problems``."""
        endpoints = []
        for address in addresses:
            host = _host(address)
            if host:
                endpoints += self._or_known(address, lambda: self._addresses_of(address, host), problems)  # noqa: B023
            else:
                endpoints.append(address)
        return endpoints

    def _or_known(self, name, find, problems):
        try:
            self._known[name] = find()
        except errors.Unusable as error:
            problems.append("{}".format(error))
        return self._known.get(name, [])

    def _read(self):
        try:
            with io.open(self._path, encoding="utf-8") as lines:
                rests = [line.partition("#")[0].strip() for line in lines]
        except (IOError, OSError, UnicodeDecodeError) as error:
            raise errors.Unusable("{} cannot be read: {}".format(self._path, error))
        return [endpoint(self._scheme, rest) for rest in rests if rest]

    def _addresses_of(self, address, host):
        port = address.rpartition(":")[2]
        try:
            found = self._resolve(host, None, socket.AF_INET, socket.SOCK_STREAM)
        except (socket.error, UnicodeError) as error:
            raise errors.Unusable("{} does not resolve: {}".format(host, error))
        return ["tcp://{}:{}".format(entry[4][0], port) for entry in sorted(found)]

    def _keep_looking(self):
        pause = threading.Event()
        while True:
            self._wanted.wait(LOOK_EVERY_S)
            self._wanted.clear()
            if self._closed:
                return
            self.look()
            pause.wait(PAUSE_S)


def _host(address):
    """Return the name in an endpoint that is to be resolved, or None."""
    kind, _, rest = address.partition("://")
    host = rest.rpartition(":")[0]
    return host if kind == "tcp" and _NAME.match(host) else None
