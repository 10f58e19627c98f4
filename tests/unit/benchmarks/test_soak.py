"""A soak's plan, its cast, and its oracle; the faults themselves are real ones in tests/faults."""

from __future__ import annotations

import statistics
from dataclasses import replace

import pytest

from runoff.benchmarks.soak import flows, oracle, table
from runoff.benchmarks.soak.client import ClientCounts
from runoff.benchmarks.soak.faults import KINDS, QUIET_S, schedule
from runoff.benchmarks.soak.oracle import Begins, Leftovers
from runoff.benchmarks.soak.run import Plan, Report
from runoff.benchmarks.soak.samples import Series
from runoff.common.errors import BadInput
from runoff.interpreters.choice import newest
from tests.helpers.environments import environment

NOTHING = Leftovers([], [], {})


def test_faults_come_as_a_poisson_process_does_and_each_kind_comes():
    drawn = schedule(3600, 6, seed=1)
    assert 300 < len(drawn) < 420
    moments = [at for at, _ in drawn]
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    assert statistics.stdev(gaps) == pytest.approx(statistics.fmean(gaps), rel=0.2)  # as of an exponential one
    assert moments[-1] < 3600 - QUIET_S
    assert {kind for _, kind in drawn[: len(KINDS)]} == set(KINDS)
    often = [sum(kind.name == name for _, kind in drawn) for name in ("worker killed", "broker killed")]
    assert 4 < often[0] / often[1] < 16
    assert schedule(3600, 6, seed=1) == drawn != schedule(3600, 6, seed=2)
    assert schedule(60, 0.0, seed=1) == []


def test_every_interpreter_plays_and_none_what_it_cannot():
    old = environment("cpython-2.7")
    old = replace(old, capabilities=old.capabilities - {"asyncio"})
    able = [environment("cpython-3.13"), environment("pypy-3.11")]
    able = [replace(each, capabilities=each.capabilities | {"msgpack"}) for each in able]
    cast = flows.Cast([*able, old])
    played = [(row, kind, cast.play(row, kind).interpreter.label) for row in flows.ROWS for kind in (None, *row.kinds)]
    assert {label for _, _, label in played} == {"cpython-3.13", "pypy-3.11", "cpython-2.7"}
    assert all(row.codec == "json" and kind != "async" for row, kind, label in played if label == "cpython-2.7")
    with pytest.raises(BadInput, match=r"none of cpython-2.7 has .*msgpack.* for amqp msgpack"):
        flows.Cast([old]).play(flows.ROWS[2], None)


def test_the_newest_of_each_family_and_way_to_run_take_part():
    def found(label, version, gil=True):
        return environment(label, facts={"version_info": version, "gil": gil}).interpreter

    every = [
        found("cpython-3.12", [3, 12, 0]),
        found("cpython-2.7", [2, 7, 18]),
        found("cpython-3.13t", [3, 13, 0], gil=False),
        found("cpython-3.14", [3, 14, 0]),
        found("pypy-3.11", [3, 11, 0]),
    ]
    labels = {each.label for each in newest(every)}
    assert labels == {"cpython-2.7", "cpython-3.13t", "cpython-3.14", "pypy-3.11"}


def test_begins_are_counted_over_all_workers(tmp_path):
    (tmp_path / "1.begun").write_text("0\n1\n2\n")
    (tmp_path / "2.begun").write_text("2\n2\n")
    assert oracle.begins(tmp_path) == Begins(3, 2, 3)
    assert oracle.begins(tmp_path / "absent") == Begins(0, 0, 0)
    (tmp_path / "socket").touch()
    assert oracle.files_left([tmp_path]) == [str(tmp_path / "socket")]


@pytest.mark.parametrize(
    ("counts", "leftovers", "said"),
    [
        (ClientCounts(10, 10), NOTHING, []),
        (ClientCounts(10, 9), NOTHING, ["a: 1 of 10 tasks lost"]),
        (ClientCounts(10, 9, wrong=1), NOTHING, ["a: 1 of 10 tasks wrong"]),
        (ClientCounts(10, 10, twice=2), NOTHING, ["a: 2 of 10 tasks delivered twice"]),
        (ClientCounts(10, 9, errors={"E_DEADLINE": 1}), NOTHING, ["a: 1 of 10 tasks ended in an error"]),
        (ClientCounts(), NOTHING, ["a: no task was answered"]),
        (
            ClientCounts(1, 1),
            Leftovers(["process 7 (python)"], ["/f"], {"q": 2}),
            ["left over: process 7 (python), /f, 2 messages in q"],
        ),
    ],
)
def test_the_oracle_says_what_was_not_kept(counts, leftovers, said):
    assert oracle.broken({"a": counts}, leftovers) == said


def test_the_tables_add_up():
    counts = {"a": ClientCounts(10, 10), "b": ClientCounts(5, 4, errors={"E_DEADLINE": 1})}
    begins = {"a": Begins(10, 3, 2), "b": Begins(5, 4, 5)}
    long = Series([[at, 2**20 * at] for at in range(100)], [[at, 9.0] for at in range(100)])
    groups = {"clients": long, "broker": Series([[0.0, 2.0**20]], [[0.0, 3.0]])}
    report = Report(
        Plan(60, 6, 1), 0, 60.0, {"a": "x -> y", "b": "z -> y"}, counts, begins, {"reset": 2}, groups, 1, NOTHING, []
    )
    tasks, growth = table.tables(report)
    assert [str(column.footer) for column in tasks.columns] == ["all", "15", "0", "0", "0", "1", "7", "5"]
    cells = [list(column.cells) for column in growth.columns]
    assert cells[2] == ["3600.00 [3600.00, 3600.00]", "-"]
    assert cells[3] == ["grows", "cannot tell: too short"]
    assert cells[6] == ["no growth seen", "cannot tell: too short"]
    assert table.summary(report) == [
        "a: x -> y",
        "b: z -> y",
        "faults: reset 2; workers started again 1 times",
        "left over: none",
    ]
