"""What is believed of a reply: both sides of the tolerance between its clocks, and who answered."""

from __future__ import annotations

import pytest

from runoff.driver.job import request_of
from runoff.driver.reply import checks
from tests.fakes.interpreter import IDENTITY, honest
from tests.helpers.environments import environment, job

S = 10**9


@pytest.mark.parametrize("wall_ns", [0, S // 10, 2 * S, 10 * S])
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_may_be_apart_by_a_hundredth_or_twenty_milliseconds_and_no_more(wall_ns, sign):
    tolerance = max(wall_ns // 100, 20_000_000)
    within = {"name": "x", "elapsed_ns": wall_ns + sign * tolerance, "wall_ns": wall_ns}
    beyond = {**within, "elapsed_ns": wall_ns + sign * (tolerance + 1)}
    assert checks.clocks_disagree(within) is None
    assert "its clocks disagree" in checks.clocks_disagree(beyond)


@pytest.mark.parametrize("clock", [None, {}, {"elapsed_ns": 1}, {"elapsed_ns": "1", "wall_ns": 1}])
def test_a_clock_that_is_not_told_is_not_believed(clock):
    assert "does not say how long it took" in checks.clocks_disagree(clock)


@pytest.mark.parametrize(("version", "believed"), [("2.0 (theirs)", True), (IDENTITY["sys_version"], False)])
def test_workers_are_of_their_own_interpreter_and_not_of_the_clients(version, believed):
    asked = job(worker=environment("pypy-3.11", facts={"sys_version": "2.0 (theirs)"}))
    reply = honest(request_of(asked))
    reply["answered_by"]["others"] = [{**IDENTITY, "sys_version": version}]
    problem = checks.problem(asked, reply)
    assert (problem is None) == believed, problem
