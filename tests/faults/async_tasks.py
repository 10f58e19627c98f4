# Loaded by the workers that test_async_worker.py starts (Python 3.9 upward).
"""Tasks that are coroutines, and report how many of them were under way together."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

under_way = {"now": 0, "most": 0}
met = asyncio.Event()


async def sleep(seconds: float) -> int:
    """The most that slept at once until now."""
    under_way["now"] += 1
    under_way["most"] = max(under_way.values())
    try:
        await asyncio.sleep(seconds)
    finally:
        under_way["now"] -= 1
    return under_way["most"]


async def meet(count: int, seconds: float) -> int:
    """Waits until so many are here at once, and then takes its time."""
    under_way["now"] += 1
    if under_way["now"] >= count:
        met.set()
    await met.wait()
    await asyncio.sleep(seconds)
    return under_way["now"]


async def mark_the_end(path: str, seconds: float) -> None:
    """Writes into ``path`` that it was cancelled, or that it was not."""
    Path(path).write_text("begun")
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        Path(path).write_text("cancelled")
        raise
    Path(path).write_text("over")


async def add(number: int, to: int = 1) -> int:
    await asyncio.sleep(0)
    return number + to


async def concatenate(text: str) -> str:
    await asyncio.sleep(0)
    return text + 1  # type: ignore[operator]


async def leave(code: int) -> None:
    await asyncio.sleep(0)
    sys.exit(code)


async def cancel_itself() -> None:
    await asyncio.sleep(0)
    raise asyncio.CancelledError("by itself")


def plain(number: int) -> int:
    """No coroutine."""
    return number


TASKS = {each.__name__: each for each in (sleep, meet, mark_the_end, add, concatenate, leave, cancel_itself, plain)}
