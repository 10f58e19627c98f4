"""The options that name a person's function: what today is, and what is refused."""

from __future__ import annotations

import click
import pytest

from runoff.cli.workload import options
from runoff.common.errors import BadInput


@pytest.mark.parametrize(
    ("given", "today"),
    [
        (None, ("b", "serial")),
        ("a", ("a", "serial")),
        ("a/process-pool", ("a", "process-pool")),
    ],
)
def test_today_is_the_baseline_one_call_after_another_unless_it_is_named(given, today):
    found = options.today({"today": given}, ["a", "b"], "b")
    assert (found["interpreter"], found["scenario"]) == today


@pytest.mark.parametrize(("given", "reason"), [("c/serial", "'c'"), ("a/process-pol", "did you mean 'process-pool'")])
def test_a_today_that_is_none_is_refused_before_the_gate(given, reason):
    with pytest.raises(BadInput, match=reason):
        options.today({"today": given}, ["a", "b"], "b")


NOTHING = {
    **dict.fromkeys(("workload", "command_line", "adapter", "benchmark", "folder", "inputs", "requirements", "today")),
    **dict.fromkeys(("spread", "fresh", "gate_only"), False),
    **dict.fromkeys(("variables", "required", "arguments"), ()),
    "loops": 1,
}


@pytest.fixture
def given(tmp_path, monkeypatch):
    """given(options) -> all of them, for a function whose file, inputs and requirements are there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for name, text in (("orders.py", ""), ("inputs.jsonl", "[1, 2]\n"), ("pins.txt", "six==1.17.0\n")):
        (tmp_path / name).write_text(text)
    return lambda **more: {**NOTHING, "workload": "orders.py:handle", **more}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"inputs": "inputs.jsonl", "spread": True},
        {"requirements": "pins.txt", "fresh": True},
        {"adapter": "pyperf", "workload": "orders.py", "benchmark": "handle", "loops": 3, "arguments": ("--size", "2")},
    ],
)
def test_the_words_of_a_function_name_it_again(given, more):
    @click.command()
    @click.argument("arguments", nargs=-1)
    @click.option("--workload")
    @options.workload_options
    def command(**again):
        return options.workload(again)

    first = given(**more)
    assert command.main(list(options.words(first)), standalone_mode=False) == options.workload(first)


def test_variables_that_are_passed_on_must_be_set(given, monkeypatch):
    monkeypatch.setenv("ORDERS_DB", "postgres://me:secret@db")
    found = options.workload(given(variables=("ORDERS_DB",)))
    assert found.variables == {"ORDERS_DB": "postgres://me:secret@db"}
    assert "secret" not in " ".join(options.words(given(variables=("ORDERS_DB",))))
    monkeypatch.delenv("ORDERS_DB")
    with pytest.raises(BadInput, match="--env ORDERS_DB: this variable is not set"):
        options.workload(given(variables=("ORDERS_DB",)))


@pytest.mark.parametrize(
    ("more", "option"),
    [
        ({"inputs": "inputs.jsonl"}, "--inputs"),
        ({"folder": "."}, "--path"),
        ({"variables": ("ORDERS_DB",)}, "--env"),
        ({"spread": True}, "--spread"),
        ({"loops": 2}, "--loops"),
        ({"today": "cpython-3.11"}, "--today"),
        ({"gate_only": True}, "--gate-only"),
        ({"required": ("pypy-3.11",)}, "--require"),
    ],
)
def test_what_belongs_to_a_function_is_refused_without_one(more, option):
    with pytest.raises(BadInput, match=f"^{option} needs a function: name one"):
        options.workload({**NOTHING, **more})
    assert options.workload(NOTHING) is None


@pytest.mark.parametrize("more", [{}, {"workload": "orders.py", "adapter": "pyperf"}])
def test_a_folder_to_import_from_is_refused_beside_a_file(given, more):
    with pytest.raises(BadInput, match=r"^--path is for package\.module:NAME and --command: leave it out"):
        options.workload(given(folder=".", **more))
    assert options.workload(given(workload="orders:handle", folder=".")).target.module == "orders"


def test_requirements_that_are_not_there_are_refused(given):
    with pytest.raises(BadInput, match=r"there is no file none\.txt"):
        options.workload(given(requirements="none.txt"))
