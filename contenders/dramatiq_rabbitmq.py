# Run by the interpreter under test, in the peer's own environment: -m contenders.dramatiq_rabbitmq serve|ask URL REDIS
"""Dramatiq over RabbitMQ, results by Redis: it has none over AMQP."""

from __future__ import annotations

import os
from typing import Any

import dramatiq
from dramatiq import cli
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

from contenders import gathering
from transports import ready, url_argument

URLS = "PEERS_DRAMATIQ"  # its worker imports this file in a process of its own, and finds them there


def actor(url: str, redis: str) -> Any:
    """The broker confirms what is sent, as Dramatiq's guide recommends for production."""
    broker = RabbitmqBroker(url=url, confirm_delivery=True)
    broker.add_middleware(Results(backend=RedisBackend(url=redis)))
    dramatiq.set_broker(broker)

    @dramatiq.actor(store_results=True, queue_name="peers.dramatiq")
    def noop(number: int) -> int:
        return number

    return noop


def setup() -> None:
    """What Dramatiq's worker calls."""
    actor(*os.environ[URLS].split())


def serve(urls: list[str], threads: str) -> None:
    os.environ[URLS] = " ".join(urls)
    # No word of its worker comes from the process that was started; the first result does.
    ready.say_ready("dramatiq")
    given = ["contenders.dramatiq_rabbitmq:setup", "--processes", "1", "--threads", threads, "--skip-logging"]
    raise SystemExit(cli.main(cli.make_argument_parser().parse_args(given)))


def results(begun: list[Any]) -> list[int]:
    return [message.get_result(block=True, timeout=int(gathering.PATIENCE_S * 1000)) for message in begun]


if __name__ == "__main__":
    parser = gathering.parser("contenders.dramatiq_rabbitmq")
    parser.add_argument("what", choices=["serve", "ask"])
    parser.add_argument("urls", nargs=2, type=url_argument.url)
    parser.add_argument("--threads", default="1")
    given = parser.parse_args()
    if given.what == "serve":
        serve(given.urls, given.threads)
    else:
        gathering.ask(gathering.Gathering(actor(*given.urls).send, results), given)
