"""A person's own function as a recipe: its code, its requirements, and what a run of it may lack."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from runoff.common.errors import BadInput
from runoff.recipe import task_module
from runoff.records import record
from tests.helpers.recipes import choose, own_run, write


@pytest.fixture
def orders(tmp_path, monkeypatch):
    monkeypatch.setattr("runoff.common.paths.WORKLOADS", tmp_path / "workloads")
    return own_run(tmp_path)


def test_an_own_function_is_taken_along_with_what_it_imports(orders, tmp_path):
    into = write(orders, tmp_path / "recipe")
    own = into / "app" / "own"
    assert sorted(path.name for path in own.iterdir()) == ["orders.py", "rates.py"]
    assert "python-1" in (into / "client.py").read_text()
    code = "import tasks; print(tasks.TASKS['handle'](3, factor=2))"
    done = subprocess.run([sys.executable, "-c", code], cwd=into / "app", capture_output=True, text=True, check=False)
    assert done.stdout == "6\n", done.stderr
    assert json.loads((into / "inputs.json").read_text())["answers"] == [2, 6]
    assert "runoff.tasks.handle" in (into / "definitions.json").read_text()
    code = "import sys; sys.path.insert(0, 'app'); import client; print(client.same([0.3], [0.1 + 0.2]))"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=into, capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr
    readme = (into / "README.md").read_text()
    assert "reads SHOP_KEY" in readme
    assert '--from-literal=SHOP_KEY="$SHOP_KEY"' in readme
    assert "key: SHOP_KEY" in (into / "kubernetes" / "worker.yaml").read_text()


def test_a_function_that_is_not_worth_sending_is_said_to_be(tmp_path):
    reason = "a call of 30 us is too short"
    run = own_run(tmp_path, left_out=[{"scenario": "distributed over amqp", "reason": reason}])
    kept = [each for each in run.records if each["scenario"] == "serial"]
    with pytest.raises(BadInput, match=f"{reason}; call this function where its callers are"):
        choose(record.Run(run.folder, run.header, tuple(kept)))


def test_a_function_whose_files_are_gone_is_to_be_measured_again(orders, tmp_path):
    choice = choose(orders)
    task_module.workload_file("abc", choice.cell.interpreter).unlink()
    with pytest.raises(BadInput, match="is missing from .* nox -s bench-python-1 -- --workload orders.py:handle"):
        task_module.of_cell(choice.cell, orders.header)


def test_a_program_is_not_offered_as_a_function(orders, tmp_path):
    for path in (tmp_path / "workloads").rglob("*.json"):
        content = json.loads(path.read_text())
        path.write_text(json.dumps({**content, "target": {**content["target"], "adapter": "command"}}))
    with pytest.raises(BadInput, match=r"orders.py:handle is a program or a benchmark, and workers offer functions"):
        task_module.of_cell(choose(orders).cell, orders.header)


def test_a_coroutine_is_offered_as_one_whatever_its_form(orders, tmp_path):
    (tmp_path / "shop" / "orders.py").write_text("class handle:\n    async def __call__(self, x):\n        return x\n")
    for path in (tmp_path / "workloads").rglob("*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "awaited": True}))
    into = write(orders, tmp_path / "recipe")
    code = "import asyncio, inspect, tasks; f = tasks.TASKS['handle']; assert inspect.iscoroutinefunction(f)"
    code += "; print(asyncio.run(f(3)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=into / "app", capture_output=True, text=True, check=False)
    assert done.stdout == "3\n", done.stderr
