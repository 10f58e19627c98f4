"""From tables and wishes to cells."""

from __future__ import annotations

import pytest

from bench import plan, tables
from bench.environments import Environment, PrepareFailed
from bench.errors import BadInput
from bench.interpreters import Interpreter
from bench.plan import Cell, Selection

TABLE = tables.read("experiments.toml")


def environment(label: str = "cpython-3.13", **changes) -> Environment:
    facts = {
        "start_methods": ["forkserver", "fork", "spawn"],
        "capabilities": [],
        "build": "a build",
        **changes.pop("facts", {}),
    }
    everything = {"threads", "multiprocessing", "asyncio", "tornado", "requests", "native"}
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


def test_the_quick_profile_has_every_scenario_and_every_task():
    assert {cell.scenario for cell in cells()} == set(plan.SCENARIOS)
    assert {cell.task for cell in cells()} == set(plan.TASKS)


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


def test_what_an_interpreter_lacks_is_a_skip_with_its_reason():
    lame = environment(capabilities=frozenset(["threads", "requests"]), missing={"native": "no compiler"})
    skips = {(cell.scenario, cell.task): cell.skip for cell in cells(x=lame)}
    assert skips[("serial", "native-gil")] == "no native: no compiler"
    assert skips[("processes", "python")] == "no multiprocessing: this interpreter does not have it"
    assert skips[("threads", "python")] is None


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
