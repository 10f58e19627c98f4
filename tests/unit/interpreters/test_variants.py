"""Variants: which interpreters have them, how they are named and asked for, and how one's own is read."""

from __future__ import annotations

import json

import pytest

from runoff.common.errors import BadInput
from runoff.interpreters import choice, variants
from runoff.interpreters.discover import Found, Interpreter
from runoff.interpreters.variants import Variant


def interpreter(label: str, **facts) -> Interpreter:
    family, _, python = label.partition("-")
    version = [int(part) for part in python.rstrip("t").split(".")]
    free = python.endswith("t")
    known = {"version_info": [*version, 0], "free_threaded": free, "gil": not free, "jit": None, **facts}
    known = {"implementation": family, "implementation_version": "1", "python_full": "1", **known}
    return Interpreter(label, family, f"/{label}", known)


OLD = interpreter("cpython-2.7")
PLAIN = interpreter("cpython-3.13")
FREE = interpreter("cpython-3.13t")
JIT = interpreter("cpython-3.14", jit=False)
PYPY = interpreter("pypy-3.11", jit=True)
GRAAL = interpreter("graalpy-3.12")
ALL = Found((OLD, PLAIN, FREE, JIT, PYPY, GRAAL), ())


def labels(interpreters) -> list[str]:
    return [each.label for each in interpreters]


def test_each_interpreter_has_the_variants_that_it_can_be_started_as():
    assert {each.label: list(each.variants) for each in ALL.interpreters} == {
        "cpython-2.7": ["O"],
        "cpython-3.13": ["gc-frozen", "malloc", "O"],
        "cpython-3.13t": ["gil", "gc-frozen", "O"],
        "cpython-3.14": ["jit", "cinderx", "gc-frozen", "malloc", "O"],
        "pypy-3.11": ["nojit", "O"],
        "graalpy-3.12": ["jit2"],
    }


def test_every_row_of_the_table_says_what_shows_that_it_has_engaged():
    for name, row in variants.rows().items():
        assert row["summary"], name
        assert row["engaged"], name
        made = next(each.variants[name] for each in ALL.interpreters if name in each.variants)
        assert made.in_words, name
        assert "at_start" not in row or (variants.AT_START / row["at_start"] / "sitecustomize.py").exists()


def test_a_variant_comes_after_its_parent_and_a_label_is_understood_again():
    asked = choice.with_variants([FREE, PYPY], ("O", "gil", "mild=PYTHONHASHSEED=0 -X utf8"))
    expected = [
        *("cpython-3.13t", "pypy-3.11", "cpython-3.13t+O", "pypy-3.11+O", "cpython-3.13t+gil"),
        *("cpython-3.13t+mild", "pypy-3.11+mild"),
    ]
    assert labels(asked) == expected
    again = choice.labelled(ALL, expected, ("mild=PYTHONHASHSEED=0 -X utf8",))
    assert again == asked
    assert again[-1].variant == Variant("mild", ("-X", "utf8"), {"PYTHONHASHSEED": "0"})
    assert again[-1].described.endswith(", started with PYTHONHASHSEED=0 -X utf8")
    assert variants.Variant.from_described(again[-1].variant.described) == again[-1].variant


def test_a_resumed_run_starts_a_variant_as_run_json_describes_it():
    for variant in (each.variants[name] for each in ALL.interpreters for name in each.variants):
        assert Variant.from_described(json.loads(json.dumps(variant.described))) == variant


def test_a_baseline_is_never_a_variant_by_itself():
    assert choice.baseline([PLAIN.started_as(PLAIN.variants["O"]), PLAIN], None) == "cpython-3.13"
    assert choice.baseline([FREE.started_as(FREE.variants["gil"]), FREE], None) == "cpython-3.13t"
    assert choice.baseline([FREE.started_as(FREE.variants["gil"]), FREE], "cpython-3.13t+gil") == "cpython-3.13t+gil"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("jot", "did you mean 'jit'"),
        ("nojit", r"cpython-3.14 cannot be started as nojit \(known: .*; .* bench-NAME\+nojit"),
        ("O=-OO", "interpreters.toml has a variant O"),
        ("own=", "changes nothing"),
        ("own=hello", "neither VARIABLE=VALUE nor an option"),
        ("own='", "No closing quotation"),
        ("a/b=-O", "is no name"),
    ],
)
def test_a_wrong_variant_is_refused_with_the_reason(text, reason):
    with pytest.raises(BadInput, match=reason):
        choice.with_variants([JIT], (text,))


def test_facts_show_whether_a_variant_has_engaged():
    variant = Variant("x", engaged={"flags.optimize": 1, "gc": "off"})
    assert variant.not_engaged({"flags": {"optimize": 1}, "gc": "off"}) is None
    assert variant.not_engaged({"flags": {}, "gc": "off"}) == "flags.optimize is None and not 1"
    assert variant.not_engaged({"flags": {"optimize": 1}, "gc": "on"}) == "gc is 'on' and not 'off'"
