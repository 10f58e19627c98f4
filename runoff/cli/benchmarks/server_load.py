# Run by the driver (Python 3.9 upward).
"""Load the latency server."""

from __future__ import annotations

import click

from runoff.benchmarks.own_cost import latency_server
from runoff.cli.console import console
from runoff.cli.option_values import Finite


@click.command("server-load")
@click.option(
    "--at-once",
    default=4000,
    show_default=True,
    type=click.IntRange(1, 25_000),  # connections from one address: the ports that Linux has for them
    help="How many requests are open at the same time.",
)
@click.option(
    "--rounds",
    default=5,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="How many requests each connection sends.",
)
@click.option(
    "--delay-ms",
    default=1000.0,
    show_default=True,
    type=Finite(0, 600_000),
    help="How long the server waits before it answers.",
)
def command(at_once: int, rounds: int, delay_ms: float) -> None:
    """Show that the latency server is not the bottleneck: how late its answers are with thousands at once."""
    latency_server.show(console, at_once, rounds, delay_ms)
