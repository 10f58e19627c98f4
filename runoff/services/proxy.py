# Run by the driver (Python 3.9 upward).
"""A TCP proxy that delays and breaks connections as networks do, with two threads for each of their directions.

An address is HOST:PORT, or unix:PATH, which network namespaces share.
"""

from __future__ import annotations

import contextlib
import queue
import random
import socket
import struct
import threading
import time

UP, DOWN = "up", "down"  # from the client, to the client
CHUNK = 65536
MOST_CHUNKS = 1000  # on their way in one direction
UNIX = "unix:"
NO_LINGER = struct.pack("ii", 1, 0)  # close() sends a reset
UNLIMITED = 1e12  # bytes a second
AT_ONCE_S = 0.01  # what a slow link carries in this time is read at once
RETRANSMIT_S = 0.2  # after which Linux sends again what was not acknowledged; twice as long for each further try


class Proxy:
    """Forward what reaches ``address`` to ``target``. Faults may be set at any time.

    ``holes``: the directions whose bytes vanish. ``delay_s``: so long is a chunk on its way in one direction, with any
    number behind it. ``slice_bytes``: most in one send. ``loss``: the share of chunks that are lost. TCP sends them
    again, so a stream shows loss as a stall: the chunk comes RETRANSMIT_S late, and all behind it with it.
    ``bytes_per_s``: what a direction of a connection carries. ``part`` parts both ends until ``heal``.
    """

    def __init__(self, target: str, listen: str = "127.0.0.1:0") -> None:
        self.target = target
        self.holes: set[str] = set()
        self.delay_s = 0.0
        self.slice_bytes = CHUNK
        self.loss = 0.0
        self.bytes_per_s = UNLIMITED
        self.accepted = 0
        self.swallowed = 0  # bytes
        self.chunks = 0  # sent on since a fault was set: late, or in slices
        self.stalls = 0  # chunks that were lost, and sent again
        self._whole = threading.Event()
        self._whole.set()
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
            self._whole.wait()
            try:
                far = _connection(self.target)
            except OSError:
                near.close()
                continue
            self.accepted += 1
            for end in (each for each in (near, far) if each.family != socket.AF_UNIX):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if self._listener.fileno() < 0:  # closed meanwhile
                    near.close()
                    far.close()
                    return
                self._open[near, far] = 2
            for way in (UP, DOWN):
                line: queue.Queue[tuple[float, bytes]] = queue.Queue(MOST_CHUNKS)
                threading.Thread(target=self._take, args=(near if way == UP else far, line), daemon=True).start()
                threading.Thread(target=self._forward, args=(way, line, near, far), daemon=True).start()

    def _take(self, source: socket.socket, line: queue.Queue[tuple[float, bytes]]) -> None:
        """Put what ``source`` sends on the line, with the time at which it arrives."""
        with contextlib.suppress(OSError):
            while data := source.recv(min(CHUNK, int(self.bytes_per_s * AT_ONCE_S) + 1)):
                if self.bytes_per_s < UNLIMITED:
                    time.sleep(len(data) / self.bytes_per_s)
                line.put((time.monotonic() + self.delay_s + self._stall_s(), data))
        line.put((time.monotonic() + self.delay_s, b""))

    def _stall_s(self) -> float:
        """Return how late a chunk is that may be lost, as may each try to send it again."""
        late_s, wait_s = 0.0, RETRANSMIT_S
        while random.random() < self.loss:
            late_s, wait_s = late_s + wait_s, 2 * wait_s
        self.stalls += late_s > 0
        return late_s

    def _forward(
        self, way: str, line: queue.Queue[tuple[float, bytes]], near: socket.socket, far: socket.socket
    ) -> None:
        """Send on what is on the line when its time has come."""
        sink = far if way == UP else near
        while True:
            due, data = line.get()
            time.sleep(max(0.0, due - time.monotonic()))
            self._whole.wait()
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

    def part(self) -> None:
        """Let nothing pass either way, no byte and no end of a connection, until ``heal``; new connections wait."""
        self._whole.clear()

    def heal(self) -> None:
        """Send on what was held back, as TCP does when the network is whole again."""
        self._whole.set()

    def close(self) -> None:
        """Take no new connection, and reset those that are there."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut(reset=True)
        self.heal()  # ends the threads that wait


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
