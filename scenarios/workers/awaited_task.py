# Run by the interpreter under test (needs async/await: 3.6 upward), in the workers of the distributed scenario.
"""Offer a person's coroutine as the task of a worker of kind async."""


def of(prepared):
    """Return a coroutine function that awaits the task of ``prepared()``; the settings that travel are not used."""

    async def own_function(value, _settings):
        return await prepared().work(value)

    return own_function
