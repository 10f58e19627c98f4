# Run by the driver (Python 3.9 upward).
"""Options that several commands take."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from runoff.common.loose import Options
from runoff.driver import plan
from runoff.records import cell_options
from runoff.records.parameters import OPTIONS

#: Numbers of more digits are no sizes of anything.
DIGITS = 10


#: Of seconds, minutes and rates, unless an option says otherwise: of more, no run would see the end.
MOST = 1e6


class Finite(click.FloatRange):
    """A number in a range, as ``click.FloatRange`` takes it, that is neither infinite nor no number at all."""

    def __init__(self, min: float, max: float = MOST, min_open: bool = False) -> None:
        super().__init__(min, max, min_open)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; fail for inf and nan, which compare with every limit as if they kept it."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


def names(_context: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Split values, given as --task io --task python or as --task io,python."""
    return tuple(name.strip() for each in value for name in each.split(",") if name.strip())


def numbers(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[int, ...]:
    """Split whole numbers from 1 up, as ``names`` splits words; raise BadParameter for others."""
    given = names(context, parameter, value)
    if not all(name.isascii() and name.isdigit() and len(name) < DIGITS and int(name) for name in given):
        raise click.BadParameter("takes whole numbers from 1 up, as in --concurrency 1,2,4")
    return tuple(int(name) for name in given)


AMQP_URL = (
    "RabbitMQ to use: amqp://USER:PASSWORD@HOST:PORT/VHOST or amqps://...?ca=FILE; for a cluster, "
    "HOST:PORT,HOST:PORT,... as its host. Set RUNOFF_AMQP_URL instead to keep the password out of the command line. "
    "The word cluster starts three private nodes. Default: a RabbitMQ that listens here, else a private node. To start "
    "that node from another installation, set RUNOFF_RABBITMQ to the folders of its RabbitMQ programs and its Erlang "
    "programs, separated as in PATH."
)
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
