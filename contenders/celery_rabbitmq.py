# Run by the interpreter under test, in an environment of the peer's own: -m contenders.celery_rabbitmq serve|ask URL
"""Celery over RabbitMQ, results by its rpc backend."""

from __future__ import annotations

import warnings
from typing import Any

import celery
from celery import signals
from celery.exceptions import SecurityWarning

from contenders import gathering
from transports import ready, url_argument


def application(url: str, late: bool) -> Any:
    """Celery's defaults, but for what its guide "Optimizing" says about many short tasks, and, with ``late``, what its
    guide "Tasks" says about a worker that dies."""
    app = celery.Celery("peers", broker=url, backend="rpc://")
    app.conf.update(
        broker_connection_retry_on_startup=True,
        # Names of its own, so that all of it can be deleted, and another Celery at this broker hears nothing of it.
        task_default_queue="peers.celery",
        control_exchange="peers.celery",
        event_exchange="peers.celeryev",
        worker_prefetch_multiplier=128,
        worker_redirect_stdouts=False,  # what it says it says to us
    )
    if late:
        app.conf.update(
            broker_transport_options={"confirm_publish": True}, task_acks_late=True, task_reject_on_worker_lost=True
        )
    return app


def serve(app: Any, pool: str) -> None:
    warnings.filterwarnings("ignore", category=SecurityWarning)  # it reads JSON only, whoever runs it
    signals.worker_ready.connect(lambda **_: ready.say_ready("celery"), weak=False)
    alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]  # it is the only worker
    app.worker_main(["--quiet", "worker", "--loglevel", "ERROR", "--pool", pool, "--concurrency", "1", *alone])


def asker(noop: Any, chunk: int) -> gathering.Gathering:
    def one_by_one(begun: list[Any]) -> list[int]:
        return [result.get(timeout=gathering.PATIENCE_S) for result in begun]

    def chunks(numbers: list[int]) -> list[int]:
        group = noop.chunks([(number,) for number in numbers], chunk).group()()
        return [number for part in group.get(timeout=gathering.PATIENCE_S) for number in part]

    return gathering.Chunked(chunks) if chunk else gathering.Gathering(noop.delay, one_by_one)


if __name__ == "__main__":
    parser = gathering.parser("contenders.celery_rabbitmq")
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
        gathering.ask(asker(noop, given.chunk), given)
