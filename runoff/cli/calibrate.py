# Run by the driver (Python 3.9 upward).
"""Count how often the statistics are wrong."""

from __future__ import annotations

import click

from runoff.cli.console import with_width
from runoff.common.errors import OK, PROMISE_BROKEN, BadInput
from runoff.common.progress import Progress
from runoff.validation import calibrate


@click.command("calibrate")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0), help="Seed of the simulations.")
@click.option(
    "--trials",
    default=400,
    show_default=True,
    type=click.IntRange(min=0),
    help="Simulated trials for each question; 0: none.",
)
@click.option(
    "--replays",
    default=4,
    show_default=True,
    type=click.IntRange(min=0),
    help="Replayed runs for each question; 0: none.",
)
@click.option(
    "--pairs",
    default=40,
    show_default=True,
    type=click.IntRange(min=0),
    help="Real A/A pairs, beside a stalled server and a false clock; 0: none of these.",
)
@click.option(
    "--deal",
    default=24,
    show_default=True,
    type=click.IntRange(min=0),
    help="Real invocations of each of some cells, dealt to two labels; 0: none, else 16 or more.",
)
@click.option(
    "-n", default=5, show_default=True, type=click.IntRange(min=2), help="Invocations on each side of a real pair."
)
def command(seed: int, trials: int, replays: int, pairs: int, deal: int, n: int) -> int:
    """Print how often the instrument is wrong. Exit code 1 where a promise is broken."""
    if 0 < deal < 2 * max(calibrate.DEALT):
        raise BadInput(f"--deal {deal} is too few: deals of {max(calibrate.DEALT)} to each side need twice as many")
    console = with_width(piped=160)
    findings = calibrate.Findings()
    try:
        with Progress(console) as progress:
            if trials:
                calibrate.on_simulated(findings, progress, seed, trials)
                calibrate.on_played(findings, progress, seed, trials)
            if replays:
                calibrate.on_replayed(findings, progress, seed, replays)
            if deal:
                calibrate.on_dealt(findings, progress, seed, deal)
            if pairs:
                calibrate.on_real(findings, progress, pairs, n)
    finally:
        console.print(findings.table)  # what was found so far, too
    console.print(
        f"Seed {seed}. A promise is broken if a true rate equal to it would give so high a count "
        "at most 2.5 % of the time."
    )
    return PROMISE_BROKEN if findings.broken else OK
