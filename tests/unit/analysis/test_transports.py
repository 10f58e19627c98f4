"""Transports: which cells stand for each, and what they are held against."""

from __future__ import annotations

import pytest

from runoff.analysis import transports
from runoff.analysis.cells.comparing import compare
from runoff.analysis.measured_cells import MeasuredCells
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness
from tests.fakes.made_cells import ONE, PROMISED, cells_of, wired
from tests.helpers import runs
from tests.helpers.exact_runs import measured, run_of


def rows_of(cells):
    return [
        (
            row.cell.transport,
            row.cell.name,
            *(each and pytest.approx(each.ratio.value) for each in (row.over_memory, row.over_serial)),
        )
        for row in transports.rows(cells)
    ]


MEMORY = (wired("memory"), 1.0, {"guarantees": PROMISED})
TCP = (wired("zmq+tcp"), 4.0, {"guarantees": PROMISED})
SERIAL = (runs.cell(ONE, "serial", "noop", 100), 0.5, {})


def test_each_transport_is_held_against_memory_and_against_serial(tmp_path):
    threads = [(runs.cell(ONE, scenario, "noop", 100), 0.1, {}) for scenario in ("process-pool", "threads")]
    assert rows_of(cells_of(tmp_path, SERIAL, MEMORY, TCP, *threads)) == [
        ("memory", "distributed[memory]", None, 0.5),
        ("zmq+tcp", "distributed[zmq+tcp]", 0.25, 0.125),
    ]
    assert rows_of(cells_of(tmp_path, TCP)) == [("zmq+tcp", "distributed[zmq+tcp]", None, None)]


def test_a_ratio_is_as_uncertain_here_as_in_every_other_table(tmp_path):
    serial, memory, wire = found = cells_of(tmp_path, SERIAL, MEMORY, TCP)
    (row,) = (row for row in transports.rows(found) if row.cell is wire)
    assert (row.over_memory, row.over_serial) == (compare(wire, memory), compare(wire, serial))


def test_the_best_of_several_sizes_stands_for_a_transport(tmp_path):
    sizes = [(wired("zmq+tcp", concurrency=size), 4.0 / size, {"guarantees": PROMISED}) for size in (1, 4, 2)]
    assert [row[1] for row in rows_of(cells_of(tmp_path, *sizes))] == ["distributed[zmq+tcp, 4]"]


def test_what_is_promised_and_who_works_make_rows_of_their_own(tmp_path):
    durable = (wired("amqp"), 1.0, {"guarantees": ["answered", "durable"]})
    kept = (wired("amqp", durable=False), 0.5, {"guarantees": ["answered"]})
    lent = (wired("amqp", worker_interpreter="pypy-3.11"), 0.1, {"guarantees": ["answered", "durable"]})
    found = cells_of(tmp_path, durable, kept, lent, MEMORY)
    assert [(row.cell.name, row.over_memory is not None) for row in transports.rows(found)] == [
        ("distributed[amqp]", True),
        ("distributed[amqp, durable=False]", True),
        ("distributed[amqp, worker_interpreter=pypy-3.11]", False),
        ("distributed[memory]", False),
    ]


def test_only_the_main_work_of_a_task_has_a_row_and_curves_have_none(tmp_path):
    small = [(wired("zmq+tcp", batch=10), 1.0, {})]
    curve = [(wired("zmq+tcp", "payload", payload_bytes=size), 1.0, {}) for size in (1, 2)]
    lone = [(wired("zmq+tcp", "mixed", payload_bytes=1), 1.0, {})]
    for_curves = [(wired("zmq+tcp", task), 1.0, {}) for task in ("sleep", "length")]
    plain = [(runs.cell(ONE, "thread-pool", "noop", 100), 1.0, {})]
    found = cells_of(tmp_path, TCP, *small, *curve, *lone, *for_curves, *plain)
    assert [row.cell.work for row in transports.rows(found)] == [
        "noop, 100 tasks",
        "mixed, 100 tasks of payload_bytes=1",
    ]


def test_works_keep_the_order_of_the_plan(tmp_path):
    made = [
        (wired(wire, task), 1.0, {}) for wire, task in (("zmq+tcp", "python"), ("zmq+tcp", "io"), ("amqp", "python"))
    ]
    assert [(row.cell.task, row.cell.transport) for row in transports.rows(cells_of(tmp_path, *made))] == [
        ("python", "zmq+tcp"),
        ("python", "amqp"),
        ("io", "zmq+tcp"),
    ]


def test_a_cell_without_a_steady_state_is_no_times_as_fast_as_serial(tmp_path):
    serial, tcp = found = cells_of(tmp_path, SERIAL, TCP)
    for unsteady in (serial, tcp):
        unsteady.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 2
        assert [row.over_serial for row in transports.rows(found)] == [None]
        unsteady.steadiness = [Steadiness(steady_state.SETTLED, 4)] * 2


def test_what_promises_nothing_says_so(tmp_path):
    promising, plain, older = cells_of(
        tmp_path, TCP, (runs.cell(ONE, "distributed-plain", "noop", 100), 1.0, {"guarantees": []}), SERIAL
    )
    assert transports.promised(promising) == PROMISED
    assert transports.promised(plain) == ["no promise"]
    assert transports.promised(older) == []


def test_the_page_has_each_transports_promises_in_memory_or_not(tmp_path):
    durable = (wired("amqp"), 1.0, {"guarantees": ["resent", "answered"]})
    kept = (wired("amqp", durable=False), 0.5, {"guarantees": ["answered"]})
    plain = (runs.cell(ONE, "distributed-plain", "noop", 100), 1.0, {"guarantees": []})
    found = cells_of(tmp_path, durable, kept, plain, SERIAL)
    data = transports.content(found, [], {id(each): at for at, each in enumerate(found)})
    assert data["promises"] == {
        "amqp": ["resent", "answered"],
        "amqp, in memory": ["answered"],
        "distributed-plain": ["no promise"],
    }
    assert data["words"] == ["resent", "answered"]
    assert [(row["cell"], row["name"]) for row in data["rows"]] == [
        (0, "distributed[amqp]"),
        (1, "distributed[amqp, durable=False]"),
    ]
    assert data["rows"][0]["throughput"] == pytest.approx([100, 100, 100])
    assert (data["rows"][0]["workers"], data["rows"][0]["balance"]) == ("", None)
    assert data["rows"][0]["over_serial"] == pytest.approx([0.5, 0.5, 0.5])


def test_only_what_was_driven_over_a_transport_has_latencies_there(tmp_path):
    planned = [wired("amqp", rates=[300]), runs.cell(ONE, "thread-pool", "noop", 100, rates=[300])]
    records = [each for own in planned for each in measured(own, 1.0, latency=runs.latencies(300.0, 2))]
    driven = MeasuredCells.of(run_of(tmp_path, planned, records)).driven
    data = transports.content([], driven, {id(each): at for at, each in enumerate(driven)})
    assert [(row["transport"], row["cell"], row["load"]) for row in data["latencies"]] == [("amqp", 0, "300 tasks/s")]
