# Run by the driver (Python 3.9 upward).
"""Choose the applications that a private node needs from all those that come with RabbitMQ.

Erlang looks for each module that it loads in one application's folder after another. A node without plugins needs 20 of
the 71 applications of RabbitMQ 3.10, and starts sooner where it finds only those.
"""

from __future__ import annotations

import re
from pathlib import Path

#: What an application's .app file says of those that it needs.
NEEDS = re.compile(r"\{(?:applications|included_applications)\s*,\s*\[([^\]]*)\]")


def link_needed(script: Path, into: Path) -> bool:
    """Fill the new folder ``into`` with links to the applications that the rabbitmq-server ``script`` needs.

    Return False, and make nothing, where they are not in the folder ``plugins`` of its release.
    """
    plugins = script.resolve().parent.parent / "plugins"
    every = {path.stem: path for path in plugins.glob("*/ebin/*.app")}
    if "rabbit" not in every:
        return False
    into.mkdir()
    for path in _needed("rabbit", every):
        folder = path.parent.parent
        (into / folder.name).symlink_to(folder)
    return True


def _needed(first: str, every: dict[str, Path]) -> list[Path]:
    """Return the .app files of ``first`` and of what it needs of ``every``, directly or not."""
    found: dict[str, Path] = {}
    left = [first]
    while left:
        name = left.pop()
        if name not in found:
            found[name] = every[name]
            needs = " ".join(NEEDS.findall(every[name].read_text(encoding="utf-8")))
            left += [each for each in re.findall(r"\w+", needs) if each in every]
    return list(found.values())
