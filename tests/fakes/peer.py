# Run by the tests, as a peer that runoff/benchmarks/transports/peers.py starts.
"""A peer that answers at once, or misbehaves as its argument says.

It may answer wrongly or not at all, leave a process of its own group behind, or leave a queue and an exchange at the
broker.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from contenders.peers import gathering
from transports import url_argument

LASTS = [sys.executable, "-c", "import os, time; os.setpgrp(); print(flush=True); time.sleep(60)"]

if __name__ == "__main__":
    parser = gathering.parser("tests.fakes.peer")
    parser.add_argument("url", nargs="?", type=url_argument.url, help="makes: of the broker")
    parser.add_argument("--what", choices=["answers", "lies", "fails", "leaves", "makes"])
    parser.add_argument("--note", help="leaves: the file that gets the process id; makes: the name")
    given = parser.parse_args()
    if given.what == "fails":
        raise SystemExit("no node comes up here")
    if given.what == "leaves":
        left = subprocess.Popen(LASTS, stdout=subprocess.PIPE)
        assert left.stdout is not None
        left.stdout.readline()  # it is in its own group now
        Path(given.note).write_text(str(left.pid))
    if given.what == "makes":
        import pika

        channel = pika.BlockingConnection(pika.URLParameters(given.url)).channel()
        channel.queue_declare(given.note, durable=True)
        channel.exchange_declare(given.note, durable=True)
        channel.queue_bind(given.note, given.note)
        channel.basic_publish(given.note, given.note, b"never taken")
    wrong = 1 if given.what == "lies" else 0
    gathering.ask(gathering.Gathering(lambda number: number + wrong, list), given)
