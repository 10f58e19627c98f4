# Run by pytest (Python 3.9 upward).
"""A worker's wire whose arrivals the test gives, and which keeps what is sent."""

from __future__ import annotations

import collections
from typing import Any

from transports import errors
from transports.messages import json_codec
from transports.wires import base


class Wire(base.WorkerWire):
    """``room``: for so many frames of each client; None: without limit."""

    def __init__(self) -> None:
        super().__init__("", {})
        self.arrivals: list[base.Arrival] = []
        self.room: dict[str, Any] = collections.defaultdict(lambda: None)
        self.gone: set[str] = set()
        self.sent: dict[str, list[Any]] = collections.defaultdict(list)  # {client: results, and kinds of other frames}
        self.frames: list[tuple[str, dict[str, Any]]] = []  # (client, frame), as they left
        self.settled: list[Any] = []
        self.credits: list[Any] = []
        self.waits: list[float] = []
        self.watched: list[int] = []

    def receive(self, timeout_s: float) -> list[base.Arrival]:
        self.waits.append(timeout_s)
        arrivals, self.arrivals = self.arrivals, []
        return arrivals

    def watch(self, descriptor: int) -> None:
        self.watched.append(descriptor)

    def unwatch(self, descriptor: int) -> None:
        self.watched.remove(descriptor)

    def reply(self, sender: str, frame: bytes, tokens: Any = ()) -> bool:
        if sender in self.gone:
            return False
        if self.room[sender] == 0:
            raise errors.Busy
        if self.room[sender] is not None:
            self.room[sender] -= 1
        tree = json_codec.decode(frame)
        self.sent[sender] += tree.get("results", [tree["kind"]])
        self.frames.append((sender, tree))
        self.settled += tokens
        return True

    def settle(self, token: Any, outcome: str) -> None:
        self.settled.append((token, outcome))

    def credit(self, tasks: int | None) -> None:
        self.credits.append(tasks)

    # --- what the test has happen, and looks at ----------------------------------------------------------------------

    @property
    def order(self) -> list[str]:
        """Return the clients, as their frames left."""
        return [sender for sender, _ in self.frames]

    def asks(self, sender: str, *numbers: Any, token: Any = None, redeliveries: int = 0, **fields: Any) -> None:
        """Have a frame arrive with a task for each number, which is its id and its argument."""
        tasks = [{"id": str(number), "name": "noop", "args": [number], **fields} for number in numbers]
        self.says(sender, "tasks", token, redeliveries, client="c", tasks=tasks)

    def says(self, sender: str, kind: str, token: Any = None, redeliveries: int = 0, **fields: Any) -> None:
        """Have a frame of ``kind`` arrive."""
        self.arrives(sender, json_codec.control(kind, **fields), token, redeliveries)

    def arrives(self, sender: str, frame: bytes, token: Any = None, redeliveries: int = 0) -> None:
        self.arrivals.append(base.Arrival(sender, frame, token, redeliveries))

    def last(self, sender: str) -> dict[str, Any]:
        """Return the last frame to ``sender``."""
        return [tree for each, tree in self.frames if each == sender][-1]
