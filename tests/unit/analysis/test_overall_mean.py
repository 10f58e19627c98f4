"""One number per interpreter, over common cells only; what is left out, and why."""

from __future__ import annotations

from runoff.analysis import overall_mean
from runoff.analysis.cells.gathering import gather
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness
from tests.helpers.exact_runs import cell, measured, run_of

OWN, OTHER = "cpython-3.13", "pypy-3.11"


def cells_of(folder, rows):
    """``rows``: (cell, seconds of its invocations, further fields)."""
    records = [each for planned, seconds, more in rows for each in measured(planned, *seconds, **more)]
    return gather(run_of(folder, [planned for planned, *_ in rows], records))


def lines(folder, *rows, baseline=OWN):
    return overall_mean.in_words(cells_of(folder, rows), baseline)


BOTH = [(cell(OWN), (1.0, 1.0), {}), (cell(OTHER), (0.5, 0.5), {})]


def test_each_cell_counts_the_same(tmp_path):
    more = [(cell(OWN, "threads"), (1.0, 1.0), {}), (cell(OTHER, "threads"), (0.125, 0.125), {})]
    assert lines(tmp_path, *BOTH, *more) == [
        "Over 2 cells that all 2 interpreters completed, geometric mean:",
        "  4 [4, 4] times the speed of cpython-3.13: pypy-3.11",
    ]


def test_every_interpreter_but_the_baseline_has_a_line(tmp_path):
    found = lines(tmp_path, *BOTH, (cell("cpython-2.7"), (2.0, 2.0), {}))
    assert sorted(found[1:]) == [
        "  0.5 [0.5, 0.5] times the speed of cpython-3.13: cpython-2.7",
        "  2 [2, 2] times the speed of cpython-3.13: pypy-3.11",
    ]


def test_one_invocation_gives_no_interval(tmp_path):
    found = lines(tmp_path, (cell(OWN), (1.0,), {}), (cell(OTHER), (0.5,), {}))
    assert found[1] == "  2 [n=1] times the speed of cpython-3.13: pypy-3.11"


def test_what_one_interpreter_lacks_is_left_out_with_the_reason(tmp_path):
    only = (cell(OWN, "tornado"), (1.0, 1.0), {})
    broken = [
        (cell(OWN, "threads"), (1.0, 1.0), {"status": "failed", "reason": "no"}),
        (cell(OTHER, "threads"), (1.0, 1.0), {"status": "failed", "reason": "no"}),
    ]
    found = lines(tmp_path, *BOTH, only, *broken)
    assert found[0] == "Over 1 cell that all 2 interpreters completed, geometric mean:"
    assert found[-1] == (
        "Left out of it, 2 cells: threads/python/batch=10 (failed on pypy-3.11 and cpython-3.13); "
        "tornado/python/batch=10 (not planned on pypy-3.11)"
    )


def test_a_cell_without_a_steady_state_is_left_out(tmp_path):
    cells = cells_of(tmp_path, BOTH)
    cells[0].steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 2
    assert overall_mean.in_words(cells, OWN) == [
        "Left out of it, 1 cell: serial/python/batch=10 (no steady state on pypy-3.11)"
    ]


def test_a_lower_bound_is_no_part_of_the_mean(tmp_path):
    """Which of the two was still warming up makes no difference."""
    more = [(cell(OWN, "threads"), (1.0, 1.0), {}), (cell(OTHER, "threads"), (0.125, 0.125), {})]
    for label in (OWN, OTHER):
        cells = cells_of(tmp_path, [*BOTH, *more])
        (warming,) = [each for each in cells if (each.interpreter, each.scenario) == (label, "threads")]
        warming.steadiness = [Steadiness(steady_state.STILL_WARMING, None)] * 2
        assert overall_mean.in_words(cells, OWN) == [
            "Over 1 cell that all 2 interpreters completed, geometric mean:",
            "  2 [2, 2] times the speed of cpython-3.13: pypy-3.11",
            f"Left out of it, 1 cell: threads/python/batch=10 (still warming up on {label})",
        ]


def test_it_takes_a_baseline_and_another(tmp_path):
    assert lines(tmp_path, BOTH[0]) == []
    assert lines(tmp_path, *BOTH, baseline="jython-2.7") == []


def test_what_was_driven_at_a_rate_has_no_speed_of_its_own(tmp_path):
    driven = [
        (cell(label, "threads", rates=[300]), (seconds, seconds), {}) for label, seconds in ((OWN, 1.0), (OTHER, 9.0))
    ]
    assert lines(tmp_path, *BOTH, *driven) == lines(tmp_path, *BOTH)
