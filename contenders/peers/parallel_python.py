# Run by the interpreter under test in the peer's environment: -m contenders.peers.parallel_python
"""Parallel Python: a server of one worker process. The original and its fork ppft are both imported as pp."""

from __future__ import annotations

import pp

from contenders.peers import gathering


def noop(number: int) -> int:
    """Return ``number``."""
    return number


if __name__ == "__main__":
    given = gathering.parser("contenders.peers.parallel_python").parse_args()
    server = pp.Server(1)
    client = gathering.Gathering(
        lambda number: server.submit(noop, (number,)), lambda begun: [result() for result in begun]
    )
    gathering.ask(client, given)
    server.destroy()
