"""What a new run begins with: its seed, its limit, its baseline, what it recommends no more."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runoff.cli.bench import new_run
from runoff.driver.plan import Selection
from runoff.interpreters.discover import Found, Interpreter
from runoff.records import record
from tests.helpers.environments import environment

FACTS = {
    "cpython-3.8": {"implementation": "CPython", "python": "3.8", "version_info": [3, 8, 0]},
    "cpython-3.13": {"implementation": "CPython", "python": "3.13", "version_info": [3, 13, 0]},
    "pypy-3.6": {"implementation": "PyPy", "python": "3.6", "version_info": [3, 6, 0]},
}
OPTIONS = {
    "interpreters": (),
    "variants": (),
    "baseline": None,
    "soak": None,
    "until_decided": False,
    "seed": None,
    "budget": None,
    "allow_eol": False,
}


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """begin(options) -> the header of a new run of the interpreters of FACTS, read from disk."""
    known = {"python_full": "1.0", "free_threaded": False}
    made = {label: environment(label, facts={**known, **facts}) for label, facts in FACTS.items()}
    interpreters = [Interpreter(label, each.interpreter.family, "/python", each.facts) for label, each in made.items()]
    monkeypatch.setattr(new_run.choice, "find_with", lambda named: Found(tuple(interpreters), ()))
    monkeypatch.setattr(new_run, "prepare", lambda wanted, console: {each.label: made[each.label] for each in wanted})
    monkeypatch.setattr(new_run.rounds_of_work, "work", lambda kinds, *_: dict.fromkeys(kinds, 1000))
    lender = SimpleNamespace(lend=lambda cells: None, broker=None)

    def begun(profile="quick", labels=tuple(FACTS), **options):
        selection = Selection(profile=profile, scenarios=("serial", "threads"), tasks=("python",))
        folder, header, environments = new_run.begin(
            tmp_path, list(labels), selection, {**OPTIONS, **options}, None, lender, None
        )
        assert list(environments) == list(labels)
        assert record.read_header(folder)["seed"] == header["seed"]
        return header

    return begun


@pytest.mark.parametrize("seed", [0, 7])
def test_a_seed_that_was_given_is_the_runs(begin, seed):
    assert begin(seed=seed)["seed"] == seed


def test_without_a_seed_each_run_has_its_own(begin):
    assert len({begin()["seed"] for _ in range(3)}) > 1


def test_the_baseline_is_recommended_and_others_past_their_support_are_not(begin):
    assert begin()["past_support"] == ["cpython-3.8", "pypy-3.6"]
    assert begin(baseline="pypy-3.6")["past_support"] == ["cpython-3.8"]
    allowed = begin(allow_eol=True)
    assert (allowed["past_support"], allowed["allow_eol"]) == ([], True)


def test_a_race_until_all_is_decided_has_hours(begin):
    assert begin()["budget_s"] == 300
    assert begin(until_decided=True)["budget_s"] > 3600
    assert begin(until_decided=True, budget=50.0)["budget_s"] == 50


def test_the_baseline_is_measured_twice_where_the_profile_says_so_and_never_in_a_soak(begin):
    both = ("cpython-3.13", "pypy-3.6")
    assert begin("quick", both)["baseline_repeat"] is None
    assert begin("rigorous", both)["baseline_repeat"] == "baseline-repeat"
    assert begin("rigorous", both, soak=0.1)["baseline_repeat"] is None


def test_a_soak_is_one_invocation_of_each_cell(begin):
    header = begin(soak=0.5)
    assert (header["soak_s"], header["max_invocations"], header["race"]) == (30, 1, False)
    assert header["budget_s"] == len(header["cells"]) * header["timeout_s"]
