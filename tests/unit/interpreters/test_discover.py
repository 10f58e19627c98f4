"""Finding interpreters: real ones, doubles, and executables that only carry the name."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from runoff.common import tables
from runoff.environments import making
from runoff.interpreters import discover, facts
from runoff.interpreters.facts import Cache, ProbeFailed


def script(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def table():
    """The real families, and no folders but those on PATH."""
    return {**tables.read("interpreters.toml"), "folders": []}


@pytest.fixture
def look(tmp_path, monkeypatch, table):
    """Find interpreters in one folder only, with a cache of the test's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv(discover.VARIABLE, raising=False)
    monkeypatch.setattr(discover, "_in_stores", lambda: iter(()))
    monkeypatch.setattr(facts, "TIMEOUT_S", 5.0)

    def find(named=()):
        return discover.find(named, table, Cache(tmp_path / "cache.json"))

    return folder, find


BASE = getattr(sys, "_base_executable", sys.executable)


def test_a_real_interpreter_under_two_names_is_one(look):
    folder, find = look
    for name in ("python3", "python"):
        (folder / name).symlink_to(os.path.realpath(BASE))
    found = find()
    assert [each.family for each in found.interpreters] == ["cpython"]
    assert found.interpreters[0].facts["python_full"] == sys.version.split()[0]
    assert found.broken == ()


def test_an_interpreter_that_may_be_run_and_not_read_is_one(look, monkeypatch):
    folder, find = look
    path = folder / "python3"
    path.symlink_to(os.path.realpath(BASE))

    def refuse(name, *options, **more):
        if str(name) == str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return open(name, *options, **more)

    monkeypatch.setattr(discover, "open", refuse, raising=False)
    assert [Path(each.executable).name for each in find().interpreters] == ["python3"]


@pytest.mark.parametrize("options", ["", "-O", "-X dev"])
def test_refuses_a_script_that_starts_another_python(look, options):
    folder, find = look
    (folder / "python3").symlink_to(os.path.realpath(BASE))
    script(folder, "python2", f'exec "{os.path.realpath(BASE)}" {options} "$@"')
    found = find()
    assert [Path(each.executable).name for each in found.interpreters] == ["python3"]
    assert [Path(broken.executable).name for broken in found.broken] == ["python2"]
    assert "a script that starts " in found.broken[0].reason
    assert "its options would be lost" in found.broken[0].reason


def test_asks_a_link_again_when_it_leads_to_another_file(look, tmp_path):
    folder, find = look
    for number, text in (("1", "echo one"), ("2", "echo two")):
        os.utime(script(tmp_path, f"target-{number}", f"{text}; exit 3"), (1, 1))
    (folder / "python3").symlink_to(tmp_path / "target-1")
    assert "one" in find().broken[0].reason
    (folder / "python3").unlink()
    (folder / "python3").symlink_to(tmp_path / "target-2")
    assert "two" in find().broken[0].reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "echo 'pyenv: python3.9: command not found' >&2; exit 127",
            "exit code 127: pyenv: python3.9: command not found",
        ),
        ("kill -SEGV $$", "SIGSEGV: no output"),
        ("exit 0", "exit code 0: no output"),
        ("exec /bin/sleep 60", "did not answer within 5 s"),
        ('shift; echo "[1, 2" > "$1"', "exit code 0"),
        ('echo "{}" > "$2"', "other than the probe's reply"),
        ("for i in 1 2 3 4 5 6 7 8 9; do echo chatter $i; done", "exit code 0: chatter 9"),
    ],
    ids=["shim", "crash", "silent", "hang", "half-a-reply", "liar", "chatter"],
)
def test_a_broken_one_is_listed_with_its_reason(look, body, reason):
    folder, find = look
    script(folder, "python3.9", body)
    found = find()
    assert found.interpreters == ()
    assert [Path(broken.executable).name for broken in found.broken] == ["python3.9"]
    assert reason in found.broken[0].reason


def test_an_implementation_of_no_family_is_listed_as_such(look):
    folder, find = look
    answer = json.dumps({**dict.fromkeys(facts.NEEDED), "implementation": "Stackless", "platform": "linux"})
    script(folder, "python3", f"echo '{answer}' > \"$2\"")
    assert "in no family" in find().broken[0].reason


def test_pyenvs_shims_are_not_looked_at(look, monkeypatch):
    folder, find = look
    shims = folder.parent / "shims"
    shims.mkdir()
    script(shims, "python3", "touch " + str(folder.parent / "was-run"))
    monkeypatch.setenv("PATH", str(shims))
    assert find() == discover.Found((), ())
    assert not (folder.parent / "was-run").exists()


def test_other_programs_with_python_in_their_name_are_not_run(look):
    folder, find = look
    for name in ("python3-config", "pythonw-tool", "pypy3-stm", "bpython"):
        script(folder, name, "touch " + str(folder.parent / "was-run"))
    assert find() == discover.Found((), ())
    assert not (folder.parent / "was-run").exists()


def test_a_named_path_that_is_not_there_is_broken(look):
    _, find = look
    assert [broken.reason for broken in find(["/no/such/python"]).broken] == ["there is no such file"]


def answering(count: Path) -> str:
    """Return the body of a script that notes each run, and answers as an interpreter that no family has."""
    answer = json.dumps({**dict.fromkeys(facts.NEEDED), "implementation": "Stackless", "platform": "linux"})
    return f"echo run >> {count}; echo '{answer}' > \"$2\""


def test_known_facts_are_not_asked_again_until_the_file_changes(look):
    folder, find = look
    count = folder.parent / "count"
    path = script(folder, "python3", answering(count))
    find()
    find()
    assert count.read_text() == "run\n"
    os.utime(path, (1, 1))
    find()
    assert count.read_text() == "run\nrun\n"


@pytest.mark.parametrize("how", ["link", "content"])
def test_facts_are_not_those_of_another_file_of_the_same_size_and_time(look, how):
    folder, find = look
    counts = [folder.parent / f"count-{number}" for number in "12"]
    targets = [script(folder.parent, f"target-{count.name}", answering(count)) for count in counts]
    for target in targets:
        os.utime(target, (1, 1))
    (folder / "python3").symlink_to(targets[0])
    find()
    if how == "link":
        (folder / "python3").unlink()
        (folder / "python3").symlink_to(targets[1])
    else:
        targets[0].write_text(targets[1].read_text())
        os.utime(targets[0], (1, 1))
    find()
    find()
    assert [count.read_text() for count in counts] == ["run\n", "run\n"]


def test_a_failure_is_not_remembered(look):
    folder, find = look
    stamp = (1, 1)
    path = script(
        folder, "python3", "[ -e " + str(folder.parent / "mended") + " ] || exit 3; " + answering(folder / "n")
    )
    os.utime(path, stamp)
    assert "exit code 3" in find().broken[0].reason
    (folder.parent / "mended").touch()
    assert "in no family" in find().broken[0].reason


def test_facts_that_were_forgotten_are_asked_again(look, tmp_path):
    folder, find = look
    count = folder.parent / "count"
    path = script(folder, "python3", answering(count))
    find()
    Cache(tmp_path / "cache.json").forget(str(path))
    find()
    assert count.read_text() == "run\nrun\n"


@pytest.mark.parametrize(
    "content",
    [
        "[1, 2",
        "[1, 2]",
        "null",
        "{}",
        '{"probe": PROBE, "entries": []}',
        '{"probe": PROBE, "entries": {"PATH": 1}}',
        '{"probe": PROBE, "entries": {"PATH": {"stamp": []}}}',
        '{"probe": PROBE, "entries": {"PATH": {"stamp": [], "facts": null}}}',
    ],
)
def test_a_damaged_cache_is_asked_anew(look, content):
    folder, find = look
    path = script(folder, "python3", "exit 3")
    cache = folder.parent / "cache.json"
    cache.write_text(content.replace("PROBE", json.dumps(Cache(cache).probe_digest)).replace("PATH", str(path)))
    assert len(find().broken) == 1


def facts_of(python: str, own: str, implementation: str = "CPython", **more) -> dict:
    parts = [int(part) for part in python.split(".")]
    return {
        "implementation": implementation,
        "implementation_version": own,
        "version_info": [*parts, "final", 0],
        "python": ".".join(python.split(".")[:2]),
        "python_full": python,
        "free_threaded": False,
        "build": {"debug": False},
        "prefix": "/somewhere",
        **more,
    }


def test_facts_that_another_probe_found_are_asked_again(look, tmp_path):
    folder, find = look
    count = folder.parent / "count"
    script(folder, "python3", answering(count))
    find()
    known = json.loads((tmp_path / "cache.json").read_text())
    (tmp_path / "cache.json").write_text(json.dumps({**known, "probe": "of another version"}))
    find()
    assert count.read_text() == "run\nrun\n"


def being(build: dict) -> str:
    """Return the body of a script that answers as the interpreter that ``build`` describes."""
    return f"echo '{json.dumps({**dict.fromkeys(facts.NEEDED), 'platform': 'linux', **build})}' > \"$2\""


def test_a_build_is_known_by_every_file_that_it_has_on_the_machine(look):
    folder, find = look
    build = {**facts_of("3.13.0", "3.13.0"), "sys_version": "3.13.0 (one build)"}
    first, second = (script(folder.parent, name, being(build)) for name in ("of-3.13", "copy-of-3.13"))
    (folder / "python3.13").symlink_to(first)
    (folder / "python3").symlink_to(second)
    (interpreter,) = find().interpreters
    assert set(interpreter.aliases) == {str(first), str(second)}


def test_an_environment_whose_interpreter_has_gone_is_no_interpreter_and_no_error(look):
    folder, find = look
    build = {**facts_of("3.13.0", "3.13.0"), "sys_version": "3.13.0", "environment_of": str(folder / "gone")}
    script(folder, "python3", being(build))
    assert find() == discover.Found((), ())


def labels(*builds) -> list[str]:
    made = [discover._Build(family, f"/{n}", facts, []) for n, (family, facts) in enumerate(builds)]
    return sorted(each.label for each in discover._labelled(made))


def test_builds_of_one_version_get_labels_that_tell_them_apart():
    assert labels(
        ("cpython", facts_of("3.11.7", "3.11.7")),
        ("cpython", facts_of("3.11.2", "3.11.2")),
        ("cpython", facts_of("3.13.5", "3.13.5", free_threaded=True)),
        ("cpython", facts_of("3.13.0", "3.13.0")),
        ("pypy", facts_of("3.11.11", "7.3.19", "PyPy")),
        ("pypy", facts_of("3.11.13", "8.0.1", "PyPy")),
    ) == ["cpython-3.11", "cpython-3.11.2", "cpython-3.13", "cpython-3.13t", "pypy-3.11", "pypy-3.11-7.3.19"]


def test_two_builds_of_one_version_have_two_labels():
    made = labels(*(("cpython", facts_of("3.12.1", "3.12.1", prefix=f"/{n}")) for n in range(4)))
    assert len(set(made)) == 4
    assert all(label.startswith("cpython-3.12") for label in made)


def test_a_probe_that_fails_says_how(tmp_path):
    with pytest.raises(ProbeFailed, match="cannot be run"):
        facts.probe([str(tmp_path / "nothing")])


#: Families that are not on the machines that run the tests, by what their probe would answer.
ELSEWHERE = {
    "graalpy": ("GraalPy", "3.12", "graalpy-3.12"),
    "rustpython": ("RustPython", "3.14", "rustpython-3.14"),
    "ipy": ("IronPython", "3.4", "ironpython-3.4"),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_family_that_is_not_here_is_recognised_by_its_answer(look, name):
    folder, find = look
    implementation, python, label = ELSEWHERE[name]
    own = facts_of(f"{python}.0", f"{python}.0", implementation, sys_version="1", executable="", environment_of=None)
    answer = json.dumps({**dict.fromkeys(facts.NEEDED), **own, "platform": "linux"})
    script(folder, name, f"echo '{answer}' > \"$2\"")
    found = find()
    assert [each.label for each in found.interpreters] == [label], found.broken
    assert found.interpreters[0].described.startswith(implementation)
    row = making.row_of(found.interpreters[0], tables.read("interpreters.toml"))
    assert any(package.startswith("six==") for package in row["packages"])
