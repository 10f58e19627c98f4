"""What ends a command: its own exit code, an error that a person can act on, or an interrupt."""

from __future__ import annotations

import click
import pytest

from runoff.common import run_command
from runoff.common.errors import BAD_INPUT, INTERRUPTED, NOT_ALL_RUN, OK, BadInput


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        (None, OK, ""),
        (NOT_ALL_RUN, NOT_ALL_RUN, ""),
        (BadInput("no run is there"), BAD_INPUT, "error: no run is there\n"),
        (click.UsageError("No such option"), BAD_INPUT, "error: No such option\n"),
        (
            OSError(28, "No space left on device"),
            BAD_INPUT,
            "error: No space left on device; mend that and try again\n",
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
