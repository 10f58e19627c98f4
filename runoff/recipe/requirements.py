# Run by the driver (Python 3.9 upward).
"""The pins of a worker: what the run's interpreter had, as far as a worker or a person's function needs it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runoff.common.loose import Table

#: Distributions that a worker behind RabbitMQ imports (enum34: pika on Python 2.7; msgpack: the codec of that name).
NEEDED = ("six", "pika", "enum34", "msgpack")


def pins(packages: Sequence[str], table: Table) -> list[str]:
    """Return the lines of requirements.txt.

    ``packages`` has the pins of a person's function first, then those of ``table`` (interpreters.toml), of which a
    worker needs a few. Of two pins of one distribution the person's counts, as it did in the run.
    """
    ours = {
        line
        for row in table["environments"]
        for lines in (row["packages"], *row.get("optional", {}).values())
        for line in lines
    }
    kept: dict[str, str] = {}
    for at, line in enumerate(packages):
        name = re.split(r"[=<>; ]", line, maxsplit=1)[0].lower()
        if line not in ours or line in packages[at + 1 :] or name in NEEDED:
            kept.setdefault(name, line)
    return list(kept.values())
