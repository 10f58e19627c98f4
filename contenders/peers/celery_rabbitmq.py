# Run by the interpreter under test in the peer's environment: -m contenders.peers.celery_rabbitmq serve|ask URL
"""Celery over RabbitMQ, results by its rpc backend."""

from __future__ import annotations

import warnings
from typing import Any

import celery
from celery import signals
from celery.exceptions import SecurityWarning

from contenders.peers import gathering
from transports import ready, url_argument


def application(url: str, late: bool) -> Any:
    """Make a Celery application with its defaults and the advice of its guides.

    The prefetch multiplier follows "Optimizing" on many short tasks; ``late`` follows "Tasks" on a worker that dies.
    """
    app = celery.Celery("peers", broker=url, backend="rpc://")
    app.conf.update(
        broker_connection_retry_on_startup=True,
        # Own names, so that all of them can be deleted and another Celery at this broker is not disturbed.
        task_default_queue="peers.celery",
        control_exchange="peers.celery",
        event_exchange="peers.celeryev",
        worker_prefetch_multiplier=128,
        worker_redirect_stdouts=False,  # we read its stdout
    )
    if late:
        app.conf.update(
            broker_transport_options={"confirm_publish": True}, task_acks_late=True, task_reject_on_worker_lost=True
        )
    return app


def serve(app: Any, pool: str) -> None:
    """Run a worker of one process or thread; print the ready line when it consumes."""
    warnings.filterwarnings("ignore", category=SecurityWarning)  # the warning concerns pickle; it reads JSON only
    signals.worker_ready.connect(lambda **_: ready.say_ready("celery"), weak=False)
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # it is the only worker
    app.worker_main(["--quiet", "worker", "--loglevel", "ERROR", "--pool", pool, "--concurrency", "1", *alone])


def client(noop: Any, chunk: int) -> gathering.Gathering:
    """Return a client that submits tasks singly, or ``chunk`` of them in a message."""

    def one_by_one(begun: list[Any]) -> list[int]:
        return [result.get(timeout=gathering.TIMEOUT_S) for result in begun]

    def chunks(numbers: list[int]) -> list[int]:
        group = noop.chunks([(number,) for number in numbers], chunk).group()()
        return [number for part in group.get(timeout=gathering.TIMEOUT_S) for number in part]

    return gathering.Chunked(chunks) if chunk else gathering.Gathering(noop.delay, one_by_one)


if __name__ == "__main__":
    parser = gathering.parser("contenders.peers.celery_rabbitmq")
    parser.add_argument("what", choices=["serve", "ask"])
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("--pool", default="prefork")
    parser.add_argument("--late", action="store_true")
    parser.add_argument("--chunk", type=int, default=0)
    given = parser.parse_args()
    app = application(given.url, given.late)

    @app.task(name="noop")
    def noop(number: int) -> int:
        return number

    if given.what == "serve":
        serve(app, given.pool)
    else:
        gathering.ask(client(noop, given.chunk), given)
