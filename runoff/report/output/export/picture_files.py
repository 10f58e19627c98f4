# Run by the report (Python 3.9 upward).
"""The pictures as files: SVG and PNG, each with its title and legend."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from runoff.common.errors import BadInput, choose
from runoff.common.loose import Data
from runoff.report.output.export import png_file
from runoff.report.pictures.drawing import Picture


def write_pictures(folder: Path, data: Data, only: list[str] | None = None) -> list[Path]:
    """Write every picture as NAME.svg and NAME.png, or the files that ``only`` names."""
    drawn = {
        f"{picture.name}.{kind}": functools.partial(draw, picture)
        for picture in data["pictures"]
        for kind, draw in (("svg", svg), ("png", png))
    }
    names = list(drawn) if only is None else choose("picture of this run", only, list(drawn))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / name).write_bytes(drawn[name]())
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}; name another folder") from None
    return [folder / name for name in names]


def svg(picture: Picture) -> bytes:
    """Return a picture as SVG."""
    return str(vl_convert.vegalite_to_svg(_on_paper(picture), vl_version=vega_lite())).encode()


def png(picture: Picture) -> bytes:
    """Return a picture as PNG."""
    return png_file.smaller(vl_convert.vegalite_to_png(_on_paper(picture), vl_version=vega_lite(), scale=2))


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


def vega_lite() -> str:
    """Return the version of Vega-Lite that Altair writes, in the bundle's form: 6.4."""
    found = re.match(r"v(\d+\.\d+)", alt.SCHEMA_VERSION)
    assert found, alt.SCHEMA_VERSION
    return found[1]
