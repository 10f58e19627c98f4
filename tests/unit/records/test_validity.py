"""What is wrong with a header or a record, field by field."""

from __future__ import annotations

import copy
import functools
import math

import pytest

from runoff.records import validity
from tests.helpers import runs

CELL = runs.cell("one", "serial", "python")


@pytest.fixture
def header(tmp_path):
    return runs.run(tmp_path, ["one"], [CELL], ()).header


@pytest.fixture
def record():
    (found,) = runs.invocations(CELL, 0.05, count=1)
    return found


def test_what_the_driver_writes_is_right(header, record):
    assert validity.of_header(header) is None
    assert validity.of_record(record, header) is None


@pytest.mark.parametrize("field", ["batch", "block", "attempt", "checked", "cold_ns", "open_ns", "peak_memory_bytes"])
@pytest.mark.parametrize("value", [True, 1.0, -1, "1", math.nan])
def test_a_whole_number_is_nothing_else(header, record, field, value):
    said = validity.of_record({**record, field: value}, header)
    assert said.startswith(f"its field {field} is '{value}' and must be a whole number from ")


@pytest.mark.parametrize("field", ["exit_code", "hash_seed", "startup_ns"])
def test_a_whole_number_may_be_negative_or_missing(header, record, field):
    for value, status in ((-9, "ok"), (None, "failed")):
        assert validity.of_record({**record, field: value, "status": status}, header) is None
    for value in (True, 1.0, "1", [1]):
        said = validity.of_record({**record, field: value}, header)
        assert said == f"its field {field} is {str(value)!r} and must be a whole number"


@pytest.mark.parametrize("field", ["wall_s", "cpu_s", "load_1m"])
@pytest.mark.parametrize("value", [True, -0.1, math.inf, math.nan, "1"])
def test_a_number_is_finite_and_no_truth_value(header, record, field, value):
    assert validity.of_record({**record, field: 1}, header) is None
    assert f"its field {field} is" in validity.of_record({**record, field: value}, header)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("started_at", -1),
        ("started_at", 9e18),
        ("finished_at", 9e18),
        ("soak_s", "long"),
        ("soak_s", -1),
    ],
)
def test_the_times_of_a_run_are_times(header, field, value):
    assert f"its field {field} is '{value}'" in validity.of_header({**header, field: value})


def test_an_invocation_with_a_number_took_time(header, record):
    assert "its field wall_s" in validity.of_record({**record, "wall_s": 0}, header)
    assert validity.of_record({**record, "wall_s": 0, "status": "crashed"}, header) is None


KILLS = {name: 1 for name in ("rate", "bin_ns", "killed", "tasks", "lost", "twice", "resent", "killed_bin")}
LOAD = {"load": None, "rate": 5.0, "capacity": 9.0, "sent": 1, "wall_ns": 7, "latencies": "", "late": ""}


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("clock", {"name": "a clock"}, {"name": None}),
        ("clock", None, {}),
        ("kills", {**KILLS, "gaps_ns": [5], "timeline": [[1]]}, KILLS),
        ("kills", None, {**KILLS, "gaps_ns": [5], "timeline": [1]}),
        ("latency", [LOAD], [{}]),
        ("latency", None, [None]),
        ("latency", [], [{**LOAD, "rate": "5"}]),
        ("latency", [{**LOAD, "load": 70}], [{**LOAD, "load": "70"}]),
        ("wall_s", 0.001, -1),
    ],
)
def test_what_the_report_reads_of_an_object_is_there(header, record, field, right, wrong):
    assert validity.of_record({**record, field: right}, header) is None
    assert f"its field {field} " in validity.of_record({**record, field: wrong}, header)


@pytest.mark.parametrize("times", [[1, True], [1, 0], [1.5], "12", {"1": 2}])
def test_times_are_a_list_of_whole_nanoseconds(header, record, times):
    assert "its field iterations_ns is" in validity.of_record({**record, "iterations_ns": times}, header)


def test_the_interpreter_of_a_record_is_one_of_the_runs_its_baselines_repeat_or_was_skipped(header, record):
    again = {**record, "interpreter": "baseline-repeat"}
    assert "is not one of this run's" in validity.of_record(again, header)
    assert validity.of_record(again, {**header, "baseline_repeat": "baseline-repeat"}) is None
    skipped = {**record, "interpreter": "absent", "status": "skipped", "iterations_ns": None}
    assert validity.of_record(skipped, header) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iterations_ns", [10**400]),
        ("peak_memory_bytes", 2**63 + 1),
        ("broker_peak_memory_bytes", "1"),
        ("wall_s", 1e308),
        ("cpu_s", 10**400),
        ("failures", {"E_TASK": 10**400}),
        ("memory_series", [5]),
        ("memory_series", [[1.0, 2.0, 3.0]]),
        ("memory_series", [[1.0, None]]),
        ("worker_answers", ["1", None]),
        ("worker_answers", [-1]),
    ],
)
def test_a_number_that_nothing_can_have_and_a_list_of_something_else_are_refused(header, record, field, value):
    assert f"its field {field} is" in validity.of_record({**record, field: value}, header)


@pytest.mark.parametrize(
    "more",
    [
        {"work": "much"},
        {"work_ms": {"python": "x"}},
        {"waiting": []},
        {"today": {"interpreter": "one"}},
        {"pilot_s": None},
        {"pilot_s": -1},
    ],
)
def test_what_not_every_run_has_is_right_where_it_is_there(header, more):
    (field,) = more
    assert validity.of_header({**header, **more}).startswith(f"its field {field} is")


@pytest.mark.parametrize(
    "fact",
    [
        *({"packages": 5}, {"missing": []}, {"version_info": "3.13"}, {"family": []}, {"variant": {"name": "O"}}),
        {"jit": "on"},
    ],
)
def test_what_is_said_of_an_interpreter_is_right_where_it_is_there(header, fact):
    (name,) = fact
    facts = {label: {**each, **fact} for label, each in header["interpreters"].items()}
    assert validity.of_header({**header, "interpreters": facts}).startswith(f"its field interpreters.one.{name} is")


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("workload", None, "workload is 'None' and must be an object"),
        ("workload function", 5, "workload.function is '5'"),
        ("workload digest", None, "workload.digest is 'None'"),
        ("workload words", "--inputs", "workload.words is"),
        ("workload left_out", 1.5, "workload.left_out is '1.5'"),
        ("workload plan", [None], "workload.plan is '[None]'"),
        ("workload plan 0 scenarios", [], "workload.plan is"),
        ("workload plan 0 concurrency", ["x"], "workload.plan is"),
        ("gate", [], "gate is '[]'"),
        ("gate 0", None, "gate is '[None]'"),
        ("gate 0 rows", [-1], "gate is"),
        ("gate 0 rows 0 check", None, "gate is"),
        ("gate 0 rows 0 ok", "yes", "gate is"),
        ("gate 0 times", {}, "gate is"),
        ("gate 0 times call_s", [None], "gate is"),
        ("today", None, "today is 'None'"),
    ],
)
def test_what_is_said_of_a_persons_function_is_right(header, path, value, said):
    own = copy.deepcopy(runs.OWN_FUNCTION)
    assert validity.of_header({**header, **own}) is None
    *names, last = [int(name) if name.isdigit() else name for name in path.split()]
    functools.reduce(lambda part, name: part[name], names, own)[last] = value
    assert said in (validity.of_header({**header, **own}) or "")


@pytest.mark.parametrize("name", ["gate", "today"])
def test_a_run_of_a_persons_function_has_its_gate(header, name):
    own = {field: value for field, value in runs.OWN_FUNCTION.items() if field != name}
    assert validity.of_header({**header, **own}) == f"it has no field {name}"


@pytest.mark.parametrize("name", validity.MEASURED)
def test_what_was_measured_has_its_times(header, record, name):
    assert validity.of_record({**record, name: None}, header) == f"its status is ok and its field {name} is null"
    assert validity.of_record({**record, name: None, "status": "failed"}, header) is None


@pytest.mark.parametrize("latency", [None, []])
def test_what_was_driven_at_given_loads_has_latencies(header, record, latency):
    driven = {**record, "parameters": {"loads": [50]}}
    assert validity.of_record({**driven, "latency": [LOAD]}, header) is None
    assert "has no latency" in validity.of_record({**driven, "latency": latency}, header)
