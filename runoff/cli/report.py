# Run by the report (Python 3.9 upward): python -m runoff.cli report [RUN_FOLDER]
"""Report one run: its page, its numbers for other programs, and the answer on the terminal."""

from __future__ import annotations

from pathlib import Path

import click

from runoff.cli import named_run
from runoff.cli.console import with_width
from runoff.common.errors import BadInput
from runoff.common.paths import shown
from runoff.report.output import html_page, page_data, short_form, terminal
from runoff.report.output.export import page_files, picture_files
from runoff.report.output.export.markdown import as_markdown


def _split(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [name.strip() for name in value.split(",")]


@click.command("report")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Print every table and every cell, not only the short form.")
@click.option("--markdown", is_flag=True, help="Print the answer as Markdown, for a pull request, and nothing else.")
@click.option("--allow-eol", is_flag=True, help="Recommend interpreters past their end of support as well.")
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for index.html, numbers.json and numbers.csv; default: report/ in the run's folder.",
)
@click.option(
    "--pictures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write every picture to, as SVG and PNG.",
)
@click.option("--only", callback=_split, help="Write only these pictures, as in forest.png,memory.svg.")
def command(
    folder: Path | None,
    everything: bool,
    markdown: bool,
    allow_eol: bool,
    into: Path | None,
    pictures: Path | None,
    only: list[str] | None,
) -> None:
    """Write the page of the run in FOLDER and print its answer here.

    Without FOLDER it is the newest run under results/.
    """
    run = named_run.read(folder)
    data = page_data.content(run, allow_eol or bool(run.header.get("allow_eol")))
    into = into or run.folder / "report"
    page_files.write(into, data, html_page.html(data))
    if only and not pictures:
        raise BadInput("--only needs a folder for the pictures: add --pictures FOLDER")
    written = picture_files.write_pictures(pictures, data, only) if pictures else []
    if markdown:
        print(as_markdown(data))
        return
    lines = data["decision"]["found"]["lines"]
    console = with_width(piped=200 if everything else 80)  # of 200 columns no table is cut
    if everything:
        terminal.show(console, run)
        console.print("\n" + "\n".join(lines), soft_wrap=True)
        console.print(f"Page: {shown(into / 'index.html')}", soft_wrap=True)
    else:
        console.print(short_form.text(run, lines, into / "index.html", console.width), soft_wrap=True)
    if pictures:
        console.print(f"Pictures: {len(written)} files in {shown(pictures)}", soft_wrap=True)
