"""What a race knows of its cells, on throughputs that the test gives."""

from __future__ import annotations

import pytest

from runoff.driver.racing import candidates
from runoff.driver.racing.candidates import Seen
from runoff.driver.racing.known_cells import KnownCells
from runoff.records import record
from tests.fakes.raced_cells import POOL, SERIAL, THREADS, cells


def test_the_promise_of_a_cell_is_the_largest_share_of_a_best_speed_that_others_reached():
    overhead = cells("threads", record.OVERHEAD)["b"]
    found = KnownCells([*SERIAL.values(), *THREADS.values(), POOL["c"], overhead])
    for cell, speed in ((SERIAL["a"], 100), (THREADS["a"], 25), (SERIAL["b"], 10), (THREADS["b"], 5)):
        found.update(Seen(cell, [speed]))
    promised = [found.promise(each) for each in (SERIAL["c"], THREADS["c"], POOL["c"], overhead)]
    assert promised == pytest.approx([1.0, 0.5, 1.0, 0.0])
    found.update(Seen(THREADS["b"], [10]))
    assert found.promise(THREADS["c"]) == 1.0


def test_what_changed_is_its_work_and_what_the_decision_weighs():
    mixed = cells("serial", "mixed")["a"]
    found = KnownCells([SERIAL["a"], mixed])
    found.update(Seen(mixed, [1.0]))
    assert found.changed == {"mixed/batch=8"}
    found.drop(SERIAL["a"])
    assert found.changed == {"mixed/batch=8", "python/batch=8", candidates.MIXTURE}
    found.changed.clear()
    found.update(Seen(SERIAL["a"], [1.0]))
    assert (found.changed, found.get(SERIAL["a"].key)) == (set(), None), "it was dropped"
