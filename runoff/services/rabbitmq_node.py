# Run by the driver (Python 3.9 upward).
"""A private RabbitMQ node that can be started, killed, restarted on the same folders, and stopped without a trace.

Each line that separates it from the system's broker was tried; a comment beside it says what it separates.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from runoff.common.errors import BadInput, ending
from runoff.common.guard import Guard, kill_group, remove, unbroken
from runoff.common.loose import Data
from runoff.interpreters import surroundings
from runoff.services import rabbitmq_plugins
from runoff.services.rabbitmq_definitions import VHOST, definitions_of, new_passwords

READY_WITHIN_S = 60.0  # 4 to 5 s on an idle machine; Erlang's boot is CPU work, and other things may run
STOPPED_WITHIN_S = 20.0
#: How often, and each time for how long, a node is asked for its queues.
TRIES, ASK_S = 3, 60.0
#: Below what systems give to outgoing connections (Linux from 32768 on), which could have a server's port while it is
#: restarted.
SERVER_PORTS = range(20_000, 32_768)
AMQP_HEADER = b"AMQP\x00\x00\x09\x01"

#: The script that runs the broker as the calling user. The one in sbin of Linux packages changes the user.
SCRIPTS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server")
#: The variable that names another RabbitMQ: the folders of its programs and of its Erlang's, separated as in PATH.
NAMED_BY = "RUNOFF_RABBITMQ"


class NotReady(Exception):
    """The node did not start; the message is its last output."""


def named() -> str | None:
    """Return the folders in which a person wants the programs of RabbitMQ to be looked up, or None."""
    return os.environ.get(NAMED_BY) or None


def search_path() -> str:
    """Return where the programs of RabbitMQ and Erlang are looked up: the folders that were named, then PATH."""
    return os.pathsep.join(folders for folders in (named(), os.environ.get("PATH")) if folders)


def installed() -> Path | None:
    """Return the script that starts a broker on this machine, or None.

    Raise BadInput where RUNOFF_RABBITMQ names folders without one: another never replaces it.
    """
    folders = named()
    if folders:
        script = shutil.which("rabbitmq-server", path=folders)
        missing = [name for name in ("erl", "epmd") if not shutil.which(name, path=search_path())]
        if script and not missing:
            return Path(script)
        lacks = " and no ".join(missing) if script else "rabbitmq-server"
        raise BadInput(
            f"{NAMED_BY}={folders} holds no {lacks}; name the folder of RabbitMQ's programs (sbin) and the one of its "
            "Erlang's, separated as in PATH"
        )
    on_path = shutil.which("rabbitmq-server")
    for path in (*SCRIPTS, *([on_path] if on_path else [])):
        if Path(path).exists() and shutil.which("epmd"):
            return Path(path)
    return None


class OwnBroker:
    """Base class of the brokers that we start.

    ``port`` on the loopback interface accepts AMQP, and each of ROLES has a password for the broker's lifetime.
    """

    def __init__(self, port: int, passwords: dict[str, str]) -> None:
        self.port = port
        self.passwords = passwords

    def url(self, role: str) -> str:
        """Return the URL of ``role`` (a key of ROLES), with its password."""
        return f"amqp://{role}:{quote(self.passwords[role])}@127.0.0.1:{self.port}/{VHOST}"

    def version(self) -> str:
        """Return the broker's release, which it announces in AMQP."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(AMQP_HEADER)
            greeting = connection.recv(4096)
        _, _, after = greeting.partition(b"\x07versionS")
        length = int.from_bytes(after[:4], "big")
        return after[4 : 4 + length].decode()


@dataclass(frozen=True)
class Members:
    """The nodes of a cluster, and what they share: users, cookie, and the name server, which the first one runs."""

    ports: tuple[int, ...]  # where each accepts AMQP
    epmd_port: int
    passwords: dict[str, str]
    cookie: str

    @classmethod
    def of(cls, count: int) -> Members:
        """Return ``count`` members on free ports."""
        *ports, epmd_port = free_ports(count + 1)
        return cls(tuple(ports), epmd_port, new_passwords(), secrets.token_hex(20))

    def configuration(self) -> list[str]:
        """Return the lines by which a node finds the others; one that sees a minority alone stops serving."""
        if len(self.ports) == 1:
            return []
        nodes = "cluster_formation.classic_config.nodes"
        return [
            "cluster_formation.peer_discovery_backend = classic_config",
            *(f"{nodes}.{number} = {node_name(port)}" for number, port in enumerate(self.ports, 1)),
            "cluster_partition_handling = pause_minority",
        ]


class Node(OwnBroker):
    """A process of this machine's rabbitmq-server, or of the one that RUNOFF_RABBITMQ names now.

    ``tls_port`` accepts AMQP over TLS where ``tls`` (``ca``, ``certificate``, ``key``: paths) was given.
    With ``asks_clients`` it requires client certificates of the same ``ca`` over TLS.
    ``policies`` are added to the definitions the node boots with, {name: {"pattern", "apply-to", "definition"}}.
    ``members``: the cluster in which it is number ``index``.
    """

    def __init__(
        self,
        guard: Guard,
        tls: dict[str, Path] | None = None,
        policies: dict[str, Data] | None = None,
        asks_clients: bool = False,
        members: Members | None = None,
        index: int = 0,
    ) -> None:
        self._members = members or Members.of(1)
        super().__init__(self._members.ports[index], self._members.passwords)
        self.name = node_name(self.port)
        self._is_first = index == 0
        self.tls_port, self._dist_port = free_ports(2)
        self._guard = guard
        self._script = installed()
        self._search_path = search_path()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._tls = tls
        self._asks_clients = asks_clients
        self.folder = Path(tempfile.mkdtemp(prefix="runoff-broker-"))
        guard.watch_folder(self.folder)
        self._has_plugins = self._script is not None and rabbitmq_plugins.link_needed(
            self._script, self.folder / "plugins"
        )
        self._write_configuration(policies or {})

    def tls_url(self, role: str, host: str = "localhost") -> str:
        """Return the URL of ``role`` over TLS."""
        return f"amqps://{role}:{quote(self.passwords[role])}@{host}:{self.tls_port}/{VHOST}"

    def start(self) -> float:
        """Start, or restart on the same folders after ``kill``; return the seconds until AMQP answers.

        Raise NotReady where it does not.
        """
        began = time.monotonic()
        self.launch()
        self.wait_until_ready(began)
        return time.monotonic() - began

    def launch(self) -> None:
        """Start it, without waiting until it is ready; raise NotReady where there is nothing to start."""
        if self._script is None:
            raise NotReady("rabbitmq-server is not installed")
        if self._is_first and "epmd" not in self._processes:
            # Erlang's name server would otherwise be started by the node, for the whole machine, and stay.
            self._launch("epmd", ["epmd", "-port", str(self._members.epmd_port), "-address", "127.0.0.1"])
        self._launch("broker", [str(self._script), "-noinput"])

    def wait_until_ready(self, began: float) -> None:
        """Wait until it serves AMQP, for READY_WITHIN_S from ``began`` on; raise NotReady where it does not."""
        while not answers(self.port):
            if self._processes["broker"].poll() is not None:
                raise NotReady(self._complaint(ending(self._processes["broker"].returncode)))
            if time.monotonic() - began > READY_WITHIN_S:
                raise NotReady(self._complaint(f"no answer after {READY_WITHIN_S:.0f} s"))
            time.sleep(0.02)

    def kill(self) -> None:
        """Send SIGKILL, which like a power cut flushes nothing."""
        self._end("broker", signal.SIGKILL)

    def end(self) -> None:
        """End the broker in order; ``start`` starts it again."""
        self._end("broker", signal.SIGTERM)

    def suspend(self, on: bool) -> None:
        """Stop (SIGSTOP) or continue the broker: stopped, it is to others like one behind a cut cable."""
        self._processes["broker"].send_signal(signal.SIGSTOP if on else signal.SIGCONT)

    def memory_alarm(self, on: bool) -> None:
        """Block (or unblock) every publisher, as a node short of memory does."""
        self.control("set_vm_memory_high_watermark", "absolute" if on else "0.4", *(["1MB"] if on else []))

    def disk_alarm(self, on: bool) -> None:
        """Block (or unblock) every publisher, as a node short of disk space does."""
        self.control("set_disk_free_limit", "1000000GB" if on else "50MB")

    def control(self, *arguments: str, within_s: float = 60.0) -> str:
        """Run rabbitmqctl against this node and return its output; this takes a second, since Erlang boots."""
        assert self._script is not None
        run = subprocess.run(
            [str(self._script.with_name("rabbitmqctl")), "--quiet", *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=within_s,
            check=True,
            start_new_session=True,  # Linux shares cores among sessions: in a busy one it took up to a minute
        )
        return run.stdout

    def queues(self, *columns: str) -> dict[str, Data]:
        """Return {queue: {column: value}} of every queue; ask again where none answers, as happens in a cluster.

        Raise NotReady where none comes at all.
        """
        for _ in range(TRIES):
            with suppress(subprocess.CalledProcessError, subprocess.TimeoutExpired):
                listed = self.control(
                    "list_queues", "-p", VHOST, "--formatter", "json", "name", *columns, within_s=ASK_S
                )
                return {row["name"]: row for row in json.loads(listed)}
        raise NotReady(f"{self.name} did not list its queues, asked {TRIES} times for {ASK_S:.0f} s")

    @property
    def pids(self) -> list[int]:
        """The ids of its processes."""
        return [process.pid for process in self._processes.values()]

    def stop(self) -> None:
        """End the broker in order, then epmd, and remove every file."""
        self.end()
        self._end("epmd", signal.SIGTERM)
        remove(str(self.folder))
        self._guard.release_folder(self.folder)

    def _launch(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log, unbroken():
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C meant for the driver must not end the broker before its clients
            )
            self._processes[name] = process
            self._guard.watch(process.pid)

    def _end(self, name: str, how: signal.Signals) -> None:
        process = self._processes.pop(name, None)
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            pass
        kill_group(process.pid)  # with its port programs; one may hang
        process.wait()
        self._guard.release(process.pid)

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            **surroundings.for_interpreters(),
            "PATH": self._search_path,
            "HOME": str(folder / "home"),  # holds the cookie that lets a rabbitmqctl in
            "ERL_EPMD_PORT": str(self._members.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_ALLOW_INPUT": "1",  # the script then becomes the broker: the pid we know is the one that serves
            "RABBITMQ_CONF_ENV_FILE": str(folder / "environment.conf"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            **({"RABBITMQ_PLUGINS_DIR": str(folder / "plugins")} if self._has_plugins else {}),
        }

    def _write_configuration(self, policies: dict[str, Data]) -> None:
        home = self.folder / "home"
        home.mkdir()
        cookie = home / ".erlang.cookie"
        cookie.write_text(self._members.cookie, encoding="ascii")
        cookie.chmod(0o400)
        (self.folder / "environment.conf").touch()
        (self.folder / "advanced.config").write_text("[].\n", encoding="ascii")
        (self.folder / "enabled_plugins").write_text("[].\n", encoding="ascii")
        definitions = self.folder / "definitions.json"
        definitions.write_text(json.dumps(definitions_of(self.passwords, policies)), encoding="utf-8")
        lines = [
            f"listeners.tcp.1 = 127.0.0.1:{self.port}",
            f"load_definitions = {definitions}",  # read at boot: no user has a default password at any moment
            "log.console = true",
            "log.file = false",
            *self._members.configuration(),
        ]
        if self._tls:
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                f"ssl_options.cacertfile = {self._tls['ca']}",
                f"ssl_options.certfile = {self._tls['certificate']}",
                f"ssl_options.keyfile = {self._tls['key']}",
                "ssl_options.versions.1 = tlsv1.2",
            ]
        if self._asks_clients:
            lines += ["ssl_options.verify = verify_peer", "ssl_options.fail_if_no_peer_cert = true"]
        (self.folder / "rabbitmq.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _complaint(self, otherwise: str) -> str:
        log = (self.folder / "broker.log").read_text(encoding="utf-8", errors="replace")
        said = [line.strip() for line in log.splitlines() if "error" in line.lower()]
        return said[-1] if said else otherwise


def node_name(port: int) -> str:
    """Return the Erlang name of the node that accepts AMQP at ``port``."""
    return f"runoff-{port}@localhost"


def answers(port: int) -> bool:
    """Return whether AMQP's greeting gets a frame back; a port opens before the broker serves."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(AMQP_HEADER)
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def free_ports(count: int) -> list[int]:
    """Return different ports of the loopback interface that are free now and that no outgoing connection is given."""
    with ExitStack() as servers:
        ports: list[int] = []
        for port in random.SystemRandom().sample(SERVER_PORTS, len(SERVER_PORTS)):
            with suppress(OSError):
                servers.enter_context(socket.create_server(("127.0.0.1", port)))
                ports.append(port)
            if len(ports) == count:
                return ports
    raise NotReady(f"of the ports {SERVER_PORTS[0]} to {SERVER_PORTS[-1]} no {count} are free")
