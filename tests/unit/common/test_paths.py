"""Paths in records: without the folders of a machine, and with them again where a run is resumed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runoff.common.paths import ROOT, naming, restored, scrub, shown

HOME = os.path.expanduser("~")


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"{ROOT}/tests", "./tests"),
        (f"X={ROOT}/a{os.pathsep}{HOME}/b", f"X=./a{os.pathsep}~/b"),
        ("../above", "../above"),
        ("name~/x", "name~/x"),
        ("-O", "-O"),
    ],
)
def test_what_is_scrubbed_is_restored(text, scrubbed):
    assert scrub({"a": [text, 1]}) == {"a": [scrubbed, 1]}
    assert restored({"a": [scrubbed, 1]}) == {"a": [text, 1]}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("HOME", "~"),
        ("HOME/bin/python", "~/bin/python"),
        ("HOMESTEAD/bin/python", "HOMESTEAD/bin/python"),
        ("/opt/HOME/bin", "/opt/HOME/bin"),
    ],
)
def test_only_what_is_in_a_home_is_shown_by_its_short_name(path, text, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "HOME"))
    whole = [each.replace("HOME", str(tmp_path / "HOME"), each.startswith("HOME")) for each in (path, text)]
    assert shown(whole[0]) == whole[1]


def test_what_is_in_the_repository_is_shown_from_there():
    assert shown(ROOT) == "."
    assert shown(ROOT / "results" / "run") == "./results/run"


@pytest.mark.parametrize(("name", "named"), [(None, "/results/run"), ("/elsewhere", "/elsewhere")])
def test_an_error_that_names_no_file_gets_a_name(name, named):
    with pytest.raises(OSError, match="No space left") as raised, naming(Path("/results/run")):
        raise OSError(28, "No space left on device", name)
    assert raised.value.filename == named
