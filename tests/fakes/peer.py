# Run by the tests, as a peer that bench/peers.py starts.
"""A peer that answers at once; or wrongly, or not at all, or leaves a process of a group of its own behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from peers import gathering

LASTS = [sys.executable, "-c", "import os, time; os.setpgrp(); print(flush=True); time.sleep(60)"]

if __name__ == "__main__":
    parser = gathering.parser("tests.fakes.peer")
    parser.add_argument("what", choices=["answers", "lies", "fails", "leaves"])
    parser.add_argument("note", nargs="?", help="leaves: the file that gets the process id of what is left")
    given = parser.parse_args()
    if given.what == "fails":
        raise SystemExit("no node comes up here")
    if given.what == "leaves":
        left = subprocess.Popen(LASTS, stdout=subprocess.PIPE)
        assert left.stdout is not None
        left.stdout.readline()  # it is in its own group now
        Path(given.note).write_text(str(left.pid))
    wrong = 1 if given.what == "lies" else 0
    gathering.ask(gathering.Gathering(lambda number: number + wrong, list), given)
