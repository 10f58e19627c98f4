"""What a run goes on with: as it was planned, by the same code, builds and packages, or not at all."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import pytest

from runoff.cli.bench import resumed_run
from runoff.common.errors import BadInput
from runoff.driver.plan import Selection
from runoff.interpreters.discover import Found, Interpreter
from runoff.records import parameters, record
from tests.helpers import runs
from tests.helpers.environments import environment

LABELS = ("one", "two")
OPTIONS = {
    **dict.fromkeys(("profile", "scenarios", "tasks", "concurrency", "baseline", "seed", "budget", "workload")),
    **dict.fromkeys(("command_line", "inputs", "requirements", "today")),
    **dict.fromkeys(("interpreters", "variants", "required"), ()),
    **dict.fromkeys(("allow_eol", "gate_only"), False),
    **dict.fromkeys(name for name, _, _ in parameters.OPTIONS),
}
CELLS = [runs.cell(label, "serial", "python") for label in LABELS]


@pytest.fixture
def resume(tmp_path, monkeypatch):
    """resume(options) -> the header that the run goes on with; its attributes change what is found."""
    folder = tmp_path / "20260101-000000"
    folder.mkdir()
    facts = {
        label: {**runs.FACTS, "described": label, "sys_version": "1.0", "packages": ["six==1.17.0"]} for label in LABELS
    }
    planned = dataclasses.asdict(Selection(profile="quick", tasks=("python",)))
    changes = {
        "seed": 7,
        "schema": record.SCHEMA,
        "code": "c0de",
        "race": True,
        "max_invocations": 1000,
        "finished_at": None,
    }
    header = runs.run(folder, LABELS, CELLS, (), **changes, interpreters=facts).header
    record.write_header(folder, {**header, "selection": json.loads(json.dumps(planned)), "past_support": ["two"]})
    file = record.RecordFile(folder / record.RECORDS)
    for each in runs.invocations(CELLS[0], 0.05, count=2, wall_s=1.5):
        file.append(each)
    file.close()

    def resumed(**options):
        _, going_on, environments = resumed_run.resume(tmp_path, {**OPTIONS, **options}, resumed.lender)
        assert list(environments) == list(LABELS)
        assert record.read_header(folder)["budget_s"] == going_on["budget_s"]
        return going_on

    def found(_named):
        return Found(
            tuple(Interpreter(label, "cpython", "/python", {"sys_version": resumed.build}) for label in LABELS), ()
        )

    def prepared(wanted, _console):
        return {each.label: environment(each.label, packages=resumed.packages) for each in wanted}

    resumed.build, resumed.packages, resumed.lender = "1.0", ("six==1.17.0",), SimpleNamespace(lend=lambda cells: None)
    monkeypatch.setattr(resumed_run.run_header, "code_digest", lambda: "c0de")
    monkeypatch.setattr(resumed_run.choice, "find_with", found)
    monkeypatch.setattr(resumed_run, "prepare", prepared)
    return resumed


def test_a_run_goes_on_without_options_or_with_those_that_it_began_with(resume):
    assert resume()["seed"] == 7
    assert resume(seed=7, baseline="one", profile="quick", tasks=("python",))["budget_s"] == 60


def test_a_run_that_another_command_measures_is_left_as_it_is(resume, tmp_path):
    folder = tmp_path / "20260101-000000"
    file, before = record.RecordFile(folder / record.RECORDS), (folder / record.HEADER).read_bytes()
    with pytest.raises(BadInput, match="being measured by another command"):
        resume(budget=100, allow_eol=True)
    assert (folder / record.HEADER).read_bytes() == before
    file.close()
    assert resume(budget=100)["budget_s"] > 100


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"seed": 8}, "seed"),
        ({"seed": 0}, "seed"),
        ({"baseline": "two"}, "baseline"),
        ({"profile": "rigorous"}, "profile"),
        ({"tasks": ("io",)}, "tasks"),
        ({"concurrency": (2,)}, "concurrency"),
    ],
)
def test_another_option_is_another_run(resume, options, name):
    with pytest.raises(BadInput, match=rf"was started with other options \({name} differ\)"):
        resume(**options)


def test_other_code_is_another_run(resume, monkeypatch):
    monkeypatch.setattr(resumed_run.run_header, "code_digest", lambda: "0ther")
    with pytest.raises(BadInput, match="the code that interpreters run has changed"):
        resume()


def test_another_build_is_another_run(resume):
    resume.build = "1.1"
    with pytest.raises(BadInput, match=r"one has changed since .* began \(it was 1\.0\)"):
        resume()


def test_other_packages_are_another_run(resume):
    resume.packages = ("six==1.16.0",)
    with pytest.raises(BadInput, match="one has other packages than when"):
        resume()


def test_a_run_whose_broker_cannot_be_had_does_not_go_on(resume):
    resume.lender.lend = lambda cells: "no RabbitMQ"
    with pytest.raises(BadInput, match="the run cannot be resumed: no RabbitMQ"):
        resume()


def test_a_budget_is_added_to_what_was_spent(resume):
    assert resume(budget=10.0)["budget_s"] == 13.0


def test_interpreters_past_their_support_are_recommended_once_that_is_asked_for(resume):
    assert resume()["past_support"] == ["two"]
    assert resume(allow_eol=True)["past_support"] == []
    assert resume()["allow_eol"] is True


@pytest.mark.parametrize(
    ("own", "digest", "refused"),
    [
        (None, "abc", r"name it again with --resume: --workload orders\.py:handle"),
        (object(), "another", r"orders\.py:handle, a module beside it, its inputs or its requirements have changed"),
        (object(), "abc", "the recorded answers of one are missing"),
    ],
)
def test_a_persons_function_is_named_again_and_is_the_same(tmp_path, monkeypatch, own, digest, refused):
    then = {"function": "orders.py:handle", "digest": "abc", "words": ["--workload", "orders.py:handle"]}
    header = {
        "workload": then,
        "gate": [{"interpreter": "one", "passed": True}, {"interpreter": "two", "passed": False}],
    }
    monkeypatch.setattr(resumed_run, "workload", lambda options: own)
    monkeypatch.setattr(resumed_run.files, "digest", lambda given: digest)
    monkeypatch.setattr("runoff.workload.files.workload_file", lambda name, label: tmp_path / name / label)
    with pytest.raises(BadInput, match=refused):
        resumed_run._with_requirements(tmp_path, header, OPTIONS, {})
