# Run by the driver and by the report (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Objects whose shape mypy does not know, each with the reason why."""

from __future__ import annotations

from typing import Any

#: A table of a TOML file that a person edits. Each reader takes the keys that it knows.
Table = dict[str, Any]
#: Plain data that leaves for JSON, CSV or a picture. It is made in one place and read by another language.
Data = dict[str, Any]
#: The options of a command as click hands them over. The command's decorators say what each one is.
Options = dict[str, Any]
#: JSON that another program wrote. Its reader checks it field by field.
Reply = dict[str, Any]
