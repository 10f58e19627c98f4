"""What ends a command: its own exit code, an error that a person can act on, or an interrupt."""

from __future__ import annotations

import os
import subprocess
import sys

import click
import pytest

from runoff.common import run_command
from runoff.common.errors import BAD_INPUT, INTERRUPTED, NO_READER, NOT_AS_REQUIRED, OK, BadInput
from runoff.common.paths import ROOT


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        (None, OK, ""),
        (NOT_AS_REQUIRED, NOT_AS_REQUIRED, ""),
        (BadInput("no run is there"), BAD_INPUT, "error: no run is there\n"),
        (click.UsageError("No such option"), BAD_INPUT, "error: No such option\n"),
        (
            OSError(28, "No space left on device"),
            BAD_INPUT,
            "error: No space left on device; mend that and try again\n",
        ),
        (
            MemoryError(),
            BAD_INPUT,
            "error: no memory is left; end other programs or raise the limit, and try again\n",
        ),
        (KeyboardInterrupt(), INTERRUPTED, "Interrupted\n"),
        (click.Abort(), INTERRUPTED, "Interrupted\n"),
    ],
)
def test_every_end_has_its_exit_code_and_at_most_one_line(monkeypatch, capsys, outcome, code, said):
    @click.command()
    def command():
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr("sys.argv", ["runoff"])
    assert run_command.run(command, "runoff") == code
    assert capsys.readouterr().err.lstrip("\n") == said


CLOSED = """
import os, sys
import click
from runoff.common import run_command

@click.command()
def command():
    print("said", sys.stdout.isatty(), sys.stdin.read(), file=sys.stderr, flush=True)
    print("said", flush=True)
    assert os.open(os.devnull, os.O_RDONLY) > 2
    os.write(1, b"by a child, say")

sys.exit(run_command.run(command, "runoff"))
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX closes the streams")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_whose_standard_streams_are_closed_runs_all_the_same(closed):
    ran = subprocess.run(["sh", "-c", f'"$0" -c "$1" {closed}', sys.executable, CLOSED], cwd=ROOT, timeout=60)
    assert ran.returncode == 0


PIPED = """
import sys
import click
from rich.console import Console
from runoff.common import run_command

@click.command()
@click.argument("printer")
def command(printer):
    {"print": print, "echo": click.echo, "rich": Console().print}[printer]("a line")

sys.exit(run_command.run(command, "runoff"))
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX says how a program in a pipe ended")
@pytest.mark.parametrize("printer", ["print", "echo", "rich"])
def test_a_pipe_whose_reader_has_gone_is_no_broken_promise(printer):
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-c", PIPED, printer], cwd=ROOT, timeout=60, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert (ran.returncode, ran.stderr) == (NO_READER, "")


REFUSED = """
import sys
import click
from runoff.common import run_command
from runoff.common.errors import BadInput

@click.command()
def command():
    raise BadInput("no run is there")

sys.exit(run_command.run(command, "runoff"))
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX says how a program in a pipe ended")
def test_an_error_that_nobody_reads_keeps_its_exit_code():
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run([sys.executable, "-c", REFUSED], cwd=ROOT, timeout=60, stdout=writer, stderr=writer)
    os.close(writer)
    assert ran.returncode == BAD_INPUT


LIMITED = """
import click
from runoff.common import run_command

@click.command()
def command():
    print("ran")

raise SystemExit(run_command.run(command, "runoff"))
"""


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX limits the address space")
@pytest.mark.parametrize(("kib", "code"), [(1 << 20, 0), ((1 << 20) - 4, 2)])
def test_an_address_space_that_the_libraries_would_fill_is_refused_in_one_sentence(kib, code):
    command = ["sh", "-c", f'ulimit -v {kib} && exec "$0" -c "$1"', sys.executable, LIMITED]
    ran = subprocess.run(command, cwd=ROOT, timeout=60, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (code, "" if code else "ran\n")
    assert ran.stderr.startswith("error: the address space is limited to 1023 MiB" if code else "")
    assert ran.stderr.count("\n") == bool(code)
