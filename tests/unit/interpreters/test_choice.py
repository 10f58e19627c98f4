"""Which interpreters are meant: by label, by the path of any of their files, and as a baseline."""

from __future__ import annotations

import pytest

from runoff.common.errors import BadInput
from runoff.interpreters import choice
from runoff.interpreters.discover import Broken, Found, Interpreter
from runoff.interpreters.variants import Variant


def interpreter(label: str, *aliases: str) -> Interpreter:
    family, _, python = label.partition("-")
    version = [int(part) for part in python.rstrip("t").split(".")]
    facts = {"version_info": version, "gil": not python.endswith("t"), "free_threaded": python.endswith("t")}
    return Interpreter(label, family, f"/opt/{label}/bin/python", facts, aliases)


OLDEST = interpreter("cpython-2.7")
OLD = interpreter("cpython-3.9")
NEW = interpreter("cpython-3.13", "/opt/another/bin/python3")
FREE = interpreter("cpython-3.14t")
OLD_PYPY = interpreter("pypy-2.7")
PYPY = interpreter("pypy-3.11")
FOUND = Found((OLDEST, OLD, NEW, FREE, OLD_PYPY, PYPY), (Broken("/opt/broken/python", "exit code 1: no output"),))


def test_without_a_name_all_are_meant_and_a_label_means_one():
    assert choice.chosen(FOUND, ()) == list(FOUND.interpreters)
    assert choice.chosen(FOUND, ("pypy-3.11", "cpython-3.13")) == [NEW, PYPY]
    with pytest.raises(BadInput, match="did you mean 'pypy-3.11'"):
        choice.chosen(FOUND, ("pypy-3.12",))


@pytest.mark.parametrize(
    "path", ["/opt/cpython-3.13/bin/python", "/opt/another/bin/python3", "/opt/another/lib/../bin/python3"]
)
def test_an_interpreter_is_known_by_each_of_its_files_and_counts_once(path):
    assert choice.chosen(FOUND, (path, "cpython-3.13")) == [NEW]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/opt/broken/python", "no interpreter that can be measured: exit code 1: no output"),
        ("/opt/venv/bin/python", "is an environment; name the interpreter that it was made from"),
    ],
)
def test_a_path_that_cannot_be_measured_is_refused_with_the_reason(path, reason):
    with pytest.raises(BadInput, match=reason):
        choice.chosen(FOUND, (path,))


def test_the_baseline_is_the_newest_cpython_with_a_gil_unless_it_is_named():
    assert choice.baseline(list(FOUND.interpreters), None) == "cpython-3.13"
    assert choice.baseline([PYPY, FREE, OLD], None) == "cpython-3.9"
    assert choice.baseline([PYPY, FREE], None) == "pypy-3.11"
    assert choice.baseline([NEW, PYPY], "pypy-3.11") == "pypy-3.11"
    with pytest.raises(BadInput, match="no interpreter in this run is called 'jython-2.7'"):
        choice.baseline([NEW, PYPY], "jython-2.7")


def test_the_newest_is_one_of_each_family_major_version_and_kind_of_lock():
    newest = {each.label for each in choice.newest(list(FOUND.interpreters))}
    assert newest == {"cpython-2.7", "cpython-3.13", "cpython-3.14t", "pypy-2.7", "pypy-3.11"}
    assert choice.newest([NEW, OLD]) == choice.newest([OLD, NEW]) == [NEW]


def test_a_variant_is_of_an_interpreter_as_it_is_usually_started():
    optimised = NEW.started_as(Variant("O", ("-O",)))
    asked = choice.with_variants([NEW, optimised], ("mild=PYTHONHASHSEED=0",))
    assert [each.label for each in asked] == ["cpython-3.13", "cpython-3.13+O", "cpython-3.13+mild"]
