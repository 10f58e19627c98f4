"""A person's function as a task, where an interpreter lacks something."""

from __future__ import annotations

import gc
import os
import sys
from types import SimpleNamespace

import pytest

from runoff.workload import target
from scenarios.own_function import loader, printing
from scenarios.tasks import own_function


def test_what_is_printed_is_discarded_where_descriptors_cannot_be_replaced(monkeypatch, capsys):
    monkeypatch.setattr(printing, "os", SimpleNamespace(devnull=os.devnull))
    monkeypatch.setattr(sys, "stdout", sys.stdout)
    printing.discard()
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


@pytest.mark.parametrize("path", ["dotted.v2.py", "dotted-1.2/dotted_orders.py", "undotted/orders.py"])
def test_what_a_person_names_by_its_path_is_loaded(monkeypatch, tmp_path, path):
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    if file.parent != tmp_path:
        (file.parent / "__init__.py").write_text("")
    file.write_text("def handle(n):\n    return n + 1\n")
    assert loader.load(target.parse(f"{file}:handle", None).as_request())(1) == 2
    gc.unfreeze()


def test_a_file_that_failed_while_it_was_imported_is_imported_anew(monkeypatch, tmp_path):
    """It would be found half made: with what it had got before it failed."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    file = tmp_path / "breaks_off.py"
    file.write_text("def handle(n):\n    return n + 1\nraise ValueError('no table')\n")
    for _ in range(2):
        with pytest.raises(ValueError, match="no table"):
            loader.load(target.parse(f"{file}:handle", None).as_request())
    gc.unfreeze()
