# Run by the interpreter under test in the peer's environment: -m contenders.peers.taskiq_rabbitmq serve|ask URL REDIS
"""Taskiq over RabbitMQ, with results through Redis: taskiq-aio-pika and taskiq-redis, as its guide combines them."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import taskiq
from taskiq.cli.worker.args import WorkerArgs
from taskiq.cli.worker.run import run_worker
from taskiq_aio_pika import AioPikaBroker, Exchange, Queue
from taskiq_redis import RedisAsyncResultBackend

from contenders.peers import gathering
from transports import ready, url_argument

URLS = "PEERS_TASKIQ"  # environment variable: its worker process imports this file and reads the URLs there
#: How often a client asks for the result of a single task: Taskiq's default, 0.2 s, would be all that is measured.
ALONE_S = 0.001


def broker(url: str, redis: str) -> Any:
    """Make the broker with the task; its queue is a durable quorum queue by default."""
    made = AioPikaBroker(
        url,
        exchange=Exchange(name="peers.taskiq"),
        task_queues=[Queue(name="peers.taskiq")],
        dead_letter_queue=Queue(name="peers.taskiq.dead"),
    ).with_result_backend(RedisAsyncResultBackend(redis))

    @made.task(task_name="noop")
    async def noop(number: int) -> int:
        return number

    return made


def serving() -> Any:
    """Make the broker in Taskiq's worker process, which calls this function."""
    return broker(*os.environ[URLS].split())


def serve(urls: list[str]) -> None:
    """Run one worker process; does not return."""
    os.environ[URLS] = " ".join(urls)
    # The worker process cannot report when it consumes; the client waits for the first result instead.
    ready.say_ready("taskiq")
    given = ["contenders.peers.taskiq_rabbitmq:serving", "--workers", "1", "--log-level", "ERROR"]
    raise SystemExit(run_worker(WorkerArgs.from_cli(given)))


class Client(gathering.Gathering):
    """A client on an event loop of its own."""

    def __init__(self, urls: list[str]) -> None:
        super().__init__(lambda number: number, lambda numbers: self.loop.run_until_complete(self.ask(numbers)))
        self.loop = asyncio.new_event_loop()
        self.broker = broker(*urls)
        self.noop = self.broker.find_task("noop")
        self.loop.run_until_complete(self.broker.startup())

    async def ask(self, numbers: list[int]) -> list[int]:
        """Send all tasks, then wait for their results."""
        begun = await asyncio.gather(*(self.noop.kiq(number) for number in numbers))
        if len(begun) == 1:
            return [(await begun[0].wait_result(ALONE_S, gathering.TIMEOUT_S)).return_value]
        return [result.return_value for result in await taskiq.gather(*begun, timeout=gathering.TIMEOUT_S)]

    def close(self) -> None:
        """Close the connections."""
        self.loop.run_until_complete(self.broker.shutdown())


if __name__ == "__main__":
    parser = gathering.parser("contenders.peers.taskiq_rabbitmq")
    parser.add_argument("what", choices=["serve", "ask"])
    parser.add_argument("urls", nargs=2, type=url_argument.url)
    given = parser.parse_args()
    if given.what == "serve":
        serve(given.urls)
    else:
        gathering.ask(Client(given.urls), given)
