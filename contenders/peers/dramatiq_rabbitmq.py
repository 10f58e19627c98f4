# Run by the interpreter under test in the peer's environment: -m contenders.peers.dramatiq_rabbitmq serve|ask URL REDIS
"""Dramatiq over RabbitMQ, with results through Redis, since it has no result backend over AMQP."""

from __future__ import annotations

import os
from typing import Any

import dramatiq
from dramatiq import cli
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend

from contenders.peers import gathering
from transports import ready, url_argument

URLS = "PEERS_DRAMATIQ"  # environment variable: its worker process imports this file and reads the URLs there


def actor(url: str, redis: str) -> Any:
    """Make the actor, with publisher confirms, as Dramatiq's guide recommends for production."""
    broker = RabbitmqBroker(url=url, confirm_delivery=True)
    broker.add_middleware(Results(backend=RedisBackend(url=redis)))
    dramatiq.set_broker(broker)

    @dramatiq.actor(store_results=True, queue_name="peers.dramatiq")
    def noop(number: int) -> int:
        return number

    return noop


def setup() -> None:
    """Make the broker and the actor in Dramatiq's worker, which calls this function."""
    actor(*os.environ[URLS].split())


def serve(urls: list[str], threads: str) -> None:
    """Run one worker process of ``threads`` threads; does not return."""
    os.environ[URLS] = " ".join(urls)
    # The worker process cannot report when it consumes; the client waits for the first result instead.
    ready.say_ready("dramatiq")
    given = ["contenders.peers.dramatiq_rabbitmq:setup", "--processes", "1", "--threads", threads, "--skip-logging"]
    raise SystemExit(cli.main(cli.make_argument_parser().parse_args(given)))


def results(begun: list[Any]) -> list[int]:
    """Wait for the results of the messages ``begun``."""
    return [message.get_result(block=True, timeout=int(gathering.TIMEOUT_S * 1000)) for message in begun]


if __name__ == "__main__":
    parser = gathering.parser("contenders.peers.dramatiq_rabbitmq")
    parser.add_argument("what", choices=["serve", "ask"])
    parser.add_argument("urls", nargs=2, type=url_argument.url)
    parser.add_argument("--threads", default="1")
    given = parser.parse_args()
    if given.what == "serve":
        serve(given.urls, given.threads)
    else:
        gathering.ask(gathering.Gathering(actor(*given.urls).send, results), given)
