"""The table of tasks: whatever is wrong with its module is one sentence, with which a worker ends for good."""

from __future__ import annotations

import importlib

import pytest

from transports import errors, task_registry


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "AttributeError: "),
        ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError: "),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("TASKS = 5", "TypeError: "),
    ],
)
def test_a_module_without_a_table_is_one_sentence(tmp_path, monkeypatch, source, reason):
    name = f"tasks_of_{tmp_path.name}".replace("-", "_")  # one of its own for each: modules are kept
    (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(errors.Unusable) as failure:
        task_registry.load(name)
    assert str(failure.value).startswith(f"{name} has no table TASKS of tasks: {reason}")


def test_a_name_that_is_no_module_is_one_sentence():
    with pytest.raises(errors.Unusable, match="has no table TASKS of tasks"):
        task_registry.load("..x")


@pytest.mark.parametrize(("more", "calls"), [("", []), ("CALLS = []\ndef PREPARE(): CALLS.append(1)", [1])])
def test_a_module_may_prepare_its_tasks(tmp_path, monkeypatch, more, calls):
    name = f"prepares_{len(calls)}"
    (tmp_path / f"{name}.py").write_text(f"TASKS = {{}}\n{more}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    task_registry.load(name)
    task_registry.prepare(name)
    assert getattr(importlib.import_module(name), "CALLS", []) == calls
