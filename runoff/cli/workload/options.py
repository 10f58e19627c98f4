# Run by the driver (Python 3.9 upward).
"""The options that name a person's function; ``try`` and every bench-* session take them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import click

from runoff.cli.option_values import names
from runoff.common.errors import BadInput, choose
from runoff.common.loose import Options
from runoff.driver import plan
from runoff.records.schema import Today
from runoff.workload import target
from runoff.workload.gate import Workload

WORKLOAD_OPTIONS = [
    click.option(
        "--inputs", metavar="FILE", help="File of inputs, one JSON value a line; default: one call without arguments."
    ),
    click.option("--spread", is_flag=True, help="Pass each input, a list or an object, as several arguments."),
    click.option(
        "--requirements", metavar="FILE", help="Requirements file, installed separately for each interpreter."
    ),
    click.option(
        "--path",
        "folder",
        metavar="FOLDER",
        help="Folder to import MODULE from, or to run --command in; default: the current one.",
    ),
    click.option(
        "--env",
        "variables",
        multiple=True,
        callback=names,
        metavar="NAME",
        help="Pass this environment variable on to the function.",
    ),
    click.option(
        "--today",
        metavar="NAME/SCENARIO",
        help="What you use now, as cpython-3.11/serial: every ratio is against it. Default: the baseline, serial.",
    ),
    click.option(
        "--adapter",
        type=click.Choice([*target.ADAPTERS]),
        help="Measure a benchmark that you have: pyperf SCRIPT.py, pytest TEST.py::NAME, or awfy FILE.py:CLASS.",
    ),
    click.option(
        "--command",
        "command_line",
        metavar="TEXT",
        help="Measure a program instead of a function: 'orders.py {input}'; without {input} it reads stdin.",
    ),
    click.option("--benchmark", metavar="NAME", help="Benchmark of a pyperf script to measure; default: its only one."),
    click.option(
        "--loops",
        default=1,
        show_default=True,
        type=click.IntRange(min=1),
        help="Loops that a call of a pyperf script's benchmark makes: what it sets up counts once a call.",
    ),
    click.option(
        "--fresh",
        is_flag=True,
        help="Clear the function's caches before each call (docs/your-own-function.md says which).",
    ),
    click.option("--gate-only", is_flag=True, help="Check where the function runs, and measure nothing."),
    click.option(
        "--require",
        "required",
        multiple=True,
        callback=names,
        metavar="NAME",
        help="Exit with code 3 if this interpreter fails the gate.",
    ),
]


def workload_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add WORKLOAD_OPTIONS to a command."""
    for option in reversed(WORKLOAD_OPTIONS):
        command = option(command)
    return command


def workload(options: Options) -> Workload | None:
    """Return the function or command line that is named with its inputs; None without. Raise BadInput for a mistake."""
    typed = options["workload"] or options["command_line"]
    if typed is None:
        others = (("--today", "today"), ("--gate-only", "gate_only"), ("--require", "required"))
        needless = [*words(options), *(option for option, name in others if options[name])]
        if needless:
            raise BadInput(f"{needless[0]} needs a function: name one with --workload FILE.py:NAME")
        return None
    missing = [name for name in options["variables"] if name not in os.environ]
    if missing:
        raise BadInput(f"--env {missing[0]}: this variable is not set; set it, or leave out --env")
    pins = target.resolve(options["requirements"]) if options["requirements"] else None
    if pins and not pins.is_file():
        raise BadInput(f"there is no file {options['requirements']}; --requirements takes a requirements file")
    return Workload(
        typed,
        _target(typed, options),
        target.read_inputs(options["inputs"], options["spread"]),
        pins,
        {name: os.environ[name] for name in options["variables"]},
    )


def _target(typed: str, options: Options) -> target.Target:
    arguments = tuple(options.get("arguments") or ())
    if options["command_line"]:
        given = [name for name in ("workload", "adapter", "benchmark", "spread", "fresh") if options[name]]
        if given or arguments:
            raise BadInput("with --command leave out the function, --adapter, --benchmark, --spread and --fresh")
        return target.of_command(typed, options["folder"], options["inputs"] is not None)
    if options["folder"] and (options["adapter"] or typed.rpartition(":")[0].endswith(".py")):
        raise BadInput(f"--path is for package.module:NAME and --command: leave it out, {typed} says where its file is")
    if options["adapter"]:
        if options["fresh"]:
            raise BadInput(
                "--fresh works with functions only: leave it out, as a benchmark decides itself what it caches"
            )
        if options["loops"] > 1 and options["adapter"] != "pyperf":
            raise BadInput("--loops is for --adapter pyperf alone: leave it out")
        return target.of_benchmark(options["adapter"], typed, options["benchmark"], arguments, options["loops"])
    if options["loops"] > 1:
        raise BadInput("--loops needs a script of pyperf: add --adapter pyperf")
    if options["benchmark"] or arguments:
        raise BadInput("--benchmark and arguments after -- need a benchmark: name its kind with --adapter")
    return replace(target.parse(typed, options["folder"]), fresh=options["fresh"])


def words(options: Options) -> tuple[str, ...]:
    """Return the options that name the function, as they are typed again."""
    values = [("--workload", options["workload"]), ("--command", options["command_line"])]
    values += [("--inputs", options["inputs"])]
    values += [("--requirements", options["requirements"]), ("--path", options["folder"])]
    values += [("--env", name) for name in options["variables"]]
    values += [("--adapter", options["adapter"]), ("--benchmark", options["benchmark"])]
    values += [("--loops", options["loops"] if options["loops"] > 1 else None)]
    given = [word for name, value in values if value for word in (name, str(value))]
    arguments = options.get("arguments") or ()
    given += [f"--{name}" for name in ("spread", "fresh") if options[name]]
    return (*given, *(("--", *arguments) if arguments else ()))


def today(options: Options, labels: list[str], baseline: str) -> Today:
    """Return what ratios are against; raise BadInput for a name that is none."""
    if options["today"] is None:
        return {"interpreter": baseline, "scenario": plan.SERIAL}
    label, _, scenario = options["today"].partition("/")
    choose("interpreter in this run", [label], labels)
    choose("scenario", [scenario or plan.SERIAL], list(plan.SCENARIOS))
    return {"interpreter": label, "scenario": scenario or plan.SERIAL}
