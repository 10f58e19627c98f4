# Run by pytest (Python 3.9 upward).
"""A TCP proxy on loopback that breaks connections as networks do, with two threads for each of their directions."""

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
NO_LINGER = struct.pack("ii", 1, 0)  # close() sends a reset


class Proxy:
    """Forwards what reaches ``address`` to ``target`` (HOST:PORT). Set the faults at any time:

    ``holes``: the directions whose bytes vanish. ``delay_s``: so long is a chunk on its way in one direction, with any
    number behind it. ``slice_bytes``: most in one send.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self.target = (host, int(port))
        self.holes: set[str] = set()
        self.delay_s = 0.0
        self.slice_bytes = CHUNK
        self.accepted = 0
        self.swallowed = 0  # bytes
        self.chunks = 0  # sent on since a fault was set: late, or in slices
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
            except OSError:
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            self.accepted += 1
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs.append((near, far))
            for way, source, sink in ((UP, near, far), (DOWN, far, near)):
                line: queue.Queue[tuple[float, bytes]] = queue.Queue(MOST_CHUNKS)
                threading.Thread(target=self._take, args=(source, line), daemon=True).start()
                threading.Thread(target=self._forward, args=(way, line, sink), daemon=True).start()

    def _take(self, source: socket.socket, line: queue.Queue[tuple[float, bytes]]) -> None:
        """Put what ``source`` sends on the line, with the time at which it arrives."""
        data = b""
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                line.put((time.monotonic() + self.delay_s, data))
        line.put((time.monotonic() + self.delay_s, b""))

    def _forward(self, way: str, line: queue.Queue[tuple[float, bytes]], sink: socket.socket) -> None:
        """Send on what is on the line when its time has come."""
        while True:
            due, data = line.get()
            time.sleep(max(0.0, due - time.monotonic()))
            with contextlib.suppress(OSError):
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if way in self.holes:
                    self.swallowed += len(data)
                    continue
                for start in range(0, len(data), self.slice_bytes):
                    self.chunks += self.delay_s > 0 or self.slice_bytes < CHUNK
                    sink.sendall(data[start : start + self.slice_bytes])

    def cut(self, reset: bool) -> None:
        """End every connection there is, by a reset or in order (FIN); new ones are taken."""
        pairs, self._pairs = self._pairs, []
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(OSError):
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                else:
                    end.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                if not reset:
                    end.shutdown(socket.SHUT_RD)  # wakes the thread that reads
                end.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut(reset=True)
