# Run by the report (Python 3.9 upward): python -m report [RUN_FOLDER] [--all]
"""Print the answer of one run."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from bench import record
from bench.errors import BAD_INPUT, OK, BadInput
from bench.paths import RESULTS
from report import answer


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Every cell as well, not only the best ones.")
def cli(folder: Path | None, everything: bool) -> None:
    """The answer table of the run in FOLDER; of the newest run under results/ when none is named."""
    run = record.read(folder or newest())
    # Piped output has no width of its own: wide enough that no column is cut.
    answer.show(Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False), run, everything)


def newest() -> Path:
    folders = [path.parent for path in RESULTS.glob(f"*/*/{record.HEADER}")]
    if not folders:
        raise BadInput("there is no run yet: nox -s bench-cpython makes one")
    return max(folders, key=lambda folder: record.read_header(folder)["started_at"])


def main() -> int:
    try:
        cli(standalone_mode=False, prog_name="report")
    except (BadInput, click.ClickException) as error:
        print(f"error: {error.format_message() if isinstance(error, click.ClickException) else error}", file=sys.stderr)
        return BAD_INPUT
    return OK


if __name__ == "__main__":
    sys.exit(main())
