# Run by the driver (Python 3.9 upward).
"""Keep the values of variables that a person passes on out of what is printed and stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

SECRET_LENGTH = 6  # a shorter value stands by chance in many places, and hides nothing
INSTEAD = "**"


def texts(values: Iterable[str]) -> list[str]:
    """Return what is to be hidden of ``values``: each, and each line of it, as it is and quoted; the longest first."""
    kept = {text for value in values for text in (value, *value.splitlines()) if len(text) >= SECRET_LENGTH}
    quoted = {show(text)[1:-1] for text in kept for show in (repr, ascii, json.dumps)}
    return sorted(kept | quoted, key=lambda text: (-len(text), text))


def hide(content: Any, hidden: list[str]) -> Any:
    """Return ``content`` (plain data) with INSTEAD for each of ``hidden``, in every string of it."""
    if isinstance(content, str):
        for text in hidden:
            content = content.replace(text, INSTEAD)
        return content
    if isinstance(content, list):
        return [hide(item, hidden) for item in content]
    if isinstance(content, dict):
        return {hide(key, hidden): hide(value, hidden) for key, value in content.items()}
    return content
