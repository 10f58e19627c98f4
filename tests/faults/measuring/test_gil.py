"""An extension module that is not free of the GIL: the record names it, and the report raises an alarm."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from runoff.common.guard import Guard
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment
from runoff.environments.preparing import prepare
from runoff.workload import target
from runoff.workload.inside import GATE, Inside
from tests.helpers.expected import need

OLD_MODULE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "needs_the_gil", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_needs_the_gil(void) { return PyModule_Create(&module); }
"""

SETUP = """
from setuptools import Extension, setup
setup(name="needs-the-gil", version="1", py_modules=[], ext_modules=[Extension("needs_the_gil", ["needs_the_gil.c"])])
"""

#: Stands in for the kernels: the same names, and an import that turns the GIL on.
KERNELS = "import needs_the_gil\ndef burn_gil(number, rounds):\n    return number\n"


POOL = {"start_method": "spawn", "concurrency": 1}


def run(environment: Environment, folder, scenario: str = "serial", **parameters) -> dict:
    cell = PlannedCell(environment.interpreter.label, scenario, "native-gil", 2, tuple(parameters.items()))
    guard = Guard()
    try:
        return invoke(Job(cell, 0, environment, {"rounds": 1}, 3, 3, 0.0, 60.0, 1, 1), folder, guard)
    finally:
        guard.close()


@pytest.fixture
def environment(found, tmp_path) -> Environment:
    """A free-threaded interpreter, with a module in ``tmp_path`` that is not free of the GIL."""
    prepared = prepare(need(found, "cpython-3.13t"))
    (tmp_path / "needs_the_gil.c").write_text(OLD_MODULE)
    (tmp_path / "setup.py").write_text(SETUP)
    build = [*prepared.command, "setup.py", "build_ext", "--inplace"]
    subprocess.run(build, cwd=tmp_path, check=True, capture_output=True)
    return prepared


def test_the_import_that_turned_the_gil_on_is_named(environment, tmp_path):
    (tmp_path / "runoff_kernels.py").write_text(KERNELS)

    free = run(environment, tmp_path / "free")
    assert free["gil"] == {"at_start": False, "after_imports": False, "at_end": False, "enabled_by": None}
    (other,) = run(environment, tmp_path / "free-pool", "process-pool", **POOL)["answered_by"]["others"]
    assert (other["gil"], other["gil_enabled_by"]) == (False, None)
    environment = replace(environment, variables={"PYTHONPATH": str(tmp_path)})
    locked = run(environment, tmp_path / "locked")
    assert locked["status"] == "ok", locked["reason"]
    assert locked["gil"] == {"at_start": False, "after_imports": True, "at_end": True, "enabled_by": "needs_the_gil"}
    (other,) = run(environment, tmp_path / "locked-pool", "process-pool", **POOL)["answered_by"]["others"]
    assert (other["gil"], other["gil_enabled_by"]) == (True, "needs_the_gil")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import needs_the_gil\ndef handle(x):\n    return x\n", "to load module 'needs_the_gil'"),
        (
            "def handle(x):\n    import needs_the_gil\n    return x\n",
            "an import during a call turned it on: needs_the_gil",
        ),
    ],
)
def test_the_gate_tells_an_import_at_a_call_from_one_before(environment, tmp_path, source, reason):
    (tmp_path / "orders.py").write_text(source)
    wanted = target.parse(f"{tmp_path / 'orders.py'}:handle", None).as_request()
    request = {"target": wanted, "inputs": [[1]], "modules": [], "same_answers": True, "answers_only": False}
    guard = Guard()
    try:
        reply, _ = Inside(guard).ask(GATE, list(environment.command), {**request, "threads_for_s": 0.05}, {})
    finally:
        guard.close()
    (row,) = [row for row in reply["checks"] if row["check"] == "gil"]
    assert not row["ok"]
    assert reason in row["reason"]
