# Run by the driver (Python 3.9 upward).
"""What the options of several commands take: finite numbers, lists of names or of whole numbers, and a broker's URL."""

from __future__ import annotations

import math
from typing import Any

import click

#: Numbers of more digits are no sizes of anything.
DIGITS = 10
#: Of seconds, minutes and rates, unless an option says otherwise: of more, no run would see the end.
MOST = 1e6


class Finite(click.FloatRange):
    """A finite number in a range: ``click.FloatRange`` alone lets inf and nan pass."""

    def __init__(self, min: float, max: float = MOST, min_open: bool = False) -> None:
        super().__init__(min, max, min_open)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number; fail for inf and nan."""
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
