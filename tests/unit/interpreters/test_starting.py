"""How an executable is started and asked, by the row of its family."""

from __future__ import annotations

import json
import sys

import pytest

from runoff.common.paths import ROOT
from runoff.interpreters import discover, facts, starting
from runoff.interpreters.facts import Cache
from runoff.interpreters.starting import Start

TABLE = {
    "families": {
        "plain": {"names": "plain", "implementation": "Plain"},
        "cut": {"names": "cut", "implementation": "Cut", "cut": "harness/small"},
        "given": {
            "names": r"given\.mjs",
            "implementation": "CPython",
            "starts": [["/no/such/node", "{executable}"], [sys.executable, "{root}/x.py", "{executable}"]],
        },
    },
    "folders": [],
    "not_folders": [],
}


def test_a_program_is_started_as_it_is_and_asked_by_the_whole_harness():
    for path in ("/bin/plain", "/bin/other"):
        (way,) = starting.ways(path, TABLE)
        assert way == Start((path,))
        assert way.harness == ("-m", "harness")
        assert way.probe == ROOT / "harness/probe.py"


def test_a_family_with_a_cut_is_asked_and_measured_by_scripts_of_it():
    (way,) = starting.ways("/bin/cut", TABLE)
    assert way.command == ("/bin/cut",)
    assert way.probe == ROOT / "harness/small/probe.py"
    assert way.harness == (str(ROOT / "harness/small/run.py"),)


@pytest.mark.parametrize(
    "start", [Start(("/python",)), Start(("/node", "/given.mjs")), Start(("/python",), "harness/small")]
)
def test_facts_say_how_an_interpreter_is_started_and_by_what_it_is_measured(start):
    assert starting.of("/python", {"start": start.described}) == start


def test_an_interpreter_of_older_facts_is_started_as_it_is():
    assert starting.of("/python", {}) == Start(("/python",))


def test_a_file_that_another_program_is_given_has_that_programs_command():
    assert [way.command for way in starting.ways("/lib/given.mjs", TABLE)] == [
        ("/no/such/node", "/lib/given.mjs"),
        (sys.executable, f"{ROOT}/x.py", "/lib/given.mjs"),
    ]


def test_only_such_a_file_may_lack_the_executable_bit(tmp_path):
    for name, wanted in (("plain", False), ("given.mjs", True)):
        (tmp_path / name).touch(mode=0o644)
        assert starting.is_program(str(tmp_path / name), TABLE) is wanted
    assert not starting.is_program(str(tmp_path / "none" / "given.mjs"), TABLE)


def test_the_first_way_that_answers_is_kept_with_the_facts(tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    given = folder / "given.mjs"
    given.write_text(
        "import json, sys\n"
        f"answer = dict.fromkeys({sorted(facts.NEEDED)!r})\n"
        "answer.update(implementation='CPython', platform='emscripten', executable=__file__, python='3.14')\n"
        "answer.update(implementation_version='3.14.2', python_full='3.14.2', version_info=[3, 14, 2])\n"
        "answer.update(build={'debug': None})\n"
        "json.dump(answer, open(sys.argv[2], 'w'))\n"
    )
    given.chmod(0o644)
    row = {
        **TABLE["families"]["given"],
        "starts": [["/no/such/node", "{executable}"], [sys.executable, "{executable}"]],
    }
    table = {**TABLE, "families": {"given": row}}
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv(discover.VARIABLE, raising=False)
    monkeypatch.setattr(discover, "_in_stores", lambda: iter(()))
    cache = Cache(tmp_path / "cache.json")
    (interpreter,) = discover.find((), table, cache).interpreters
    assert interpreter.label == "given-3.14"
    assert interpreter.start.command == (sys.executable, str(given))
    known = json.loads((tmp_path / "cache.json").read_text())["entries"][str(given)]["facts"]
    assert known["start"] == {"command": [sys.executable, str(given)], "cut": None}


def test_no_other_way_is_tried_after_one_that_was_too_slow(monkeypatch):
    outcomes = {"slow": facts.NoAnswer("did not answer within 60 s"), "broken": facts.ProbeFailed("exit code 3")}

    def probe(command, script):
        if command[0] in outcomes:
            raise outcomes[command[0]]
        return {"python": "3.13"}

    monkeypatch.setattr(facts, "probe", probe)
    slow, broken, quick = (Start((name,)) for name in ("slow", "broken", "quick"))
    assert facts._first_answer([slow, quick]) is outcomes["slow"]
    assert facts._first_answer([broken, slow, quick]) is outcomes["slow"]
    assert facts._first_answer([broken, quick]) == {"python": "3.13", "start": {"command": ["quick"], "cut": None}}
    assert facts._first_answer([broken]) is outcomes["broken"]
