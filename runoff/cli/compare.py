# Run by the driver (Python 3.9 upward).
"""Compare two runs, or two interpreters of one."""

from __future__ import annotations

import os
from pathlib import Path

import click

from runoff.analysis.comparisons import two_runs
from runoff.cli.console import with_width
from runoff.common.errors import OK, BadInput, choose
from runoff.common.paths import RESULTS
from runoff.records import record
from runoff.report.output import comparison
from runoff.stats import significance

#: No number of invocations that anybody would run tells a smaller one.
LEAST_SHARE = 0.0001


def _share(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """Parse a share, given as 5% or as 0.05."""
    if value is None:
        return None
    try:
        share = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not LEAST_SHARE <= share < 1:
        raise click.BadParameter("takes a share between 0 and 100 %, 0.01 % at least, as in --gate 5%")
    return share


def _run(folder: str) -> record.Run:
    """Read the run in ``folder``, or in the folder of that name below results/."""
    path = Path(folder)
    named = path if path.exists() else next(iter(sorted(RESULTS.glob(f"*/{folder}"))), path)
    return record.read(named)


@click.command("compare")
@click.argument("runs", nargs=-1, required=True)
@click.option(
    "--interpreters",
    metavar="A,B",
    help="Compare these two interpreters: of one run, or A of the first run with B of the second.",
)
@click.option(
    "--gate",
    callback=_share,
    metavar="SHARE",
    help="Exit 1 when a cell is slower and the loss may exceed SHARE, as in 5%.",
)
@click.option("--strict", is_flag=True, help="With --gate: exit 3 when a cell cannot be decided.")
@click.option("--anyway", is_flag=True, help="Compare runs that do not measure the same thing; every line is marked.")
@click.option(
    "--markdown", "markdown_path", type=click.Path(path_type=Path), help="Write a Markdown table to this file."
)
@click.option("--github", is_flag=True, help="Append the Markdown table to the summary of the GitHub Actions job.")
def command(
    runs: tuple[str, ...],
    interpreters: str | None,
    gate: float | None,
    strict: bool,
    anyway: bool,
    markdown_path: Path | None,
    github: bool,
) -> int:
    """Print the verdicts of B over A: two RUNS (folders), or two --interpreters of one."""
    if strict and gate is None:
        raise BadInput("--strict has no gate to be strict about; add one, as in --gate 5%")
    a, b, sides = _sides([_run(each) for each in runs], interpreters)
    reasons = two_runs.refusals(a, b)
    if reasons and not anyway:
        raise BadInput(
            f"these runs do not measure the same thing: {'; '.join(reasons)} "
            "(--anyway compares them and marks every line)"
        )
    margin = gate if gate is not None else significance.EQUIVALENT
    found, left_out = two_runs.compare(a, b, sides, margin, "; ".join(reasons) or None)
    if not found and not left_out:
        raise BadInput("the two have no cell in common: name two interpreters, --interpreters A,B")
    names = sides or (a.folder.name, b.folder.name)
    title = f"A = {names[0]}, B = {names[1]}; above 1 is faster, equivalent is within {100 * margin:g} %"
    comparison.show(with_width(piped=200), found, left_out, title)
    text = comparison.markdown(found, left_out, title)
    if markdown_path is not None:
        _write(markdown_path, text, "w")
    if github:
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if not summary:
            raise BadInput("--github needs $GITHUB_STEP_SUMMARY, which GitHub Actions sets; elsewhere: --markdown FILE")
        _write(Path(summary), text, "a")
    if gate is None:
        return OK
    print(comparison.gate_line(found, left_out, strict))
    return comparison.exit_code(found, left_out, strict)


def _write(path: Path, text: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}; choose another file with --markdown") from None


def _sides(runs: list[record.Run], interpreters: str | None) -> tuple[record.Run, record.Run, tuple[str, str] | None]:
    if interpreters is None:
        if len(runs) != 2:
            raise BadInput("name two runs, or one and two of its interpreters: --interpreters A,B")
        return runs[0], runs[1], None
    names = [name.strip() for name in interpreters.split(",")]
    if len(names) != 2 or len(runs) > 2:
        raise BadInput("--interpreters takes two names: --interpreters cpython-3.13,pypy-3.11")
    if len(runs) == 1 and names[0] == names[1]:
        raise BadInput(f"{names[0]} is named twice: name two interpreters of the run, or two runs")
    a, b = runs[0], runs[-1]
    for run, name in ((a, names[0]), (b, names[1])):
        choose("interpreter in that run", [name], list(run.header["interpreters"]))
    return a, b, (names[0], names[1])
