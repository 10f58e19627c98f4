"""The decoder against anything at all: a tree, or one of the twelve codes, and never anything else."""

from __future__ import annotations

import ast
import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runoff.common.paths import ROOT
from tests.helpers import hostile_frames
from transports.errors import CODES, Refused, Unusable
from transports.messages import codec_table, json_codec, strict_json, strict_msgpack, values

if strict_msgpack.usable() is None:
    import msgpack

    from transports.messages import msgpack_codec

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda key: not key.startswith("$")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def frame_of(*items: bytes) -> bytes:
    return json_codec.tasks(json_codec.tasks_head("c"), list(items))


def packed_frame_of(*items: bytes) -> bytes:
    return msgpack_codec.tasks(msgpack_codec.tasks_head("c"), list(items))


def decoded(frame: bytes, codecs=("json",)):
    """The tree, or the code of the refusal; any other exception is a failure of the test."""
    try:
        return json_codec.decode(frame, codecs)
    except Refused as refusal:
        return {"refused": CODES[refusal.code]}


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_what_goes_in_comes_out(value):
    frame = frame_of(json_codec.task(b"i", 1, 10, json_codec.task_body("echo", [value], None)))
    (item,) = json_codec.decode(frame)["tasks"]
    assert item["args"] == [value]
    assert json_codec.task_refusal(item) is None


@pytest.mark.skipif(strict_msgpack.usable() is not None, reason=f"no MessagePack here: {strict_msgpack.usable()}")
@settings(max_examples=300, deadline=None)
@given(json_values)
def test_messagepack_says_the_same(value):
    """Both codecs take and refuse the same values, and what they say of one is the same tree, tags and all."""
    fields = [value], {"k": value}, 3, "trace"
    item = msgpack_codec.task(b"i", 1, 10, msgpack_codec.task_body("echo", *fields))
    frame = packed_frame_of(item, item)
    json_item = json_codec.task(b"i", 1, 10, json_codec.task_body("echo", *fields))
    assert strict_msgpack.loads(frame) == strict_json.loads(frame_of(json_item, json_item))
    assert [task["args"] for task in json_codec.decode(frame, ["msgpack"])["tasks"]] == [[value]] * 2
    me = {"id": "w"}
    results = [
        (codec.result_ok("i", 1, codec.dumps(value), 5, 2**40), codec.result_other("j", 2, "retry", "E_TASK", "é", "X"))
        for codec in (json_codec, msgpack_codec)
    ]
    head = json_codec.results_head(me), msgpack_codec.results_head(me)
    assert strict_json.loads(json_codec.results(head[0], results[0])) == strict_msgpack.loads(
        msgpack_codec.results(head[1], results[1])
    )


class OwnInteger(int):
    """A whole number that is written otherwise, as a member of an enumeration is."""

    def __repr__(self):
        return "mine"

    __str__ = __repr__

    def __format__(self, form):
        return "mine"


class OwnFloat(float):
    """A number of a type of its own, as numpy's are."""

    __repr__ = __str__ = OwnInteger.__repr__


@pytest.mark.parametrize("name", codec_table.spoken())
@pytest.mark.parametrize(
    ("value", "plain"),
    [(OwnInteger(5), 5), (OwnInteger(2**60), 2**60), (OwnInteger(-(2**60)), -(2**60)), (OwnFloat(1.5), 1.5)],
)
def test_a_number_of_a_type_of_its_own_travels_as_a_number(name, value, plain):
    codec = codec_table.named(name)
    for own, expected in ((value, plain), ([value], [plain]), ({"k": value}, {"k": plain})):
        assert codec.dumps(own) == codec.dumps(expected)
        assert codec.task_body("n", [own], None) == codec.task_body("n", [expected], None)


@pytest.mark.parametrize("name", codec_table.spoken())
def test_a_result_gets_another_attempt_and_keeps_all_else(name):
    codec = codec_table.named(name)
    rest = "retry", "E_TASK", "é \x00 \U0001f40d", "X", {"a": [1]}
    for attempt in (1, 3, 2**53):
        assert codec.with_attempt(codec.result_other("j", 2, *rest), attempt) == codec.result_other("j", attempt, *rest)


@pytest.mark.skipif(strict_msgpack.usable() is not None, reason=f"no MessagePack here: {strict_msgpack.usable()}")
def test_messagepack_refuses_the_same():
    deep = []
    for _ in range(100):
        deep = [deep]
    long_text, long_list = "é" * (strict_json.STRING_BYTES // 2 + 1), [0] * strict_json.MEMBERS
    wrong = [float("nan"), -float("inf"), object(), {1: 2}, {"$int": "1"}, set(), "\ud800", 10**1000, deep, {"a": deep}]
    long_value = ["x" * (strict_json.VALUE_BYTES // 2)] * 2
    for value in (*wrong, long_text, [long_list], [[0] * 4999] * 2, {"a": long_list}, long_value):
        codes = []
        for codec in (json_codec, msgpack_codec):
            for say in (lambda value, codec=codec: codec.task_body("n", [value], None), codec.dumps):
                with pytest.raises(Refused) as raised:
                    say(value)
                codes.append(raised.value.code)
        assert len(set(codes)) == 1, (value, codes)
    for number in (True, 2**53, -(2**53), 2**53 + 1, 1.5, -0.0):
        assert strict_msgpack.loads(b"\x81\xa1n" + msgpack_codec.dumps(number)) == strict_json.loads(
            b'{"n":' + json_codec.dumps(number) + b"}"
        )


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_get_a_code(frame):
    assert decoded(frame, ["json", "msgpack"])


@settings(max_examples=500, deadline=None)
@given(st.data())
def test_a_frame_with_bytes_changed_is_decoded_or_refused(data):
    body = json_codec.task_body("echo", ["text", 1.5, {"k": [None, True]}], {"word": "é"})
    frame = bytearray(frame_of(json_codec.task(b"ghij", 1, 1000, body), json_codec.task(b"klmn", 2, 1000, body)))
    for _ in range(data.draw(st.integers(1, 5))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    tree = decoded(bytes(frame))
    for item in tree.get("tasks", ()):
        json_codec.task_refusal(item)
    for item in tree.get("results", ()):
        json_codec.result_refusal(item)


@pytest.mark.parametrize("codec", ["json", "msgpack"])
def test_a_field_of_another_kind_is_ignored_whatever_it_holds(codec):
    if codec == "msgpack" and strict_msgpack.usable() is not None:
        pytest.skip("no MessagePack here")
    tried = 0
    for frame in hostile_frames.other_frames():
        if frame.get("added_later") == "$":
            content = json.dumps(frame).encode() if codec == "json" else msgpack.packb(frame)
            assert json_codec.decode(content, ("json", "msgpack")) == frame
            tried += 1
    assert tried > 500


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    )
)
def test_any_field_may_be_anything(tree):
    named = {"id": "a", "name": "n"}
    for item in (
        {"id": tree},
        {"id": "a", "name": tree},
        *(
            {**named, field: tree}
            for field in ("args", "kwargs", "attempt", "budget_ms", "max_attempts", "meta", "trace")
        ),
    ):
        refusal = json_codec.task_refusal(item)
        assert refusal is None or refusal[0] in CODES
    for item in ({"id": tree, "status": tree}, {"id": "a", "status": "error", "error": tree}, tree):
        json_codec.result_refusal(item)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=50))
def test_the_quick_checks_and_the_careful_decoder_agree(text):
    """Whatever is inside a string: no bracket, comma, colon or digit in there may change the verdict. A long frame is
    looked at without its strings."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        return
    for tree in ({"a": text}, {"a": [[{text: [text, {"b": 1}]}]], "long": "x" * 50_000}):
        for encoded in (json.dumps(tree), json.dumps(tree, ensure_ascii=False)):
            assert strict_json.loads(encoded.encode()) == tree


V = b'{"v":1,"kind":"cancel","ids":['
HOSTILE = [
    ("nothing", b"", "E_CODEC"),
    ("a byte order mark", b"\xef\xbb\xbf" + V + b"]}", "E_CODEC"),
    ("an array", b"[]", "E_CODEC"),
    ("a pickle", b"\x80\x04\x95", "E_CODEC"),
    ("broken off", V, "E_MALFORMED"),
    ("trailing data", V + b"]} {}", "E_MALFORMED"),
    ("a key twice", b'{"v":1,"v":1,"kind":"bye"}', "E_MALFORMED"),
    ("a key twice, in disguise", b'{"v" :1,"\\u0076":1,"kind":"bye","x":":"}', "E_MALFORMED"),
    ("NaN", V + b"NaN]}", "E_MALFORMED"),
    ("infinity", V + b"1e999]}", "E_MALFORMED"),
    ("infinity in capitals", V + b"1E999]}", "E_MALFORMED"),
    ("2^53 + 1", V + b"9007199254740993]}", "E_MALFORMED"),
    ("5000 digits", V + b"1" * 5000 + b"]}", "E_MALFORMED"),
    ("four million digits", V + b"1" * 4000000 + b"]}", "E_MALFORMED"),
    ("half a surrogate pair", V + b'"\\ud800"]}', "E_MALFORMED"),
    ("the same in UTF-8", V + b'"\xed\xa0\x80"]}', "E_MALFORMED"),
    ("no UTF-8", V + b'"\xff"]}', "E_MALFORMED"),
    ("brackets that do not match", V + b"[}]}", "E_MALFORMED"),
    ("65 levels", V + b"[" * 63 + b"]" * 63 + b"]}", "E_TOO_LARGE"),
    ("100 000 levels", V + b"[" * 100000, "E_TOO_LARGE"),
    ("too many elements", V + b"1," * 10001 + b"1]}", "E_TOO_LARGE"),
    ("two million elements", V + b"1," * 2000000 + b"1]}", "E_TOO_LARGE"),
    ("four million opening brackets", V + b"[" * 4000000, "E_TOO_LARGE"),
    ("a million strings with brackets in them", V + b'"[",' * 1000000 + b'""]}', "E_TOO_LARGE"),
    ("four million quotes", V + b'"' * 4000000 + b"]}", "E_TOO_LARGE"),
    ("a string too long", V + b'"' + b"x" * (strict_json.STRING_BYTES + 1) + b'"]}', "E_TOO_LARGE"),
    ("a string of escaped quotes too long", V + b'"' + b'\\"' * 1000000 + b'"]}', "E_TOO_LARGE"),
    ("a frame too long", V + b" " * strict_json.FRAME_BYTES + b"]}", "E_TOO_LARGE"),
    ("no version", b'{"kind":"bye"}', "E_VERSION"),
    ("version 0", b'{"v":0,"kind":"bye"}', "E_VERSION"),
    ("version 2", b'{"v":2,"kind":"bye"}', "E_VERSION"),
    ("version as text", b'{"v":"1","kind":"bye"}', "E_VERSION"),
    ("version true", b'{"v":true,"kind":"bye"}', "E_VERSION"),
    ("no kind", b'{"v":1}', "E_MALFORMED"),
    ("a kind that is a list", b'{"v":1,"kind":[]}', "E_MALFORMED"),
    ("a field missing", b'{"v":1,"kind":"tasks","client":"c"}', "E_MALFORMED"),
    ("a field of the wrong type", b'{"v":1,"kind":"tasks","client":"c","tasks":{}}', "E_MALFORMED"),
    ("MessagePack to a reader of JSON alone", b"\x81\xa1v\x01", "E_CODEC"),
]


#: A string that makes any frame a long one, put at the end of the hostile JSON above that is one object.
LONG = b',"long":"' + b"x" * 50_000 + b'"}'
LONG_HOSTILE = [(name, frame[:-1] + LONG, code) for name, frame, code in HOSTILE if frame[:1] + frame[-1:] == b"{}"]
HOSTILE += [(f"{name}, and long", *row) for name, *row in LONG_HOSTILE if not name.startswith("trailing")]


@pytest.mark.parametrize(("frame", "code"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_frames_get_their_code_and_soon(frame, code):
    began = time.process_time()
    with pytest.raises(Refused) as raised:
        json_codec.decode(frame)
    assert raised.value.code == code
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {}, "*", "٣", "--5"], ids=repr)
@pytest.mark.parametrize("tag", ["$b64", "$int", "$x"])
@pytest.mark.parametrize("codec", codec_table.spoken())
def test_a_tag_that_is_none_is_refused_with_its_task_alone(codec, tag, value):
    """And no result that holds one is looked at, so that it is no answer."""
    pack = json.dumps if codec == "json" else msgpack.packb
    wrong = {"id": "i", "name": "noop", "args": [[{tag: value}]]}
    fields = {"v": 1, "kind": "tasks", "client": "c", "tasks": [wrong, {"id": "j", "name": "noop", "args": [1]}]}
    packed = pack(fields)
    tree = json_codec.decode(packed if isinstance(packed, bytes) else packed.encode(), codec_table.spoken())
    refusals = [json_codec.task_refusal(item) for item in tree["tasks"]]
    assert [refusals[0][0], refusals[1]] == ["E_MALFORMED", None]
    packed = pack({"v": 1, "kind": "results", "results": [{"id": "i", "status": "ok", "result": {tag: value}}]})
    tree = json_codec.decode(packed if isinstance(packed, bytes) else packed.encode(), codec_table.spoken())
    assert json_codec.result_refusal(tree["results"][0])


def test_what_a_task_says_of_its_failure_is_sent_whatever_it_holds():
    for codec in map(codec_table.named, codec_table.spoken()):
        result = codec.result_other("i", 1, "error", "E_TASK", "half \ud800 a pair", "ValueError")
        frame = codec.results(codec.results_head({"id": "w"}), [result])
        (item,) = json_codec.decode(frame, codec_table.spoken())["results"]
        assert item["error"]["message"] == "half � a pair"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, None),
        ({"id": "i" * 64}, None),
        ({"id": "i" * 65}, "E_MALFORMED"),
        ({"id": ""}, "E_MALFORMED"),
        ({"name": "n" * 200}, None),
        ({"name": "n" * 201}, "E_MALFORMED"),
        ({"name": ""}, "E_MALFORMED"),
        ({"attempt": 0}, "E_MALFORMED"),
        ({"attempt": True}, "E_MALFORMED"),
        ({"max_attempts": 1}, None),
        ({"attempt": 2, "max_attempts": 2}, None),
        ({"attempt": 3, "max_attempts": 2}, "E_MALFORMED"),
        ({"max_attempts": 1.0}, "E_MALFORMED"),
        ({"budget_ms": 0}, None),
        ({"budget_ms": -1}, "E_MALFORMED"),
        ({"budget_ms": "1"}, "E_MALFORMED"),
        ({"args": {}}, "E_BAD_ARGS"),
        ({"kwargs": []}, "E_BAD_ARGS"),
        ({"kwargs": {"_a1": 1}}, None),
        ({"kwargs": {"__class__": 1}}, "E_BAD_ARGS"),
        ({"kwargs": {"1a": 1}}, "E_BAD_ARGS"),
        ({"kwargs": {"a": 1, "b c": 2}}, "E_BAD_ARGS"),
        ({"meta": []}, "E_MALFORMED"),
        ({"trace": 1}, "E_MALFORMED"),
        ({"meta": {}, "trace": "t", "added later": []}, None),
    ],
    ids=repr,
)
def test_a_task_with_a_wrong_field_is_refused_by_its_code(fields, code):
    """Whether it has the least fields beside, the usual ones, or others as well."""
    least = {"id": "i", "name": "n"}
    usual = {**least, "args": [], "attempt": 1, "budget_ms": 1}
    for beside in (least, usual, {**usual, "meta": {}}):
        refusal = json_codec.task_refusal({**beside, **fields})
        assert (refusal and refusal[0]) == code


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"run_us": 1.5, "added later": 1}, None),
        ({"id": ""}, "a result without an id or a status"),
        ({"status": "done"}, "a result without an id or a status"),
        ({"result": ...}, "ok without a result"),
        ({"run_us": "1"}, "a run_us that is no number"),
        ({"queue_us": "1"}, "a queue_us that is no number"),
        ({"attempt": 0}, "an attempt that is no whole number from 1"),
        ({"attempt": 1.0}, "an attempt that is no whole number from 1"),
        ({"attempt": True}, "an attempt that is no whole number from 1"),
        ({"attempt": None}, "an attempt that is no whole number from 1"),
        ({"status": "error"}, "an error whose code or message is no text"),
        ({"status": "retry", "error": {"code": "E_TASK"}}, "an error whose code or message is no text"),
        ({"status": "retry", "error": {"message": "m"}}, "an error whose code or message is no text"),
        ({"status": "error", "error": {"code": "E_NONE", "message": "m"}}, "an error without a code that exists"),
        ({"status": "error", "error": {"code": "E_TASK", "message": "m"}, "result": ...}, None),
        ({"status": "released", "result": ...}, None),
        ({"status": "released", "error": []}, "an error whose code or message is no text"),
    ],
    ids=repr,
)
def test_a_result_with_a_wrong_field_is_refused_with_a_sentence(fields, why):
    """A field whose value is ... here is left out."""
    item = {"id": "i", "status": "ok", "result": None, **fields}
    assert json_codec.result_refusal({name: value for name, value in item.items() if value is not ...}) == why
    assert json_codec.result_refusal([item]) == "a result without an id or a status"


def test_ids_are_32_letters_that_never_look_like_a_number_and_never_come_twice():
    make = json_codec.Ids()
    found = [make() for _ in range(600)]
    assert len(set(found)) == 600
    assert all(len(each) == 32 for each in found)
    assert set(b"".join(found)) == set(b"ghijklmnopqrstuv")
    make._pid += 1  # as in a forked child, which would make the same ids
    while make._left:
        make()
    with pytest.raises(AssertionError, match="made before fork"):
        make()


@pytest.mark.parametrize("codec", codec_table.spoken())
@pytest.mark.parametrize("wrong", [{"trace": "\ud800"}, {"name": "\ud800"}, {"args": ["\ud800"]}])
def test_text_that_no_message_can_hold_is_refused_wherever_it_stands(codec, wrong):
    with pytest.raises(Refused):
        codec_table.named(codec).task_body(**{"name": "n", "args": [], "kwargs": {}, **wrong})


@pytest.mark.parametrize("codec", codec_table.spoken())
def test_what_a_sender_says_of_a_task_and_of_a_result_arrives(codec):
    dialect = codec_table.named(codec)
    bare = dialect.task(b"i", 2, 70000, dialect.task_body("n", (), {}))
    full = dialect.task(b"j", 1, 0, dialect.task_body("n", [1, 2, 3, 4], {"a": 1}, attempts=3, trace="t"))
    tree = json_codec.decode(dialect.tasks(dialect.tasks_head("c"), [bare, full]), codec_table.spoken())
    item = {"id": "i", "name": "n", "args": [], "attempt": 2, "budget_ms": 70000}
    other = {"id": "j", "name": "n", "args": [1, 2, 3, 4], "kwargs": {"a": 1}, "max_attempts": 3, "trace": "t"}
    other.update(attempt=1, budget_ms=0)
    assert tree == {"v": 1, "kind": "tasks", "client": "c", "queue": "default", "tasks": [item, other]}
    tree = json_codec.decode(dialect.tasks(dialect.tasks_head("c", "q", "r"), []), codec_table.spoken())
    assert tree == {"v": 1, "kind": "tasks", "client": "c", "queue": "q", "reply_to": "r", "tasks": []}
    results = [
        dialect.result_ok("é", 2, dialect.dumps(b"\xff"), 5, 6),
        dialect.result_other("j", 1, "retry", "E_BUSY", "x" * 3000, details={"a": 1}),
        dialect.result_other("k", 3, "error", "E_TASK", "why", "ValueError", run_us=9),
    ]
    tree = json_codec.decode(dialect.results(dialect.results_head({"id": "w"}), results), codec_table.spoken())
    busy = {"code": "E_BUSY", "message": "x" * 2000, "retryable": True, "details": {"a": 1}}
    failed = {"code": "E_TASK", "message": "why", "retryable": False, "type": "ValueError"}
    assert tree == {
        "v": 1,
        "kind": "results",
        "worker": {"id": "w"},
        "results": [
            {"id": "é", "attempt": 2, "status": "ok", "queue_us": 5, "run_us": 6, "result": b"\xff"},
            {"id": "j", "attempt": 1, "status": "retry", "run_us": 0, "error": busy},
            {"id": "k", "attempt": 3, "status": "error", "run_us": 9, "error": failed},
        ],
    }


@pytest.mark.parametrize("codec", codec_table.spoken())
def test_integers_and_depth_are_limited_for_the_sender(codec):
    dialect = codec_table.named(codec)
    deep = []
    for _ in range(values.DEPTH - 2):
        deep = [deep]
    for value in (2**53, -(2**53), 2**53 + 1, -(2**53) - 1, 10**1000 - 1, 1 - 10**1000, [2**53] * 3, [2**53 + 1], deep):
        frame = dialect.tasks(dialect.tasks_head("c"), [dialect.task(b"i", 1, 1, dialect.task_body("n", [value], {}))])
        assert json_codec.decode(frame, codec_table.spoken())["tasks"][0]["args"] == [value]
        assert values.untagged(json.loads(json_codec.dumps(value))) == value
    for value, code in ((10**1000, "E_BAD_ARGS"), (-(10**1000), "E_BAD_ARGS"), ([[deep]], "E_TOO_LARGE")):
        with pytest.raises(Refused, match=code):
            dialect.dumps(value)
    for key in (1, None, "$a"):
        with pytest.raises(Refused, match="E_BAD_ARGS"):
            dialect.dumps({key: 1})


@pytest.mark.skipif(strict_msgpack.usable() is not None, reason=f"no MessagePack here: {strict_msgpack.usable()}")
def test_hostile_messagepack_gets_its_code():
    pack = msgpack.packb
    head, deep = b"\x81\xa1a", [0]
    for _ in range(strict_json.DEPTH - 2):
        deep = [deep]
    for value in (2**53, -(2**53), 1.5, True, None, "é", [{}], deep, [0] * (strict_json.MEMBERS - 1)):
        assert strict_msgpack.loads(head + pack(value)) == {"a": value}
    longest = "x" * strict_json.STRING_BYTES
    assert strict_msgpack.loads(pack({"a": longest})) == {"a": longest}
    for frame, code in (
        (head, "E_MALFORMED"),
        (head + b"\x01\x01", "E_MALFORMED"),
        (pack([1]), "E_MALFORMED"),
        (head + pack(2**53 + 1), "E_MALFORMED"),
        (head + pack(-(2**53) - 1), "E_MALFORMED"),
        (head + pack(float("nan")), "E_MALFORMED"),
        (head + pack(-float("inf")), "E_MALFORMED"),
        (head + pack([[{"b": float("inf")}]]), "E_MALFORMED"),
        (head + pack(b""), "E_MALFORMED"),
        (head + pack(b"x"), "E_MALFORMED"),
        (head + pack(msgpack.ExtType(5, b"")), "E_MALFORMED"),
        (head + pack(msgpack.Timestamp(1)), "E_MALFORMED"),
        (head + pack("x")[:-1] + b"\xff", "E_MALFORMED"),
        (b"\x82\xa1a\x01\xa1a\x01", "E_MALFORMED"),
        (b"\x81\xc4\x01a\x01", "E_MALFORMED"),
        (b"\x81\x01\x01", "E_MALFORMED"),
        (head + pack(longest + "x"), "E_MALFORMED"),
        (head + pack([deep]), "E_TOO_LARGE"),
        (head + pack([0] * strict_json.MEMBERS), "E_TOO_LARGE"),
        (pack({"a": {"b": 1}, "c": [0] * (strict_json.MEMBERS - 2)}), "E_TOO_LARGE"),
        (b"\x81" + b" " * strict_json.FRAME_BYTES, "E_TOO_LARGE"),
    ):
        with pytest.raises(Refused) as raised:
            strict_msgpack.loads(frame)
        assert raised.value.code == code, frame[:20]


def test_the_first_byte_says_the_codec():
    for first in range(256):
        is_map = 0x80 <= first <= 0x8F or first in (0xDE, 0xDF)  # fixmap, map 16 and map 32 of its specification
        assert strict_msgpack.is_map(bytes([first, 0])) == is_map
    assert not strict_msgpack.is_map(b"")
    assert json_codec.codec_of(b"{}") == "json"
    assert json_codec.codec_of(b"\x80") == "msgpack"
    assert codec_table.of(b"{}") is json_codec
    with pytest.raises(Unusable, match="unknown codec 'yaml'; choose from json and msgpack"):
        codec_table.named("yaml")


@pytest.mark.skipif(strict_msgpack.usable() is not None, reason=f"no MessagePack here: {strict_msgpack.usable()}")
def test_a_messagepack_that_leaks_is_not_used(monkeypatch):
    assert codec_table.spoken() == ["json", "msgpack"]
    assert codec_table.of(b"\x80") is msgpack_codec
    monkeypatch.setattr(msgpack, "version", (1, 2, 3))
    assert codec_table.spoken() == ["json"]
    with pytest.raises(Unusable, match=r"msgpack \(1, 2, 3\) is older than \(1, 2, 4\); leave it out, for JSON"):
        codec_table.named("msgpack")
    with pytest.raises(Refused) as raised:
        strict_msgpack.loads(b"\x80")
    assert (raised.value.code, raised.value.details) == ("E_CODEC", ["json"])


def test_a_refused_version_or_codec_says_which_there_are():
    for frame, code, details in ((b'{"v":2}', "E_VERSION", [1]), (b"\x80", "E_CODEC", ["json"])):
        with pytest.raises(Refused) as raised:
            json_codec.decode(frame)
        assert (raised.value.code, raised.value.details) == (code, details)


def test_what_is_at_the_limit_passes():
    assert json_codec.decode(V + b"[" * 62 + b"]" * 62 + b"]}")
    assert json_codec.decode(V + b'"' + b"x" * strict_json.STRING_BYTES + b'"]}')
    assert json_codec.decode(V + b"]" + b" " * (strict_json.FRAME_BYTES - len(V) - 2) + b"}")
    assert json_codec.decode(V + b'"",' * 9990 + b'""]}')
    assert json_codec.decode(b'{"v":1,"kind":"bye",' + b",".join(b'"%d":"x"' % each for each in range(9990)) + b"}")
    assert json_codec.decode(V + b"1," * 9990 + b"1]}")
    assert json_codec.decode(b'{"v":1,"kind":"bye","added later":{"by":["a newer minor version"]}}')


def test_a_mebibyte_of_binary_fits_with_something_beside_it():
    """What the limits are for; and what a value may take at most is what two of fit into a frame."""
    binary = bytes(range(256)) * 4096
    for codec in codec_table.spoken():
        dialect = codec_table.named(codec)
        body = dialect.task_body("payload", [binary, {"payload_bytes": len(binary)}], {"of": "a" * 1000})
        frame = dialect.tasks(dialect.tasks_head("c"), [dialect.task(b"i", 1, 10, body)])
        (item,) = json_codec.decode(frame, codec_table.spoken())["tasks"]
        assert item["args"][0] == binary
        result = dialect.result_ok("i", 1, dialect.dumps([[binary], {}]), 1, 1)
        frame = dialect.results(dialect.results_head({"id": "w"}), [result])
        (item,) = json_codec.decode(frame, codec_table.spoken())["results"]
        assert item["result"] == [[binary], {}]


@pytest.mark.parametrize("codec", codec_table.spoken())
def test_the_limits_at_their_edges_are_the_senders_too(codec):
    """The largest that a sender lets pass is read; a byte more is refused before it is sent."""
    dialect = codec_table.named(codec)
    string = "x" * strict_json.STRING_BYTES
    around = len(dialect.dumps(["x" * 70000, "x" * 70000])) - 140000  # as long as lists and texts of that size are told
    rest = "y" * (strict_json.VALUE_BYTES - strict_json.STRING_BYTES - around)
    encoded = dialect.dumps([string, rest])
    assert len(encoded) == strict_json.VALUE_BYTES
    for value in ([string + "x"], [string, rest + "y"]):
        with pytest.raises(Refused, match="E_TOO_LARGE"):
            dialect.dumps(value)
        with pytest.raises(Refused, match="E_TOO_LARGE"):
            dialect.task_body("n", value, None)
    frame = dialect.results(dialect.results_head({"id": "w"}), [dialect.result_ok("i", 1, encoded, 1, 1)])
    assert json_codec.decode(frame, codec_table.spoken())["results"][0]["result"] == [string, rest]
    body = dialect.task_body("n", [string], {"k": rest[:-100]}, attempts=5, trace="t")  # together one value
    frame = dialect.tasks(dialect.tasks_head("c" * 64, "q", "r" * 64), [dialect.task(b"i" * 64, 1, 10, body)])
    assert json_codec.decode(frame, codec_table.spoken())["tasks"][0]["kwargs"] == {"k": rest[:-100]}
    with pytest.raises(Refused, match="E_TOO_LARGE"):
        dialect.task_body("n", [string], {"k": rest})


def test_frames_of_any_size_are_refused_in_little_memory():
    """What is not decoded is not taken apart either: of a frame with millions of pieces no list is made."""
    tracemalloc.start()
    try:
        for name, frame, code in HOSTILE:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            assert decoded(frame) == {"refused": CODES[code]}
            assert tracemalloc.get_traced_memory()[1] - before < 6 * strict_json.FRAME_BYTES, name
    finally:
        tracemalloc.stop()


def test_a_hundred_thousand_bad_messages_leave_the_memory_flat():
    import resource

    frames = [row[1] for row in HOSTILE if len(row[1]) < 1000]

    def refuse(times: int) -> None:
        for number in range(times):
            with pytest.raises(Refused):
                json_codec.decode(frames[number % len(frames)])

    refuse(5000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refuse(100000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4096  # KiB


def test_values_are_the_same_bytes_whatever_the_order():
    assert values.dumps({"b": 1, "a": [1.0, "é"]}) == '{"a":[1.0,"é"],"b":1}'.encode()
    assert values.dumps(2**53 + 1) == b'{"$int":"9007199254740993"}'
    assert values.dumps(b"\x00") == b'{"$b64":"AA=="}'


#: What would let a message choose code, by file that may use it all the same, and why.
FORBIDDEN = {"eval", "exec", "compile", "__import__", "recv_pyobj", "send_pyobj", "execfile"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "yaml", "dill", "cloudpickle", "imp", "runpy"}
IMPORTS_BY_NAME = {
    "transports/wires/base.py": "the wire's module, named in the catalog",
    "transports/task_registry.py": "the tasks' module, named on the worker's command line",
    "scenarios/tasks/base.py": "the task's module, named in the catalog",
}


#: All that a message passes through: the wires, what they stand on, the scenario whose workers take tasks off them, and
#: the tasks.
ON_THE_WIRE = sorted(
    [
        *(ROOT / "transports").rglob("*.py"),
        *(ROOT / "compat").glob("*.py"),
        ROOT / "scenarios/catalog.py",
        *(ROOT / "scenarios/tasks").glob("*.py"),
        *(ROOT / "scenarios/workers").glob("*.py"),
        ROOT / "tests" / "inside" / "remote_tasks.py",
    ]
)


def test_the_files_on_the_wire_are_there():
    assert len(ON_THE_WIRE) > 40
    assert all(path.is_file() for path in ON_THE_WIRE)


@pytest.mark.parametrize("path", ON_THE_WIRE, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_on_the_wire_can_choose_code(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    name = str(path.relative_to(ROOT))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            modules = []
        assert not FORBIDDEN_MODULES & {module.partition(".")[0] for module in modules}, name
        assert "importlib" not in modules or name in IMPORTS_BY_NAME, name
        if isinstance(node, (ast.Name, ast.Attribute)):
            word = getattr(node, "id", getattr(node, "attr", ""))
            is_regular_expression = word == "compile" and getattr(getattr(node, "value", None), "id", "") == "re"
            assert word not in FORBIDDEN or is_regular_expression, f"{name}:{node.lineno}"
        if isinstance(node, ast.Constant):
            assert node.value not in FORBIDDEN - {"compile"}, f"{name}:{node.lineno}: for getattr?"
        if isinstance(node, ast.Call):
            assert not any(
                word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
                for word in node.keywords
            ), f"{name}:{node.lineno}"
