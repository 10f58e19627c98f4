# Run by the report (Python 3.9 upward).
"""Write the page and its numbers into a folder: index.html, numbers.json and numbers.csv."""

from __future__ import annotations

import json
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.report.output.export.numbers_csv import as_csv


def write(folder: Path, data: Data, page: str) -> None:
    """Write index.html, numbers.json and numbers.csv into ``folder``."""
    files = {"index.html": page, "numbers.json": as_json(data), "numbers.csv": as_csv(data)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}; name another folder: --into") from None


def as_json(data: Data) -> str:
    """Return all of the page's data as JSON; pictures as their rows."""
    pictures = [
        {
            "name": each.name,
            "title": each.title,
            "finding": each.finding,
            "sentence": each.sentence,
            "rows": each.rows,
        }
        for each in data["pictures"]
    ]
    return json.dumps({**data, "pictures": pictures}, indent=1, allow_nan=False)
