# Run by pytest (Python 3.9 upward).
"""The plan of a person's own function: the same lines on the terminal and on the page, each reason once."""

from __future__ import annotations

from runoff.records import planned_ways
from runoff.report.output import page_data
from tests.helpers.recipes import own_run

PLAN = [
    {"scenarios": ["serial"], "batch": 10, "reason": "one call after another"},
    {"scenarios": ["thread-pool"], "batch": 10, "concurrency": [1], "reason": "it waits"},
    {"scenarios": ["thread-pool"], "batch": 19, "concurrency": [2], "reason": "it waits"},
    {
        "scenarios": ["distributed"],
        "batch": 150,
        "concurrency": [2],
        "transport": "amqp",
        "worker_concurrency": 8,
        "reason": "a call is worth sending",
    },
]
LEFT_OUT = [{"scenario": "asyncio", "reason": "it is no coroutine"}]
LINES = [
    "serial x 10: one call after another",
    "thread-pool[1] x 10, thread-pool[2] x 19: it waits",
    "distributed[2, amqp, 8 at once each] x 150: a call is worth sending",
    "not asyncio: it is no coroutine",
]


def test_ways_that_share_a_reason_stand_together_with_their_sizes():
    assert planned_ways.lines({"plan": PLAN, "left_out": LEFT_OUT}) == LINES
    assert planned_ways.lines({"plan": PLAN[:1], "left_out": []}) == LINES[:1]


def test_the_page_has_the_lines_of_the_terminal(tmp_path):
    run = own_run(tmp_path, left_out=LEFT_OUT)
    assert page_data.content(run)["own"]["planned"] == []
    run.header["workload"]["plan"] = PLAN
    assert page_data.content(run)["own"]["planned"] == LINES
