# Run by the driver (Python 3.9 upward).
"""Export a run for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from runoff.cli import named_run
from runoff.common.errors import BadInput
from runoff.common.paths import shown
from runoff.report.output.export import pyperf_export


@click.command("export")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--into", type=click.Path(path_type=Path), help="Folder to write to; default: export/ in the run's folder."
)
def command(folder: Path | None, into: Path | None) -> None:
    """Write pyperf files and CSV of the run in FOLDER, or of the newest run under results/."""
    run = named_run.read(folder)
    try:
        written = pyperf_export.export(run, into or run.folder / "export")
    except OSError as error:
        raise BadInput(
            f"{error.filename} cannot be written: {error.strerror}; choose another folder with --into"
        ) from None
    for path in written:
        print(shown(path))
