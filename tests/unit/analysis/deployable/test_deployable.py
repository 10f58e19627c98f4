"""What one would deploy: order, support and builds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone

import pytest

from runoff.analysis import alarms
from runoff.analysis.cells.gathering import gather
from runoff.analysis.decision import inputs
from runoff.analysis.decision.sentences import decide
from runoff.analysis.deployable import builds, support
from runoff.analysis.deployable.order import ordered
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common import tables
from runoff.report.output import page_data, short_form
from runoff.report.output.export.markdown import as_markdown
from tests.helpers import runs

BUILT = {"compiler": "GCC 12.2.0", "pgo": True, "lto": True, "assertions": False, "debug": False}


def facts(implementation="CPython", python="3.13", own=None, **more):
    return {"implementation": implementation, "python": python, "implementation_version": own or python, **more}


def test_interpreters_stand_by_implementation_and_by_version_as_numbers():
    found = {
        "pypy-3.11": facts("PyPy", "3.11", "7.3.20"),
        "cpython-3.9": facts(python="3.9"),
        "cpython-3.13t": facts(python="3.13", free_threaded=True),
        "cpython-3.11": facts(python="3.11", own="3.11.7"),
        "pypy-3.11-7.3.19": facts("PyPy", "3.11", "7.3.19"),
        "cpython-3.13": facts(python="3.13"),
        "jython-2.7": facts("Jython", "2.7"),
        "cpython-3.11.2": facts(python="3.11", own="3.11.2"),
        "cpython-2.7": facts(python="2.7"),
        "rustpython-3.12": {"family": "rustpython", "python": "3.12"},
    }
    assert ordered(found) == [
        "cpython-2.7",
        "cpython-3.9",
        "cpython-3.11.2",
        "cpython-3.11",
        "cpython-3.13",
        "cpython-3.13t",
        "jython-2.7",
        "pypy-3.11-7.3.19",
        "pypy-3.11",
        "rustpython-3.12",
    ]


def test_every_line_of_the_table_ends_after_it_began_and_names_its_source():
    lines = support._lines()
    assert len(lines) == sum(map(len, tables.read("support.toml", support.Path(support.__file__).parent).values()))
    for line in lines.values():
        assert line.end is None or line.first < line.end
        assert line.source.startswith(("PEP ", "PyPy "))
        assert line.checked >= date(2026, 11, 28)
    begun = [line.first for (implementation, _), line in lines.items() if implementation == "cpython"]
    assert begun == sorted(begun)


@pytest.mark.parametrize(
    ("day", "ended"), [(date(2024, 10, 6), False), (date(2024, 10, 7), False), (date(2024, 10, 8), True)]
)
def test_support_ends_after_its_last_day(day, ended):
    assert support.line_of(facts(python="3.8")).ended(day) is ended


def test_support_is_told_with_its_source():
    line = support.Line(date(2024, 10, 7), date(2029, 10, 31), "PEP 719", date(2026, 11, 28))
    assert line.in_words == "2024-10-07 to 2029-10-31 (PEP 719; checked 2026-11-28)"
    assert replace(line, end=None).in_words == "2024-10-07 to no end known (PEP 719; checked 2026-11-28)"


def test_an_interpreter_is_past_its_end_where_it_was_when_the_run_began_or_is_today():
    old = {"interpreters": {"old": facts(python="3.8")}}
    assert support.ended({**old, "started_at": datetime(2024, 1, 1, tzinfo=timezone.utc).timestamp()}) == {}
    assert support.ended(old) == {"old": date(2024, 10, 7)}


def test_what_the_table_lacks_is_unknown_and_not_past_its_end():
    assert support.line_of(facts("GraalVM", "3.12")) is None
    assert support.ended({"interpreters": {"graal": facts("GraalVM", "3.12")}, "started_at": 4e9}) == {}


def eol_run(tmp_path):
    """Two interpreters, the faster of which was past its end when the run began."""
    labels = ("new", "old")
    cells, records = [], []
    for label, seconds in zip(labels, (1.0, 0.5)):
        for task in ("python", "io"):
            planned = runs.cell(label, "serial", task)
            cells.append(planned)
            records += runs.invocations(planned, seconds)
    known = {
        label: {**runs.FACTS, "described": label, "python": python} for label, python in zip(labels, ("3.13", "3.9"))
    }
    began = datetime(2025, 12, 1, tzinfo=timezone.utc).timestamp()
    return runs.run(tmp_path, labels, cells, records, interpreters=known, started_at=began)


def test_what_is_past_its_end_is_marked_everywhere_and_recommended_only_when_asked(tmp_path):
    run = eol_run(tmp_path)
    given = inputs.gather(MeasuredCells.of(run))
    found = decide(given, "python", given["defaults"])
    assert found["lines"][0].startswith("Run new with serial")
    assert [each["reason"] for each in found["refused"]] == ["it is past its end of support"]
    allowed = inputs.gather(MeasuredCells.of(run), allow_eol=True)
    assert decide(allowed, "python", allowed["defaults"])["lines"][0].startswith("Run old with serial")
    assert any("past the end of support: old (2025-10-31)" in each for each in alarms.alarms(run, gather(run)))
    text = short_form.text(run, ["Run it."], tmp_path, 80)
    assert "\nold ! " in text
    assert "! past its end of support" in text
    data = page_data.content(run)
    assert [(row["label"], row["ended"]) for row in data["interpreters"]] == [("old", "2025-10-31"), ("new", "")]
    assert "| old (past its end of support) |" in as_markdown(data)


def test_a_build_is_told_with_what_is_not_known_of_it():
    assert builds.in_words(facts(build=BUILT)) == "GCC 12.2.0, PGO, LTO"
    assert builds.in_words(facts(build={**BUILT, "pgo": False, "lto": None, "debug": True})) == (
        "GCC 12.2.0, no PGO, LTO unknown, debug"
    )
    assert (
        builds.in_words(facts(build="3.9.2 (default) [GCC 10]", compiler="GCC 10"))
        == "GCC 10, PGO unknown, LTO unknown"
    )
    assert builds.in_words({}) == "compiler unknown, PGO unknown, LTO unknown"


def unmeasured(_one, _other):
    return None


def test_the_alarm_of_two_builds_says_how_much_they_differ(tmp_path):
    labels = ("cpython-3.11", "cpython-3.11.2")
    cells = [runs.cell(label, "serial", "python") for label in labels]
    records = [*runs.invocations(cells[0], 1.6), *runs.invocations(cells[1], 1.0)]
    built = ({**BUILT, "pgo": False, "lto": False}, BUILT)
    known = {
        label: {**runs.FACTS, "described": label, **facts(python="3.11", build=build)}
        for label, build in zip(labels, built)
    }
    run = runs.run(tmp_path, labels, cells, records, interpreters=known)
    (told,) = [each for each in alarms.alarms(run, gather(run)) if "PGO" in each]
    assert "with; cpython-3.11.2 is 1.59 [1.59, 1.6] times as fast as cpython-3.11 at python: compare" in told


def test_two_builds_of_one_line_that_differ_are_an_alarm():
    plain = {**BUILT, "pgo": False, "lto": False}
    found = {"cpython-3.11": facts(python="3.11", build=plain), "cpython-3.11.2": facts(python="3.11", build=BUILT)}
    assert builds.differing(found, unmeasured) == [
        "cpython-3.11 was built without PGO and LTO, cpython-3.11.2 with: compare builds that you would deploy"
    ]
    turned = {"cpython-3.11.2": found["cpython-3.11.2"], "cpython-3.11": found["cpython-3.11"]}
    assert builds.differing(turned, unmeasured) == builds.differing(found, unmeasured)
    no_lto = {**found, "cpython-3.11": found["cpython-3.11.2"], "cpython-3.11.2": facts(python="3.11", build=plain)}
    no_lto["cpython-3.11.2"]["build"] = {**BUILT, "lto": False}
    assert builds.differing(no_lto, unmeasured) == [
        "cpython-3.11.2 was built without LTO, cpython-3.11 with: compare builds that you would deploy"
    ]
    mixed = {**found, "cpython-3.11.2": facts(python="3.11", build={**BUILT, "lto": False, "pgo": None})}
    assert builds.differing(mixed, unmeasured) == [], "what is not known does not differ"
    other = {**found, "cpython-3.11.2": facts(python="3.12", build=BUILT)}
    assert builds.differing(other, unmeasured) == [], "another line"
    threaded = {**found, "cpython-3.11.2": facts(python="3.11", build=BUILT, free_threaded=True)}
    assert builds.differing(threaded, unmeasured) == []
