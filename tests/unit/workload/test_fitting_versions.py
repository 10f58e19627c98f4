"""A pin that an interpreter cannot have is named with the newest version that it could, by pip's answer of an index."""

from __future__ import annotations

import pytest

from runoff.interpreters.discover import Interpreter
from runoff.workload import fitting_versions

#: Of a package index of one project: {version: the Pythons that it is for}.
VERSIONS = {"1.0": "&gt;=2.7", "2.0": "&gt;=3.8", "3.0": "&gt;=3.12"}
NAME = "parcels"


@pytest.fixture
def index(tmp_path, monkeypatch):
    folder = tmp_path / "simple" / NAME
    folder.mkdir(parents=True)
    files = {f"{NAME}-{version}.tar.gz": python for version, python in VERSIONS.items()}
    lines = [f'<a href="{file}" data-requires-python="{python}">{file}</a>' for file, python in files.items()]
    (folder / "index.html").write_text("<!DOCTYPE html><html><body>" + "\n".join(lines) + "</body></html>")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("other==1\nparcels==3.0  # the newest\n")
    return requirements


def test_the_newest_version_that_fits_is_named(index):
    error = "ERROR: No matching distribution found for parcels==3.0"
    old = Interpreter("cpython-3.9", "cpython", "/python", {"python": "3.9"})
    (told,) = fitting_versions.failing_pins(error, index, old)
    assert told == "parcels==3.0 is not for cpython-3.9; the newest that fits is 2.0"
    new = Interpreter("pypy-3.12", "pypy", "/pypy", {"python": "3.12"})
    assert fitting_versions.failing_pins(error, index, new) == []  # it was built, and failed


def test_an_index_that_does_not_answer_says_nothing(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    old = Interpreter("cpython-3.9", "cpython", "/python", {"python": "3.9"})
    assert fitting_versions.failing_pins("because parcels==3.0 needs more", index, old) == []


@pytest.mark.parametrize(
    ("error", "named"),
    [
        ("Because Parcels==3.0 needs Python>=3.12, it fails", True),
        ("no wheel of parcels-extra==3.0", False),
        ("no wheel of my.parcels", False),
        ("no wheel of other==1", False),
    ],
)
def test_only_a_pin_that_the_error_names_is_asked_for(index, monkeypatch, error, named):
    asked = []
    monkeypatch.setattr(fitting_versions, "_versions", lambda name, _interpreter: asked.append(name) or ["2.0"])
    old = Interpreter("cpython-3.9", "cpython", "/python", {"python": "3.9"})
    told = fitting_versions.failing_pins(error, index, old)
    assert ("parcels" in asked) == any("parcels==3.0" in each for each in told) == named


@pytest.mark.parametrize("content", ["parcels==3.0  # größer".encode("latin-1"), b"\xef\xbb\xbfparcels==3.0\n"])
def test_a_file_that_is_no_utf_8_or_has_a_mark_is_read_as_far_as_it_can_be(index, content):
    index.write_bytes(content)
    old = Interpreter("cpython-3.9", "cpython", "/python", {"python": "3.9"})
    (told,) = fitting_versions.failing_pins("no wheel of parcels==3.0", index, old)
    assert told.endswith("the newest that fits is 2.0")
