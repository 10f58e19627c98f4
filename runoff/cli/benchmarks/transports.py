# Run by the driver (Python 3.9 upward).
"""Measure the transports against raw loops and peers."""

from __future__ import annotations

import click

from runoff.benchmarks.cluster import measure as cluster_faults
from runoff.benchmarks.transports import peers, status_cost, throughput, unequal_workers, worker_restart
from runoff.cli.console import console
from runoff.cli.option_values import AMQP_URL
from runoff.cli.prepare import prepare_one
from runoff.common.errors import BadInput


@click.command("transports")
@click.option(
    "--interpreter", metavar="NAME|PATH", help="The interpreter to measure on; default: the newest CPython with a GIL."
)
@click.option("--tasks", default=20000, show_default=True, type=click.IntRange(min=1), help="Tasks in one measurement.")
@click.option(
    "--turns",
    default=5,
    show_default=True,
    type=click.IntRange(min=0),
    help="How often each contender is measured; 0: not at all.",
)
@click.option(
    "--kills",
    default=20,
    show_default=True,
    type=click.IntRange(min=0),
    help="How many workers are killed, for the recovery time; 0 leaves it out.",
)
@click.option(
    "--restarts",
    default=3,
    show_default=True,
    type=click.IntRange(min=0),
    help="How often a private RabbitMQ is killed and started again; 0 leaves it out.",
)
@click.option("--cluster", is_flag=True, help="Make faults in a private cluster of three RabbitMQ nodes as well.")
@click.option(
    "--status-turns",
    default=0,
    show_default=True,
    type=click.IntRange(min=0),
    help="How often the cost of a worker's status is measured.",
)
@click.option(
    "--beside",
    metavar="NAME|PATH",
    help="Measure a worker of this interpreter beside one of the first as well: how well unequal ones share.",
)
@click.option(
    "--peers",
    "named_peers",
    metavar="NAMES",
    help="Measure only these peers of peers.toml, separated by commas; default: all.",
)
@click.option("--no-peers", is_flag=True, help="Leave the peers out.")
@click.option("--amqp-url", metavar="URL", help=AMQP_URL)
@click.option("--allow-sudo", is_flag=True, help="Allow installing a missing RabbitMQ or Redis through sudo -n.")
def command(
    interpreter: str | None,
    tasks: int,
    turns: int,
    kills: int,
    restarts: int,
    cluster: bool,
    status_turns: int,
    beside: str | None,
    named_peers: str | None,
    no_peers: bool,
    amqp_url: str | None,
    allow_sudo: bool,
) -> None:
    """Measure the transports against raw loops and peers, and how soon they recover from a kill."""
    if no_peers and named_peers:
        raise BadInput("--peers and --no-peers contradict each other; leave one out")
    if not (turns or kills or restarts or cluster or status_turns or beside):
        raise BadInput("nothing is left to measure; leave out one of --turns 0, --kills 0 and --restarts 0")
    asked = [] if no_peers else peers.names(named_peers)
    environment = prepare_one(interpreter, console)
    if turns:
        throughput.show(console, environment, tasks, turns, asked, amqp_url, allow_sudo)
    brokered = ("amqp",) if "pika" in environment.capabilities else ()
    for scheme in ("zmq+ipc", "zmq+tcp", *brokered) if kills else ():
        worker_restart.of_workers(console, environment, kills, scheme, amqp_url, allow_sudo)
    if brokered and restarts:
        worker_restart.of_the_broker(console, environment, restarts, allow_sudo)
    if brokered and cluster:
        cluster_faults.show(console, environment, allow_sudo)
    if status_turns:
        status_cost.show(console, environment, tasks, status_turns)
    if beside:
        unequal_workers.show(console, (environment, prepare_one(beside, console)), amqp_url, allow_sudo)
