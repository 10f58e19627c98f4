"""From tables and wishes to cells."""

from __future__ import annotations

import pytest

from bench import plan, tables
from bench.environments import Environment, PrepareFailed
from bench.errors import BadInput
from bench.interpreters import Interpreter
from bench.plan import Cell, Selection
from scenarios import catalog
from transports import catalog as wires

TABLE = tables.read("experiments.toml")


def environment(label: str = "cpython-3.13", **changes) -> Environment:
    facts = {
        "start_methods": ["forkserver", "fork", "spawn"],
        "capabilities": [],
        "build": "a build",
        **changes.pop("facts", {}),
    }
    everything = {word for row in (*catalog.SCENARIOS, *catalog.TASKS, *wires.WIRES) for word in row.needs}
    values = {
        "interpreter": Interpreter(label, "cpython", "/python", facts),
        "command": ("/python",),
        "variables": {},
        "facts": facts,
        "packages": (),
        "missing": {},
        "capabilities": frozenset(everything),
        **changes,
    }
    return Environment(**values)


EVERYTHING = Selection()


def cells(selection: Selection = EVERYTHING, cores: int = 2, **environments) -> list[Cell]:
    return plan.cells(selection, TABLE, environments or {"cpython-3.13": environment()}, cores)


def test_each_cell_is_there_once_and_nothing_is_skipped_where_everything_can_be_done():
    keys = [cell.key for cell in cells()]
    assert len(keys) == len(set(keys)) > 20
    assert all(cell.skip is None for cell in cells())


def test_a_wire_that_cannot_be_had_skips_its_cells_and_no_other():
    has = environment().capabilities - {"zmq"}
    without = environment(capabilities=has, missing={"zmq": "no wheel"})
    skipped = {dict(cell.parameters).get("transport"): cell.skip for cell in cells(cpython=without) if cell.skip}
    assert skipped == {"zmq+ipc": "no zmq: no wheel", "zmq+tcp": "no zmq: no wheel"}


def test_every_scenario_and_every_task_is_in_a_profile():
    planned = [cell for profile in TABLE["profiles"] for cell in cells(Selection(profile=profile))]
    assert {cell.scenario for cell in planned} == set(plan.SCENARIOS)
    assert {cell.task for cell in planned} == set(plan.TASKS)


def test_rigorous_measures_all_that_quick_measures():
    assert {cell.key for cell in cells()} < {cell.key for cell in cells(Selection(profile="rigorous"))}


def test_a_list_in_a_set_makes_a_cell_of_each_value():
    chosen = cells(Selection(profile="rigorous", scenarios=("process-pool",), tasks=("payload",)))
    assert sorted(dict(cell.parameters)["payload_bytes"] for cell in chosen) == [2**10, 2**16, 2**20, 2**23]
    sizes = cells(Selection(profile="chapter", scenarios=("threads",), tasks=("io",)))
    assert [(cell.n, dict(cell.parameters)) for cell in sizes] == [(n, {"delay_ms": 1000}) for n in (1, 4, 16)]


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
    with pytest.raises(BadInput, match="no such combination"):
        cells(Selection(scenarios=("tornado",), tasks=("native-gil",)))


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
    with pytest.raises(BadInput, match="try --profile chapter"):
        cells(Selection(tasks=("io-load",)))


def test_a_switch_interval_is_skipped_where_there_is_none_to_set():
    without = environment(capabilities=frozenset(environment().capabilities - {"switch_interval"}))
    able = environment(capabilities=frozenset(environment().capabilities | {"switch_interval"}))
    for each, expected in (
        (without, {0: None, 0.5: "no switch_interval: this interpreter has none to set"}),
        (able, {0: None, 0.5: None}),
    ):
        planned = cells(Selection(profile="interference", scenarios=("probe+thread",), tasks=("python",)), x=each)
        assert {dict(cell.parameters)["switch_ms"]: cell.skip for cell in planned} == expected


def test_what_cannot_work_at_all_is_a_skip_with_its_reason():
    planned = cells(Selection(profile="rigorous", scenarios=("interpreter-pool",), tasks=("native-cffi",)))
    assert {cell.skip for cell in planned} == {"cffi loads in the main interpreter only"}


def test_what_an_interpreter_lacks_is_a_skip_with_its_reason():
    lame = environment(capabilities=frozenset(["threads", "requests"]), missing={"native": "no compiler"})
    skips = {(cell.scenario, cell.task): cell.skip for cell in cells(x=lame)}
    assert skips[("serial", "native-gil")] == "no native: no compiler"
    assert skips[("process-pool", "python")] == "no multiprocessing: this interpreter does not have it"
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
    first, second, third = (plan.order(all_cells, block, seed=7) for block in range(3))
    assert second == first[::-1]
    assert third not in (first, second, all_cells)
    assert sorted(cell.key for cell in third) == sorted(cell.key for cell in all_cells)
    assert plan.order(all_cells, 0, seed=7) == first
    assert plan.order(all_cells, 0, seed=8) != first


def test_interpreters_are_interleaved_and_not_one_after_another():
    order = plan.order(cells(a=environment("a"), b=environment("b")), 0, seed=1)
    changes = sum(one.interpreter != other.interpreter for one, other in zip(order, order[1:]))
    assert changes > len(order) / 4


def test_a_cell_survives_the_header():
    for cell in cells():
        assert Cell.from_data({**cell.data, "skip": cell.skip}) == cell
