"""What a scenario sets up before its first batch."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scenarios.base import EventLoopScenario, Scenario


@pytest.mark.parametrize(
    ("parameters", "prepared"),
    [({}, 1), ({"start_method": "fork"}, 1), ({"start_method": "spawn"}, 0), ({"start_method": "forkserver"}, 0)],
)
def test_a_task_is_prepared_for_children_that_inherit_it_and_for_no_others(parameters, prepared):
    seen = []
    Scenario(SimpleNamespace(prepare=lambda: seen.append(1)), parameters).open()
    assert len(seen) == prepared


@pytest.mark.parametrize(("url", "prepared"), [(None, 1), ("http://127.0.0.1/5/{}", 0)])
def test_a_loop_waits_by_its_own_client_and_prepares_what_computes(monkeypatch, url, prepared):
    seen, raised = [], []
    monkeypatch.setattr("scenarios.base.limits.raise_descriptors", lambda: raised.append(1))
    EventLoopScenario(SimpleNamespace(url=url, prepare=lambda: seen.append(1)), {}).open()
    assert (len(seen), len(raised)) == (prepared, 1 - prepared)
