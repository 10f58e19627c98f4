# Run by the report (Python 3.9 upward): python -m runoff.cli report [RUN_FOLDER]
"""Report one run: its page, its numbers for other programs, and the answer on the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from runoff.cli import named_run
from runoff.common.errors import BadInput
from runoff.common.paths import shown
from runoff.report.output import html_page, json_csv_markdown, page_data, short_form, terminal


def _split(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str] | None:
    return None if value is None else [name.strip() for name in value.split(",")]


@click.command("report", context_settings={"help_option_names": ["-h", "--help"]})
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
    json_csv_markdown.write(into, data, html_page.html(data))
    if only and not pictures:
        raise BadInput("--only needs a folder for the pictures: add --pictures FOLDER")
    written = json_csv_markdown.write_pictures(pictures, data, only) if pictures else []
    if markdown:
        print(json_csv_markdown.as_markdown(data))
        return
    lines = data["decision"]["found"]["lines"]
    # Piped output has no width of its own: wide enough that no column of the tables is cut, 80 columns for the rest.
    piped = not sys.stdout.isatty()
    console = Console(width=(200 if everything else 80) if piped else None, highlight=False, markup=False)
    if everything:
        terminal.show(console, run)
        console.print("\n" + "\n".join(lines), soft_wrap=True)
        console.print(f"Page: {shown(into / 'index.html')}", soft_wrap=True)
    else:
        console.print(short_form.text(run, lines, into / "index.html", console.width), soft_wrap=True)
    if pictures:
        console.print(f"Pictures: {len(written)} files in {shown(pictures)}", soft_wrap=True)
