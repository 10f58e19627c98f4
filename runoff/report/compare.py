# Run by the report (Python 3.9 upward): python -m runoff.report.compare RUN_A RUN_B | RUN --interpreters A,B
"""Two runs, or two interpreters of one: verdicts, for a person or for a gate in continuous integration."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from runoff.analysis import aa_floor
from runoff.analysis.cells import Cell, gather
from runoff.common import run_command, wording
from runoff.common.errors import OK, BadInput, choose
from runoff.common.paths import RESULTS
from runoff.records import record
from runoff.stats import significance
from runoff.stats.significance import Comparison

SLOWER_THAN_GATE = 1
CANNOT_TELL = 3
#: Facts of a machine that must agree before speeds are compared.
SAME_MACHINE = ("system", "machine", "cpu", "cores")


@dataclass(frozen=True)
class Line:
    """One cell on both sides. ``doubt``: why the two should not be compared, when they were anyway."""

    name: str
    before: Cell
    after: Cell
    comparison: Comparison
    verdict: str
    doubt: str | None


def refusals(a: record.Run, b: record.Run) -> list[str]:
    """Why two runs do not measure the same thing; empty when they do."""
    if a.folder == b.folder:
        return []
    found = [
        f"different machines ({name}: {a.header['machine'].get(name)} and {b.header['machine'].get(name)})"
        for name in SAME_MACHINE
        if a.header["machine"].get(name) != b.header["machine"].get(name)
    ]
    for name, what in (("code", "scenario code (digest"), ("work", "work in a task (rounds")):
        if a.header.get(name) is None or a.header.get(name) != b.header.get(name):
            found.append(f"different {what}: {a.header.get(name)} and {b.header.get(name)})")
    clocks_a, clocks_b = _clocks(a), _clocks(b)
    for label in clocks_a:
        if label in clocks_b and clocks_a[label] != clocks_b[label]:
            found.append(f"different clocks on {label} ({clocks_a[label]} and {clocks_b[label]})")
    return found


def _clocks(run: record.Run) -> dict[str, str]:
    return {each["interpreter"]: each["clock"]["name"] for each in run.records if each["status"] == record.OK}


def lines(
    a: record.Run, b: record.Run, sides: tuple[str, str] | None, margin: float, doubt: str | None
) -> tuple[list[Line], list[str]]:
    """A line for every cell that both completed, ``b`` over ``a``; and the cells that only one of them has, or that
    have no number, with the reason. ``sides``: the interpreter on each side; None: each with itself."""
    every = [gather(a), gather(b)]
    places: list[dict[str, Cell]] = [{}, {}]
    for side, cells in enumerate(every):
        for cell in cells:
            if cell.for_latency or cell.interpreter == a.header.get("again"):
                continue
            if sides is None:
                places[side][f"{cell.interpreter}/{cell.place}"] = cell
            elif cell.interpreter == sides[side]:
                places[side][cell.place] = cell
    lowest = max(
        (seen.share for run, cells in zip((a, b), every) if (seen := aa_floor.of(cells, run.header))), default=0.0
    )
    names: list[str] = []
    left_out: list[str] = []
    for name in dict.fromkeys([*places[0], *places[1]]):
        missing = {word: _no_number(side.get(name)) for word, side in zip("AB", places)}
        why = " and ".join(f"{word}: {reason}" for word, reason in missing.items() if reason)
        if why:
            left_out.append(f"{name} ({why})")
        else:
            names.append(name)
    compared = [significance.compare(places[1][name].throughputs, places[0][name].throughputs) for name in names]
    verdicts = significance.verdicts(compared, lowest, margin)
    found = [
        Line(name, places[0][name], places[1][name], comparison, verdict, doubt)
        for name, comparison, verdict in zip(names, compared, verdicts)
    ]
    return found, left_out


def _no_number(cell: Cell | None) -> str | None:
    if cell is None:
        return "not there"
    if cell.status != record.OK:
        return cell.status
    return None if cell.ranked else cell.state


def exit_code(found: list[Line], left_out: list[str], strict: bool) -> int:
    """1: something is slower; 3: ``strict``, and not everything could be told; 0 otherwise."""
    if any(line.verdict == significance.SLOWER for line in found):
        return SLOWER_THAN_GATE
    unknown = any(line.verdict.startswith(significance.UNKNOWN) for line in found) or left_out or not found
    return CANNOT_TELL if strict and unknown else OK


HEADINGS = ("cell", "A tasks/s", "B tasks/s", "B over A", "verdict")


def _row(line: Line) -> tuple[str, ...]:
    verdict = line.verdict + (f" (! {line.doubt})" if line.doubt else "")
    ratio = wording.times(line.comparison.ratio)
    return line.name, wording.number(line.before.throughput), wording.number(line.after.throughput), ratio, verdict


def markdown(found: list[Line], left_out: list[str], title: str) -> str:
    """The same as a Markdown table: a comment on a pull request, a summary of a GitHub Actions job."""
    rows = [HEADINGS, ("---",) * len(HEADINGS), *(_row(line) for line in found)]
    text = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    missing = "".join(f"\n- no comparison: {each}" for each in left_out)
    return f"### {title}\n\n{text}\n{missing}\n"


def show(console: Console, found: list[Line], left_out: list[str], title: str) -> None:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for at, name in enumerate(HEADINGS):
        table.add_column(name, justify="right" if 0 < at < 4 else "left", no_wrap=at == 0)
    for line in found:
        table.add_row(*_row(line))
    console.print(table)
    for each in left_out:
        console.print(f"no comparison: {each}")


def _share(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    """5% and 0.05 are the same."""
    if value is None:
        return None
    try:
        share = float(value.rstrip("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise click.BadParameter("takes a share between 0 and 100 %, as in --gate 5%")
    return share


def _run(folder: str) -> record.Run:
    """The run in ``folder``, or in the folder of that name below results/."""
    path = Path(folder)
    named = path if path.exists() else next(iter(sorted(RESULTS.glob(f"*/{folder}"))), path)
    return record.read(named)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("runs", nargs=-1, required=True)
@click.option(
    "--interpreters", metavar="A,B", help="Compare these two: of one run, or A of the first with B of the next."
)
@click.option(
    "--gate", callback=_share, metavar="SHARE", help="Exit 1 when a cell is slower and not within SHARE (5%)."
)
@click.option("--strict", is_flag=True, help="With --gate: exit 3 when it cannot tell.")
@click.option("--anyway", is_flag=True, help="Compare what should not be compared; every line is marked.")
@click.option("--markdown", "markdown_path", type=click.Path(path_type=Path), help="Write a Markdown table there.")
@click.option("--github", is_flag=True, help="Append it to the summary of the GitHub Actions job.")
def cli(
    runs: tuple[str, ...],
    interpreters: str | None,
    gate: float | None,
    strict: bool,
    anyway: bool,
    markdown_path: Path | None,
    github: bool,
) -> int:
    """Verdicts, B over A: two RUNS (folders), or two --interpreters of one."""
    a, b, sides = _sides([_run(each) for each in runs], interpreters)
    reasons = refusals(a, b)
    if reasons and not anyway:
        raise BadInput(
            f"these runs do not measure the same thing: {'; '.join(reasons)} (--anyway compares them, marked)"
        )
    margin = gate if gate is not None else significance.EQUIVALENT
    found, left_out = lines(a, b, sides, margin, "; ".join(reasons) or None)
    if not found and not left_out:
        raise BadInput("the two have no cell in common: name two interpreters, --interpreters A,B")
    names = sides or (a.folder.name, b.folder.name)
    title = f"A = {names[0]}, B = {names[1]}; above 1 is faster, equivalent is within {100 * margin:g} %"
    show(Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False), found, left_out, title)
    text = markdown(found, left_out, title)
    if markdown_path is not None:
        _write(markdown_path, text, "w")
    if github:
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if not summary:
            raise BadInput("--github needs $GITHUB_STEP_SUMMARY, which GitHub Actions sets; elsewhere: --markdown FILE")
        _write(Path(summary), text, "a")
    return exit_code(found, left_out, strict) if gate is not None else OK


def _write(path: Path, text: str, mode: str) -> None:
    try:
        with path.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None


def _sides(runs: list[record.Run], interpreters: str | None) -> tuple[record.Run, record.Run, tuple[str, str] | None]:
    if interpreters is None:
        if len(runs) != 2:
            raise BadInput("name two runs, or one and two of its interpreters: --interpreters A,B")
        return runs[0], runs[1], None
    names = [name.strip() for name in interpreters.split(",")]
    if len(names) != 2 or len(runs) > 2:
        raise BadInput("--interpreters takes two names, as in --interpreters cpython-3.13,pypy-3.11")
    a, b = runs[0], runs[-1]
    for run, name in ((a, names[0]), (b, names[1])):
        choose("interpreter in that run", [name], list(run.header["interpreters"]))
    return a, b, (names[0], names[1])


def main() -> int:
    return run_command.run(cli, "compare")


if __name__ == "__main__":
    sys.exit(main())
