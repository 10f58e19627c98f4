"""The command printed beside a cell: typed as it is written, it plans that cell again and no other."""

from __future__ import annotations

import shlex

import pytest

from runoff.cli.bench import enlist
from runoff.cli.bench import options as bench_options
from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.paths import RESULTS
from runoff.driver import plan
from runoff.driver.plan import Selection
from runoff.environments.environment import Environment
from runoff.interpreters.discover import Interpreter
from runoff.records import cell_keys, cell_options, parameters, record

TABLE = tables.read("experiments.toml")
HEADER = {"profile": "quick", "seed": 7}
FACTS = {"start_methods": ["fork", "spawn"], "gil": True}
FAMILIES = {"cpython-3.12": [3, 12, 0], "cpython-3.13": [3, 13, 0], "pypy-3.11": [3, 11, 0]}
COMMITTED = sorted(path.parent for path in RESULTS.glob(f"*/reference*/{record.HEADER}"))


def environments(facts):
    """{label: an environment that lacks everything}: cells are planned and skipped."""
    return {
        label: Environment(Interpreter(label, each["family"], "/python", each), (), {}, each, (), {}, frozenset())
        for label, each in facts.items()
    }


EVERY = environments(
    {label: {**FACTS, "family": label.partition("-")[0], "version_info": info} for label, info in FAMILIES.items()}
)


def parsed(command):
    """The sessions that ``command`` names, and its options as the driver's own parser reads them."""
    words = shlex.split(command)
    assert words[:2] == ["nox", "-s"]
    at = words.index("--")
    sessions = [word.removeprefix("bench-") for word in words[2:at]]
    return sessions, enlist.command.make_context("enlist", ["cpython", "--into", "x", *words[at + 1 :]]).params


def planned_again(command, known, cores=2):
    """The keys of all cells that ``command`` plans."""
    sessions, options = parsed(command)
    wanted = {label: each for label, each in known.items() if label in sessions or each.interpreter.family in sessions}
    return [cell.key for cell in plan.cells(bench_options.selection(options), TABLE, wanted, cores)]


@pytest.mark.parametrize("profile", TABLE["profiles"])
def test_the_command_of_every_cell_of_every_profile_plans_that_cell_and_no_other(profile):
    some = EVERY if profile != plan.THOROUGH else {label: EVERY[label] for label in ("cpython-3.13", "pypy-3.11")}
    cells = plan.cells(Selection(profile=profile), TABLE, some, 2)
    for cell in cells:
        command = cell_options.command(cell.data, {**HEADER, "profile": profile})
        assert planned_again(command, some) == [cell.key], command


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_the_command_of_every_committed_cell_still_plans_it(folder):
    header = record.read_header(folder)
    known = environments(header["interpreters"])
    for cell in header["cells"]:
        if cell["interpreter"] == header["baseline"]:
            command = cell_options.command(cell, header)
            assert planned_again(command, known, header["machine"]["cores"]) == [cell_keys.cell_key(cell)], command


def test_the_command_names_the_transport_and_all_that_sets_the_cell_apart():
    wire = {"transport": "amqp", "worker_kind": "thread", "in_flight": 256, "durable": False}
    cell = {"interpreter": "pypy-3.11", "scenario": "distributed", "task": "noop", "batch": 512}
    command = cell_options.command({**cell, "parameters": {"concurrency": 1, **wire}}, {**HEADER, "soak_s": 90})
    assert command == (
        "nox -s bench-pypy-3.11 -- --profile quick --scenario distributed --task noop --batch 512 --concurrency 1 "
        "--transport amqp --worker-kind thread --in-flight 256 --credit none --durable false --soak 1.5 --seed 7"
    )


def test_workers_of_another_interpreter_are_enlisted_as_well():
    cell = {"interpreter": "cpython-3.13", "scenario": "distributed", "task": "python", "batch": 8}
    wire = {"concurrency": 2, "transport": "zmq+tcp", "worker_kind": "thread", "worker_interpreter": "pypy-3.11"}
    command = cell_options.command({**cell, "parameters": wire}, HEADER)
    assert command.startswith("nox -s bench-cpython-3.13 bench-pypy-3.11 -- ")
    (again,) = planned_again(command, EVERY)
    assert again.startswith("cpython-3.13/distributed/python/")
    by_family = cell_options.command({**cell, "parameters": {**wire, "worker_interpreter": "pypy"}}, HEADER)
    assert planned_again(by_family, EVERY) == [again], "what was skipped for want of a PyPy is measured with one"


def test_every_parameter_of_a_scenario_a_task_or_a_set_is_in_the_table():
    taken = {name for row in (*plan.SCENARIOS.values(), *plan.TASKS.values()) for name in row.parameters}
    in_sets = {name for row in TABLE["sets"].values() for name in row} - {"scenarios", "tasks", "batch"}
    assert taken | in_sets | {*parameters.OF_THE_LOAD} == {row.name for row in parameters.PARAMETERS}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ((("transport", ("zmq+tpc",)),), "no value of --transport is called 'zmq.tpc'; did you mean 'zmq.tcp'"),
        ((("payload_bytes", ("7",)),), "no value of --payload-bytes is called '7'.*65536"),
        (
            (("transport", ("amqp",)), ("in_flight", ("16",))),
            "of scenario, task, --transport, --in-flight; try --profile t",
        ),
    ],
)
def test_a_value_that_no_cell_has_is_refused_with_those_there_are(where, message):
    with pytest.raises(BadInput, match=message):
        plan.cells(Selection(where=where), TABLE, EVERY, 2)
