# Run by pytest (Python 3.9 upward).
"""Every guarantee that a wire declares is shown by a test over that wire, and the test is there."""

from __future__ import annotations

import ast

from runoff.common.paths import ROOT
from transports import catalog

CONTRACT = "tests/inside/transports/transport_contract.py::"
WIRES = "tests/inside/transports/test_wires.py::"
POINTS = "tests/faults/wires/test_points.py::"
REAL = "tests/faults/wires/test_transports.py::"
KILLED = "tests/faults/brokers/test_workers_killed.py::"
BROKER = "tests/faults/brokers/test_broker_killed.py::"
AMQPS = "tests/faults/brokers/test_amqps.py::"
THREADS, SOCKETS = ("memory", "zmq+inproc"), ("zmq+ipc", "zmq+tcp")

#: word: {wires: a test that shows it over each of them}
SHOWN = {
    "answered": {
        THREADS: CONTRACT + "Contract.test_a_deadline_while_it_runs",
        SOCKETS: REAL + "test_a_deadline_kills_the_work_and_not_the_worker",
        ("amqp",): KILLED + "test_tasks_that_end_fill_or_keep_their_process_cost_no_other_task",
        ("amqps",): AMQPS + "test_what_was_accepted_outlives_its_broker_and_a_worker",
    },
    "deduplicated": {
        THREADS: CONTRACT + "Contract.test_a_reply_twice_or_for_nobody_is_counted_and_dropped",
        SOCKETS: POINTS + "test_replies_doubled_reordered_and_unasked_for_change_nothing",
        ("amqp",): KILLED + "test_replies_doubled_reordered_and_unasked_for_change_nothing",
        ("amqps",): AMQPS + "test_what_was_accepted_outlives_its_broker_and_a_worker",
    },
    "resent": {
        THREADS: WIRES + "_OfThreads.test_the_tasks_of_a_worker_that_hangs_go_to_another",
        SOCKETS: REAL + "test_a_worker_killed_at_work_loses_nothing",
        ("amqp",): KILLED + "test_workers_killed_at_any_point_lose_no_task",
        ("amqps",): AMQPS + "test_what_was_accepted_outlives_its_broker_and_a_worker",
    },
    "processes": {
        SOCKETS: REAL + "test_a_worker_killed_at_work_loses_nothing",
        ("amqp",): KILLED + "test_every_task_is_answered_once_and_nothing_stays_behind",
        ("amqps",): AMQPS + "test_tasks_go_and_results_come_over_tls",
    },
    # What one machine can show: the address that others reach, behind keys, and the name that a certificate proves.
    "machines": {
        ("zmq+tcp",): "tests/faults/wires/test_curve.py::test_a_known_client_is_served",
        ("amqps",): AMQPS + "test_tasks_go_and_results_come_over_tls",
    },
    "broker": {
        ("amqp",): KILLED + "test_tasks_wait_in_the_broker_for_a_worker",
        ("amqps",): AMQPS + "test_what_was_accepted_outlives_its_broker_and_a_worker",
    },
    "durable": {
        ("amqp",): BROKER + "test_the_broker_is_killed_with_a_thousand_in_flight_and_comes_back",
        ("amqps",): AMQPS + "test_what_was_accepted_outlives_its_broker_and_a_worker",
    },
}


def functions(file: str) -> set[str]:
    """The tests of ``file``, those of a class as CLASS.NAME."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return names


def test_every_declared_guarantee_has_a_test_over_its_wire():
    assert list(SHOWN) == list(catalog.GUARANTEES)
    for word, tests in SHOWN.items():
        shown = {wire for wires in tests for wire in wires}
        assert shown == {row.scheme for row in catalog.WIRES if word in row.guarantees}, word


def test_the_tests_that_show_them_are_there():
    for test in {test for tests in SHOWN.values() for test in tests.values()}:
        file, _, name = test.partition("::")
        assert name in functions(file), test
