"""What the two halves, or a table and the code, both have to say: the same."""

from __future__ import annotations

from harness import measure
from runoff.analysis.claims import table
from runoff.analysis.claims.limits import Limit
from runoff.benchmarks.transports import aims, worker_restart
from runoff.common import tables
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters.discover import Interpreter
from runoff.services.rabbitmq import Broker
from runoff.stats import steady_state
from runoff.workload import answers, gate
from scenarios.own_function import answers as inside_answers
from transports.wires.amqp import queues as amqp_queues


def test_a_shift_is_as_large_for_whoever_measures_as_for_whoever_judges():
    assert measure.STILL_CHANGING == steady_state.SHIFT


def test_the_aims_of_a_benchmark_are_the_limits_of_the_claims():
    limits = [part for claim in table.CLAIMS for part in claim.parts if isinstance(part, Limit)]
    gaps = {wire: limit.most for limit in limits if limit.number == "gap" for wire in limit.transports}
    assert {wire: worker_restart.AIM_MS[wire.partition("+")[0]] for wire in gaps} == gaps
    assert {limit.most for limit in limits if limit.number == "imbalance"} == {aims.BALANCE.bound}


def test_kills_asked_for_on_the_command_line_are_the_sets():
    recovery = tables.read("experiments.toml")["sets"]["recovery"]
    environment = Environment(Interpreter("x", "cpython", "/python", {}), (), {}, {}, (), {}, frozenset())
    cell = worker_restart.job(environment, recovery["kills"], "zmq+tcp", {}).cell
    asked = {"batch": cell.batch, **dict(cell.parameters), "transport": recovery["transport"]}
    assert asked.pop("concurrency") in recovery["concurrency"]
    assert asked == {name: recovery[name] for name in asked}
    assert (cell.scenario, cell.task) == (recovery["scenarios"][0], recovery["tasks"][0])


FILES = (ROOT / "runoff/services/rabbitmq.py", ROOT / "runoff/benchmarks/transports/amqp_contenders.py")


def test_queues_are_deleted_under_the_names_that_the_wire_gives_them():
    text = "".join(path.read_text(encoding="utf-8") for path in FILES)
    assert {f"{amqp_queues.TASKS}.{{name}}", f"{amqp_queues.TASKS}.{{name}}{amqp_queues.TRANSIENT}"} <= set(
        text.split('"')
    )


def test_where_the_broker_is_stands_in_the_variables_that_the_scenario_reads():
    from scenarios.workers import distributed

    with Broker("amqp://c", "amqp://w", "").queue() as variables:
        assert set(variables) == {distributed.CLIENT_URL, distributed.WORKER_URL}


def test_an_answer_that_varies_from_call_to_call_is_known_by_the_words_of_the_gate():
    asked = ROOT / "harness/own_function/first_calls.py"
    assert f'{gate.ANOTHER_ANSWER}"' in asked.read_text(encoding="utf-8")


def test_floats_may_differ_by_as_much_between_calls_as_between_interpreters():
    assert answers.TOLERANCE == inside_answers.TOLERANCE
