# Run by the driver (Python 3.9 upward).
"""The pins of a worker: those that the run's interpreter had, as far as a worker needs them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: Distributions that a worker behind RabbitMQ imports (enum34: pika on Python 2.7; msgpack: the codec of that name).
NEEDED = ("six", "pika", "enum34", "msgpack")


def pins(packages: Iterable[str], own: Sequence[str] = ()) -> list[str]:
    """Return the lines of requirements.txt: what of ``packages`` a worker needs, and ``own`` requirements."""
    return [line for line in packages if re.split(r"[=<>; ]", line, maxsplit=1)[0] in NEEDED] + list(own)
