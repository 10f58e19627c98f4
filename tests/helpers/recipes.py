# Run by pytest (Python 3.9 upward).
"""Recipes written from a made-up run, for an interpreter with the given facts."""

from __future__ import annotations

from runoff.recipe import builds, chosen, folder, sizing, task_module
from runoff.records import record

FACTS = {"family": "cpython", "implementation": "CPython", "implementation_version": "3.13.5", "python_full": "3.13.5"}


def choose(run: record.Run, option: str | None = None, **facts) -> chosen.Chosen:
    for known in run.header["interpreters"].values():
        known.update({**FACTS, "packages": ["six==1.17.0", "pika==1.4.4"], **facts})
    run.header["work"] = {"python": 60000}
    return chosen.choose_option(run, option)


def write(run: record.Run, into, option: str | None = None, **facts):
    choice = choose(run, option, **facts)
    task = task_module.of_cell(choice.cell, run.header)
    build = builds.build_of(choice.cell.interpreter, choice.facts)
    folder.write(into, folder.Recipe(choice, sizing.compute(choice.figures), build, task, "nox -s recipe"))
    return into
