# Run by pytest (Python 3.9 upward).
"""Both codecs exactly at their limits, whatever shape a frame has, and the bytes that they write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from transports.errors import Refused, Unusable
from transports.messages import codec_table, json_codec, strict_json, strict_msgpack, values

if strict_msgpack.usable() is None:
    import msgpack

CODECS = {name: codec_table.named(name) for name in codec_table.spoken()}
DECODERS = {"json": strict_json.loads, "msgpack": strict_msgpack.loads}
both = pytest.mark.parametrize("codec", CODECS)
LONG = "x" * 50_000  # makes any frame of JSON a long one


def code_of(function: Callable[..., object], *arguments: object) -> str | None:
    """The code that ``function`` refuses with, if it does."""
    try:
        function(*arguments)
    except Refused as refusal:
        return refusal.code
    return None


def pack(codec: str, tree: Any) -> bytes:
    """``tree`` as another program would write it."""
    if codec == "json":
        return json.dumps(tree, ensure_ascii=False).encode()
    packed: bytes = msgpack.packb(tree)
    return packed


def nested(levels: int, kinds: str, inner: Any = 0) -> Any:
    """``levels`` containers in each other, whose kinds repeat ``kinds``: [ is a list, { an object."""
    tree = inner
    for level in reversed(range(levels)):
        tree = [tree] if kinds[level % len(kinds)] == "[" else {"a": tree}
    return tree


# --- members ---------------------------------------------------------------------------------------------------------


def members(count: int, shape: str) -> Any:
    """An object with so many members and elements in all."""
    if shape == "one object":
        return {str(each): 0 for each in range(count)}
    if shape == "one list":
        return {"a": [0] * (count - 1)}
    if shape == "objects of one member":
        return {"a": [{"a": 0}] * ((count - 1) // 2), **({} if count % 2 else {"b": 0})}
    if shape == "lists of one element":
        return {"a": [[0]] * ((count - 1) // 2), **({} if count % 2 else {"b": 0})}
    if shape == "strings":
        return {str(each): "" for each in range(count)}
    if shape == "empty containers":
        return {"a": [[], {}] * ((count - 1) // 2), **({} if count % 2 else {"b": 0})}
    assert shape == "a list and a string of commas"
    return {"a": [0] * (count - 2), "b": ",,"}


SHAPES = [
    "one object",
    "one list",
    "objects of one member",
    "lists of one element",
    "strings",
    "empty containers",
    "a list and a string of commas",
]


@both
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_frame_has_ten_thousand_members_and_no_more(codec, shape, long):
    for count in (9_999, 10_000, 10_001):
        tree = members(count - long, shape)
        if long:
            tree["long"] = LONG
        frame = pack(codec, tree)
        if count <= 10_000:
            assert DECODERS[codec](frame) == tree
        elif codec == "msgpack" and len(tree) > 10_000:
            assert code_of(strict_msgpack.loads, frame) in ("E_TOO_LARGE", "E_MALFORMED")
        else:
            assert code_of(DECODERS[codec], frame) == "E_TOO_LARGE"


@both
@pytest.mark.parametrize("shape", SHAPES)
def test_a_value_has_9900_members_and_no_more(codec, shape):
    for count, code in ((9_899, None), (9_900, None), (9_901, "E_TOO_LARGE")):
        assert code_of(CODECS[codec].dumps, members(count, shape)) == code, count


@pytest.mark.parametrize("empty", ["[]", "{}", "[ ]", "{\t\r\n}"])
@pytest.mark.parametrize("full", ['""', '[""]', '["[]"]', '{"":""}', '["{}"]', '[ "" ]'])
def test_an_empty_container_has_no_members_and_a_text_is_one(empty, full):
    each = 1 + (full != '""')
    for more, code in ((0, None), (1, "E_TOO_LARGE")):
        items = [empty] * 4000 + [full] * (5998 // each) + ["1"] * (1 + more)
        assert code_of(strict_json.loads, f'{{"a":[{",".join(items)}]}}'.encode()) == code


@both
def test_a_list_of_whole_numbers_has_them_too(codec):
    assert code_of(CODECS[codec].dumps, [0] * 9_900) is None
    assert code_of(CODECS[codec].dumps, [0] * 9_901) == "E_TOO_LARGE"


@both
def test_a_member_takes_the_bytes_that_a_frame_is_filled_by(codec):
    dialect = CODECS[codec]
    assert len(dialect.dumps([0] * 1100)) - len(dialect.dumps([0] * 100)) == 1000 * dialect.MEMBER_BYTES


# --- depth -----------------------------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
@pytest.mark.parametrize("kinds", ["{", "{[", "{[[", "{[[[[[["])
def test_a_frame_is_64_levels_deep_and_no_more(codec, kinds, long):
    beside = {"long": LONG} if long else {}
    for levels, code in ((63, None), (64, None), (65, "E_TOO_LARGE"), (80, "E_TOO_LARGE")):
        for inner in (0, "]}"):
            tree = {**nested(levels, kinds, inner), **beside}
            assert code_of(DECODERS[codec], pack(codec, tree)) == code, levels


@both
@pytest.mark.parametrize("inner", [0, 2**60, b"\xff", [], {}], ids=repr)
@pytest.mark.parametrize("kinds", ["{", "[", "{[", "[[{"])
def test_a_value_is_56_levels_deep_and_no_more(codec, kinds, inner):
    """A container without anything in it is a level as well."""
    dialect = CODECS[codec]
    is_level = isinstance(inner, (list, dict))
    for levels, code in ((55, None), (56, None), (57, "E_TOO_LARGE")):
        value = nested(levels - is_level, kinds, inner)
        assert code_of(dialect.dumps, value) == code, levels
        for kwargs in ({}, {"a": 0}, {"a": nested(55 - is_level, kinds, inner)}):
            args = [nested(levels - 1 - is_level, kinds, inner)]
            assert code_of(dialect.task_body, "n", args, kwargs) == code, levels
    body = dialect.task_body("n", [nested(55 - is_level, kinds, inner)], {"a": nested(55 - is_level, kinds, inner)})
    frame = dialect.tasks(dialect.tasks_head("c"), [dialect.task(b"i", 1, 1, body)])
    (item,) = json_codec.decode(frame, list(CODECS))["tasks"]
    assert item["args"] == [nested(55 - is_level, kinds, inner)]


# --- bytes -----------------------------------------------------------------------------------------------------------


@both
def test_a_frame_has_4_mib_and_no_more(codec):
    around = len(pack(codec, {"a": LONG, "b": LONG, "c": LONG})) - 3 * len(LONG) + (0 if codec == "json" else 6)
    third = strict_json.FRAME_BYTES // 3
    for more, code in ((0, None), (1, "E_TOO_LARGE")):
        rest = strict_json.FRAME_BYTES - 2 * third - around + more
        frame = pack(codec, {"a": "x" * third, "b": "x" * third, "c": "x" * rest})
        assert len(frame) == strict_json.FRAME_BYTES + more
        assert code_of(DECODERS[codec], frame) == code


@both
@pytest.mark.parametrize("character", ["x", "é", "한", "\U0001f40d"])
def test_a_string_is_limited_by_its_bytes_whatever_a_character_takes(codec, character):
    most = strict_json.STRING_BYTES // len(character.encode())
    assert DECODERS[codec](pack(codec, {"a": character * most})) == {"a": character * most}
    for count, code in ((most, None), (most + 1, "E_TOO_LARGE")):
        text = character * count
        for value in (text, [text], {"a": text}, [[{"a": text}]]):
            assert code_of(CODECS[codec].dumps, value) == code


@both
def test_the_arguments_of_a_task_have_2_mib_and_no_more(codec):
    dialect = CODECS[codec]
    string = "x" * strict_json.STRING_BYTES
    rest = strict_json.VALUE_BYTES - len(dialect.dumps([string, LONG + LONG])) + 2 * len(LONG)
    for name in ("n", "n" * 200):
        assert code_of(dialect.task_body, name, [string, "y" * rest], None) is None
        assert code_of(dialect.task_body, name, [string, "y" * (rest + 1)], None) == "E_TOO_LARGE"


# --- what stands in a string -----------------------------------------------------------------------------------------


@both
@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
@pytest.mark.parametrize(
    "text",
    ["[" * 100, "}" * 100, "[]" * 200, "," * 10_001, ":" * 10_001, '\\"[{,' * 200, "1" * 500, "1e999", "NaN", "한글"],
    ids=lambda text: f"{text[:6]} and {len(text)} in all",
)
def test_nothing_in_a_string_counts_against_a_limit(codec, text, long):
    tree = {"a": text, text: [text, {"b": [text]}], **({"long": LONG} if long else {})}
    assert DECODERS[codec](pack(codec, tree)) == tree


# --- what no frame may hold ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("long", [False, True], ids=["short", "long"])
def test_a_key_twice_is_refused_wherever_and_however_often(long):
    more = '"long":"' + LONG + '"' if long else '"long":""'
    for count in range(2, 9):
        for objects in range(1, 5):
            for around in ("{}", "[{}]", '{{"b":{}}}', '{{"b":{{"c":{}}}}}', "[[{}]]", '[{{"b":{}}}]'):
                once = "{" + ",".join(f'"k{each}":1' for each in range(count)) + "}"
                twice = "{" + ",".join(['"k":1'] * count) + "}"
                for inner, code in ((once, None), (twice, "E_MALFORMED")):
                    fields = [f'"a{each}":{around.format(inner)}' for each in range(objects)]
                    frame = "{" + ",".join([*fields, more]) + "}"
                    assert code_of(strict_json.loads, frame.encode()) == code, frame[:200]


@pytest.mark.parametrize("number", ["1E999", "-1E999", "1e999", "1.5E+999", "1e+999", "12345E9999"])
@pytest.mark.parametrize("around", ['{{"a":{}}}', '{{"a":{},"b":null}}', '{{"a":[{},null]}}', '{{"a":{} }}'])
def test_a_number_beyond_a_double_is_refused_whatever_stands_behind_it(around, number):
    assert code_of(strict_json.loads, around.format(number).encode()) == "E_MALFORMED"
    small = number.partition("9")[0] + "2"
    assert strict_json.loads(around.format(small).encode()) == json.loads(around.format(small))


def test_a_number_has_399_digits_in_a_row_and_no_more():
    for digits, code in ((399, None), (400, "E_MALFORMED")):
        assert code_of(strict_json.loads, b'{"a":0.' + b"1" * digits + b"}") == code, digits


@pytest.mark.parametrize("frame", [b"[]", b"{", b"1", b'"a"', b"null", b"[{}]", b"", b" ", b"{}{}", b"[1,2]"])
def test_what_is_no_object_is_malformed(frame):
    assert code_of(strict_json.loads, frame) == "E_MALFORMED"


@pytest.mark.parametrize("brackets", ["]", "[]]", "}", "{}}"])
def test_brackets_that_do_not_match_are_malformed_however_many(brackets):
    assert code_of(strict_json.loads, b'{"a":' + brackets.encode() * 100 + b"}") == "E_MALFORMED"


@pytest.mark.skipif("msgpack" not in CODECS, reason=f"no MessagePack here: {strict_msgpack.usable()}")
@pytest.mark.parametrize("before", ["text", None, True, 1, 1.5, [1], {"a": 1}], ids=repr)
@pytest.mark.parametrize("wrong", [2**53 + 1, float("nan"), b"x"], ids=repr)
def test_what_json_cannot_hold_is_refused_behind_anything(before, wrong):
    for tree in ({"a": before, "b": wrong}, {"a": [before, wrong]}):
        assert code_of(strict_msgpack.loads, pack("msgpack", tree)) == "E_MALFORMED"


@pytest.mark.skipif("msgpack" not in CODECS, reason=f"no MessagePack here: {strict_msgpack.usable()}")
def test_a_key_of_no_bytes_at_all_is_no_text_either():
    assert code_of(strict_msgpack.loads, b"\x81\xc4\x00\x01") == "E_MALFORMED"


# --- which MessagePack -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "is_usable"),
    [
        ((0, 6, 2), False),
        ((1, 1, 9), False),
        ((1, 2, 3), False),
        ((1, 2, 4), True),
        ((1, 2, 5), True),
        ((1, 3, 0), True),
        ((2, 0, 0), True),
    ],
    ids=repr,
)
def test_messagepack_is_used_from_1_2_4_on(monkeypatch, version, is_usable):
    msgpack = pytest.importorskip("msgpack")
    monkeypatch.setattr(msgpack, "version", version)
    assert (strict_msgpack.usable() is None) == is_usable


def test_without_messagepack_there_is_json_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "msgpack", None)
    assert codec_table.spoken() == ["json"]
    with pytest.raises(Unusable, match="msgpack cannot be used here: .*; leave it out, for JSON"):
        codec_table.named("msgpack")


@pytest.mark.parametrize("name", ["", "avro", "jsom", "json2", "msgpack2", "yaml"])
def test_a_codec_that_there_is_not_is_named(name):
    with pytest.raises(Unusable, match=f"unknown codec '{name}'; choose from json and msgpack"):
        codec_table.named(name)


# --- fields ----------------------------------------------------------------------------------------------------------


WELCOME = {"kind": "welcome", "worker": {}, "codec": "json", "credit": 1, "concurrency": 1}
BEAT = {"kind": "beat", "held": []}


@pytest.mark.parametrize("count", [-1, 0, 1, 2**53, 1.0, "1", None])
@pytest.mark.parametrize("field", ["credit", "concurrency"])
def test_a_count_of_an_envelope_is_a_whole_number_from_0(field, count):
    is_whole = type(count) is int and count >= 0
    for envelope in (WELCOME, *([BEAT] if field == "credit" else [])):
        frame = json.dumps({"v": 1, **envelope, field: count}).encode()
        assert code_of(json_codec.decode, frame) == (None if is_whole else "E_MALFORMED")


@both
@pytest.mark.parametrize("kind", json_codec.KINDS)
def test_a_dollar_sign_makes_no_frame_wrong(codec, kind):
    fill = {dict: {"$": "$"}, list: ["$", {"$b64": 1}], str: "$", int: 1}
    envelope = {"v": 1, "kind": kind, **{field: fill[types[0]] for field, types, _ in json_codec.KINDS[kind]}}
    assert json_codec.decode(pack(codec, envelope), list(CODECS)) == envelope


@pytest.mark.parametrize("missing", ["args", "attempt", "budget_ms"])
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kwargs": []}, "E_BAD_ARGS"),
        ({"kwargs": {"__a": 1}}, "E_BAD_ARGS"),
        ({"max_attempts": "1"}, "E_MALFORMED"),
        ({"max_attempts": 0}, "E_MALFORMED"),
        ({"trace": 1}, "E_MALFORMED"),
        ({"meta": []}, "E_MALFORMED"),
        ({"kwargs": {"a": 1}}, None),
        ({"max_attempts": 1}, None),
        ({"max_attempts": 5}, None),
        ({"added later": []}, None),
    ],
    ids=repr,
)
def test_a_task_with_any_five_fields_is_looked_at_whole(missing, fields, code):
    item = {"id": "i", "name": "n", "args": [], "attempt": 1, "budget_ms": 1, **fields}
    del item[missing]
    refusal = json_codec.task_refusal(item)
    assert (refusal and refusal[0]) == code


@pytest.mark.parametrize(
    "fields",
    [{"attempt": 2}, {"attempt": 5}, {"error": []}, {"error": {"code": "E_NONE"}}, {"queue_us": -1, "run_us": 0}],
    ids=repr,
)
def test_what_an_ok_has_beside_its_result_does_not_make_it_wrong(fields):
    assert json_codec.result_refusal({"id": "i", "status": "ok", "result": None, **fields}) is None


@pytest.mark.parametrize(
    "tree",
    [
        *({"$b64": text} for text in (" AA==", "\nAA==", "AA==\n", "A A==", "~AA==", "AB==", "AA=", "AA", "AAA", "*")),
        *({"$b64": text, "a": 1} for text in ("AA==", "")),
        {"$int": "1", "$b64": "AA=="},
        {"$b64": "AA==", "$int": "1"},
        {"a": 1, "$int": "1"},
        {"$": "1"},
    ],
    ids=repr,
)
def test_a_tag_with_spare_bits_blanks_or_company_is_malformed(tree):
    for inner in (tree, [tree], {"a": [tree]}):
        assert code_of(values.untagged, inner) == "E_MALFORMED"


# --- the bytes that are written --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**53, "9007199254740992"),
        (-(2**53), "-9007199254740992"),
        (2**53 + 1, '{"$int":"9007199254740993"}'),
        (-(2**53) - 1, '{"$int":"-9007199254740993"}'),
        (b"\xff", '{"$b64":"/w=="}'),
        (1.5, "1.5"),
        (True, "true"),
        (None, "null"),
        ("é\U0001f40d", '"é\U0001f40d"'),
    ],
    ids=repr,
)
def test_a_value_is_written_the_same_wherever_it_stands(value, written):
    """In MessagePack the same tree."""
    for wrapped, text in (
        (value, written),
        ([value], f"[{written}]"),
        ([1, value, 2], f"[1,{written},2]"),
        ([[value] * 5], f"[[{','.join([written] * 5)}]]"),
        ({"b": value, "a": value}, f'{{"a":{written},"b":{written}}}'),
        ({"a": [{"b": value}]}, f'{{"a":[{{"b":{written}}}]}}'),
    ):
        assert json_codec.dumps(wrapped) == text.encode()
        if "msgpack" in CODECS:
            assert msgpack.unpackb(CODECS["msgpack"].dumps(wrapped)) == json.loads(text)


@both
def test_a_whole_number_has_a_thousand_digits_and_no_more(codec):
    for number, code in ((10**1000 - 1, None), (10**1000, "E_BAD_ARGS"), (10**1000 + 1, "E_BAD_ARGS")):
        for value in (number, -number, [number], {"a": number}):
            assert code_of(CODECS[codec].dumps, value) == code


def test_what_is_around_values_is_written_the_same_by_every_interpreter():
    """With its fields in order, and in UTF-8."""
    assert json_codec.control("hello", codecs=["json"], client="é") == (
        '{"client":"é","codecs":["json"],"kind":"hello","v":1}'.encode()
    )
    assert json_codec.results_head({"pid": 1, "id": "é"}) == (
        '{"kind":"results","v":1,"worker":{"id":"é","pid":1},"results":['.encode()
    )
    assert (
        json_codec.result_other("é", 1, "retry", "E_TASK", "m")
        == (
            '{"attempt":1,"error":{"code":"E_TASK","message":"m","retryable":false},"id":"é","run_us":0,"status":"retry"}'
        ).encode()
    )
    assert json_codec.result_ok("é\n", 1, b"1", 2, 3) == (
        '{"id":"é\\n","attempt":1,"status":"ok","queue_us":2,"run_us":3,"result":1}'.encode()
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_no_frame_is_written_that_no_strict_reader_takes(number):
    with pytest.raises(ValueError, match="JSON"):
        json_codec.control("beat", held=[], credit=number)


@pytest.mark.parametrize("other", [-1, 1])
def test_a_process_that_was_forked_makes_no_ids_of_its_parent(other):
    make = json_codec.Ids()
    make._pid += other
    with pytest.raises(AssertionError, match="made before fork"):
        make()
