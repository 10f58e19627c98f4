# Run by the interpreter under test (needs async/await: 3.6 upward), MicroPython included: imports nothing.
"""Awaiting many tasks, some at once, with nothing but coroutines and the loop's gather."""


async def all_of(attempt, inputs, concurrency, gather):
    """Await ``attempt(argument)`` for each of ``inputs``, ``concurrency`` at once; return the outcomes in order."""
    outcomes = [None] * len(inputs)
    waiting = iter(list(enumerate(inputs)))

    async def runner():
        for index, argument in waiting:
            outcomes[index] = await attempt(argument)

    await gather(*[runner() for _ in range(concurrency)])
    return outcomes


def computed(attempt):
    """Return a coroutine function that calls ``attempt``, which waits for nothing, on the loop."""

    async def attempted(argument):
        return attempt(argument)

    return attempted
