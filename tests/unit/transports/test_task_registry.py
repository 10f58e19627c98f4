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


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("{1: print}", "calls a task 1: a name is text of 1 to 200 characters"),
        ("{b'noop': print}", "calls a task b'noop': a name is text of 1 to 200 characters"),
        ("{'': print}", "calls a task '': a name is text of 1 to 200 characters"),
        ("{'x' * 201: print}", "xx': a name is text of 1 to 200 characters"),
        ("{'\\ud800': print}", "a name is text of 1 to 200 characters"),
        ("{'noop': 5}", "has no function for 'noop', but 5"),
    ],
)
def test_a_table_that_no_worker_could_tell_of_is_one_sentence(tmp_path, monkeypatch, table, sentence):
    """A welcome lists the names: the first client that said hello would end the worker."""
    name = f"table_of_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(f"TASKS = {table}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(errors.Unusable) as failure:
        task_registry.load(name)
    assert str(failure.value).startswith(f"TASKS of {name} ")
    assert str(failure.value).endswith(sentence)


def test_the_longest_name_is_one(tmp_path, monkeypatch):
    (tmp_path / "of_a_long_name.py").write_text("TASKS = {'x' * 200: print}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert task_registry.load("of_a_long_name") == {"x" * 200: print}


@pytest.mark.parametrize(
    ("source", "why"), [("1 / 0", "ZeroDivisionError: division by zero"), ("raise SystemExit(3)", "SystemExit: 3")]
)
def test_what_cannot_be_prepared_is_one_sentence(tmp_path, monkeypatch, source, why):
    name = f"fails_{why[0].lower()}"
    (tmp_path / f"{name}.py").write_text(f"TASKS = {{}}\ndef PREPARE(): {source}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    task_registry.load(name)
    with pytest.raises(errors.Unusable) as failure:
        task_registry.prepare(name)
    assert str(failure.value) == f"PREPARE of {name} failed: {why}"


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
