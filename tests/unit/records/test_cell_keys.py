"""Which cells are one and the same, and which warm up alike."""

from __future__ import annotations

from runoff.records import cell_keys

CELL = {"interpreter": "x", "scenario": "serial", "task": "noop", "batch": 1, "parameters": {}}


def test_a_cell_key_says_everything_that_tells_cells_apart():
    at_two = {**CELL, "parameters": {"concurrency": 2}}
    assert cell_keys.cell_key(at_two) == "x/serial/noop/batch=1,concurrency=2"
    # The batch of a person's function follows from its length on that day: it is the same cell in another run.
    assert cell_keys.cell_key({**at_two, "task": "own-function"}) == "x/serial/own-function/concurrency=2"


def test_wires_between_processes_warm_up_alike_and_workers_that_are_threads_by_themselves():
    def key(**parameters):
        return cell_keys.warm_up_key({**CELL, "parameters": {"concurrency": 2, **parameters}})

    tcp = key(transport="zmq+tcp")
    assert tcp == key(transport="zmq+ipc") == key(transport="amqp", durable=False) == key(transport="amqp")
    assert len({tcp, key(transport="memory"), key(transport="zmq+inproc"), key(transport="other")}) == 4
