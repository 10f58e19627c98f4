# Run by the interpreter under test in the peer's environment: -m contenders.peers.dask_distributed FOLDER
"""dask.distributed: a scheduler, one worker process of one thread and a client, as Client() makes them."""

from __future__ import annotations

from typing import Any

from distributed import Client, LocalCluster

from contenders.peers import gathering


def noop(number: int) -> int:
    """Return ``number``."""
    return number


def batching(client: Any, batch: int) -> gathering.Gathering:
    """Return a client that submits tasks singly, or ``batch`` of them in a message.

    ``pure=False`` makes dask compute each result, rather than return a cached one.
    """

    def in_batches(numbers: list[int]) -> list[int]:
        return list(client.gather(client.map(noop, numbers, pure=False, batch_size=batch)))

    if batch:
        return gathering.Chunked(in_batches)
    return gathering.Gathering(lambda number: client.submit(noop, number, pure=False), client.gather)


if __name__ == "__main__":
    parser = gathering.parser("contenders.peers.dask_distributed")
    parser.add_argument("folder", help="where its processes keep their files")
    parser.add_argument("--batch", type=int, default=0)
    given = parser.parse_args()
    with (
        LocalCluster(
            host="127.0.0.1",
            n_workers=1,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            worker_dashboard_address=None,
            local_directory=given.folder,
        ) as cluster,
        Client(cluster) as client,
    ):
        gathering.ask(batching(client, given.batch), given)
