# Run by pytest (Python 3.9 upward).
"""The transport contract over RabbitMQ, under several interpreters: client and worker are both run by each."""

from __future__ import annotations

import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from runoff.common.paths import ROOT
from runoff.environments import preparing
from runoff.interpreters import surroundings
from tests.helpers.expected import need, needs_rabbitmq
from tests.helpers.inside_tests import conclude

pytestmark = [needs_rabbitmq, pytest.mark.own_broker("the inside tests make queues and leave them")]

#: Those that use every transport there is.
SCENARIO_TESTS = (
    "test_over_every_transport_what_is_limited_large_empty_or_driven_comes_back_right",
    "test_workers_can_be_another_interpreters",
)
#: Old, new, free-threaded, and with a just-in-time compiler.
WIRED = ["cpython-2.7", "cpython-3.13", "cpython-3.13t", "pypy-2.7", "pypy-3.11"]


@pytest.fixture(scope="module")
def wired_environments(request, found):
    """The environments of the interpreters that are to be tried in this run of the tests."""
    chosen = {item.callspec.params["label"] for item in request.session.items if "contract_holds_under" in item.name}
    wanted = [each for each in found.interpreters if each.label in chosen]
    return preparing.prepare_all(wanted, lambda interpreter, outcome: None)


@pytest.fixture(scope="module")
def wired(wired_environments, node):
    """How one runs, and {label: future of the run}, all at once: most of what they do is wait. Each has a queue of its
    own."""

    def run(environment, only=()):
        queue = f"t{uuid.uuid4().hex}"
        urls = " ".join(f"{node.url(role)}?queue={queue}" for role in ("client", "worker"))
        names = [f"tests.inside.test_scenarios.Scenarios.{name}" for name in SCENARIO_TESTS]
        if "multiprocessing" not in environment.capabilities:
            names = []
        return subprocess.run(
            [*environment.command, "-m", "unittest", *(only or ["tests.inside.transports.test_amqp", *names])],
            cwd=ROOT,
            env={**surroundings.for_interpreters(), **environment.variables, "RUNOFF_TEST_AMQP": urls},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,  # a machine with much else to do
        )

    with ThreadPoolExecutor(len(WIRED)) as pool:
        ready = {
            label: each for label, each in wired_environments.items() if "pika" in getattr(each, "capabilities", ())
        }
        yield run, {label: pool.submit(run, each) for label, each in ready.items()}


@pytest.mark.parametrize("label", WIRED)
def test_the_transport_contract_holds_under(found, wired_environments, wired, label, record_property):
    """Client and worker both run by this interpreter; the inside tests, with a broker to talk to: the transport's
    contract, and the scenario with every task."""
    outcome = wired_environments[need(found, label).label]
    assert isinstance(outcome, preparing.Environment), outcome
    if "pika" not in outcome.capabilities:
        pytest.skip(f"{label} has no pika: {outcome.missing['pika']}")
    again, runs = wired
    run = conclude(label, runs[label].result(), lambda names: again(outcome, names), record_property)
    assert run.returncode == 0, run.stdout + run.stderr
    # Without MessagePack its tests are skipped; nothing else is.
    assert "msgpack" in outcome.missing or "skipped" not in run.stderr
