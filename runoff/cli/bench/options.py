# Run by the driver (Python 3.9 upward).
"""The options of a run, which bench-* sessions and ``try`` take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from runoff.cli.option_values import AMQP_URL, Finite, names, numbers
from runoff.common.loose import Options
from runoff.driver import plan
from runoff.records import cell_options
from runoff.records.parameters import OPTIONS

RUN_OPTIONS = [
    click.option(
        "--profile", metavar="NAME", help="How long and how carefully to measure: smoke, quick (the default), rigorous."
    ),
    click.option(
        "--scenario", "scenarios", multiple=True, callback=names, metavar="NAME", help="Measure only these scenarios."
    ),
    click.option("--task", "tasks", multiple=True, callback=names, metavar="NAME", help="Measure only these tasks."),
    click.option(
        "--concurrency",
        multiple=True,
        callback=numbers,
        metavar="N",
        help="Measure only these pool sizes and numbers of requests in flight.",
    ),
    *(
        click.option(cell_options.option(name), multiple=True, callback=names, metavar=takes, help=text)
        for name, takes, text in OPTIONS
    ),
    click.option(
        "--interpreter",
        "interpreters",
        multiple=True,
        callback=names,
        metavar="NAME|PATH",
        help="Measure only these interpreters: session names (cpython-3.13), or paths, which need not be in the list.",
    ),
    click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="NAME[=WORDS]",
        help="Measure another way to start each interpreter as well: a variant of interpreters.toml, or your own, "
        "such as --variant 'gentle=PYTHONMALLOC=malloc -X utf8' (variables first, then options).",
    ),
    click.option(
        "--baseline",
        metavar="NAME",
        help="Interpreter that ratios are against; default: the newest CPython with a GIL.",
    ),
    click.option(
        "--budget",
        type=Finite(min=1),
        metavar="SECONDS",
        help="Seconds to measure in all; with --resume, seconds to add to the newest run, finished or not.",
    ),
    click.option(
        "--until-decided",
        is_flag=True,
        help="Measure until every decision is made, without a budget (profile quick).",
    ),
    click.option("--allow-eol", is_flag=True, help="Recommend interpreters past their end of support as well."),
    click.option(
        "--soak",
        type=Finite(min=0.05),
        metavar="MINUTES",
        help="Run each cell once for this many minutes, and report how its memory grows.",
    ),
    click.option(
        "--seed",
        type=int,
        help="Seed of the order and of all random choices; default: a new one, which is printed and stored.",
    ),
    click.option(
        "--results",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder to make the run's folder in; default: results/.",
    ),
    click.option(
        "--server-port", type=click.IntRange(0, 65535), default=0, help="Port of the latency server; 0: a free one."
    ),
    click.option(
        "--resume",
        is_flag=True,
        help="Continue the newest unfinished run as planned; give the options that it was started with, or none.",
    ),
    click.option("--amqp-url", metavar="URL", help=AMQP_URL),
    click.option(
        "--allow-sudo", is_flag=True, help="Allow installing a missing interpreter, or RabbitMQ, through sudo -n."
    ),
]


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add RUN_OPTIONS to a command."""
    for option in reversed(RUN_OPTIONS):
        command = option(command)
    return command


def selection(options: Options) -> plan.Selection:
    """Return what is to be measured, as the options name it."""
    chosen = {name: options[name] for name in ("profile", "scenarios", "tasks", "concurrency")}
    where = {name: options[name] for name, _, _ in OPTIONS if options[name]}
    return plan.Selection(**{name: value for name, value in chosen.items() if value}, where=tuple(where.items()))
