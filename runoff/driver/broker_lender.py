# Run by the driver (Python 3.9 upward).
"""The run's broker: found or started when a cell needs one."""

from __future__ import annotations

from collections.abc import Callable

from runoff.common.guard import Guard
from runoff.driver.plan import PlannedCell
from runoff.services import rabbitmq


class Lender:
    """Hold the run's broker. ``url``: the one to use, or None; ``say`` takes lines for the person who waits."""

    def __init__(self, url: str | None, allow_sudo: bool, guard: Guard, say: Callable[[str], None]) -> None:
        self._url = url
        self._allow_sudo = allow_sudo
        self._guard = guard
        self._say = say
        self.broker: rabbitmq.Broker | None = None

    def lend(self, cells: list[PlannedCell]) -> str | None:
        """Return None where ``cells`` have the broker they need; else why there is none and what a person can do."""
        if not any(cell.brokered and cell.skip is None for cell in cells):
            return None
        found = rabbitmq.obtain(self._url, self._guard, self._allow_sudo, lambda text: self._say(f"rabbitmq: {text}"))
        if isinstance(found, str):
            return f"no RabbitMQ: {found}"
        self.broker = found
        self._say(f"amqp: {found.described}")
        return None

    def close(self) -> None:
        """Return the broker: stop it where we started it."""
        if self.broker is not None:
            self.broker.close()
