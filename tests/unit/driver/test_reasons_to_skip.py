"""Why a cell will not be measured: the reason that its interpreter gives, or that of its workers."""

from __future__ import annotations

import pytest

from runoff.driver.reasons_to_skip import reason_to_skip
from runoff.environments.environment import PrepareFailed
from scenarios import catalog
from tests.helpers.environments import environment

SCENARIOS, TASKS = catalog.by_name(catalog.SCENARIOS), catalog.by_name(catalog.TASKS)
EVERYTHING = environment()
FAILED = PrepareFailed("pip failed: no wheel")


def without(word: str, reason: str | None = None):
    """Return an environment that can do everything but ``word``."""
    return environment(capabilities=EVERYTHING.capabilities - {word}, missing={word: reason} if reason else {})


def reason(scenario, task, client, others=(), **parameters):
    environments = {"client": client, **dict(others)}
    return reason_to_skip(SCENARIOS[scenario], TASKS[task], parameters, "client", environments)


def test_an_interpreter_that_can_do_everything_has_no_reason():
    assert reason("thread-pool", "native-gil", EVERYTHING, concurrency=2) is None
    assert reason("distributed", "noop", EVERYTHING, transport="zmq+tcp", worker_kind="process") is None


def test_an_environment_that_could_not_be_made_is_the_first_reason():
    assert reason("interpreter-pool", "native-cffi", FAILED) == "no environment: pip failed: no wheel"


def test_what_cannot_work_at_all_has_the_reason_of_the_catalog():
    assert reason("interpreter-pool", "native-cffi", without("cffi")) == "cffi loads in the main interpreter only"


def test_what_the_scenario_or_the_task_needs_is_named_with_why_it_is_missing():
    assert reason("serial", "native-gil", without("native", "no compiler")) == "no native: no compiler"
    lacking = "multiprocessing is not available on this interpreter"
    assert reason("process-pool", "python", without("multiprocessing"), switch_ms=0) == lacking


def test_a_wire_that_cannot_be_had_is_a_reason_for_its_own_cells():
    lame = without("zmq", "no wheel")
    assert reason("distributed", "noop", lame, transport="zmq+ipc") == "no zmq: no wheel"
    assert reason("distributed", "noop", lame, transport="memory") is None


@pytest.mark.parametrize(("kind", "works"), [("thread", True), ("process", True), ("async", False)])
def test_a_worker_kind_needs_what_its_workers_need(kind, works):
    found = reason("distributed", "noop", without("asyncio"), transport="memory", worker_kind=kind)
    assert found == (None if works else "asyncio is not available on this interpreter")


@pytest.mark.parametrize("switch_ms", [0, 0.5])
def test_a_switch_interval_is_asked_of_an_interpreter_that_has_one(switch_ms):
    able = environment(capabilities=EVERYTHING.capabilities | {"switch_interval"})
    assert reason("probe+thread", "python", able, switch_ms=switch_ms) is None
    lame = reason("probe+thread", "python", without("switch_interval"), switch_ms=switch_ms)
    assert lame == ("switch_interval is not available on this interpreter" if switch_ms else None)


@pytest.mark.parametrize(
    ("client", "worker", "expected"),
    [
        (EVERYTHING, EVERYTHING, None),
        (without("native"), EVERYTHING, None),  # the task runs where the workers are
        (EVERYTHING, without("native", "no compiler"), "pypy: no native: no compiler"),
        (EVERYTHING, without("zmq"), "pypy: zmq is not available on this interpreter"),
        (without("zmq"), without("zmq"), "zmq is not available on this interpreter"),
        (EVERYTHING, without("asyncio"), "pypy: asyncio is not available on this interpreter"),
        (EVERYTHING, FAILED, "no environment for pypy: pip failed: no wheel"),
        (EVERYTHING, None, "no pypy in this run: name bench-pypy as well"),
    ],
)
def test_workers_of_another_interpreter_have_reasons_of_their_own(client, worker, expected):
    others = {"pypy": worker} if worker else {}
    way = {"transport": "zmq+tcp", "worker_kind": "async", "worker_interpreter": "pypy"}
    assert reason("distributed", "native-gil", client, others, **way) == expected
