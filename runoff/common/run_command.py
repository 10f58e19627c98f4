# Run by the driver (Python 3.9 upward).
"""A command line run to its exit code."""

from __future__ import annotations

import sys

import click

from runoff.common.errors import BAD_INPUT, INTERRUPTED, OK, BadInput


def run(cli: click.Command, name: str) -> int:
    """The exit code of ``cli``: what it returns, else 0. Every expected failure is one line on stderr and BAD_INPUT."""
    try:
        return int(cli(standalone_mode=False, prog_name=name) or OK)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except click.ClickException as error:
        print(f"error: {error.format_message()}", file=sys.stderr)
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        print("Interrupted", file=sys.stderr)
        return INTERRUPTED
