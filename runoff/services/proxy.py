# Run by the driver (Python 3.9 upward).
"""A TCP proxy that delays and breaks connections as networks do, with two threads for each of their directions.

An address is HOST:PORT, or unix:PATH, which network namespaces share.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
import time

UP, DOWN = "up", "down"  # from the client, to the client
CHUNK = 65536
MOST_CHUNKS = 1000  # on their way in one direction
UNIX = "unix:"
NO_LINGER = struct.pack("ii", 1, 0)  # close() sends a reset


class Proxy:
    """Forward what reaches ``address`` to ``target``. Faults may be set at any time.

    ``holes``: the directions whose bytes vanish. ``delay_s``: so long is a chunk on its way in one direction, with any
    number behind it. ``slice_bytes``: most in one send.
    """

    def __init__(self, target: str, listen: str = "127.0.0.1:0") -> None:
        self.target = target
        self.holes: set[str] = set()
        self.delay_s = 0.0
        self.slice_bytes = CHUNK
        self.accepted = 0
        self.swallowed = 0  # bytes
        self.chunks = 0  # sent on since a fault was set: late, or in slices
        self._lock = threading.Lock()
        self._open: dict[tuple[socket.socket, socket.socket], int] = {}  # {both ends: directions that go on}
        self._listener = _listener(listen)
        self.address = listen
        if not listen.startswith(UNIX):
            host, port = self._listener.getsockname()[:2]
            self.address = f"{host}:{port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            try:
                far = _connection(self.target)
            except OSError:
                near.close()
                continue
            self.accepted += 1
            for end in (each for each in (near, far) if each.family != socket.AF_UNIX):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open[near, far] = 2
            for way in (UP, DOWN):
                line: queue.Queue[tuple[float, bytes]] = queue.Queue(MOST_CHUNKS)
                threading.Thread(target=self._take, args=(near if way == UP else far, line), daemon=True).start()
                threading.Thread(target=self._forward, args=(way, line, near, far), daemon=True).start()

    def _take(self, source: socket.socket, line: queue.Queue[tuple[float, bytes]]) -> None:
        """Put what ``source`` sends on the line, with the time at which it arrives."""
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                line.put((time.monotonic() + self.delay_s, data))
        line.put((time.monotonic() + self.delay_s, b""))

    def _forward(
        self, way: str, line: queue.Queue[tuple[float, bytes]], near: socket.socket, far: socket.socket
    ) -> None:
        """Send on what is on the line when its time has come."""
        sink = far if way == UP else near
        while True:
            due, data = line.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                break
            if way in self.holes:
                self.swallowed += len(data)
                continue
            with contextlib.suppress(OSError):
                for start in range(0, len(data), self.slice_bytes):
                    self.chunks += self.delay_s > 0 or self.slice_bytes < CHUNK
                    sink.sendall(data[start : start + self.slice_bytes])
        with self._lock:
            if (near, far) not in self._open:  # ``cut`` ended it
                return
            self._open[near, far] -= 1
            if self._open[near, far]:
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                return
            del self._open[near, far]
        near.close()
        far.close()

    def cut(self, reset: bool) -> None:
        """End every connection there is, by a reset or in order (FIN); new ones are taken."""
        with self._lock:
            pairs, self._open = list(self._open), {}
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                else:
                    end.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RD)  # wakes the thread that reads, which would keep the connection open
            end.close()

    def close(self) -> None:
        """Take no new connection, and reset those that are there."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut(reset=True)


def _listener(address: str) -> socket.socket:
    if address.startswith(UNIX):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address[len(UNIX) :])
        listener.listen()
        return listener
    host, _, port = address.rpartition(":")
    return socket.create_server((host, int(port)))


def _connection(address: str) -> socket.socket:
    if address.startswith(UNIX):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(address[len(UNIX) :])
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))
