# Run by the driver (Python 3.9 upward).
"""Run one of the harness's scripts on a person's function, and leave nothing of it behind."""

from __future__ import annotations

import json
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from runoff.common.errors import ending
from runoff.common.guard import Guard, kill_session, remove, unbroken
from runoff.common.loose import Data
from runoff.common.paths import ROOT
from runoff.driver import log_file
from runoff.interpreters import surroundings

GATE = ROOT / "harness/own_function/gate.py"
CALL_TIMES = ROOT / "harness/own_function/call_times.py"
LIMIT_S = 300.0
CHECKED_EVERY_S = 0.2  # whether it has printed too much
REMOVED = "it removed the folder for temporary files that it was given (TMPDIR); let it remove only what it made there"


class Inside:
    """What asks interpreters; ``stop`` ends all that it has started."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._running: set[int] = set()
        self._lock = threading.Lock()

    def ask(
        self, script: Path, command: list[str], request: Data, variables: dict[str, str]
    ) -> tuple[Data, str | None]:
        """Run ``script`` under ``command``; return its reply, and how it ended where that was before its end."""
        with ExitStack() as leaving:
            with unbroken():
                folder = tempfile.mkdtemp(prefix="runoff-own-")
                self._guard.watch_folder(Path(folder))
                leaving.callback(self._guard.release_folder, Path(folder))
                leaving.callback(remove, folder)
            asked, replied, output = (Path(folder) / name for name in ("request.json", "reply.json", "output"))
            asked.write_text(json.dumps(request), encoding="utf-8")
            stream = leaving.enter_context(output.open("wb"))
            running = self._guard.running(
                [*command, str(script), str(asked), str(replied)],
                self._end,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=request["target"]["folder"],
                env=_environment(folder, variables),
            )
            process = leaving.enter_context(running)
            with self._lock:
                self._running.add(process.pid)
            ended = _wait(process, stream)
            try:
                reply = json.loads(replied.read_text(encoding="utf-8")) if replied.exists() else {}
            except (ValueError, RecursionError) as error:
                return {}, f"its answers cannot be read ({error}); let it return less, or flatter values"
            if reply and reply.get("now") is None and ended is None:
                return reply, None
            if not output.exists():
                return reply, REMOVED
            last = output.read_bytes().rstrip().rpartition(b"\n")[2].decode("utf-8", "replace").strip()
            words = ended or f"the process ended early ({ending(process.returncode)})"
            return reply, f"{words}; its last output: {last}" if last else words

    def _end(self, pid: int) -> None:
        with self._lock:
            self._running.discard(pid)
        kill_session(pid)

    def stop(self) -> None:
        """Kill what runs now; those who wait for it go on."""
        with self._lock:
            running = set(self._running)
        for pid in running:
            kill_session(pid)


def _environment(folder: str, variables: dict[str, str]) -> dict[str, str]:
    own = {**dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**surroundings.for_interpreters(), **own, **variables}


def _wait(process: subprocess.Popen[bytes], output: IO[bytes]) -> str | None:
    """Wait for the script; kill it and return a sentence where its time ran out or it printed too much."""
    until = time.monotonic() + LIMIT_S
    while True:
        try:
            process.wait(min(CHECKED_EVERY_S, LIMIT_S))
            return None
        except subprocess.TimeoutExpired:
            late = f"it did not end within {LIMIT_S:.0f} s; give fewer inputs, or let it do less when it is imported"
        if problem := late if time.monotonic() >= until else log_file.too_long(output):
            kill_session(process.pid)
            process.wait()
            return problem
