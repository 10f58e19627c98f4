"""Workers that join and leave a queue of RabbitMQ under load."""

from __future__ import annotations

import time

from tests.helpers.expected import needs_rabbitmq

pytestmark = needs_rabbitmq

WITHIN_S = 30


def test_workers_join_and_leave_by_themselves(workers, oracle):
    """Nobody is told: a second worker gets its share at once, and what the first one leaves behind is done."""
    client = oracle.client

    def more(count):
        """Go on until ``count`` more tasks are answered; return how many each worker answered."""
        before, total = dict(client.answers), len(oracle.outcomes)
        until = time.monotonic() + WITHIN_S
        while len(oracle.outcomes) < total + count:
            assert time.monotonic() < until, (client.counts, client.problems)
            if client.pending() < 200:
                oracle.submit(range(len(oracle.asked), len(oracle.asked) + 50), "slow")
            oracle.outcomes += client.poll(0.05)
        answers = {who: answered - before.get(who, 0) for who, answered in client.answers.items()}
        return sorted(answered for answered in answers.values() if answered)

    first = workers.start()
    assert len(more(100)) == 1
    workers.start()
    more(300)
    for _ in range(5):  # other work on the machine may keep one of them waiting
        counts = more(600)
        assert len(counts) == 2
        if counts[1] < 1.2 * counts[0]:
            break
    assert counts[1] < 1.2 * counts[0]
    first.kill()
    first.wait(WITHIN_S)
    more(300)
    assert len(more(100)) == 1
    oracle.check()
