"""A variant is compared with its own parent, whatever the baseline is."""

from __future__ import annotations

from runoff.analysis.cells.cell import Cell
from runoff.analysis.comparisons import variant_lines
from runoff.analysis.measured_cells import MeasuredCells
from runoff.report.output import short_form
from tests.helpers import runs

LABELS = ("cpython-3.13", "pypy-3.11", "pypy-3.11+nojit")
VARIANT = {"name": "nojit", "parent": "pypy-3.11", "engaged": {"jit": False}}


def made(folder, parent: str = "pypy-3.11"):
    cells = [runs.cell(label, "serial", "python") for label in LABELS]
    records = [each for cell, seconds in zip(cells, (0.08, 0.02, 0.2)) for each in runs.invocations(cell, seconds)]
    run = runs.run(folder, LABELS, cells, records)
    run.header["interpreters"][LABELS[2]] = {**runs.FACTS, "variant": {**VARIANT, "parent": parent}}
    return run


def test_a_variant_stands_against_its_parent_and_not_the_baseline(tmp_path):
    (line,) = variant_lines.in_words(MeasuredCells.of(made(tmp_path)))
    assert line.startswith("pypy-3.11+nojit against pypy-3.11 (jit False, in each process): python 0.1")
    assert line.endswith("slower")


def test_a_variant_and_its_parent_are_compared_at_what_both_have_a_steady_speed_of(tmp_path, monkeypatch):
    run = made(tmp_path)
    planned = [runs.cell(LABELS[1], "serial", "io"), runs.cell(LABELS[2], "serial", "contended-dict")]
    planned += [runs.cell(label, "serial", "native-gil") for label in LABELS[1:]]
    records = [each for cell in planned for each in runs.invocations(cell, 0.1)]
    run = type(run)(run.folder, {**run.header, "cells": [*run.header["cells"], *planned]}, (*run.records, *records))
    cells = MeasuredCells.of(run)
    unsteady = property(lambda cell: (cell.interpreter, cell.task) != (LABELS[2], "native-gil"))
    monkeypatch.setattr(Cell, "ranked", unsteady)
    (line,) = variant_lines.in_words(cells)
    assert line.partition("in each process): ")[2].startswith("python ")
    assert ";" not in line


def test_the_short_form_leaves_out_what_its_matrix_has(tmp_path):
    other = short_form.text(made(tmp_path), [], tmp_path, 80)
    assert "pypy-3.11+nojit against pypy-3.11" in other
    same = short_form.text(made(tmp_path, "cpython-3.13"), [], tmp_path, 80)
    assert "against cpython-3.13" not in same


def test_a_run_without_variants_says_nothing(tmp_path):
    assert variant_lines.in_words(MeasuredCells.of(runs.whole(tmp_path))) == []
