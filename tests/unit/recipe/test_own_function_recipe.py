"""A person's own function as a recipe: its code, its requirements, and what a run of it may lack."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from runoff.common.errors import BadInput
from runoff.recipe import task_module
from runoff.records import record
from runoff.records.record import OWN_FUNCTION
from tests.helpers import runs
from tests.helpers.recipes import choose, write


@pytest.fixture
def orders(tmp_path, monkeypatch):
    """A function with a module beside it, its workload file, and a run in which workers behind RabbitMQ did it."""
    place = tmp_path / "shop"
    place.mkdir()
    (place / "orders.py").write_text("import json\nimport rates\n\ndef handle(x, factor=1):\n    return x * factor\n")
    (place / "rates.py").write_text("RATE = 2\n")
    (place / "private.py").write_text("KEY = 1\n")
    monkeypatch.setattr("runoff.common.paths.WORKLOADS", tmp_path / "workloads")
    target = {"folder": str(place), "module": "orders", "name": "handle", "file": str(place / "orders.py")}
    content = {"target": target, "inputs": [[2], {"x": 3, "factor": 2}], "answers": [2, 6]}
    content.update(varies=False, awaited=False, changes_input=False)
    for label in ("python-0", "python-1"):
        path = task_module.workload_file("abc", label)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return own_run(tmp_path, [])


def own_run(folder_, left_out):
    cells = [
        *(runs.cell(label, "serial", OWN_FUNCTION) for label in ("python-0", "python-1")),
        *(
            runs.cell(label, "distributed", OWN_FUNCTION, concurrency=2, transport="amqp", worker_kind="thread")
            for label in ("python-0", "python-1")
        ),
    ]
    seconds = [0.08, 0.04, 0.05, 0.025]
    records = [each for cell, took in zip(cells, seconds) for each in runs.invocations(cell, took)]
    workload = {
        "function": "orders.py:handle",
        "digest": "abc",
        "variables": ["SHOP_KEY"],
        "words": ["--workload", "orders.py:handle"],
        "left_out": left_out,
    }
    today = {"interpreter": "python-0", "scenario": "serial"}
    return runs.run(folder_, ["python-0", "python-1"], cells, records, workload=workload, today=today)


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
    readme = (into / "README.md").read_text()
    assert "reads SHOP_KEY" in readme
    assert '--from-literal=SHOP_KEY="$SHOP_KEY"' in readme
    assert "key: SHOP_KEY" in (into / "kubernetes" / "worker.yaml").read_text()


def test_a_function_that_is_not_worth_sending_is_said_to_be(tmp_path):
    reason = "a call of 30 us is shorter than its way"
    run = own_run(tmp_path, [{"scenario": "distributed over amqp", "reason": reason}])
    kept = [each for each in run.records if each["scenario"] == "serial"]
    with pytest.raises(BadInput, match=f"{reason}; call this function where its callers are"):
        choose(record.Run(run.folder, run.header, tuple(kept)))


def test_a_function_whose_files_are_gone_is_to_be_measured_again(orders, tmp_path):
    choice = choose(orders)
    task_module.workload_file("abc", choice.cell.interpreter).unlink()
    with pytest.raises(BadInput, match="is gone from .* nox -s bench-python-1 -- --workload orders.py:handle"):
        task_module.of_cell(choice.cell, orders.header)


def test_a_coroutine_is_offered_as_one_whatever_its_form(orders, tmp_path):
    (tmp_path / "shop" / "orders.py").write_text("class handle:\n    async def __call__(self, x):\n        return x\n")
    for path in (tmp_path / "workloads").rglob("*.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "awaited": True}))
    into = write(orders, tmp_path / "recipe")
    code = "import asyncio, inspect, tasks; f = tasks.TASKS['handle']; assert inspect.iscoroutinefunction(f)"
    code += "; print(asyncio.run(f(3)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=into / "app", capture_output=True, text=True, check=False)
    assert done.stdout == "3\n", done.stderr
