# Run by the driver (Python 3.9 upward).
"""RabbitMQ's own image in a container: for machines with a container engine and no package of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time

from runoff.common.errors import ending
from runoff.common.guard import Guard, kill_group, unbroken
from runoff.services.rabbitmq_definitions import definitions_of, new_passwords
from runoff.services.rabbitmq_node import STOPPED_WITHIN_S, NotReady, OwnBroker, answers, free_ports

ENGINES = ("docker", "podman")
IMAGE = "rabbitmq:4"  # Docker Hub's official image, the newest release of series 4
PULLED_WITHIN_S = 900.0
READY_WITHIN_S = 120.0
ASKED_WITHIN_S = 20.0

#: What the container runs. Users with their passwords' hashes come by its input, so that neither an argument nor a
#: variable of the engine shows them; and when the input ends, because the driver has gone, however it went, so does the
#: broker, and with it the container.
SCRIPT = """
cd "$(mktemp -d)" && chmod 755 . && read -r definitions && printf '%s' "$definitions" > definitions.json
printf 'listeners.tcp.1 = 5672\\nload_definitions = %s/definitions.json\\n' "$PWD" > runoff.conf
RABBITMQ_CONFIG_FILE="$PWD/runoff.conf" docker-entrypoint.sh rabbitmq-server &
cat > /dev/null
kill $! && wait $!
"""


def engine() -> str | None:
    """Return the first container engine here that answers, or None."""
    for name in ENGINES:
        if shutil.which(name) and _asked(name, "info"):
            return name
    return None


class Container(OwnBroker):
    """One container, reached through a port of the loopback interface alone."""

    def __init__(self, guard: Guard, engine: str) -> None:
        super().__init__(free_ports(1)[0], new_passwords())
        self._guard = guard
        self._engine = engine
        self._name = f"runoff-{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Pull the image if need be, start it, and wait until AMQP answers; raise NotReady where it does not."""
        if not _asked(self._engine, "image", "inspect", IMAGE) and not _asked(
            self._engine, "pull", IMAGE, within_s=PULLED_WITHIN_S
        ):
            raise NotReady(f"{self._engine} pull {IMAGE} failed")
        publish = f"127.0.0.1:{self.port}:5672"
        command = ["run", "--rm", "-i", "--name", self._name, "--publish", publish, IMAGE, "sh", "-c", SCRIPT]
        with unbroken():
            self._process = subprocess.Popen(
                [self._engine, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # a Ctrl-C meant for the driver must not end the broker before its clients
            )
            self._guard.watch(self._process.pid)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(definitions_of(self.passwords, {})).encode() + b"\n")
        self._process.stdin.flush()
        until = time.monotonic() + READY_WITHIN_S
        while not answers(self.port):
            if self._process.poll() is not None:
                raise NotReady(f"{self._engine} run has ended ({ending(self._process.returncode)})")
            if time.monotonic() > until:
                raise NotReady(f"no answer after {READY_WITHIN_S:.0f} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the broker, and its container with it."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            _asked(self._engine, "rm", "--force", self._name)
        kill_group(self._process.pid)
        self._process.wait()
        self._guard.release(self._process.pid)


def _asked(engine: str, *arguments: str, within_s: float = ASKED_WITHIN_S) -> bool:
    """Run a command of the engine; return whether it succeeded in time."""
    try:
        return not subprocess.run(
            [engine, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=within_s
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
