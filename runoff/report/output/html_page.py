# Run by the report (Python 3.9 upward).
"""The answer page: one file with everything in it, which needs no network.

Template, style and scripts are files under page/, and are put into one. The page's own policy forbids every request.
What comes from a run (an interpreter's path, an error's text) goes through the template's escaping or into the page as
text, never as markup.
"""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import jinja2
import markupsafe
import vl_convert

from runoff.common import atomic_file
from runoff.common.loose import Data
from runoff.common.paths import NOX
from runoff.common.wording import short
from runoff.report import colours
from runoff.report.output.export import picture_files

SOURCES = Path(__file__).parent / "page"
#: The files in page/scripts that make the page's script, one after another: what a file does at once needs those before
#: it; a function may call any other.
SCRIPTS = (
    "elements",
    "interpreters",
    "theme",
    "pictures",
    "decision_rule",
    "decision_sentences",
    "weights",
    "matrix",
    "cell_details",
    "address",
    "start",
)


def html(data: Data) -> str:
    """Return the page for ``data`` (runoff.report.output.page_data)."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(SOURCES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False}  # browsers do not read NaN
    environment.filters["short"] = short
    ended = {row["label"]: row["ended"] for row in data["interpreters"] if row["ended"]}
    return environment.get_template("template.html").render(
        **data,
        style=_source("style.css"),
        scripts=[_source(f"scripts/{name}.js") for name in SCRIPTS],
        vega=_inline(_vega()),
        ended=ended,
        colours=colours.of([row["label"] for row in data["interpreters"]]),
        specifications={picture.name: picture.specification for picture in data["pictures"]},
        data={
            "cells": data["cells"],
            "named": data["named"],
            "ended": ended,
            "decision": {name: data["decision"][name] for name in ("given", "words", "own")},
        },
    )


def _vega() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script; it is cached, since making it takes two seconds."""
    version = picture_files.vega_lite()
    kept = NOX / f"vega-{metadata.version('vl-convert-python')}-{version}.js"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    bundle = str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", version))
    try:
        atomic_file.write(kept, bundle)
    except OSError:
        pass  # it is made again next time
    return bundle


def _source(name: str) -> markupsafe.Markup:
    return _inline((SOURCES / name).read_text(encoding="utf-8"))


def _inline(text: str) -> markupsafe.Markup:
    """Return our own files and the bundle unchanged; nothing in them may end the element around them."""
    return markupsafe.Markup(re.sub(r"</(script|style)", r"<\\/\1", text, flags=re.IGNORECASE))
