"""A person's function as a task, where an interpreter lacks something."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

from scenarios.tasks import own_function


def test_what_is_printed_is_discarded_where_descriptors_cannot_be_replaced(monkeypatch, capsys):
    monkeypatch.setattr(own_function, "os", SimpleNamespace(devnull=os.devnull))
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    own_function._discard_output()
    with sys.stdout:
        print("seen")
        assert sys.stdout.name == os.devnull
    assert capsys.readouterr().out == ""


def test_after_a_change_of_folder_what_was_in_the_first_one_is_found(monkeypatch, tmp_path):
    here = os.getcwd()
    monkeypatch.setattr(sys, "path", ["", "/a", ""])
    try:
        own_function._change_folder(str(tmp_path))
        assert (os.getcwd(), sys.path) == (str(tmp_path), [here, "/a", here])
    finally:
        os.chdir(here)
