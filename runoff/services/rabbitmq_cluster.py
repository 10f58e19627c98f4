# Run by the driver (Python 3.9 upward).
"""A private cluster of three RabbitMQ nodes on the loopback interface, whose nodes can be killed one by one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from urllib.parse import quote

from runoff.common.guard import Guard
from runoff.common.loose import Data
from runoff.services.rabbitmq_definitions import VHOST
from runoff.services.rabbitmq_node import Members, Node, NotReady, answers

#: What a person writes in place of a broker's URL to get one.
NAME = "cluster"
NODES = 3
#: After the nodes answer, the members of a queue find each other.
WHOLE_WITHIN_S = 60.0


class Cluster:
    """Three nodes. ``url`` names all of them."""

    def __init__(self, guard: Guard) -> None:
        self._members = Members.of(NODES)
        self.nodes = [Node(guard, members=self._members, index=index) for index in range(NODES)]

    def url(self, role: str, first: Node | None = None) -> str:
        """Return the URL of ``role`` (of rabbitmq_definitions.ROLES) at all nodes, ``first`` before the others."""
        nodes = sorted(self.nodes, key=lambda node: node is not first)
        brokers = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        return f"amqp://{role}:{quote(self._members.passwords[role])}@{brokers}/{VHOST}"

    def version(self) -> str:
        """Return the release of its first node."""
        return self.nodes[0].version()

    @property
    def pids(self) -> list[int]:
        """The ids of its processes."""
        return [pid for node in self.nodes for pid in node.pids]

    def start(self) -> float:
        """Start all nodes at once; return the seconds until each answers. Raise NotReady where one does not."""
        began = time.monotonic()
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.wait_until_ready(began)
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill all nodes, as a power cut of the whole room would."""
        for node in self.nodes:
            node.kill()

    def stop(self) -> None:
        """End all nodes and remove every file; nothing in them is kept, so no order is needed."""
        self.kill()
        for node in reversed(self.nodes):  # the first one runs the name server
            node.stop()

    def leader(self, queue: str) -> Node:
        """Return the node whose member leads the quorum queue called ``queue``."""
        by_name = {node.name: node for node in self.nodes}
        return by_name[self._queues("leader")[queue]["leader"]]

    def wait_until_whole(self, queues: Iterable[str]) -> None:
        """Wait until each of ``queues`` has all its members; raise NotReady where one has not in time."""
        until = time.monotonic() + WHOLE_WITHIN_S
        while True:
            seen = self._queues("online")
            lacking = [queue for queue in queues if len(seen.get(queue, {}).get("online", ())) < NODES]
            if not lacking:
                return
            if time.monotonic() > until:
                raise NotReady(f"{', '.join(lacking)} lacks a member {WHOLE_WITHIN_S:.0f} s after all nodes answered")

    def _queues(self, column: str) -> dict[str, Data]:
        """Return {queue: {column: value}}, as a node that serves sees it."""
        return next(node for node in self.nodes if answers(node.port)).queues(column)
