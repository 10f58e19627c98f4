# Run by the driver (Python 3.9 upward).
"""The latency server under thousands of concurrent requests: how much later than its delay it answers."""

from __future__ import annotations

import asyncio
import time

import numpy
from rich.console import Console

from runoff.common.guard import Guard
from runoff.common.paths import NOX
from runoff.services.latency_server import raise_descriptor_limit
from runoff.services.latency_server_process import Server


def show(console: Console, at_once: int, rounds: int, delay_ms: float) -> None:
    """Print the requests, the wrong answers and the lateness beyond ``delay_ms`` (median, p99, worst)."""
    raise_descriptor_limit()
    guard = Guard()
    server = Server(guard, NOX / "server-load.log")
    try:
        began = time.perf_counter()
        late_ms, wrong = asyncio.run(_load(server.port, at_once, rounds, delay_ms))
        took_s = time.perf_counter() - began
    finally:
        server.close()
        guard.close()
    middle, high, worst = numpy.percentile(late_ms, [50, 99, 100])
    console.print(
        f"{len(late_ms)} requests, {at_once} at once, delay {delay_ms:g} ms: {wrong} wrong answers, "
        f"{len(late_ms) / took_s:.0f} answers/s (client and server on the same cores)\n"
        f"answered later than the delay by: median {middle:.1f} ms, p99 {high:.1f} ms, worst {worst:.1f} ms"
    )


async def _load(port: int, at_once: int, rounds: int, delay_ms: float) -> tuple[list[float], int]:
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(at_once)]
    late_ms: list[float] = []
    wrong = 0

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: int) -> None:
        nonlocal wrong
        await asyncio.sleep(delay_ms / 1000 * first / (at_once * rounds))  # spread over one delay, as in a steady load
        for number in range(first, first + rounds):
            begun = time.perf_counter()
            writer.write(b"GET /%g/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (delay_ms, number))
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            wrong += int(await reader.readexactly(length)) != number
            late_ms.append((time.perf_counter() - begun) * 1000 - delay_ms)
        writer.close()

    await asyncio.gather(*(ask(reader, writer, index * rounds) for index, (reader, writer) in enumerate(connections)))
    return late_ms, wrong
