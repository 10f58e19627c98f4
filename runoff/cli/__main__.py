# Run by the driver (Python 3.9 upward): python -m runoff.cli COMMAND; noxfile.py calls it.
"""The commands by name; only the requested one is imported, so that each starts fast."""

from __future__ import annotations

import importlib
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a Ctrl-C during the imports ends it without a traceback

import click

from runoff.common import parent, run_command
from runoff.common.guard import ENDING

#: {command: the module in runoff/cli/ that holds it}
COMMANDS = {
    "enlist": "bench.enlist",
    "measure": "bench.measure",
    "interpreters": "interpreters",
    "try": "try_function",
    "report": "report",
    "compare": "compare",
    "recipe": "deployment.recipe",
    "capacity": "deployment.capacity",
    "export": "export",
    "calibrate": "calibrate",
    "published": "published",
    "mutate": "mutate",
    "catalog-page": "catalog_page",
    "public": "benchmarks.public",
    "server-load": "benchmarks.server_load",
    "harness-cost": "benchmarks.harness_cost",
    "transports": "benchmarks.transports",
    "hosts": "benchmarks.hosts",
    "workers": "deployment.workers",
    "soak": "deployment.soak",
}


#: {command: the nox session that runs it}, where the two differ; a command of its own has none.
SESSIONS = {
    "public": "bench-public",
    "server-load": "bench-server",
    "harness-cost": "bench-harness",
    "transports": "bench-transports",
    "catalog-page": None,
}


class Commands(click.Group):
    """A group that imports a command when it is asked for, and whose help shows how a person runs it through nox."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command with the name that its usage shows."""
        name, command, rest = super().resolve_command(ctx, args)
        session = SESSIONS.get(name, name) if name else None
        if session:
            ctx.info_name, name = "nox -s", f"{session} --"
        return name, command, rest

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an empty argument; as a folder it would be the current one, as a name everything."""
        ours = args[: args.index("--")] if "--" in args else args  # what follows is a benchmark's own
        for before, word in zip(["", *ours], ours):
            empty = word.startswith("--") and word.endswith("=")
            if empty or not word:
                option = word[:-1] if empty else before
                where = f"{option} has an empty value" if option.startswith("--") else "an argument is empty"
                raise click.UsageError(f"{where} (is it a variable that is not set?); give it one, or leave it out")
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command called ``cmd_name``, or None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"runoff.cli.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run one of Runoff's commands. Everything after -- on nox's command line arrives here."""


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run the command line; return its exit code."""
    for each in ENDING:
        if signal.getsignal(each) is signal.SIG_DFL:  # below nohup SIGHUP is ignored
            signal.signal(each, _interrupt)
    parent.end_with_parent()
    code = run_command.run(cli, "runoff")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while Python ends, a KeyboardInterrupt would go unheard
    return code


if __name__ == "__main__":
    sys.exit(main())
