"""What invocations will cost is what they cost so far."""

from __future__ import annotations

import pytest

from runoff.driver.measuring.invocation_costs import InvocationCosts
from runoff.driver.plan import PlannedCell


def test_invocations_cost_what_they_did_or_what_others_of_the_interpreter_did():
    costs = InvocationCosts()
    one, other, third = (PlannedCell("one", name, "python", 8, ()) for name in ("serial", "threads", "processes"))
    stranger = PlannedCell("two", "serial", "python", 8, ())
    assert costs.expect([one, stranger]) == pytest.approx(1.2)
    assert InvocationCosts(soak_s=60.0).expect([one, stranger]) == pytest.approx(121.2)
    costs.note(one, 1.0)
    costs.note(one, 3.0)
    costs.note(other, 5.0)
    assert costs.expect([one]) == 3.0, "what it cost last"
    assert costs.expect([third]) == pytest.approx(3.0), "the mean of its interpreter's"
    assert costs.expect([one, other, third, stranger]) == pytest.approx(11.6)
    assert costs.expect([]) == 0
