"""Paths in records: without the folders of a machine, and with them again where a run is resumed."""

from __future__ import annotations

import os

import pytest

from runoff.common.paths import ROOT, restored, scrub

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
