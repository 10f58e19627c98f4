# Run by the interpreter under test in the peer's environment: -m contenders.peers.ray_core FOLDER
"""Ray: remote functions, or the methods of one actor, on a node of one CPU that lives as long as this process."""

from __future__ import annotations

import os

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before the import: nothing leaves this machine

import ray

from contenders.peers import gathering

STORE_BYTES = 100 * 2**20  # small results travel in messages; the default is a third of the memory


@ray.remote
def noop(number: int) -> int:
    """Return ``number``."""
    return number


@ray.remote
class Actor:
    """An actor with the same task as a method."""

    def noop(self, number: int) -> int:
        """Return ``number``."""
        return number


if __name__ == "__main__":
    parser = gathering.parser("contenders.peers.ray_core")
    parser.add_argument("folder", help="where Ray keeps its files and UNIX sockets; a short path")
    parser.add_argument("--actor", action="store_true")
    given = parser.parse_args()
    ray.init(
        num_cpus=1,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=STORE_BYTES,
        _node_ip_address="127.0.0.1",
        _temp_dir=given.folder,
    )
    remote = Actor.remote().noop.remote if given.actor else noop.remote
    gathering.ask(gathering.Gathering(remote, ray.get), given)
    ray.shutdown()
