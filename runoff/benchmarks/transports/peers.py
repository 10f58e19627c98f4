# Run by the driver (Python 3.9 upward).
"""What a user would pick instead: the peers of peers.toml as contenders of transport_speed, each tried once first.

A peer that cannot be had here (no wheel for this interpreter, no broker, a node that does not come up) is skipped with
its reason; one that answers wrongly is an error.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable

from runoff.benchmarks.transports import amqp_contenders, peer_environments, run_contender
from runoff.benchmarks.transports.contender import RAW, Contender
from runoff.common import tables
from runoff.common.errors import BadInput, choose
from runoff.common.guard import Guard
from runoff.interpreters.environments import Environment, PrepareFailed
from runoff.services import redis
from runoff.services.rabbitmq import Broker

TRIED_WITH = 10  # tasks


@dataclass(frozen=True)
class Peer:
    """One row of the table: ``contender`` runs in ``environment``; ``ours`` is the contender that is held against it,
    and should do ``aim`` times as many tasks a second."""

    contender: Contender
    environment: Environment
    ours: str
    aim: float | None


@dataclass
class Ground:
    """What peers stand on. ``broker``: or why there is none. ``folder``: it and all in it are gone afterwards."""

    environment: Environment
    broker: Broker | str
    folder: Path
    guard: Guard
    allow_sudo: bool
    say: Callable[[str], None]
    leaving: ExitStack


@dataclass
class Chosen:
    """``skipped``: rows that are not measured, with the reason."""

    peers: list[Peer] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


class Missing(Exception):
    """Something a peer stands on is not there; the message says what a person can do."""


def names(asked: str | None, table: dict[str, Any] | None = None) -> list[str]:
    """The peers that ``asked`` names, separated by commas; all of the table without it."""
    known = list((table or tables.read("peers.toml"))["peers"])
    return known if asked is None else choose("peer", filter(None, asked.split(",")), known)


def gather(asked: list[str], tasks: int, ground: Ground, table: dict[str, Any] | None = None) -> Chosen:
    """The rows of the peers ``asked`` for, each tried with a few tasks."""
    table = table or tables.read("peers.toml")
    chosen = Chosen()
    for name in asked:
        row = table["peers"][name]
        rows = [each for each in table["rows"] if each["peer"] == name]
        try:
            given = [_STANDS[what](ground, name, row) for what in row["over"]]
            environment = _environment(name, table, ground)
        except (Missing, PrepareFailed) as failure:
            chosen.skipped.update({each["name"]: str(failure) for each in rows})
            continue
        for each in rows:
            peer = Peer(_contender(row, each, given, tasks), environment, each["ours"], each.get("aim"))
            ground.say(f"trying {each['name']}")
            reason = _refusal(peer, ground.guard)
            if reason:
                chosen.skipped[each["name"]] = reason
            else:
                chosen.peers.append(peer)
    return chosen


def _refusal(peer: Peer, guard: Guard) -> str | None:
    """None where it does a few tasks here, else why not."""
    few = replace(peer.contender, tasks=TRIED_WITH)
    try:
        run_contender.measure(few, peer.environment, guard, "--alone", "0")
    except run_contender.WrongAnswers:
        raise
    except BadInput as failure:
        return str(failure)
    return None


def _environment(name: str, table: dict[str, Any], ground: Ground) -> Environment:
    packages = table["peers"][name]["packages"]
    if not packages:
        return ground.environment
    wanted = [*table["needed"]["packages"], *packages]
    interpreter = ground.environment.interpreter
    command = peer_environments.prepare(name, wanted, table["install_s"], interpreter, ground.say)
    return replace(ground.environment, command=command, variables={}, packages=tuple(wanted))


def _contender(peer: dict[str, Any], row: dict[str, Any], given: list[str], tasks: int) -> Contender:
    serve = (peer["module"], "serve", *given, *row["serve"]) if "serve" in row else None
    ask = (peer["module"], *(["ask"] if serve else []), *given, *row["ask"], "--alone", str(row["alone"]))
    against = amqp_contenders.RAW if "rabbitmq" in peer["over"] else RAW
    return Contender(row["name"], row["guarantees"], serve, ask, max(1, int(tasks * row["share"])), against)


def _rabbitmq(ground: Ground, _: str, row: dict[str, Any]) -> str:
    if isinstance(ground.broker, str):
        raise Missing(f"no RabbitMQ: {ground.broker}")
    if "?" in ground.broker.admin:
        raise Missing("it is not shown the TLS files that the broker's URL names: give one without, or none")
    ground.leaving.callback(ground.broker.delete, row.get("queues", ()), row.get("exchanges", ()))
    return ground.broker.admin


def _redis(ground: Ground, _: str, __: dict[str, Any]) -> str:
    found = redis.obtain(ground.guard, ground.allow_sudo, ground.say)
    if isinstance(found, str):
        raise Missing(f"no Redis: {found}")
    ground.leaving.callback(found.stop)
    return found.url


def _folder(ground: Ground, name: str, _: dict[str, Any]) -> str:
    folder = ground.folder / name
    folder.mkdir()
    return str(folder)


_STANDS: dict[str, Callable[[Ground, str, dict[str, Any]], str]] = {
    "rabbitmq": _rabbitmq,
    "redis": _redis,
    "folder": _folder,
}
