"""From tables and wishes to cells."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.driver import plan
from runoff.driver.plan import PlannedCell, Selection
from runoff.environments.environment import Environment, PrepareFailed
from scenarios import catalog
from tests.helpers.environments import environment

TABLE = tables.read("experiments.toml")


EVERYTHING = Selection()


def cells(selection: Selection = EVERYTHING, cores: int = 2, **environments) -> list[PlannedCell]:
    return plan.cells(selection, TABLE, environments or {"cpython-3.13": environment()}, cores)


def both(**changes) -> dict[str, Environment]:
    """Two CPythons and a PyPy, which lacks what ``changes`` says."""
    return {
        "cpython-3.12": environment("cpython-3.12", facts={"version_info": [3, 12, 9]}),
        "cpython-3.13": environment("cpython-3.13"),
        "pypy-3.11": environment("pypy-3.11", facts={"version_info": [3, 11, 0]}, **changes),
    }


def test_each_cell_is_there_once_and_nothing_is_skipped_where_everything_can_be_done():
    planned = plan.cells(EVERYTHING, TABLE, both(), 2)
    keys = [cell.key for cell in planned]
    assert len(keys) == len(set(keys)) > 20
    assert all(cell.skip is None for cell in planned)


def mixed(environments: dict[str, Environment | PrepareFailed]) -> dict[str, tuple[object, str | None]]:
    """{client: (workers' interpreter, skip)} of the cells whose workers are another interpreter's."""
    planned = plan.cells(Selection(scenarios=("distributed",)), TABLE, environments, 2)
    named = [(cell, dict(cell.parameters).get("worker_interpreter")) for cell in planned]
    return {cell.interpreter: (worker, cell.skip) for cell, worker in named if worker}


def test_workers_of_another_family_are_the_newest_of_it():
    assert mixed(both()) == {
        "cpython-3.12": ("pypy-3.11", None),
        "cpython-3.13": ("pypy-3.11", None),
        "pypy-3.11": ("cpython-3.13", None),
    }


def test_workers_that_the_run_does_not_have_are_a_skip_that_says_how_to_get_them():
    alone = {"cpython-3.13": environment()}
    assert mixed(alone) == {"cpython-3.13": ("pypy", "no pypy in this run: name bench-pypy as well")}


def test_what_the_workers_interpreter_lacks_is_a_skip_with_its_name():
    found = mixed(both(capabilities=environment().capabilities - {"zmq"}, missing={"zmq": "no wheel"}))
    assert found["cpython-3.13"] == ("pypy-3.11", "pypy-3.11: no zmq: no wheel")
    assert found["pypy-3.11"] == ("cpython-3.13", "no zmq: no wheel")
    broken = mixed({**both(), "pypy-3.11": PrepareFailed("pip failed")})
    assert broken["cpython-3.13"] == ("pypy", "no pypy in this run: name bench-pypy as well")


def test_the_baseline_measured_again_has_the_same_workers():
    again = {**both(), "baseline-repeat": both()["cpython-3.13"]}
    assert mixed(again)["baseline-repeat"] == mixed(again)["cpython-3.13"] == ("pypy-3.11", None)


def test_without_a_broker_its_cells_and_no_others_are_skipped_with_the_command():
    reason = "no RabbitMQ: apt-get install -y rabbitmq-server"
    planned = plan.without_broker(cells(), reason)
    assert {dict(cell.parameters)["transport"] for cell in planned if cell.skip == reason} == {"amqp"}
    assert {cell.skip for cell in planned if not cell.brokered} == {cell.skip for cell in cells() if not cell.brokered}
    lame = plan.without_broker(cells(x=environment(capabilities=environment().capabilities - {"pika"})), reason)
    assert {cell.skip for cell in lame if cell.brokered} == {"pika is not available on this interpreter"}


def test_every_distributed_cell_says_what_is_promised_and_no_other_does():
    for cell in cells(Selection(profile="transports")):
        if cell.scenario == "distributed":
            assert cell.guarantees
            parameters = dict(cell.parameters)
            kept = parameters["transport"] == "amqp" and parameters.get("durable", True)
            assert ("durable" in cell.guarantees) == kept
        else:
            assert cell.guarantees == ([] if cell.scenario == "distributed-plain" else None)
    transient = PlannedCell("x", "distributed", "noop", 8, (("transport", "amqp"), ("durable", False)))
    assert "broker" in transient.guarantees
    assert "durable" not in transient.guarantees


@pytest.mark.parametrize("profile", ["transports", "latency"])
def test_a_given_rate_is_the_same_on_every_transport(profile):
    planned = cells(Selection(profile=profile, scenarios=("distributed",), tasks=("sleep",)))
    driven = [dict(cell.parameters) for cell in planned if "rates" in dict(cell.parameters)]
    assert {each["transport"] for each in driven} == {"memory", "zmq+ipc", "zmq+tcp", "amqp"}
    assert len({str(each["rates"]) for each in driven}) == 1


def test_every_scenario_and_every_task_is_in_a_profile():
    planned = [cell for profile in TABLE["profiles"] for cell in cells(Selection(profile=profile))]
    assert {cell.scenario for cell in planned} == set(plan.SCENARIOS)
    assert {cell.task for cell in planned} == set(plan.TASKS) - {catalog.OWN_FUNCTION}


def test_a_skipped_cell_of_a_run_stays_skipped():
    planned = {**PlannedCell("a", "serial", "io", 8, (("delay_ms", 10),)).data, "skip": "no requests"}
    assert PlannedCell.from_plan(planned).skip == "no requests"
    assert PlannedCell.from_plan({**planned, "skip": None}).data == {
        name: planned[name] for name in planned if name != "skip"
    }


def test_rigorous_measures_all_that_quick_measures():
    assert {cell.key for cell in cells()} < {cell.key for cell in cells(Selection(profile="rigorous"))}


def test_a_list_in_a_set_makes_a_cell_of_each_value():
    chosen = cells(Selection(profile="rigorous", scenarios=("process-pool",), tasks=("payload",)))
    assert sorted(dict(cell.parameters)["payload_bytes"] for cell in chosen) == [2**10, 2**16, 2**20, 2**23]
    sizes = cells(Selection(profile="original-study", scenarios=("threads",), tasks=("io",)))
    assert [(cell.batch, dict(cell.parameters)) for cell in sizes] == [(n, {"delay_ms": 1000}) for n in (1, 4, 16)]


def test_a_pool_behind_a_loop_has_a_size_of_its_own():
    (cell,) = cells(Selection(scenarios=("tornado+process-pool",), tasks=("mixed",)), cores=4)
    assert dict(cell.parameters)["concurrency"] == 8
    assert dict(cell.parameters)["workers"] == 4


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(profile="quik"), "did you mean 'quick'"),
        (Selection(scenarios=("thread",)), "did you mean 'threads'"),
        (Selection(tasks=("native-nogli",)), "did you mean 'native-nogil'"),
        (Selection(tasks=("zzz",)), "known: native-gil"),
        (Selection(concurrency=(0,)), "from 1 up"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest_name(selection, message):
    with pytest.raises(BadInput, match=message):
        cells(selection)


def test_a_combination_that_no_set_has_is_refused_and_not_an_empty_run():
    with pytest.raises(BadInput, match="has no cell with what else is named"):
        cells(Selection(scenarios=("tornado",), tasks=("native-gil",)))


def test_a_scenario_that_a_value_leaves_without_a_cell_is_refused():
    asked = Selection(scenarios=("serial", "distributed"), tasks=("noop", "python"))
    with pytest.raises(BadInput, match="^scenario serial has no cell with these values of --transport: .* add none"):
        cells(replace(asked, where=(("transport", ("amqp",)),)))
    kept = cells(replace(asked, where=(("transport", ("amqp", "none")),)))
    assert {cell.scenario for cell in kept} == {"serial", "distributed"}


def test_a_selection_keeps_only_what_it_names():
    kept = cells(Selection(scenarios=("serial", "threads"), tasks=("python",)))
    assert [(cell.scenario, cell.task) for cell in kept] == [("serial", "python"), ("threads", "python")]


def test_concurrency_counts_only_where_a_scenario_has_it():
    kept = cells(Selection(scenarios=("serial", "thread-pool"), tasks=("python",), concurrency=(1, 3)))
    assert [dict(cell.parameters) for cell in kept] == [{}, {"concurrency": 1}, {"concurrency": 3}]


def test_what_is_named_and_not_in_the_profile_comes_from_the_most_thorough_one():
    assert {cell.scenario for cell in cells(Selection(scenarios=("processes",)))} == {"processes"}
    everything = cells(Selection(profile="rigorous", tasks=("python",)))
    assert len(cells(Selection(tasks=("python",)))) < len(everything), "what the profile has is not added to"
    with pytest.raises(BadInput, match="try --profile original-study"):
        cells(Selection(tasks=("io-load",)))


def test_what_an_interpreter_lacks_is_a_skip_with_its_reason():
    lame = environment(capabilities=frozenset(["threads", "requests"]), missing={"native": "no compiler"})
    skips = {(cell.scenario, cell.task): cell.skip for cell in cells(x=lame)}
    assert skips[("serial", "native-gil")] == "no native: no compiler"
    assert skips[("process-pool", "python")] == "multiprocessing is not available on this interpreter"
    assert skips[("thread-pool", "python")] is None


def test_an_environment_that_could_not_be_made_skips_all_its_cells():
    reasons = {cell.skip for cell in cells(x=PrepareFailed("pip failed: no wheel"))}
    assert reasons == {"no environment: pip failed: no wheel"}


def test_the_start_method_is_ours_and_not_the_interpreters_default():
    assert {dict(c.parameters).get("start_method") for c in cells()} == {None, "fork"}
    windows = environment(facts={"start_methods": ["spawn"]})
    assert {dict(c.parameters).get("start_method") for c in cells(x=windows)} == {None, "spawn"}


def test_each_second_block_is_the_one_before_in_reverse():
    all_cells = cells()
    first, second, third, fourth = (plan.order(all_cells, block, seed=7) for block in range(4))
    assert (second, fourth) == (first[::-1], third[::-1])
    assert third not in (first, second, all_cells)
    assert sorted(cell.key for cell in third) == sorted(cell.key for cell in all_cells)
    assert plan.order(all_cells, 0, seed=7) == first
    assert plan.order(all_cells, 0, seed=8) != first
    later = [plan.order(all_cells, block, seed=7) for block in range(4, 10)]
    assert later[1::2] == [each[::-1] for each in later[::2]]
    drawn = [first, third, *later[::2]]
    assert all(drawn.count(each) == 1 for each in drawn)


def test_one_wait_after_another_is_a_limit_and_waits_at_once_are_none():
    serial = replace(cells()[0], scenario="serial", parameters=(("delay_ms", 4),))
    assert serial.limit == 250
    assert replace(serial, parameters=(("delay_ms", 3),)).limit == pytest.approx(1000 / 3)
    assert {replace(serial, scenario=name).limit for name in ("asyncio", "threads")} == {math.inf}
    assert replace(serial, parameters=()).limit == math.inf


def test_interpreters_are_interleaved_and_not_one_after_another():
    order = plan.order(cells(a=environment("a"), b=environment("b")), 0, seed=1)
    changes = sum(one.interpreter != other.interpreter for one, other in zip(order, order[1:]))
    assert changes > len(order) / 4


def test_a_cell_survives_the_header():
    for cell in plan.cells(Selection(profile="transports"), TABLE, both(), 2):
        assert PlannedCell.from_data({**cell.data, "skip": cell.skip}) == cell


def test_a_name_without_a_cell_is_refused_before_anything_is_prepared():
    table = {**TABLE, "sets": {name: dict(row) for name, row in TABLE["sets"].items()}}
    for row in table["sets"].values():
        row["tasks"] = [task for task in row["tasks"] if task != "mixed"] or ["noop"]
    with pytest.raises(BadInput, match="^task mixed has no cell in profile smoke or rigorous: leave it out"):
        plan.check(Selection(profile="smoke", tasks=("python", "mixed")), table)
    plan.check(Selection(profile="smoke", tasks=("python",)), table)
    with pytest.raises(BadInput, match="scenario gevent has no cell with what else is named"):
        plan.check(Selection(scenarios=("serial", "gevent"), tasks=("native-gil",)), TABLE)


@pytest.mark.parametrize(
    ("cores", "sizes"),
    [(1, [1]), (5, [1, 2, 4, 5]), (6, [1, 2, 3, 4, 6]), (8, [1, 2, 3, 4, 6, 8]), (12, [1, 2, 3, 4, 6, 8, 12])],
)
def test_sizes_up_to_the_cores_double_with_points_between_from_six_on(cores, sizes):
    assert plan._sizes(["1..cores"], 8, cores) == sizes


#: A table in which the quick profile has one set, and the thorough one that and another.
SMALL = {
    "profiles": {"quick": {"sets": ["plain"]}, "rigorous": {"sets": ["plain", "wires"]}},
    "sets": {
        "plain": {"scenarios": ["serial", "thread-pool"], "tasks": ["noop", "python"], "batch": [4, 8]},
        "wires": {
            "scenarios": ["distributed"],
            "tasks": ["noop"],
            "batch": 2,
            "concurrency": [1, "batch"],
            "transport": ["memory", "amqp"],
            "worker_kind": "thread",
            "in_flight": 8,
            "credit": 1,
            "durable": True,
        },
    },
    "start_methods": ["fork"],
}


def small(**selected) -> list[PlannedCell]:
    return plan.cells(Selection(**selected), SMALL, {"x": environment("x")}, 3)


def test_a_profile_has_the_cells_of_its_sets_and_the_pools_are_as_large_as_the_cores():
    each = [
        (scenario, task, n) for scenario in ("serial", "thread-pool") for task in ("noop", "python") for n in (4, 8)
    ]
    assert [(cell.scenario, cell.task, cell.batch) for cell in small()] == each
    assert [dict(cell.parameters) for cell in small(scenarios=("thread-pool",))] == [{"concurrency": 3}] * 4
    found = [dict(cell.parameters) for cell in small(profile="rigorous", scenarios=("distributed",))]
    assert [(each["concurrency"], each["transport"]) for each in found] == [
        (1, "memory"),
        (1, "amqp"),
        (2, "memory"),
        (2, "amqp"),
    ]


def test_a_selected_value_keeps_the_cells_that_have_it():
    assert {cell.batch for cell in small(where=(("batch", ("8",)),))} == {8}
    assert len(small(where=(("batch", ("8", "4")),))) == len(small())
    over_amqp = small(scenarios=("distributed",), where=(("transport", ("amqp",)), ("durable", ("true",))))
    assert {dict(cell.parameters)["transport"] for cell in over_amqp} == {"amqp"}
    assert small(where=(("transport", ("none",)),)) == small()
    with pytest.raises(BadInput, match="no value of --batch is called '7'.*known: 4, 8, 2, none"):
        small(where=(("batch", ("7",)),))
    with pytest.raises(BadInput, match="no value of --worker-kind is called 'thraed'; did you mean 'thread'"):
        small(where=(("worker_kind", ("thraed",)),))


def test_what_the_profile_lacks_is_added_for_a_named_scenario_and_for_a_named_task_alike():
    assert {cell.scenario for cell in small(scenarios=("serial", "distributed"))} == {"serial", "distributed"}
    assert {cell.scenario for cell in small(tasks=("noop",))} == {"serial", "thread-pool"}
    found = small(scenarios=("serial", "distributed"), tasks=("noop", "python"))
    assert {(cell.scenario, cell.task) for cell in found} == {
        ("serial", "noop"),
        ("serial", "python"),
        ("distributed", "noop"),
    }


def test_a_selection_without_any_cell_is_refused_with_a_profile_that_has_some():
    quick = (("batch", ("2",)),)
    missing = "^profile quick measures no such combination of scenario, task, --batch; try --profile rigorous$"
    with pytest.raises(BadInput, match=missing):
        small(where=quick)
    two = {**SMALL, "profiles": {**SMALL["profiles"], "later": {"sets": ["wires"]}}}
    with pytest.raises(BadInput, match=missing):  # the first that has some
        plan.cells(Selection(where=quick), two, {"x": environment("x")}, 3)
    with pytest.raises(BadInput, match="see the sets of experiments.toml$"):
        small(scenarios=("serial",), where=quick)
    with pytest.raises(BadInput, match="^scenario threads, task mixed has no cell with what else is named in profile"):
        small(scenarios=("serial", "threads"), tasks=("noop", "mixed"))
    with pytest.raises(
        BadInput, match="^scenario serial, task python has no cell with these values of --transport: leave it out"
    ):
        small(scenarios=("serial", "distributed"), tasks=("noop", "python"), where=(("transport", ("memory",)),))
    with pytest.raises(BadInput, match="^scenario distributed has no cell with these values of --transport"):
        small(scenarios=("serial", "distributed"), tasks=("noop", "python"), where=(("transport", ("none",)),))


def test_a_size_in_words_follows_the_batch_and_the_cores():
    assert plan._sizes([3, "batch", "cores", "cores*2", "batch*3"], 8, 4) == [3, 8, 4, 8, 24]


def test_workers_by_family_are_the_newest_that_is_started_as_usual_and_with_a_lock_before_one_without():
    plain = environment("cpython-3.13", facts={"version_info": [3, 13, 0], "gil": True})
    free = environment("cpython-3.14t", facts={"version_info": [3, 14, 0], "gil": False})
    variant = environment("cpython-3.14-jit", facts={"version_info": [3, 14, 0], "gil": True})
    variant = replace(variant, interpreter=replace(variant.interpreter, parent=plain.interpreter))
    known = {"pypy-3.11": environment("pypy-3.11"), "broken": PrepareFailed("x"), "free": free, "jit": variant}
    assert plan._of_workers("pypy-3.11", ["cpython", "pypy"], {**known, "plain": plain}) == ["cpython-3.13"]
    assert plan._of_workers("pypy-3.11", ["cpython"], known) == ["cpython-3.14t"]
    assert plan._of_workers("broken", ["cpython", "pypy"], known) == ["cpython-3.14t", "pypy-3.11"]
    assert plan._of_workers("free", ["cpython-3.14t", "cpython", "cpython-3.13"], known) == ["cpython-3.13"]


def test_an_interpreter_without_child_processes_has_no_start_method():
    assert plan._start_method(environment(facts={"start_methods": []}), ["fork"]) is None
    assert plan._start_method(environment(facts={"start_methods": ["spawn", "forkserver"]}), ["fork"]) == "spawn"
    assert plan._start_method(PrepareFailed("x"), ["fork"]) is None


def test_a_cell_of_an_open_loop_is_driven_and_one_of_a_broker_brokered():
    assert PlannedCell("x", "distributed", "noop", 8, (("seconds", 4),)).driven
    assert not PlannedCell("x", "distributed", "noop", 8, (("transport", "memory"),)).driven
    assert PlannedCell("x", "distributed", "noop", 8, (("transport", "amqp"),)).brokered
    assert not PlannedCell("x", "serial", "noop", 8, ()).brokered
