# Run by the driver (Python 3.9 upward).
"""A RabbitMQ broker for one run: at a given URL, listening on this machine, a private node, or a container.

The first that accepts us is used; RUNOFF_RABBITMQ asks for a private node, and for its release. A private node shares
nothing with a system's broker (name, ports, cookie, folders, epmd are its own) and leaves no trace.
"""

from __future__ import annotations

import os
import re
import secrets
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import pika
import pika.exceptions
from pika.adapters.utils.connection_workflow import AMQPConnectorException

from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.interpreters import install
from runoff.services import rabbitmq_cluster, rabbitmq_container, rabbitmq_node
from runoff.services.rabbitmq_cluster import Cluster
from runoff.services.rabbitmq_container import Container
from transports import broker_urls, redaction

LOCAL = "amqp://guest:guest@127.0.0.1:5672/%2F"
SHAPE = "a broker of yours, amqp://USER:PASSWORD@HOST:5672/VHOST"
#: Options of an amqps URL: the authority to trust, and the client certificate with its key.
TLS_FILES = ("ca", "certificate", "key")
ANSWER_S = 5.0  # what listens at a URL has so long to answer as a broker


@dataclass
class Broker:
    """A broker; ``client`` and ``worker`` are URLs of users with the rights that each needs.

    ``described`` names it without secrets; ``node``, ``cluster`` or ``container`` is set for one that we started.
    ``full`` is the URL of a user with full rights, where it is reached in another way than at one of these.
    """

    client: str
    worker: str
    described: str
    node: rabbitmq_node.Node | None = None
    container: Container | None = None
    cluster: Cluster | None = None
    full: str | None = None

    @property
    def own(self) -> rabbitmq_node.Node | Cluster | Container | None:
        """The broker, where we started it."""
        return self.node or self.cluster or self.container

    @property
    def admin(self) -> str:
        """The URL of a user with full rights; for a broker that we did not start, the given user."""
        return self.own.url("admin") if self.own else self.full or self.client

    @property
    def one(self) -> str:
        """The same at one broker of a cluster, for programs that take no more."""
        first: str = broker_urls.each_broker(self.admin)[0]
        return first

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes of the nodes that we started."""
        nodes = self.node or self.cluster
        return tuple(nodes.pids) if nodes else ()

    @contextmanager
    def queue(self) -> Iterator[dict[str, tuple[str, str]]]:
        """Yield queues for one invocation; delete them afterwards.

        The queues are {environment variable: (URL, how to set it by hand)}. The scenario ``distributed`` reads the
        URLs from its environment, since requests, logs and command lines are readable by others.
        """
        name = f"run-{secrets.token_hex(8)}"
        try:
            yield {
                variable: (f"{url}{'&' if '?' in url else '?'}queue={name}&client={name}", f"set it to {SHAPE}")
                for variable, url in (("RUNOFF_AMQP_CLIENT", self.client), ("RUNOFF_AMQP_WORKER", self.worker))
            }
        finally:
            self.delete(f"runoff.{queue}" for queue in (f"tasks.{name}", f"tasks.{name}-transient", f"reply.{name}"))

    def delete(self, queues: Iterable[str], exchanges: Iterable[str] = ()) -> None:
        """Delete the queues and exchanges that exist; ignore a broker that has ended."""
        with suppress(pika.exceptions.AMQPError, OSError):
            connection = _connect(self.admin)
            channel = connection.channel()
            for queue in queues:  # deleting a missing queue is no error
                channel.queue_delete(queue)
            for exchange in exchanges:
                channel.exchange_delete(exchange)
            connection.close()

    def close(self) -> None:
        """Stop a broker that we started."""
        if self.own:
            self.own.stop()


def obtain(
    url: str | None, guard: Guard, allow_sudo: bool, say: Callable[[str], None], tls: dict[str, Path] | None = None
) -> Broker | str:
    """Return a broker, or the command by which a person can get one.

    ``tls`` holds the files of a private node (Node). ``url`` may be rabbitmq_cluster.NAME. Raise BadInput when it (or
    RUNOFF_AMQP_URL, or RUNOFF_RABBITMQ) was given and does not work: another broker never replaces it.
    """
    given = url or os.environ.get("RUNOFF_AMQP_URL")
    if given == rabbitmq_cluster.NAME:
        return obtain_cluster(guard, allow_sudo, say)
    if given:
        problem = refusal(given)
        if problem:
            raise BadInput(f"no broker at {hidden(given)}: {problem}; correct --amqp-url (or RUNOFF_AMQP_URL)")
        return Broker(given, given, f"RabbitMQ at {hidden(given)}")
    if not rabbitmq_node.named() and refusal(LOCAL) is None:
        return Broker(LOCAL, LOCAL, f"RabbitMQ at {hidden(LOCAL)}, found listening")
    if missing := provided(allow_sudo, say):
        engine = rabbitmq_container.engine()
        return _contained(guard, engine, say) if engine else missing
    return obtain_private(guard, allow_sudo, say, tls)


def provided(allow_sudo: bool, say: Callable[[str], None]) -> str | None:
    """Install rabbitmq-server if need be; return None where it is there, else what a person can do."""
    if rabbitmq_node.installed():
        return None
    return install.provide(tables.read("interpreters.toml")["programs"]["rabbitmq"], allow_sudo, say)


def _contained(guard: Guard, engine: str, say: Callable[[str], None]) -> Broker | str:
    """Return a broker in a container, or why there is none."""
    say(f"trying {engine}, image {rabbitmq_container.IMAGE}")
    container = Container(guard, engine)
    try:
        container.start()
    except rabbitmq_node.NotReady as failure:
        container.stop()
        return f"RabbitMQ in a container did not start: {failure}; or name a broker with --amqp-url"
    described = f"RabbitMQ {container.version()} in a container of our own ({engine})"
    return Broker(container.url("client"), container.url("worker"), described, container=container)


def obtain_private(
    guard: Guard, allow_sudo: bool, say: Callable[[str], None], tls: dict[str, Path] | None = None
) -> Broker | str:
    """Return a private node, which may be killed; or what a person can do to get one."""
    if missing := provided(allow_sudo, say):
        return missing
    node = rabbitmq_node.Node(guard, tls)
    try:
        node.start()
    except rabbitmq_node.NotReady as failure:
        node.stop()
        if folders := rabbitmq_node.named():
            raise BadInput(f"the RabbitMQ in {folders} ({rabbitmq_node.NAMED_BY}) did not start: {failure}") from None
        return f"a private RabbitMQ node did not start: {failure}; or name a broker with --amqp-url"
    return Broker(node.url("client"), node.url("worker"), f"a private RabbitMQ {node.version()} node", node)


def obtain_cluster(guard: Guard, allow_sudo: bool, say: Callable[[str], None]) -> Broker | str:
    """Return a private cluster, whose nodes may be killed; or what a person can do to get one."""
    if missing := provided(allow_sudo, say):
        return missing
    cluster = Cluster(guard)
    say(f"{rabbitmq_cluster.NODES} private RabbitMQ nodes are started")
    try:
        cluster.start()
    except rabbitmq_node.NotReady as failure:
        cluster.stop()
        raise BadInput(f"the private cluster did not start: {failure}; name a broker instead") from None
    except BaseException:  # a Ctrl-C
        cluster.stop()
        raise
    described = f"a private cluster of {rabbitmq_cluster.NODES} RabbitMQ {cluster.version()} nodes"
    return Broker(cluster.url("client"), cluster.url("worker"), described, cluster=cluster)


def refusal(url: str) -> str | None:
    """Return None when the broker at ``url`` accepts us, else a short reason without the password."""
    try:
        connection = _connect(url)
        _publish(connection)
        connection.close()
    except ValueError as error:
        return f"not an AMQP URL that can be used ({error})"
    except pika.exceptions.ConnectionBlockedTimeout:
        return "it accepts no messages now: it is short of memory or of disk space"
    except pika.exceptions.AMQPConnectionError as error:
        return _cause(error)
    except AMQPConnectorException:
        return f"what listens there did not answer as an AMQP broker within {ANSWER_S:g} s"
    except OSError as error:
        return str(error)
    return None


def _publish(connection: Any) -> None:
    """Publish a message to nobody: a broker with an alarm says so to those who publish."""
    channel = connection.channel()
    channel.confirm_delivery()
    with suppress(pika.exceptions.ChannelClosedByBroker):  # no right to publish there, but the broker is awake
        channel.basic_publish("", f"runoff.nobody.{secrets.token_hex(8)}", b"")


def _parameters(url: str) -> list[Any]:
    """Return pika's parameters for each broker that ``url`` names, with its TLS files; raise ValueError otherwise."""
    if redaction.is_cut(url):
        raise ValueError(redaction.ADVICE)
    bare, _, query = url.partition("?")
    files = dict(pair.partition("=")[::2] for pair in query.split("&") if pair)
    secret = url.startswith("amqps:")
    if unknown := set(files).difference(TLS_FILES if secret else ()):
        named = ", ".join(sorted(unknown))
        named = f"what stands before an @: {redaction.ADVICE}" if "@" in named else named
        raise ValueError(f"amqps takes the options {', '.join(TLS_FILES)}, amqp none: not {named}")
    try:
        brokers = [pika.URLParameters(broker) for broker in broker_urls.each_broker(bare)]
    except (ValueError, TypeError, IndexError):  # its message may quote a part of the password
        raise ValueError(redaction.ADVICE) from None
    for parameters in brokers:
        parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = ANSWER_S
    if secret:
        try:
            context = ssl.create_default_context(cafile=files.get("ca"))
            if "certificate" in files:
                if open_key := redaction.key_refusal(files.get("key", files["certificate"])):
                    raise ValueError(open_key)
                context.load_cert_chain(files["certificate"], files.get("key"))
        except OSError as error:
            raise ValueError(f"the TLS files cannot be used: {error}") from None
        for parameters in brokers:
            parameters.ssl_options = pika.SSLOptions(context, parameters.host)
    return brokers


def _connect(url: str) -> Any:
    """Return a connection to the first broker of ``url`` that takes one."""
    return pika.BlockingConnection(_parameters(url))


def _cause(error: Any) -> str:
    """Return the innermost reason in pika's nested connection errors."""
    for name in ("exceptions", "args"):
        inner = getattr(error, name, ())
        if inner and isinstance(inner[0], BaseException):
            return _cause(getattr(inner[0], "exception", inner[0]))
    return str(error) or type(error).__name__


def hidden(url: str) -> str:
    """Return ``url`` with its password as **, and without its options, which name private files."""
    shown: str = redaction.hidden(url)
    return shown.partition("?")[0]


def hidden_in(command: str) -> str:
    """Return a command line without the passwords of its AMQP URLs."""
    return re.sub(r"amqps?://\S*", lambda found: redaction.hidden(found.group()), command)
