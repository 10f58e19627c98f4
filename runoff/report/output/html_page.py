# Run by the report (Python 3.9 upward).
"""The answer page: one file with everything in it, which needs no network.

Template, style and scripts are files under page/, and are put into one. The page's own policy forbids every request.
What comes from a run (an interpreter's path, an error's text) goes through the template's escaping or into the page as
text, never as markup.
"""

from __future__ import annotations

import os
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import markupsafe
import vl_convert

from runoff.common.loose import Data
from runoff.common.paths import NOX
from runoff.common.wording import short
from runoff.report import colours
from runoff.report.output import png_file
from runoff.report.pictures.drawing import Picture

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


def svg(picture: Picture) -> bytes:
    """Return a picture as SVG."""
    return str(vl_convert.vegalite_to_svg(_on_paper(picture), vl_version=_vega_lite())).encode()


def png(picture: Picture) -> bytes:
    """Return a picture as PNG."""
    return png_file.smaller(vl_convert.vegalite_to_png(_on_paper(picture), vl_version=_vega_lite(), scale=2))


def _on_paper(picture: Picture) -> Data:
    specification = picture.specification
    if picture.coloured:
        _with_legend(specification)
    text = {"title": {"text": picture.title, "anchor": "start", "offset": 14}, "background": "white", "padding": 12}
    return {
        **specification,
        **text,
        "config": {"view": {"stroke": "#dddddd"}, "font": "sans-serif", "axis": {"labelSeparation": 6}},
    }


def _with_legend(part: Any) -> None:
    """Add the legend for colours and shapes of interpreters, which the page has above its pictures."""
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _with_legend(each)
    for name in ("color", "shape"):
        channel = part.get(name) if isinstance(part, dict) else None
        if isinstance(channel, dict) and channel.get("field") == "interpreter":
            channel["legend"] = {"title": None, "orient": "bottom", "symbolOpacity": 1}


def _vega() -> str:
    """Return Vega, Vega-Lite and vega-embed as one script; it is cached, since making it takes two seconds."""
    version = _vega_lite()
    kept = NOX / f"vega-{metadata.version('vl-convert-python')}-{version}.js"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    bundle = str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", version))
    try:
        partial = kept.with_name(f"{kept.name}.{os.getpid()}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(bundle, encoding="utf-8")
        partial.replace(kept)
    except OSError:
        pass  # it is made again next time
    return bundle


def _vega_lite() -> str:
    """Return the version of Vega-Lite that Altair writes, in the bundle's form: 6.4."""
    found = re.match(r"v(\d+\.\d+)", alt.SCHEMA_VERSION)
    assert found, alt.SCHEMA_VERSION
    return found[1]


def _source(name: str) -> markupsafe.Markup:
    return _inline((SOURCES / name).read_text(encoding="utf-8"))


def _inline(text: str) -> markupsafe.Markup:
    """Return our own files and the bundle unchanged; nothing in them may end the element around them."""
    return markupsafe.Markup(re.sub(r"</(script|style)", r"<\\/\1", text, flags=re.IGNORECASE))
