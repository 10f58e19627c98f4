# Run by pytest (Python 3.9 upward).
"""A client's wire whose events the test gives, on a clock that moves only while the session waits."""

from __future__ import annotations

from typing import Any

from transports import errors
from transports.messages import json_codec
from transports.wires import base

NS = 1_000_000_000
MS = 1_000_000
MOST_POLLS = 20_000  # of one test: a session that polls more is in a circle


class Wire(base.ClientWire):
    """Keeps what a session sends. ``busy``: lanes that take nothing. ``waits``: how long each poll was to wait."""

    def __init__(self) -> None:
        super().__init__("", {})
        self.now = NS
        self.events: list[Any] = []
        self.sent: list[tuple[base.Lane, dict[str, Any]]] = []
        self.ids: list[list[str]] = []  # of the tasks in each frame
        self.waits: list[float] = []
        self.busy: set[base.Lane] = set()
        self.gone: list[base.Lane] = []  # that the session has forgotten
        self.ended: list[Any] = []
        self.answers = False  # does each task get its first argument as its result at once?

    # --- what the session calls --------------------------------------------------------------------------------------

    def open(self) -> None:
        pass

    def send(self, lane: base.Lane, frame: bytes, ids: Any = ()) -> None:
        if lane in self.busy:
            raise errors.Busy("no room")
        tree = json_codec.decode(frame)
        self.sent.append((lane, tree))
        if tree["kind"] == "tasks":
            self.ids.append(list(ids))
            if self.answers:
                self.results(lane, *[result(task["id"], task["args"][0]) for task in tree["tasks"]])

    def poll(self, timeout_s: float) -> list[Any]:
        self.waits.append(timeout_s)
        assert len(self.waits) < MOST_POLLS
        events, self.events = self.events, []
        if not events:
            self.now += round(timeout_s * NS)
        return events

    def forget(self, lane: base.Lane) -> None:
        self.gone.append(lane)

    def drain(self, deadline_s: float) -> bool:
        self.ended.append(("drain", deadline_s))
        return True

    def close(self) -> None:
        self.ended.append("close")

    # --- what the test has happen ------------------------------------------------------------------------------------

    def up(self, lane: base.Lane, **fields: Any) -> base.Lane:
        """Have ``lane`` come up and its worker welcome the client."""
        self.events.append((base.UP, lane, None))
        self.welcome(lane, **fields)
        return lane

    def welcome(self, lane: base.Lane, credit: int = 10, concurrency: int = 1, codec: str = "json") -> None:
        self.frame(lane, "welcome", worker={}, credit=credit, concurrency=concurrency, codec=codec)

    def down(self, lane: base.Lane, why: str = "the connection is gone") -> None:
        self.events.append((base.DOWN, lane, why))

    def frame(self, lane: base.Lane, kind: str, **fields: Any) -> None:
        self.events.append((base.FRAME, lane, json_codec.control(kind, **fields)))

    def results(self, lane: base.Lane, *items: dict[str, Any], worker: str = "w") -> None:
        self.frame(lane, "results", results=list(items), worker={"id": worker})

    # --- what the test looks at --------------------------------------------------------------------------------------

    def kinds(self, lane: base.Lane | None = None) -> list[str]:
        """Return the kinds of the frames that were sent, on ``lane`` or on all."""
        return [tree["kind"] for each, tree in self.sent if lane in (None, each)]

    def tasks(self, lane: base.Lane | None = None) -> list[dict[str, Any]]:
        """Return the tasks that were sent, on ``lane`` or on all."""
        return [task for frame in self.frames(lane) for task in frame]

    def frames(self, lane: base.Lane | None = None) -> list[list[dict[str, Any]]]:
        """Return the tasks of each frame of tasks that was sent, on ``lane`` or on all."""
        return [tree["tasks"] for each, tree in self.sent if lane in (None, each) and tree["kind"] == "tasks"]

    def args(self, lane: base.Lane | None = None) -> list[list[Any]]:
        """Return the first argument of each task of each frame that was sent, on ``lane`` or on all."""
        return [[task["args"][0] for task in frame] for frame in self.frames(lane)]


def result(identity: str, value: Any = None, attempt: int = 1, run_us: Any = 0, **fields: Any) -> dict[str, Any]:
    """Return a result with a value, as a worker sends it."""
    return {"id": identity, "attempt": attempt, "status": "ok", "run_us": run_us, "result": value, **fields}


def other(identity: str, status: str, code: str = "E_TASK", text: str = "why", attempt: int = 1) -> dict[str, Any]:
    """Return a result without a value, as a worker sends it."""
    return json_codec.other(identity, attempt, status, code, text)
