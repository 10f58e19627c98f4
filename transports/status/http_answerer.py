# Run by the interpreter under test (Python 2.7 upward, POSIX).
"""Answers GET and HEAD by HTTP/1.0 on one thread of its own, whatever its callers do.

A connection has a second in all, a request at most 8 KiB, and of too many connections the oldest is dropped: a caller
that sends slowly, or never reads, or comes a thousand times, costs the worker no more than that.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import errno
import logging
import select
import socket
import threading

from compat import clock, os_errors
from transports import errors
from transports.waker import Waker

LIFE_NS = 1000000000
MOST_CONNECTIONS = 32
BACKLOG = 128  # connections that wait for an accept: of more the kernel drops some, and they come again after a second
MOST_REQUEST_BYTES = 8192
READ_BYTES = 4096
REST_S = 0.1  # after an accept that failed for want of descriptors
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 431: "Header Too Large",
           500: "Internal Server Error", 503: "Service Unavailable"}  # fmt: skip
TEXT = "text/plain; charset=utf-8"

log = logging.getLogger("runoff.transports")


def listen(host_and_port):
    """Return a listening socket for "HOST:PORT"; raise Unusable."""
    host, _, port = host_and_port.rpartition(":")
    host = host.strip("[]")
    try:
        if not host or not port.isdigit() or int(port) > 65535:
            raise ValueError("it is HOST:PORT, as 127.0.0.1:9100; port 0 takes a free one")
        family, kind, protocol, _, address = socket.getaddrinfo(host, int(port), 0, socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
            listener.setblocking(False)
        except BaseException:
            listener.close()
            raise
        return listener
    except (ValueError, EnvironmentError, socket.error) as error:
        raise errors.Unusable(
            "the status cannot be served at {}: {}; choose another address".format(host_and_port, error)
        )


class _Connection(object):
    __slots__ = ("due", "received", "socket", "to_send")

    def __init__(self, connected, due):
        self.socket = connected
        self.due = due
        self.received = b""
        self.to_send = None  # what is left of the response, once there is one


class Answerer(object):
    """``pages``: {path: function that returns (status, content type, text)}. ``address``: "HOST:PORT" as it listens."""

    def __init__(self, host_and_port, pages, now_ns=clock.now_ns):
        self._pages = pages
        self._now_ns = now_ns
        self._listener = listen(host_and_port)
        host, port = self._listener.getsockname()[:2]
        self.address = "{}:{}".format("[{}]".format(host) if ":" in host else host, port)
        self._connections = collections.OrderedDict()  # {descriptor: _Connection}, the oldest first
        self._poll = select.poll()
        self._waker = Waker()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.daemon = True

    def start(self):
        """Begin to answer; the thread ends with ``close``, or with the process."""
        self._poll.register(self._listener.fileno(), select.POLLIN)
        self._poll.register(self._waker.descriptor, select.POLLIN)
        self._thread.start()

    def close(self):
        """Stop listening, and drop all connections."""
        self._stop.set()
        self._waker.wake()
        self._thread.join(1.0)
        self._waker.close()

    def _serve(self):
        while not self._stop.is_set():
            for descriptor, _ in self._ready():
                if descriptor == self._listener.fileno():
                    # No end of callers keeps those that were accepted from their answers.
                    for _ in range(MOST_CONNECTIONS):
                        if not self._accept():
                            break
                elif descriptor in self._connections:
                    self._go_on(descriptor)
            now = self._now_ns()
            while self._connections and next(iter(self._connections.values())).due <= now:
                self._drop(next(iter(self._connections)))
        for descriptor in list(self._connections):
            self._drop(descriptor)
        self._listener.close()

    def _ready(self):
        timeout_ms = None
        if self._connections:
            oldest = next(iter(self._connections.values()))
            timeout_ms = max(0, (oldest.due - self._now_ns()) // 1000000 + 1)
        try:
            return self._poll.poll(timeout_ms)
        except (OSError, select.error) as error:
            if os_errors.number_of(error) != errno.EINTR:  # Python 2: a signal ends the wait
                raise
            return []

    def _accept(self):
        """Accept one connection; return whether there was one."""
        try:
            connected, _ = self._listener.accept()
        except (OSError, socket.error) as error:
            if os_errors.number_of(error) in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self._stop.wait(REST_S)
            return False
        connected.setblocking(False)
        while len(self._connections) >= MOST_CONNECTIONS:
            self._drop(next(iter(self._connections)))
        self._connections[connected.fileno()] = _Connection(connected, self._now_ns() + LIFE_NS)
        self._poll.register(connected.fileno(), select.POLLIN)
        return True

    def _drop(self, descriptor):
        self._poll.unregister(descriptor)
        self._connections.pop(descriptor).socket.close()

    def _go_on(self, descriptor):
        """Read or write what can be read or written now; drop a connection that has ended or failed."""
        connection = self._connections[descriptor]
        try:
            ended = self._send(connection) if connection.to_send else self._receive(connection)
        except (OSError, socket.error) as error:
            ended = os_errors.number_of(error) not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR)
        if ended:
            self._drop(descriptor)

    def _receive(self, connection):
        received = connection.socket.recv(READ_BYTES)
        if not received:
            return True
        if connection.to_send is not None:  # answered: what follows is read so that closing does not reset the link
            return False
        connection.received += received
        if b"\r\n\r\n" in connection.received or b"\n\n" in connection.received:
            connection.to_send = self._response(connection.received)
        elif len(connection.received) > MOST_REQUEST_BYTES:
            connection.to_send = _written(431, TEXT, "a request has at most {} bytes".format(MOST_REQUEST_BYTES), b"")
        else:
            return False
        self._poll.modify(connection.socket.fileno(), select.POLLOUT)
        return False

    def _send(self, connection):
        connection.to_send = connection.to_send[connection.socket.send(connection.to_send) :]
        if not connection.to_send:
            connection.socket.shutdown(socket.SHUT_WR)
            self._poll.modify(connection.socket.fileno(), select.POLLIN)
        return False

    def _response(self, request):
        words = request.splitlines()[0].split()
        if len(words) != 3 or not words[2].startswith(b"HTTP/"):
            return _written(400, TEXT, "a request is GET PATH HTTP/1.0", b"")
        method, path, _ = words
        if method not in (b"GET", b"HEAD"):
            return _written(405, TEXT, "only GET and HEAD", method)
        page = self._pages.get(path.partition(b"?")[0].decode("latin-1"))
        if page is None:
            return _written(404, TEXT, "unknown page; choose from {}".format(", ".join(sorted(self._pages))), method)
        try:
            status, kind, text = page()
        except Exception:
            log.exception("a page of the status failed")
            status, kind, text = 500, TEXT, "failed; the worker's log says why"
        return _written(status, kind, text, method)


def _written(status, kind, text, method):
    """Return a response as bytes."""
    if not text.endswith("\n"):
        text += "\n"
    body = text.encode("utf-8")
    allow = "Allow: GET, HEAD\r\n" if status == 405 else ""
    head = "HTTP/1.0 {} {}\r\n{}Content-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\r\n".format(
        status, REASONS[status], allow, kind, len(body)
    )
    return head.encode("ascii") + (b"" if method == b"HEAD" else body)
