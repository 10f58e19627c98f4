# Run by the driver (Python 3.9 upward).
"""What may happen to a cluster: one row for each fault. Each ends with all nodes started again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from runoff.services.rabbitmq_cluster import Cluster
from runoff.services.rabbitmq_node import Node

#: Before a killed node is started again: the others elect a leader meanwhile.
DOWN_S = 1.0
#: The others elect a leader within 10 s, and take the node for gone after 45 (Erlang's net tick).
CUT_S = 12.0
#: For so long a node is short of disk space, and so the cluster accepts nothing.
FULL_S = 3.0


def kill_leader(cluster: Cluster, queue: str) -> None:
    """Kill the node that leads ``queue``, and start it again."""
    node = cluster.leader(queue)
    node.kill()
    time.sleep(DOWN_S)
    node.start()


def restart_one(cluster: Cluster, queue: str) -> None:
    """End a node that does not lead ``queue`` in order, and start it again."""
    node = _follower(cluster, queue)
    node.end()
    node.start()


def cut_off(cluster: Cluster, queue: str) -> None:
    """Stop the node that leads ``queue`` (SIGSTOP), as if its cable were cut, and continue it."""
    node = cluster.leader(queue)
    node.suspend(True)
    time.sleep(CUT_S)
    node.suspend(False)


def fill(cluster: Cluster, queue: str) -> None:
    """Let the disk of a node that does not lead ``queue`` be full for a while: all nodes stop accepting."""
    node = _follower(cluster, queue)
    node.disk_alarm(True)
    time.sleep(FULL_S)
    node.disk_alarm(False)


def restart_in_turn(cluster: Cluster, queue: str) -> None:
    """End and start each node in turn, the next when the queue has all its members again."""
    for node in cluster.nodes:
        node.end()
        node.start()
        cluster.wait_until_whole([queue])


def _follower(cluster: Cluster, queue: str) -> Node:
    leader = cluster.leader(queue)
    return next(node for node in cluster.nodes if node is not leader)


def restart_all(cluster: Cluster, _queue: str) -> None:
    """Kill all nodes at the same time, and start all."""
    cluster.kill()
    cluster.start()


@dataclass(frozen=True)
class Fault:
    """``strike(cluster, queue)`` makes it, and repairs it. ``aim_s``: for the longest gap, where there is one."""

    name: str
    strike: Callable[[Cluster, str], None]
    seconds: float  # that it takes, about, for the time that is left
    aim_s: float | None = None


FAULTS = (
    Fault("leader killed", kill_leader, 10.0, aim_s=1.0),
    Fault("a node restarted", restart_one, 10.0),
    Fault("a minority cut off", cut_off, 20.0),
    Fault("a node's disk full", fill, 8.0),
    Fault("rolling restart", restart_in_turn, 35.0),
    Fault("full restart", restart_all, 15.0),
)
