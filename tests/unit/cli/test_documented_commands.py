# Run by pytest under the driver's Python.
"""Each command in the documents and in --help is one that we take; a benchmark is planned and not measured."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from runoff.cli.__main__ import cli
from runoff.cli.bench.enlist import command as enlist
from runoff.cli.bench.measure import command as measure
from runoff.cli.bench.options import selection
from runoff.common import tables
from runoff.common.paths import ROOT
from runoff.driver import plan
from tests.helpers.environments import environment
from tests.helpers.source_files import DOCUMENTS

TABLE = tables.read("experiments.toml")
FAMILIES = tables.read("interpreters.toml")["families"]
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
#: Sessions of noxfile.py in which pytest, ruff, mkdocs or a program of the tests reads what follows --.
OTHER_TOOLS = {"tests", "tests-fast", "lint", "docs", "fuzz"}


def _driven() -> dict[str, str]:
    """Return {session: the command of runoff.cli that it drives}, as noxfile.py has them."""
    found = {}
    for part in NOXFILE.split("@nox.session(")[1:]:
        name = re.search(r'name="([\w-]+)"', part.partition("\n")[0]) or re.search(r"def (\w+)", part)
        driven = re.search(r'(?:drive\(|"runoff.cli", )"([\w-]+)"', part)
        if name and driven:
            found[name.group(1)] = driven.group(1)
    return found


def _help() -> str:
    context = click.Context(enlist, info_name="bench", terminal_width=200, max_content_width=200)
    return enlist.get_help(context).partition("Examples:")[2]


def _documented() -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    text = re.sub(r"\\\n\s*", "", "\n".join([*texts, _help()]))  # a command goes on after a backslash
    found = re.findall(r"(?:^ *|`)nox -s ([^`#\n|>]+)", text, re.MULTILINE)
    return sorted({command.strip() for command in found if "..." not in command})


DRIVEN = _driven()
COMMANDS = _documented()


def _family(target: str) -> str | None:
    """Return the family of a bench-* session; None for another session."""
    family = target[len("bench-") :].partition("-")[0]
    return family if target.startswith("bench-") and family in FAMILIES else None


def _parsed(command: click.Command, arguments: list[str]) -> dict | None:
    """Return the values that the command line reads; None where it only shows its help."""
    if "--help" in arguments:
        with pytest.raises(click.exceptions.Exit) as ended:
            command.make_context("runoff", arguments)
        assert ended.value.exit_code == 0
        return None
    return command.make_context("runoff", arguments).params


def test_examples_are_found_in_the_documents_and_in_the_help():
    assert "report -- --all" in COMMANDS
    assert "bench-pypy bench-cpython -- --resume" in COMMANDS
    assert {"report", "compare", "export", "calibrate"} <= set(DRIVEN)


@pytest.mark.parametrize("line", COMMANDS)
def test_the_command_line_takes_the_example(line):
    sessions, _, rest = line.partition(" -- ")
    targets, arguments = sessions.split(), shlex.split(rest)
    benchmarks = [target for target in targets if _family(target)]
    for target in set(targets) - set(benchmarks) - OTHER_TOOLS:
        context = click.Context(cli)
        _parsed(cli.get_command(context, DRIVEN[target]), arguments)
    if benchmarks:
        options = _parsed(measure, ["--enlisted", str(ROOT / "README.md"), *arguments])
        labels = [target[len("bench-") :] for target in benchmarks]
        if options is not None:
            assert plan.cells(selection(options), TABLE, {label: environment(label) for label in labels}, 2)


def test_an_unknown_option_of_an_example_is_refused():
    with pytest.raises(click.UsageError, match="no such option|No such option"):
        _parsed(measure, ["--enlisted", str(ROOT / "README.md"), "--no-such-option"])
