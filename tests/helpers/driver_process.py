# Run by pytest (Python 3.9 upward).
"""The driver as a process of its own, and what a run of it leaves on record."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from runoff.common.paths import ROOT
from runoff.records import cell_keys, record


class Driver:
    """`python -m runoff.cli` for one interpreter, with results of the test's own and a token that its processes
    carry."""

    def __init__(self, folder: Path, label: str) -> None:
        self.results = folder / "results"
        self.enlisted = folder / "enlisted"
        self.label = label
        self.token = f"RUNOFF_TEST_TOKEN={secrets.token_hex(8)}"
        name, _, value = self.token.partition("=")
        self.environment = {**os.environ, name: value}

    def enlist(self, *options: str, target: str | None = None) -> subprocess.CompletedProcess[str]:
        command = ["enlist", target or self.label, "--into", str(self.enlisted)]
        return self._run(*command, "--results", str(self.results), *options)

    def measure(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self._run("measure", "--enlisted", str(self.enlisted), "--results", str(self.results), *options)

    def recipe(self, into: Path) -> subprocess.CompletedProcess[str]:
        return self._run("recipe", str(self.run_folder()), "--output", str(into))

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = ["measure", "--enlisted", str(self.enlisted), "--results", str(self.results), *options]
        return subprocess.Popen(
            [sys.executable, "-m", "runoff.cli", *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "runoff.cli", *command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def run_folder(self) -> Path:
        (found,) = self.results.glob(f"*/*/{record.HEADER}")
        return found.parent

    def wait_for_records(self, count: int) -> bytes:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for path in self.results.glob(f"*/*/{record.RECORDS}"):
                content = path.read_bytes()
                if content.count(b"\n") >= count:
                    return content
            time.sleep(0.01)
        raise AssertionError("the driver writes no records")

    def left_over(self) -> list[str]:
        """Command lines of processes that still carry the token, after a moment to end."""
        deadline = time.monotonic() + 5
        while (left := self._carriers()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left

    def _carriers(self) -> list[str]:
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            try:
                if self.token.encode() in environ.read_bytes():
                    found.append((environ.parent / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
        return found


def measured_once(folder: Path) -> Counter:
    """How often each attempt at each block of each cell is on record (a disturbed one is tried again, and numbered)."""
    run = record.read(folder)
    return Counter((cell_keys.cell_key(each), each["block"], each["attempt"]) for each in run.records)
