# Run by the driver (Python 3.9 upward).
"""Run a command line and turn its errors into exit codes."""

from __future__ import annotations

import io
import os
import sys

import click

from runoff.common.errors import BAD_INPUT, INTERRUPTED, NO_READER, OK, BadInput
from runoff.common.paths import shown

#: Bytes of address space. With 0.4 of it OpenBLAS asks for memory for ever, with 0.2 a library cannot be loaded.
ADDRESS_SPACE = 1 << 30


def run(cli: click.Command, name: str) -> int:
    """Run ``cli``; return its exit code, or 0. An expected failure prints one line on stderr and gives BAD_INPUT."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack letters of names
    try:
        _require_address_space()
        code = int(cli(standalone_mode=False, prog_name=name) or OK)
        sys.stdout.flush()
        return code
    except BadInput as error:
        _say(f"error: {error}")
        return BAD_INPUT
    except click.ClickException as error:
        _say(f"error: {error.format_message()}")
        return BAD_INPUT
    except (SystemExit, BrokenPipeError):  # click and rich exit when the reader of a pipe has gone, as head does
        _discard(1)
        return NO_READER
    except OSError as error:  # a full disk, a folder that cannot be written to, too few descriptors
        where = f"{shown(str(error.filename))}: " if error.filename else ""
        _say(f"error: {where}{error.strerror or error}; mend that and try again")
        return BAD_INPUT
    except MemoryError:
        _say("error: no memory is left; end other programs or raise the limit, and try again")
        return BAD_INPUT
    except (KeyboardInterrupt, click.Abort):
        _say("Interrupted")
        return INTERRUPTED


def _say(text: str) -> None:
    """Print one line on stderr, where somebody may read it."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _discard(2)


def _discard(number: int) -> None:
    """Give a standard stream the null device: what is left in it would fail again while Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), number)


def _require_address_space() -> None:
    """Refuse a limit under which the driver's libraries would fail in ways of their own."""
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < ADDRESS_SPACE:
        raise BadInput(
            f"the address space is limited to {limit >> 20} MiB (ulimit -v) and {ADDRESS_SPACE >> 20} MiB are needed: "
            "raise it; to limit memory, use a control group"
        )


def _open_what_is_closed() -> None:
    """Give a standard stream that was closed the null device: the next file that is opened would have its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
