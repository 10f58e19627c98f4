# Run by tests/faults/brokers/test_container.py (Python 3.9 upward): as "docker", and as the entry of its image.
"""A container engine that runs its commands on this machine.

`sh -c SCRIPT` runs as it stands; a private node of this machine's RabbitMQ stands in for the image's broker.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from runoff.common.guard import Guard
from runoff.services import rabbitmq_node

STARTED = "FAKE_ENGINE_STARTED"  # a file that gets the arguments of `run`
PUBLISHED = "FAKE_ENGINE_PORT"


def run(arguments: list[str]) -> None:
    Path(os.environ[STARTED]).write_text(json.dumps(arguments), encoding="utf-8")
    address, _, inner = arguments[arguments.index("--publish") + 1].rpartition(":")
    assert inner == "5672"
    os.environ[PUBLISHED] = address.rpartition(":")[2]
    script = arguments[arguments.index("sh") :]
    # Out of the reach of whoever kills the engine's client, as a container is.
    subprocess.run(script, start_new_session=True, check=False)


def entry() -> None:
    """Run the broker until SIGTERM, as docker-entrypoint.sh does in the image."""
    lines = dict(line.split(" = ") for line in Path(os.environ["RABBITMQ_CONFIG_FILE"]).read_text().splitlines())
    assert lines["listeners.tcp.1"] == "5672"
    definitions = json.loads(Path(lines["load_definitions"]).read_text())
    published = int(os.environ[PUBLISHED])
    ports = iter([published, *rabbitmq_node.free_ports(3)])
    rabbitmq_node.free_ports = lambda count: list(itertools.islice(ports, count))
    rabbitmq_node.definitions_of = lambda _passwords, _policies: definitions
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())  # not blocked: the broker would inherit that, and not hear it
    guard = Guard()
    node = rabbitmq_node.Node(guard)
    node.start()
    asked.wait()
    node.stop()
    guard.close()


if __name__ == "__main__":
    if sys.argv[1] == "entry":
        entry()
    elif sys.argv[2] == "run":
        run(sys.argv[3:])
