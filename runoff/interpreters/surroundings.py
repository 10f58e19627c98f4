# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Decide which environment variables and settings reach interpreters, uv, pip, virtualenv, compilers and the driver.

``surroundings.toml`` is the list, with reasons. Whatever is not on it stays outside, so that a shell's settings can
neither slow what is measured nor break what is installed.
"""

from __future__ import annotations

import configparser
import fnmatch
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from runoff.common import atomic_file, tables
from runoff.common.loose import Data, Table
from runoff.common.paths import NOX

TABLE = tables.read("surroundings.toml", Path(__file__).parent)
#: Tells the driver which of the shell's variables ``for_driver`` has kept from it.
NOT_FOR_THE_DRIVER = "RUNOFF_KEPT_OUT"


def for_interpreters() -> dict[str, str]:
    """Return the variables for an interpreter that is asked or measured, and for a service beside it."""
    return {**_passed("interpreters"), **TABLE["set"]["interpreters"]}


def for_tools() -> dict[str, str]:
    """Return the variables for what installs and compiles. The tools' own settings files are replaced."""
    return {
        **_settings_of_pip(),
        **for_interpreters(),
        **_passed("tools"),
        **TABLE["set"]["tools"],
        **_folders_of_uv(),
        "PIP_CONFIG_FILE": os.devnull,
        "VIRTUALENV_CONFIG_FILE": os.devnull,
        "UV_CONFIG_FILE": str(_settings_of_uv()),
    }


def for_driver() -> dict[str, str]:
    """Return the variables for the driver: all there are, but for those that change how its Python runs."""
    rows = [row for row in TABLE["kept_out"] if any(name.startswith("PYTHON") for name in row["names"])]
    kept = {name: value for name, value in os.environ.items() if not _named(name, rows)}
    return {**kept, NOT_FOR_THE_DRIVER: " ".join(sorted(set(os.environ) - set(kept)))}


def described() -> Data:
    """Return what run.json says: which variables were passed on, and which known ones were not, with the reason."""
    passed = {name: _value(name) for name in sorted(_passed("interpreters"))}
    return {"passed": passed, "set": TABLE["set"]["interpreters"], "kept_out": kept_out()}


def kept_out() -> dict[str, str]:
    """Return {variable: reason} of what is set here, known to change a measurement or an installation, and kept out."""
    handed_on = {*_passed("interpreters"), *_passed("tools")}
    given = {*os.environ, *os.environ.get(NOT_FOR_THE_DRIVER, "").split()}
    rows = {name: _named(name, TABLE["kept_out"]) for name in sorted(given - handed_on)}
    return {name: row["reason"] for name, row in rows.items() if row}


def _passed(group: str) -> dict[str, str]:
    # Reads no value that is not asked for: a variable may go while another thread reads them.
    return {name: os.environ[name] for name in os.environ if _named(name, TABLE[group])}


def _named(name: str, rows: Iterable[Table]) -> Data | None:
    """Return the first of ``rows`` that names the variable ``name``."""
    matching = (
        row for row in rows if any(fnmatch.fnmatchcase(name.upper(), pattern.upper()) for pattern in row["names"])
    )
    return next(matching, None)


def _value(name: str) -> str | None:
    """Return the value of a variable that was passed on, where its row asks for it, else None."""
    row = _named(name, TABLE["interpreters"])
    return os.environ[name] if row and row.get("value") else None


# --- the tools' own settings files ------------------------------------------------------------------------------------


def _settings_of_pip() -> dict[str, str]:
    """Return what pip's settings files say of where packages come from, as variables."""
    named = os.environ.get("PIP_CONFIG_FILE")
    said: dict[str, str] = {}
    for path in [] if named == os.devnull else [*_files("pip"), *([Path(named)] if named else [])]:
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, ValueError):
            continue  # pip itself would refuse it
        for section in ("global", "install"):
            if parser.has_section(section):
                said.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    kept = {name: " ".join(value.split()) for name, value in said.items() if name in TABLE["settings"]["pip"]["keys"]}
    return {f"PIP_{name.replace('-', '_').upper()}": value for name, value in kept.items() if value}


def _settings_of_uv() -> Path:
    """Return a settings file for uv: of the machine's and the user's, what says where packages come from."""
    named = os.environ.get("UV_CONFIG_FILE")
    said: Data = {}
    for path in [Path(named)] if named else [] if os.environ.get("UV_NO_CONFIG") else _files("uv"):
        try:
            content = tables.read(path.name, path.parent)
        except (OSError, ValueError):
            continue  # uv itself would refuse it
        said.update({**content, **content.get("pip", {})})
    text = "".join(f"{name} = {_toml(said[name])}\n" for name in TABLE["settings"]["uv"]["keys"] if name in said)
    path = NOX / "uv.toml"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        atomic_file.write(path, text)
    return path


def _files(tool: str) -> Iterator[Path]:
    """Yield the settings files that ``tool`` would read, the most general first."""
    defaults = {"XDG_CONFIG_DIRS": "/etc/xdg", "XDG_CONFIG_HOME": "~/.config"}
    for pattern in TABLE["settings"][tool]["files"]:
        variable, _, rest = pattern.partition("/")
        if not variable.startswith("$"):
            yield Path(os.path.expanduser(pattern))
            continue
        name = variable[1:]
        for folder in reversed((os.environ.get(name) or defaults.get(name, "")).split(os.pathsep)):
            if folder:
                yield Path(os.path.expanduser(folder), rest)


def _toml(value: Any) -> str:
    """Write a value as TOML: strings, numbers, booleans, lists and tables of them."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(name)} = {_toml(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def _folders_of_uv() -> dict[str, str]:
    """Return folders of our own for uv, where there is no home that it could write to."""
    if os.access(os.path.expanduser("~"), os.W_OK):
        return {}
    own = {"UV_CACHE_DIR": NOX / "uv-cache", "UV_PYTHON_INSTALL_DIR": NOX / "uv-python"}
    return {name: str(folder) for name, folder in own.items() if name not in os.environ}
