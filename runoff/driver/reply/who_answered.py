# Run by the driver (Python 3.9 upward).
"""Compare who answered, by each process's own word, with the planned build and variant."""

from __future__ import annotations

from typing import Any

from runoff.common.loose import Data, Reply
from runoff.environments.environment import Environment
from runoff.interpreters.facts import BUILD, IDENTITY


def another_build(planned: Reply, answered_by: Any) -> str | None:
    """Return why the build that answered is not the planned one; None when it is."""
    if not isinstance(answered_by, dict):
        return "the reply does not say which build answered"
    for name in IDENTITY:
        if answered_by.get(name) != planned[name]:
            return (
                f"another build answered: its {name} is {answered_by.get(name)!r} and {planned[name]!r} was planned; "
                "start a new run, which examines this interpreter again"
            )
    return None


def other_processes(planned: Environment, answered_by: Data) -> str | None:
    """Return why a child process or worker is not of the planned build or variant; None when all are.

    Code under test may change its own process, so of an interpreter started as usual only build and flags are compared.
    """
    others = answered_by.get("others")
    if not isinstance(others, list) or not all(isinstance(other, dict) for other in others):
        return "the reply does not say what its other processes are"
    variant = planned.interpreter.variant
    for other in others:
        for name in (*BUILD, "flags"):
            if other.get(name) != planned.facts[name]:
                return (
                    f"another process or subinterpreter runs differently: its {name} is {other.get(name)!r} and "
                    f"{planned.facts[name]!r} was planned; if its children do not inherit an "
                    "option, set a variable instead (--variant NAME=VARIABLE=VALUE)"
                )
        if variant and (problem := variant.not_engaged(other)):
            return f"{variant.in_words} did not reach another process or subinterpreter: {problem}"
    return None
