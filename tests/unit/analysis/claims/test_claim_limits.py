"""Limits of claims: which cells they concern, which one is worst, and the numbers that they are about."""

from __future__ import annotations

import pytest

from runoff.analysis.cells.cell import Cell
from runoff.analysis.claims import limits
from runoff.analysis.claims.limits import BROKERED, BROKERLESS, Limit
from runoff.stats.intervals import Estimate
from tests.helpers import runs


def cell(task="sleep", scenario="distributed", invocations=(), **parameters):
    found = Cell("python", scenario, task, 20, {"transport": "zmq+tcp", **parameters}, "ok")
    found.invocations = list(invocations)
    return found


def killed(*gaps_ms, **counts):
    return {"kills": runs.kills(*gaps_ms, **counts)}


def test_a_limit_is_said_with_its_unit_if_it_has_one():
    assert Limit("", "gap", 20, "ms").expect == "at most 20 ms"
    assert Limit("", "lost", 0).expect == "at most 0"
    assert Limit("", "imbalance", 1.2).expect == "at most 1.2"


@pytest.mark.parametrize(
    ("planned", "number", "transports", "concerned"),
    [
        (cell(kills=4), "gap", (), True),
        (cell(), "gap", (), False),
        (cell(), "lost", (), False),
        (cell(), "imbalance", (), True),
        (cell(scenario="thread-pool", kills=4), "gap", (), False),
        (cell(scenario="asyncio", kills=4), "gap", (), False),
        (cell("noop", kills=4), "gap", (), False),
        (cell("python", kills=4), "lost", (), True),
        (cell("length", length_ms=1), "imbalance", (), True),
        (cell("length", length_ms=5), "imbalance", (), True),
        (cell("length", length_ms=0.1), "imbalance", (), False),
        (cell(kills=4), "gap", BROKERLESS, True),
        (cell(kills=4), "gap", BROKERED, False),
        (cell(kills=4, transport="amqp"), "gap", BROKERED, True),
    ],
)
def test_a_limit_concerns_lasting_tasks_of_its_transports(planned, number, transports, concerned):
    assert Limit("", number, 1.0, transports=transports).concerns(planned) == concerned


def test_the_worst_cell_is_the_one_with_the_largest_number():
    limit = Limit("", "gap", 20)
    quick, slow = cell(kills=2, invocations=[killed(5, 7)]), cell(kills=2, invocations=[killed(50, 70)])
    unseen, unconcerned = cell(kills=2), cell("noop", kills=2, invocations=[killed(900)])
    assert limit.worst([quick, slow, unseen, unconcerned]) == (slow, Estimate(60.0, None, None))
    assert limit.worst([unseen, unconcerned]) is None
    assert limit.worst([]) is None


def test_imbalance_is_the_busiest_workers_share_of_the_mean():
    even, uneven = {"worker_answers": [30, 30]}, {"worker_answers": [40, 20, 0]}
    assert limits.imbalance(cell(invocations=[even])) == Estimate(1.0, None, None)
    both = limits.imbalance(cell(invocations=[even, uneven]))
    assert both.value == pytest.approx(2**0.5)
    assert both.low < both.value < both.high


@pytest.mark.parametrize("answers", [None, [], [20], [0, 0]])
def test_one_worker_or_none_has_no_imbalance(answers):
    assert limits.imbalance(cell(invocations=[{"worker_answers": answers}])) is None


def test_gaps_and_losses_are_counted_over_all_invocations():
    found = cell(invocations=[killed(1, 2, 3, lost=1), {"kills": None}, killed(4, 5, 6, lost=2, twice=4)])
    assert limits.NUMBERS["gap"](found) == Estimate(3.5, 1.0, 6.0)
    assert limits.NUMBERS["lost"](found) == Estimate(3, 3, 3)
    assert limits.NUMBERS["twice"](found) == Estimate(4, 4, 4)
    for number in ("gap", "lost", "twice"):
        assert limits.NUMBERS[number](cell(invocations=[{"kills": None}])) is None
