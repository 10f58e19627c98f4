# Run by the driver (Python 3.9 upward).
"""The peers of peers.toml as contenders, each tried with a few tasks first.

A peer that cannot run here (no wheel for this interpreter, no broker, a node that does not start) is skipped with the
reason. Wrong answers are an error.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from runoff.benchmarks.transports import amqp_contenders, peer_environments, run_contender
from runoff.benchmarks.transports.contender import RAW, Contender
from runoff.common import tables
from runoff.common.errors import BadInput, choose
from runoff.common.guard import Guard
from runoff.common.loose import Table
from runoff.environments.environment import Environment, PrepareFailed
from runoff.services import redis
from runoff.services.rabbitmq import Broker

TRIAL_TASKS = 10


@dataclass(frozen=True)
class Peer:
    """One row of the table of peers.

    ``contender`` runs in ``environment``. ``ours`` names our contender that is compared with it; its throughput should
    be ``aim`` times the peer's.
    """

    contender: Contender
    environment: Environment
    ours: str
    aim: float | None


@dataclass
class Resources:
    """What the peers need: a broker (or the reason why there is none), a temporary folder, and a way to clean up."""

    environment: Environment
    broker: Broker | str
    folder: Path
    guard: Guard
    allow_sudo: bool
    say: Callable[[str], None]
    leaving: ExitStack


@dataclass
class ChosenPeers:
    """The peers to measure; ``skipped`` is {row: reason} of the others."""

    peers: list[Peer] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


class Missing(Exception):
    """A resource that a peer needs is missing; the message says what a person can do."""


def names(asked: str | None, table: Table | None = None) -> list[str]:
    """Return the peers that ``asked`` names, separated by commas; None means all of the table."""
    known = list((table or tables.read("peers.toml"))["peers"])
    return known if asked is None else choose("peer", filter(None, asked.split(",")), known)


def gather(asked: list[str], tasks: int, resources: Resources, table: Table | None = None) -> ChosenPeers:
    """Return the rows of the requested peers, each tried with a few tasks."""
    table = table or tables.read("peers.toml")
    chosen = ChosenPeers()
    for name in asked:
        row = table["peers"][name]
        rows = [line for line in table["rows"] if line["peer"] == name]
        try:
            given = [_OBTAIN[what](resources, name, row) for what in row["over"]]
            environment = _environment(name, table, resources)
        except (Missing, PrepareFailed) as failure:
            chosen.skipped.update({line["name"]: str(failure) for line in rows})
            continue
        for line in rows:
            peer = Peer(_contender(row, line, given, tasks), environment, line["ours"], line.get("aim"))
            resources.say(f"trying {line['name']}")
            reason = _failure(peer, resources.guard)
            if reason:
                chosen.skipped[line["name"]] = reason
            else:
                chosen.peers.append(peer)
    return chosen


def _failure(peer: Peer, guard: Guard) -> str | None:
    """Return why ``peer`` fails with a few tasks; None where it works."""
    few = replace(peer.contender, tasks=TRIAL_TASKS)
    try:
        run_contender.measure(few, peer.environment, guard, "--alone", "0")
    except run_contender.WrongAnswers:
        raise
    except BadInput as failure:
        return str(failure)
    return None


def _environment(name: str, table: Table, resources: Resources) -> Environment:
    packages = table["peers"][name]["packages"]
    if not packages:
        return resources.environment
    wanted = [*table["needed"]["packages"], *packages]
    interpreter = resources.environment.interpreter
    command = peer_environments.prepare(name, wanted, table["install_s"], interpreter, resources.say)
    return replace(resources.environment, command=command, variables={}, packages=tuple(wanted))


def _contender(peer: Table, row: Table, given: list[str], tasks: int) -> Contender:
    serve = (peer["module"], "serve", *given, *row["serve"]) if "serve" in row else None
    ask = (peer["module"], *(["ask"] if serve else []), *given, *row["ask"], "--alone", str(row["alone"]))
    against = amqp_contenders.RAW if "rabbitmq" in peer["over"] else RAW
    return Contender(row["name"], row["guarantees"], serve, ask, max(1, int(tasks * row["share"])), against)


def _rabbitmq(resources: Resources, _: str, row: Table) -> str:
    if isinstance(resources.broker, str):
        raise Missing(f"no RabbitMQ: {resources.broker}")
    if "?" in resources.broker.admin:
        raise Missing("peers cannot use the TLS files in --amqp-url; give a plain amqp:// URL, or none")
    resources.leaving.callback(resources.broker.delete, row.get("queues", ()), row.get("exchanges", ()))
    return resources.broker.one


def _redis(resources: Resources, _: str, __: Table) -> str:
    found = redis.obtain(resources.guard, resources.allow_sudo, resources.say)
    if isinstance(found, str):
        raise Missing(f"no Redis: {found}")
    resources.leaving.callback(found.stop)
    return found.url


def _folder(resources: Resources, name: str, _: Table) -> str:
    folder = resources.folder / name
    folder.mkdir()
    return str(folder)


_OBTAIN: dict[str, Callable[[Resources, str, Table], str]] = {
    "rabbitmq": _rabbitmq,
    "redis": _redis,
    "folder": _folder,
}
