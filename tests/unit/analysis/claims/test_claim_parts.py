"""Which two cells a part of a claim compares, and what is said where there are none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runoff.analysis.cells.cell import Cell
from runoff.analysis.claims import check
from runoff.analysis.claims.expectations import EXPECT
from runoff.analysis.claims.limits import Limit
from runoff.analysis.claims.parts import check_limit, check_part
from runoff.analysis.claims.table import CLAIMS, Part
from runoff.stats import significance
from runoff.stats.intervals import Estimate
from runoff.stats.steady_state import SETTLED, Steadiness
from tests.helpers import runs

ONE, BASE = "pypy-3.11", "cpython-3.13"
OTHERS = (BASE, "rustpython-3.12")  # before and after ONE
HEADER = {"baseline": BASE, "interpreters": {}}


def cell(scenario, task, batch=16, label=ONE, status="ok", reason=None, **parameters):
    """A cell that does ten tasks in a second."""
    found = Cell(label, scenario, task, batch, parameters, status, reason)
    for factor in (0.99, 1.0, 1.01):
        each = {"batch": batch, "iterations_ns": [int(factor * batch * 1e8)] * 7, "wall_s": 1.0, "gil": None}
        found.invocations.append(each)
        found.steadiness.append(Steadiness(SETTLED, 4))
    return found


def part(claim, number=0):
    return next(each for each in CLAIMS if each.name == claim).parts[number]


def looked(of_part, *cells, planned=()):
    return check_part(of_part, list(cells), [*cells, *planned], ONE, HEADER)


def pair(of_part, *cells):
    """Return what is compared, each as (scenario, batch, further parameters' values); None where nothing is."""
    found = looked(of_part, *cells)
    if found.above is None:
        return None
    return tuple((each.scenario, each.batch, *each.parameters.values()) for each in (found.above, found.below))


def test_the_largest_batch_is_held_against_the_smallest_of_the_same_scenario_and_delay():
    sizes = [cell("serial", "io", batch, delay_ms=50) for batch in (4, 16, 1)]
    other = [cell("serial", "io", 0, delay_ms=10), cell("threads", "io", 0, delay_ms=50)]
    assert pair(part("C1", 1), *sizes, *other) == (("serial", 16, 50), ("serial", 1, 50))
    assert pair(part("C1", 1), *sizes[:1], *other) is None


def test_most_workers_are_held_against_the_fewest_at_the_same_batch():
    pools = [cell("process-pool", "python", 8, concurrency=size) for size in (2, 4, 1)]
    larger = cell("process-pool", "python", 16, concurrency=8)
    assert pair(part("C10"), *pools, larger) == (("process-pool", 8, 4), ("process-pool", 8, 1))
    assert pair(part("C10"), larger, pools[0]) is None
    assert pair(part("C10"), cell("process-pool", "python", 16, concurrency=1), pools[0]) is None


@pytest.mark.parametrize(
    "one", [("thread-pool", "python"), ("process-pool", "native-gil"), ("thread-pool", "native-gil")]
)
def test_workers_of_another_scenario_or_task_are_no_fewer_workers(one):
    both = (("python", "native-gil"), ("process-pool", "thread-pool"))
    other = ("process-pool", "python")
    for most, fewest in ((one, other), (other, one)):
        cells = cell(*most, 8, concurrency=4), cell(*fewest, 8, concurrency=1)
        assert pair(Part("", *both, both[1], "faster", "workers"), *cells) is None


def test_a_part_takes_the_first_of_its_tasks_and_scenarios_with_the_largest_batch_and_most_workers():
    serial = [cell("serial", task, batch) for task in ("python", "native-gil") for batch in (8, 16)]
    above = [
        cell("process-pool", "native-gil", 8, concurrency=2),
        cell("process-pool", "native-gil", 16, concurrency=2),
        cell("process-pool", "native-gil", 16, concurrency=4),
        cell("processes", "python", 16),
    ]
    computing = part("C4", 1)
    assert pair(computing, *serial, *above) == (("process-pool", 16, 4), ("serial", 16))
    assert pair(computing, *serial, *above, cell("processes", "native-gil", 8)) == (("processes", 8), ("serial", 8))
    assert looked(computing, *serial, above[-1]).above.task == "python"


def test_both_sides_did_the_same_work():
    threads = cell("threads", "native-gil", 16)
    for other in (cell("serial", "native-gil", 8), cell("serial", "python", 16)):
        assert pair(part("C2", 1), threads, other) is None
    for delay_ms in (10, 100):
        waits = [cell("threads", "io", 16, delay_ms=50), cell("serial", "io", 16, delay_ms=delay_ms)]
        assert pair(part("C2"), *waits) is None


def test_tasks_in_c_with_the_gil_and_without_are_one_kind_of_work():
    of_part = Part("", ("native-gil",), ("threads",), ("serial",), "about")
    mixed = Part("", ("native-gil", "native-nogil"), ("threads",), ("serial",), "about")
    both = [cell("threads", "native-gil"), cell("serial", "native-nogil")]
    assert pair(of_part, *both) is None
    assert pair(mixed, *both) == (("threads", 16), ("serial", 16))


def test_serial_waits_of_another_size_stand_in_and_those_of_the_same_size_come_first():
    threads = cell("threads", "io", 16, delay_ms=50)
    small, same, other = (
        cell("serial", "io", 1, delay_ms=50),
        cell("serial", "io", 16, delay_ms=50),
        cell("serial", "io", 1),
    )
    assert pair(part("C2"), threads, small) == (("threads", 16, 50), ("serial", 1, 50))
    large = cell("serial", "io", 32, delay_ms=50)
    assert pair(part("C2"), threads, small, large, same) == (("threads", 16, 50), ("serial", 16, 50))
    assert pair(part("C2"), threads, other) is None
    for task in ("contended-dict", "python"):
        unlike = Part("", (task, "io"), ("threads",), ("serial",), "faster")
        assert pair(unlike, cell("threads", task), cell("serial", "io", 1)) is None
    no_serial = Part("", ("io",), ("threads",), ("tornado",), "faster")
    assert pair(no_serial, threads, cell("tornado", "io", 1, delay_ms=50)) is None


def test_one_task_alone_has_nothing_beside_it_but_shows_what_set_up_costs():
    alone = [cell("threads", "native-gil", 1), cell("processes", "native-gil", 1), cell("serial", "native-gil", 1)]
    many = [cell("threads", "native-gil", 2), cell("processes", "native-gil", 2)]
    assert pair(part("C2", 1), *alone) is None
    assert pair(part("C2", 1), many[0], cell("serial", "native-gil", 2)) == (("threads", 2), ("serial", 2))
    assert pair(part("C4", 2), *many, *alone) == (("threads", 1), ("processes", 1))
    assert pair(part("C4", 2), *many) is None
    of_python = Part("", ("python",), ("threads",), ("processes",), "about", "fewest")
    assert pair(of_python, cell("threads", "python", 2), cell("processes", "python", 2)) is None
    free = [cell("threads", "noop", 100), cell("processes", "noop", 100)]
    assert pair(part("C4", 2), *many, *alone, *free) == (("threads", 100), ("processes", 100))


def test_the_baseline_is_held_against_at_the_same_place():
    own = [cell("tornado", "io", 1), cell("tornado", "io", 16)]
    base = [cell("tornado", "io", batch, label=BASE) for batch in (1, 16, 32)]
    found = looked(part("C9"), *own, *base)
    assert [(each.interpreter, each.batch) for each in (found.above, found.below)] == [(ONE, 16), (BASE, 16)]
    assert pair(part("C9"), own[0], *base) is None, "one task alone"
    assert pair(part("C9"), own[1], *base[:1], *base[2:]) is None, "another size"
    two = [cell("tornado", "io", 2), cell("tornado", "io", 2, label=BASE)]
    assert pair(part("C9"), *two) == (("tornado", 2), ("tornado", 2))
    for label in ("cpython-2.7", "jython-2.7"):
        assert pair(part("C9"), own[1], cell("tornado", "io", 16, label=label)) is None
    before = [cell("tornado", "io", label="cpython-2.7"), base[1]]
    assert check_part(part("C9"), before, before, "cpython-2.7", HEADER).below is base[1]
    assert check_part(part("C9"), base, base, BASE, HEADER).above is None, "the baseline over itself"


def test_cells_of_other_interpreters_are_not_compared():
    for label in OTHERS:
        assert pair(part("C2", 1), cell("threads", "native-gil"), cell("serial", "native-gil", label=label)) is None


def test_only_loops_of_asyncio_are_held_against_threads_at_a_large_load():
    threads = cell("threads", "io-load", 1000)
    assert pair(part("C8"), threads, cell("tornado", "io-load", 1000)) is None
    assert pair(part("C8"), threads, cell("asyncio-tornado", "io-load", 1000)) == (
        ("threads", 1000),
        ("asyncio-tornado", 1000),
    )


def test_a_part_without_its_cells_says_why_they_have_no_number():
    of_part = part("C6")
    reason = "the async loop"
    skipped = cell("tornado", "io", status="skipped", reason=reason)
    assert looked(of_part).missing == "I/O, loop over serial: not measured in this run"
    assert looked(of_part, planned=[skipped]).missing == f"I/O, loop over serial: tornado skipped ({reason})"
    second = cell("asyncio-tornado", "io", status="failed", reason="late")
    assert looked(of_part, planned=[skipped, second]).missing.endswith(f": tornado skipped ({reason})")
    below = cell("serial", "io", status="crashed", reason="SIGSEGV")
    assert looked(of_part, planned=[below]).missing == "I/O, loop over serial: serial crashed (SIGSEGV)"
    assert looked(of_part, planned=[below, skipped]).missing.endswith(f"tornado skipped ({reason})")
    for other in (
        cell("tornado", "io", status="ok"),
        cell("tornado", "python", status="failed"),
        *(cell("tornado", "io", label=label, status="failed") for label in OTHERS),
    ):
        assert looked(of_part, planned=[other]).missing == "I/O, loop over serial: not measured in this run"


FAILED = SimpleNamespace(verdict=check.FAILS, missing="", ratio=None, part=SimpleNamespace(says="the first"))
OPEN = SimpleNamespace(
    verdict=check.OPEN, missing="", ratio=(1, 1, 1), part=SimpleNamespace(says="the second"), comparison=None
)
LACKING = SimpleNamespace(verdict=check.OPEN, missing="the third: no loop", ratio=None)
HELD = SimpleNamespace(verdict=check.HOLDS, missing="", ratio=(1, 1, 1), part=SimpleNamespace(says="the fourth"))
CLAIM = SimpleNamespace(why={"jit": "it compiles", "no-gil": "it has no GIL"})


@pytest.mark.parametrize(
    ("parts", "verdict", "traits", "why"),
    [
        ([HELD], check.HOLDS, {"jit"}, ""),
        ([HELD, FAILED, OPEN], check.FAILS, set(), "refuted by the first"),
        ([FAILED], check.FAILS, {"jit", "gil"}, "refuted by the first: it compiles"),
        (
            [FAILED, FAILED],
            check.FAILS,
            {"jit", "no-gil"},
            "refuted by the first; the first: it compiles; it has no GIL",
        ),
        (
            [OPEN, LACKING, HELD],
            check.OPEN,
            {"jit"},
            "the third: no loop; the second: the interval decides neither way",
        ),
    ],
)
def test_a_claim_that_does_not_hold_says_why(parts, verdict, traits, why):
    assert check._why(CLAIM, parts, verdict, traits) == why


@pytest.mark.parametrize(
    ("facts", "seen", "traits"),
    [
        ({}, [], {"gil"}),
        ({"gil": False}, [], {"no-gil"}),
        ({"gil": False}, [False, True], {"gil"}),
        ({"gil": True}, [False, False], {"no-gil"}),
        ({"gil": False}, [None], {"gil"}),
        ({"jit": True, "implementation": "PyPy"}, [], {"gil", "jit", "pypy"}),
        ({"jit": None, "capabilities": ["jni", "threads"], "implementation": "Jython"}, [], {"gil", "jvm"}),
    ],
)
def test_an_interpreter_is_described_by_its_facts_and_by_what_was_seen_of_its_gil(facts, seen, traits):
    own = cell("serial", "io")
    own.invocations = [*({"gil": {"at_end": at_end}} for at_end in seen), {"gil": None}]
    others = [cell("serial", "io", label=label) for label in OTHERS]
    for other in others:
        other.invocations = [{"gil": {"at_end": True}}]
    assert check._traits({"interpreters": {ONE: facts}}, [own, *others], ONE) == traits


def expected(of, low, high, verdict="", cores=4, failures=None):
    """Return what an expectation says of an interval."""
    compared = SimpleNamespace(ratio=Estimate(1.0, low, high), warming=(False, False))
    found = SimpleNamespace(comparison=compared, below=SimpleNamespace(failures=failures))
    return EXPECT[of](found, verdict, cores)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0.8, 1.25, check.HOLDS),
        (0.79, 1.2, check.OPEN),
        (0.9, 1.26, check.OPEN),
        (0.5, 1.5, check.OPEN),
        (1.26, 2.0, check.FAILS),
        (1.25, 2.0, check.OPEN),
        (0.5, 0.79, check.FAILS),
        (0.5, 0.8, check.OPEN),
        (None, None, check.OPEN),
    ],
)
def test_about_as_long_is_within_a_quarter_either_way(low, high, found):
    assert expected("about", low, high) == found


@pytest.mark.parametrize(
    ("cores", "low", "high", "found"),
    [
        (4, 2.5, 9.0, check.HOLDS),
        (4, 2.49, 2.5, check.OPEN),
        (4, 2.0, 2.49, check.FAILS),
        (2, 1.5, 2.0, check.HOLDS),
        (2, 1.2, 1.49, check.FAILS),
        (1, 1.0, 1.1, check.HOLDS),
        (4, None, None, check.OPEN),
    ],
)
def test_much_faster_is_half_of_what_the_cores_give_beyond_one(cores, low, high, found):
    assert expected("much faster", low, high, cores=cores) == found


@pytest.mark.parametrize(
    ("verdict", "faster", "not_faster"),
    [
        (significance.FASTER, check.HOLDS, check.FAILS),
        (significance.SLOWER, check.FAILS, check.HOLDS),
        (significance.SAME, check.FAILS, check.HOLDS),
        (significance.UNKNOWN, check.OPEN, check.HOLDS),
    ],
)
def test_faster_and_not_faster_are_judged_by_the_verdict(verdict, faster, not_faster):
    assert expected("faster", 0.9, 1.05, verdict) == faster
    assert expected("not faster", 0.9, 1.05, verdict) == not_faster
    assert expected("faster, the other fails", 0.9, 1.05, verdict, failures={"timeout": 1}) == faster
    assert expected("faster, the other fails", 0.9, 1.05, verdict, failures={}) == check.FAILS


@pytest.mark.parametrize(("high", "found"), [(1.05, check.HOLDS), (1.051, check.OPEN), (None, check.OPEN)])
def test_not_faster_permits_a_twentieth(high, found):
    assert expected("not faster", 0.9, high, significance.UNKNOWN) == found


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(10.0, 20.0, check.HOLDS), (10.0, 20.1, check.OPEN), (20.0, 30.0, check.OPEN), (20.1, 30.0, check.FAILS)],
)
def test_a_limit_holds_up_to_itself(monkeypatch, low, high, found):
    limit = Limit("at once", "gap", 20)
    monkeypatch.setattr(Limit, "worst", lambda self, cells: (cells[0], Estimate(15.0, low, high)))
    assert check_limit(limit, [cell("distributed", "sleep")], [], ONE).verdict == found


def killing(label=ONE, **found):
    """A cell in whose only invocation two workers were killed."""
    cell_of = cell("distributed", "sleep", label=label, transport="zmq+tcp", kills=2)
    cell_of.invocations = [{**cell_of.invocations[0], "kills": runs.kills(5, 7, **found)}]
    return cell_of


@pytest.mark.parametrize(("number", "counted"), [(2, "lost"), (3, "twice")])
def test_no_task_may_be_lost_or_answered_twice(number, counted):
    for count, found in ((0, check.HOLDS), (1, check.FAILS)):
        assert check_limit(part("C11", number), [killing(**{counted: count})], [], ONE).verdict == found


def test_a_limit_is_held_against_cells_of_its_own_interpreter():
    limit = part("C11", 2)
    own, others = killing(), [killing(label, lost=3) for label in OTHERS]
    assert check_limit(limit, [*others, own], [], ONE).above is own
    for each in others:
        each.status, each.reason = "failed", "no"
    assert check_limit(limit, [], others, ONE).missing.endswith("not measured in this run, but by --profile transports")


def test_a_claim_holds_where_all_of_it_does():
    assert check._together([HELD, HELD]) == check.HOLDS
    assert check._together([HELD, OPEN]) == check.OPEN
    assert check._together([HELD, OPEN, FAILED]) == check.FAILS
    assert check._together([]) == check.OPEN


def test_a_part_on_the_page_names_its_cells_and_says_what_is_missing():
    of_part, above, below = part("C2"), cell("threads", "io", delay_ms=50), cell("serial", "io", delay_ms=50)
    found = looked(of_part, above, below)
    data = found.data({id(above): 7, id(below): 3})
    assert (data["task"], data["above"], data["below"]) == ("io", "threads", "serial")
    assert data["ratio"] == [found.ratio.value, found.ratio.low, found.ratio.high]
    assert (data["verdict"], data["missing"], data["cells"]) == (check.OPEN, "", [7, 3])
    assert (data["says"], data["expect"]) == (of_part.says, of_part.expect)
    none = looked(of_part).data({})
    assert [none[name] for name in ("task", "above", "below", "ratio", "cells")] == [None, None, None, None, []]
    assert none["missing"].startswith(of_part.says)
