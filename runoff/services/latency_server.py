# Run as a process of its own by the driver's Python: python -m runoff.services.latency_server [--port P]
"""Answer ``/DELAY_MS/NUMBER`` with NUMBER after DELAY_MS milliseconds: the server that tasks wait for.

One process serves every interpreter. It is a protocol class directly on the event loop (uvloop's where there is one),
not a web framework, because a cell must not measure the server. ``python -m runoff.cli server-load`` shows how late its
answers are with thousands of requests at once.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import re
import sys
from collections.abc import Callable
from typing import cast

BACKLOG = 65535  # the kernel cuts it down to net.core.somaxconn
_REQUEST = re.compile(rb"GET /(\d+(?:\.\d+)?)/(\d+) HTTP/1\.([01])\r\n")
_CLOSE = re.compile(rb"\r\nconnection:\s*close", re.IGNORECASE)


class Answer(asyncio.Protocol):
    """One connection; requests may follow each other (keep-alive), one at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.pending = b""

    def data_received(self, data: bytes) -> None:
        """Schedule the answer to each complete request."""
        self.pending += data
        while (end := self.pending.find(b"\r\n\r\n")) >= 0:
            head, self.pending = self.pending[: end + 2], self.pending[end + 4 :]
            request = _REQUEST.match(head)
            if request is None:
                self.transport.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                self.transport.close()
                return
            close = request.group(3) == b"0" or _CLOSE.search(head) is not None
            loop = asyncio.get_running_loop()
            loop.call_later(float(request.group(1)) / 1000.0, self.answer, request.group(2), close)

    def answer(self, number: bytes, close: bool) -> None:
        """Write the answer, unless the client has gone."""
        if self.transport.is_closing():
            return
        connection = b"Connection: close\r\n" if close else b""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" + connection
        self.transport.write(head + b"Content-Length: %d\r\n\r\n%b" % (len(number), number))
        if close:
            self.transport.close()


async def serve(port: int) -> None:
    """Listen on 127.0.0.1, print the port, and serve."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answer, "127.0.0.1", port, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def raise_descriptor_limit() -> None:
    """Raise the limit of open sockets to the maximum."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> int:
    """Run the server; return the exit code, 2 for a port in use."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--port", type=int, default=0, help="the port on 127.0.0.1; 0 (the default) takes a free one")
    port = parser.parse_args().port
    raise_descriptor_limit()
    try:
        import uvloop

        run: Callable[..., None] = uvloop.run
    except ImportError:
        run = asyncio.run
    try:
        run(serve(port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"port {port} on 127.0.0.1 is in use", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
