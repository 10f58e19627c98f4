# Run by the driver (Python 3.9 upward).
"""Why a cell will not be measured: what its interpreter, or that of its workers, cannot do."""

from __future__ import annotations

from collections.abc import Iterable

from runoff.common.loose import Data
from runoff.environments.environment import Environment, PrepareFailed
from scenarios.catalog import REFUSED, Scenario, Task
from transports.catalog import KIND_NEEDS, by_scheme

WIRES = by_scheme()


def reason_to_skip(
    scenario: Scenario,
    task: Task,
    parameters: Data,
    label: str,
    environments: dict[str, Environment | PrepareFailed],
) -> str | None:
    """Return why the interpreter ``label`` cannot run ``task`` under ``scenario``; None where it can."""
    client = environments[label]
    if isinstance(client, PrepareFailed):
        return f"no environment: {client}"
    if (scenario.name, task.name) in REFUSED:
        return str(REFUSED[scenario.name, task.name])
    wire = WIRES[parameters["transport"]].needs if "transport" in parameters else ()
    kind = KIND_NEEDS[parameters["worker_kind"]] if "worker_kind" in parameters else ()
    of_work = (*task.needs, *kind)  # where the task runs
    other = parameters.get("worker_interpreter")
    lacking = _lacking(client, (*scenario.needs, *wire, *(() if other else of_work)))
    if lacking or other is None:
        return lacking or _no_switching(parameters, client)
    return _no_worker(other, environments.get(other), (*wire, *of_work))


def _lacking(environment: Environment, needs: Iterable[str]) -> str | None:
    for word in needs:
        if word not in environment.capabilities:
            reason = environment.missing.get(word)
            return f"no {word}: {reason}" if reason else f"{word} is not available on this interpreter"
    return None


def _no_worker(name: str, environment: Environment | PrepareFailed | None, needs: Iterable[str]) -> str | None:
    """Return why there are no workers of the interpreter or family ``name``."""
    if environment is None:
        return f"no {name} in this run: name bench-{name} as well"
    if isinstance(environment, PrepareFailed):
        return f"no environment for {name}: {environment}"
    lacking = _lacking(environment, needs)
    return f"{name}: {lacking}" if lacking else None


def _no_switching(parameters: Data, environment: Environment) -> str | None:
    if parameters.get("switch_ms") and "switch_interval" not in environment.capabilities:
        return "switch_interval is not available on this interpreter"
    return None
