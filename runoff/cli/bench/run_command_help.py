# Run by the driver (Python 3.9 upward).
"""The help of the commands that a person runs through nox."""

from __future__ import annotations

import click

from runoff.common import tables
from runoff.driver import plan
from runoff.interpreters import variants


class RunCommand(click.Command):
    """A command that a person runs through nox; its help shows that spelling and the possible names."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the usage through nox."""
        formatter.write_usage("nox -s bench-FAMILY[-VERSION] ...", "-- [OPTIONS]")

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the tables of names and the examples."""
        for title, rows in (("Scenarios", plan.SCENARIOS.values()), ("Tasks", plan.TASKS.values())):
            with formatter.section(title):
                formatter.write_dl([(row.name, row.summary) for row in rows])
        with formatter.section("Profiles"):
            profiles = tables.read("experiments.toml")["profiles"]
            formatter.write_dl([(name, profile["summary"]) for name, profile in profiles.items()])
        with formatter.section("Variants, asked for by name and measured with their parents"):
            formatter.write_dl([(f"{variants.PLUS}{name}", row["summary"]) for name, row in variants.rows().items()])
        with formatter.section("Examples"):
            formatter.write_text("nox -s bench-cpython-3.13 bench-pypy")
            formatter.write_text("nox -s bench-cpython -- --task io --scenario threads,tornado --concurrency 10,100")
            formatter.write_text("nox -s bench-cpython -- --profile transports --transport amqp --worker-kind process")
            formatter.write_text("nox -s bench-cpython-3.13t+gil")
            formatter.write_text("nox -s bench-cpython -- --variant O --variant 'utf8=PYTHONUTF8=1 -X importtime'")
            formatter.write_text("nox -s bench-pypy bench-cpython -- --resume")
