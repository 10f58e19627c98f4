"""Every option of every command with absurd values: one sentence, exit code 2, no file."""

from __future__ import annotations

import click
import pytest

from runoff.cli import __main__
from runoff.cli.bench.options import RUN_OPTIONS
from runoff.cli.option_values import Finite
from runoff.common import run_command

ABSURD = [
    "inf",
    "-inf",
    "nan",
    "-1",
    "\N{SUPERSCRIPT TWO}",
    "9" * 5000,
    "",
    "x",
    "1e999",
    "1e300",
]
NUMBERS = ("budget", "soak", "concurrency", "server_port", "seed")
#: Values that these options take.
RIGHT = {"seed": ("-1", "9" * 4000)}


def parameters() -> dict[str, click.Parameter]:
    @click.command()
    def command() -> None:
        """Take the options of a run."""

    for option in RUN_OPTIONS:
        command = option(command)
    return {each.name: each for each in command.params if each.name}


@pytest.mark.parametrize("value", ABSURD)
@pytest.mark.parametrize("name", NUMBERS)
def test_an_absurd_number_is_one_sentence_and_exit_code_2(monkeypatch, capsys, tmp_path, name, value):
    if value in RIGHT.get(name, ()):
        pytest.skip("a value that it takes")
    monkeypatch.chdir(tmp_path)
    option = parameters()[name].opts[0]
    monkeypatch.setattr("sys.argv", ["runoff", "enlist", "cpython", "--into", "enlisted", f"{option}={value}"])
    assert run_command.run(__main__.cli, "runoff") == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["profile", "scenario", "task", "transport", "worker_kind", "batch", "durable"])
@pytest.mark.parametrize("value", ["nan", "\N{SUPERSCRIPT TWO}", "-1", "x" * 5000])
def test_a_name_that_is_none_is_one_sentence_and_exit_code_2(monkeypatch, capsys, tmp_path, name, value):
    monkeypatch.chdir(tmp_path)
    option = f"--{name.replace('_', '-')}"
    monkeypatch.setattr("sys.argv", ["runoff", "enlist", "cpython", "--into", "enlisted", f"{option}={value}"])
    assert run_command.run(__main__.cli, "runoff") == 2
    assert capsys.readouterr().err.startswith("error: ")
    assert not list(tmp_path.iterdir())


def test_every_number_of_a_run_is_walked():
    numeric = (click.types.IntParamType, click.types.FloatParamType, Finite)
    found = {name for name, each in parameters().items() if isinstance(each.type, numeric)}
    assert found <= set(NUMBERS)


def test_a_disk_that_is_full_is_one_sentence(capsys):
    @click.command()
    def command() -> None:
        raise OSError(28, "No space left on device", "/somewhere/file")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["x"])
        assert run_command.run(command, "x") == 2
    assert capsys.readouterr().err == "error: /somewhere/file: No space left on device; mend that and try again\n"


def every_option() -> list[tuple[str, click.Option]]:
    """Return every option of every command, with the command's name."""
    context = click.Context(__main__.cli)
    commands = {name: __main__.cli.get_command(context, name) for name in __main__.COMMANDS}
    return [
        (name, each) for name, command in commands.items() for each in command.params if isinstance(each, click.Option)
    ]


def test_a_number_of_whatever_command_has_a_least_value_and_is_finite():
    loose = [
        f"{command} {option.opts[0]}"
        for command, option in every_option()
        if option.name != "seed"
        and isinstance(option.type, (click.types.IntParamType, click.types.FloatParamType, click.FloatRange))
        and not isinstance(option.type, Finite)
        and getattr(option.type, "min", None) is None
    ]
    floats = [
        f"{command} {option.opts[0]}"
        for command, option in every_option()
        if isinstance(option.type, (click.types.FloatParamType, click.FloatRange))
        and not isinstance(option.type, Finite)
    ]
    assert not loose + floats


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "--into", ""], "--into has an empty value"),
        (["report", "--into="], "--into has an empty value"),
        (["report", ""], "an argument is empty"),
        (["interpreters", "get", ""], "an argument is empty"),
        (["transports", "--interpreter", ""], "--interpreter has an empty value"),
        (["bench", "", "--"], "an argument is empty"),
    ],
)
def test_an_empty_argument_is_refused(monkeypatch, capsys, tmp_path, words, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["runoff", *words])
    assert run_command.run(__main__.cli, "runoff") == 2
    assert capsys.readouterr().err == (
        f"error: {said} (is it a variable that is not set?); give it one, or leave it out\n"
    )
    assert not list(tmp_path.iterdir())


def test_an_empty_argument_of_a_benchmark_is_its_own(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["runoff", "try", "no.py", "--adapter", "pyperf", "--", ""])
    assert run_command.run(__main__.cli, "runoff") == 2
    assert capsys.readouterr().err.startswith("error: there is no file no.py")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "a", "b", "--strict"], "--strict has no gate to be strict about"),
        (["compare", "a", "b", "--gate", "5%%"], "Invalid value for '--gate'"),
        (["compare", "a", "b", "--gate", "1e-320"], "Invalid value for '--gate'"),
        (["transports", "--peers", "celery", "--no-peers"], "--peers and --no-peers contradict each other"),
        (["transports", "--turns=0", "--kills=0", "--restarts=0"], "nothing is left to measure"),
    ],
)
def test_options_without_a_meaning_are_one_sentence(monkeypatch, capsys, words, said):
    monkeypatch.setattr("sys.argv", ["runoff", *words])
    assert run_command.run(__main__.cli, "runoff") == 2
    assert capsys.readouterr().err.startswith(f"error: {said}")
