"""A person's target, inputs and answers: what is understood, and the one sentence for what is not."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from runoff.cli.workload import gating
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.interpreters.discover import Interpreter
from runoff.records import rough_times
from runoff.workload import answers, gate, gate_table, target
from runoff.workload.call_times import CallTimes
from runoff.workload.dependencies import Installed, described
from runoff.workload.gate import Check, GateOutcome, Verdict
from scenarios.own_function import answers as inside_answers

WORKLOAD = gate.Workload("a.py:b", target.Target("/x", "a", "b", None), [[]], None, {})
ORDERS = gate.Workload("a.py:b", target.Target("/x", "a", "b", None), [[1], [2], [3]], None, {})


def test_a_file_in_a_package_keeps_the_package_name(tmp_path):
    inner = tmp_path / "shop" / "orders.py"
    inner.parent.mkdir()
    inner.write_text("")
    assert target.parse(f"{inner}:handle", None).module == "orders"
    (inner.parent / "__init__.py").write_text("")
    found = target.parse(f"{inner}:handle", None)
    assert (found.folder, found.module, found.file) == (str(tmp_path), "shop.orders", str(inner))


@pytest.mark.parametrize(
    ("path", "folder", "module"),
    [
        ("orders.v2.py", ".", "orders_v2"),
        ("shop/orders.v2.py", "shop", "orders_v2"),
        ("shop/v-2/orders.py", ".", "shop.v-2.orders"),
        ("shop-1.2/orders.py", "shop-1.2", "orders"),
        ("shop-1.2/inner/orders.py", "shop-1.2", "inner.orders"),
    ],
)
def test_what_has_a_dot_in_its_name_is_in_no_package(tmp_path, path, folder, module):
    for package in ("shop/v-2", "shop-1.2/inner"):
        (tmp_path / package).mkdir(parents=True)
        for place in (tmp_path / package, (tmp_path / package).parent):
            (place / "__init__.py").write_text("")
    (tmp_path / path).write_text("")
    found = target.parse(f"{tmp_path / path}:handle", None)
    assert (found.folder, found.module, found.file) == (str(tmp_path / folder), module, str(tmp_path / path))


def test_a_module_is_found_in_the_named_folder(tmp_path):
    assert target.parse("shop.orders:handle", str(tmp_path)).folder == str(tmp_path)


def test_a_relative_path_is_the_shells(tmp_path, monkeypatch):
    (tmp_path / "orders.py").write_text("")
    monkeypatch.setenv("PWD", str(tmp_path))
    assert target.parse("orders.py:handle", None).file == str(tmp_path / "orders.py")


@pytest.mark.parametrize("text", ["orders.py", ":handle", "orders.py:", "no-such.py:handle", "a-b:handle", "a.py:1x"])
def test_a_target_that_names_nothing_is_refused_in_one_sentence(text):
    with pytest.raises(BadInput, match=r"PATH\.py:NAME"):
        target.parse(text, None)


def test_a_link_to_itself_is_no_file(tmp_path):
    loop = tmp_path / "loop.py"
    loop.symlink_to(loop)
    with pytest.raises(BadInput, match="there is no file"):
        target.parse(f"{loop}:f", None)


def test_inputs_are_lines_of_json(tmp_path):
    path = tmp_path / "inputs.jsonl"
    path.write_text('{"a": 1}\n\n[2, 3]\n')
    assert target.read_inputs(str(path), spread=False) == [[{"a": 1}], [[2, 3]]]
    assert target.read_inputs(str(path), spread=True) == [{"a": 1}, [2, 3]]
    assert target.read_inputs(None, spread=False) == [[]]


@pytest.mark.parametrize(
    ("text", "spread", "reason"),
    [
        ("1\nno\n", False, "line 2 of .* is not JSON"),
        pytest.param("[" * 10**5, False, "line 1 of .* is not JSON", id="nested"),
        pytest.param("7" * 5000, False, "line 1 of .* is not JSON", id="long"),
        ("\n", False, "no input"),
        ("7\n", True, "--spread needs"),
    ],
)
def test_bad_inputs_are_refused_in_one_sentence(tmp_path, text, spread, reason):
    path = tmp_path / "inputs.jsonl"
    path.write_text(text)
    with pytest.raises(BadInput, match=reason):
        target.read_inputs(str(path), spread)


def test_a_missing_file_of_inputs_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        target.read_inputs(str(tmp_path / "none"), spread=False)


@pytest.mark.parametrize(
    ("wanted", "got", "difference"),
    [
        (1.0, 1.0 + 0.9e-9, None),
        (1.0, 1.0 + 1.1e-9, "instead of 1.0"),
        (1, 1.0, r"1\.0 \(float\) instead of 1 \(int\)"),
        (True, 1, r"1 \(int\) instead of True \(bool\)"),
        ({"a": [1, 2]}, {"a": [1, 3]}, r"at \.a\[1\], 3 instead of 2"),
        ({"a": 1}, {"b": 1}, r"keys \['b'\] instead of \['a'\]"),
        ([1], [1, 2], "2 items instead of 1"),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, r"at \.a\[0\].*the same items in another order, as of a set"),
    ],
)
def test_the_first_difference_is_named(wanted, got, difference):
    found = answers.first_difference([0, wanted], [0, got], shapes_only=False)
    if difference is None:
        assert found is None
    else:
        assert found is not None
        assert re.search(difference, found)
        assert found.startswith("input 2: ")


def nested(depth, innermost):
    return [nested(depth - 1, innermost)] if depth else innermost


def test_what_is_nested_deep_is_compared_as_a_whole():
    deep = nested(600, 1)
    assert answers.first_difference([deep], [nested(600, 1)], shapes_only=False) is None
    assert answers.first_difference([deep], [nested(600, 2)], shapes_only=False) == f"input 1: {answers.TOO_DEEP}"


def test_shapes_alone_are_compared_where_answers_vary():
    assert answers.first_difference([{"a": "x"}], [{"a": "y"}], shapes_only=True) is None
    assert answers.first_difference([{"a": "x"}], [{"a": 1}], shapes_only=True) is not None
    assert answers.first_difference([["x", "y"]], [["z"]], shapes_only=True) is None
    assert answers.first_difference([["x", "y"]], [["z", 1]], shapes_only=True) is not None


@pytest.mark.parametrize(
    ("wanted", "got", "alike"),
    [
        ({"a1": {"n": 1}}, {"b2": {"n": 2}, "c3": {"n": 3}}, True),
        ({"a1": {"n": 1}}, {"b2": {"n": "2"}}, False),
        ({"a1": {"x1": 1}}, {"b2": {"y2": 2}}, True),
        ({"a1": 1, "a2": "x"}, {"b1": "y"}, True),
        ({"a1": 1}, {"b1": 2, "b2": 2.0}, False),
        ({}, {"a1": 1}, True),
        ({"a1": 1}, {}, True),
        ({"$date": "2026-01-01"}, {"$datetime": "2026-01-01T00:00:00"}, False),
    ],
)
def test_keys_may_vary_as_well_where_answers_vary(wanted, got, alike):
    assert (answers.first_difference([[wanted]], [[got]], shapes_only=True) is None) is alike
    assert inside_answers.same_shape(wanted, got) is alike
    assert answers.first_difference([wanted], [got], shapes_only=False) is not None


def test_the_table_holds_every_check_with_its_reason():
    times = CallTimes(1.5e-3, 2e-3, 0.1, 700, 0.25, 7.9, 10, 2048, peak_bytes=35 * 2**20)
    good = Verdict("cpython-3.13", [Check("answers", True, None, 0.25)], [1], times=times)
    bad = Verdict("cpython-2.7", [Check("function", False, "SyntaxError: no\nmore", 0.5, "File orders.py, line 5")])
    found = gate_table.lines(GateOutcome([good, bad], "with the hash seed (input 1: 3 instead of 4)"))
    text = "\n".join(found)
    assert "0.25 s" in text
    assert "    File orders.py, line 5" in text
    assert found[-4:] == [
        "cpython-3.13: runs",
        "  a call takes 1.5 ms, 25 % of it on a core, 8 threads 7.9 times as fast; 10",
        "  bytes in, 2 KiB out; it loads in 100 ms; 35 MiB of memory at most",
        "cpython-2.7: failed function: SyntaxError: no",
    ]
    assert "The baseline's answers vary with the hash seed (input 1: 3 instead of 4): only types and shapes" in text


def test_what_the_system_does_not_tell_of_the_calls_is_left_out():
    seen = CallTimes(1.5e-3, 2e-3, 0.1, 700, 1.0, None, 10, 10)
    assert rough_times.in_words(asdict(seen)) == (
        "a call takes 1.5 ms, 100 % of it on a core; 10 bytes in, 10 bytes out; it loads in 100 ms"
    )
    grows = asdict(replace(seen, grows=1024))
    assert "core; it grows by 1 KiB with each call; 10 bytes in" in rough_times.in_words(grows)


def test_an_installation_names_what_was_built():
    built = Installed([], {}, None, 1.0, 3.0, {"a": "1", "b": "2"}, ["b"], ["a"])
    assert described(built) == "2 packages, 3 MiB, built from source: b"
    assert described(replace(built, versions={"a": "1"}, built=[])) == "1 package, 3 MiB, all wheels"
    assert described(replace(built, versions={})) == "0 packages, 3 MiB"


def test_a_separator_within_a_string_and_a_byte_order_mark_are_json(tmp_path):
    path = tmp_path / "inputs.jsonl"
    path.write_bytes('\ufeff"a\u2028b"\r\n2\n'.encode())
    assert target.read_inputs(str(path), False) == [["a\u2028b"], [2]]


@pytest.mark.parametrize(("baseline_answers", "failed"), [(True, []), (False, ["answers of base"])])
def test_what_cannot_be_compared_with_the_baseline_fails(monkeypatch, baseline_answers, failed):
    def checked(_inside, _workload, interpreter, *_more, **_options):
        answered = interpreter.label != "base" or baseline_answers
        rows = [gate.Check("answers", answered, None if answered else "input 2: ValueError", 0.0)]
        return gate.Verdict(interpreter.label, rows, answers=[1, 2] if answered else [1])

    monkeypatch.setattr(gate, "_check", checked)
    monkeypatch.setattr(gate, "_time", lambda *_: None)
    interpreters = [Interpreter(label, "cpython", "/python", {}) for label in ("base", "other")]
    outcome = gate.check(ORDERS, interpreters, "base", None, lambda verdict: None)
    assert [row.check for row in outcome.verdicts[1].failed] == failed


OTHER = "input 1: another answer than at its first call"


@pytest.mark.parametrize(
    ("starts", "second_call", "varies"),
    [
        ([[1]] * 6, None, None),
        ([[1], [2], [1]], None, "with the hash seed (input 1: 2 instead of 1)"),
        ([[1], [1], [2], [1]], None, "with the hash seed (input 1: 2 instead of 1)"),
        ([[1], [2], [3]], None, "from start to start (input 1: 3 instead of 1)"),
        ([[1], [1]], OTHER, f"from call to call ({OTHER})"),
        ([[1]] * 6, "RuntimeError: Working outside of request context.", None),
    ],
)
def test_with_what_the_baselines_answers_vary_is_named(monkeypatch, starts, second_call, varies):
    given = iter(starts)

    def checked(_inside, _workload, interpreter, same_answers, *_more, **_options):
        fails = second_call if same_answers else None
        rows = [gate.Check("answers", True, None, 0.0), gate.Check("second call", not fails, fails, 0.0)]
        return gate.Verdict(interpreter.label, rows, answers=next(given))

    monkeypatch.setattr(gate, "_check", checked)
    monkeypatch.setattr(gate, "_time", lambda *_: None)
    outcome = gate.check(ORDERS, [Interpreter("base", "cpython", "/python", {})], "base", None, lambda _: None)
    assert outcome.varies == varies
    assert list(given) == []


@pytest.mark.parametrize(("took_s", "inputs"), [(0.5, 3), (1.5, 2), (2.0, 1), (90.0, 1)])
def test_the_second_seed_answers_all_inputs_and_the_next_ones_what_a_second_holds(monkeypatch, took_s, inputs):
    asked = []

    def checked(_inside, workload, interpreter, *_more, **_options):
        asked.append(len(workload.inputs))
        return gate.Verdict(interpreter.label, [gate.Check("answers", True, None, took_s)], answers=[1, 2, 3])

    monkeypatch.setattr(gate, "_check", checked)
    monkeypatch.setattr(gate, "_time", lambda *_: None)
    gate.check(ORDERS, [Interpreter("base", "cpython", "/python", {})], "base", None, lambda _: None)
    assert asked == [3, 3, *[inputs] * 4]


def test_requirements_that_nobody_has_are_one_sentence(monkeypatch):
    failed = Installed([], {}, "uv failed: because x==9 was not found", 1.0, 0.0, {}, [], [])
    monkeypatch.setattr(gate.dependencies, "install", lambda *_: failed)
    options = {"required": (), "baseline": None, "today": None}
    interpreters = [Interpreter("base", "cpython", "/python", {"version_info": [3, 13], "gil": True})]
    with pytest.raises(
        BadInput, match="passes the gate on no interpreter: base, install: uv failed: because x==9 was not"
    ):
        gating.gated(WORKLOAD, interpreters, options, Guard())


def test_a_check_that_fails_without_a_reason_is_said_as_well(monkeypatch):
    nowhere = GateOutcome([Verdict("base", [Check("function", False, None, 0.1)])], None)
    monkeypatch.setattr(gate, "check", lambda *_: nowhere)
    options = {"required": (), "baseline": None, "today": None}
    interpreters = [Interpreter("base", "cpython", "/python", {"version_info": [3, 13], "gil": True})]
    with pytest.raises(BadInput, match="on no interpreter: base, function: no reason given"):
        gating.gated(WORKLOAD, interpreters, options, Guard())


@pytest.mark.parametrize(
    ("reason", "requirements", "said"),
    [
        ("ModuleNotFoundError: No module named 'orjson'", None, "'orjson'; --requirements FILE installs its package"),
        ("ImportError: No module named orjson", None, "orjson; --requirements FILE installs its package"),
        ("ModuleNotFoundError: No module named 'orjson'", Path("/x/pins.txt"), "; is its package in pins.txt?"),
        ("ImportError: cannot import name 'b'\nmore", None, "name 'b'\nmore"),
    ],
)
def test_a_module_that_is_not_there_is_named_with_what_brings_it(asked, reason, requirements, said):
    rows = [{"check": name, "ok": False, "reason": reason, "seconds": 0.1} for name in ("function", "threads")]
    outcome, _ = asked({(gate.GATE, "base"): ({"checks": rows}, None)}, requirements=requirements)
    checks = {row.check: row.reason for each in outcome.verdicts if each.label == "base" for row in each.rows}
    assert checks["function"].endswith(said)
    assert checks["threads"] == reason


REPLY = {
    "checks": [{"check": name, "ok": True, "reason": None, "seconds": 0.1} for name in ("answers", "threads")],
    "answers": [1],
}
TIMES = {
    "load_ns": 10**6,
    "first_ns": 10**6,
    "threads": 2.0,
    "stretches": [{"calls": 10, "wall_ns": 10**7, "cpu_ns": 10**7, "waits": 0, "peak_bytes": 2**20}] * 5,
}


@pytest.fixture
def asked(monkeypatch):
    """Return asked(replies) -> (outcome, [(script, interpreter, request, variables)]): what each interpreter replies.

    ``replies``: {(script, interpreter): (reply, how it ended)}; the others run and answer.
    """

    def run(replies, baseline="base", requirements=None, own="persons", fresh=False, **more):
        seen = []

        class Inside:
            def __init__(self, guard):
                pass

            def ask(self, script, command, request, variables):
                seen.append((script, command[0], request, variables))
                return replies.get((script, command[0]), (REPLY if script == gate.GATE else TIMES, None))

        def install(interpreter, _requirements):
            return Installed([interpreter.label], {"OWN": "theirs", "INSTALLED": "1"}, None, 1.0, 0.0, {}, [], ["six"])

        monkeypatch.setattr(gate, "Inside", Inside)
        monkeypatch.setattr(gate.dependencies, "install", install)
        named = target.Target("/x", "a", "b", None, fresh=fresh)
        workload = replace(WORKLOAD, target=named, requirements=requirements, variables={"OWN": own, **more})
        interpreters = [Interpreter(label, "cpython", "/python", {}) for label in ("other", "base")]
        return gate.check(workload, interpreters, baseline, None, lambda verdict: None), seen

    return run


def test_the_baseline_is_asked_with_six_hash_seeds_and_each_other_one_as_it_was_first(asked):
    outcome, seen = asked({})
    gates = [
        (label, request["answers_only"], variables) for script, label, request, variables in seen if script == gate.GATE
    ]
    assert [(label, only) for label, only, _ in gates] == [("base", False), *[("base", True)] * 5, ("other", False)]
    seeds = [variables["PYTHONHASHSEED"] for *_, variables in gates]
    assert seeds[0] == seeds[-1]
    assert len(set(seeds)) == 6
    assert [(verdict.label, verdict.passed) for verdict in outcome.verdicts] == [("base", True), ("other", True)]


def test_the_function_sees_the_persons_variables_before_those_of_its_environment(asked):
    _, seen = asked({})
    assert {variables["OWN"] for *_, variables in seen} == {"persons"}
    assert {variables["INSTALLED"] for *_, variables in seen} == {"1"}


def test_calls_of_what_is_emptied_before_each_are_not_timed_in_threads(asked):
    _, seen = asked({}, fresh=True)
    assert [request["threads"] for script, _, request, _ in seen if script == gate.CALL_TIMES] == [False, False]


def test_calls_are_timed_in_threads_unless_they_failed_in_threads(asked):
    race = {**REPLY["checks"][1], "ok": False, "reason": "a race"}
    outcome, seen = asked({(gate.GATE, "other"): ({**REPLY, "checks": [REPLY["checks"][0], race]}, None)})
    times = {label: request["threads"] for script, label, request, _ in seen if script == gate.CALL_TIMES}
    assert times == {"base": True, "other": False}
    assert all(verdict.passed and verdict.times for verdict in outcome.verdicts)


@pytest.mark.parametrize(
    ("reply", "ended", "reason"), [({}, "ended by SIGKILL", "ended by SIGKILL"), ({}, None, "no reply")]
)
def test_one_whose_calls_cannot_be_timed_does_not_pass(asked, reply, ended, reason):
    outcome, _ = asked({(gate.CALL_TIMES, "other"): (reply, ended)})
    base, other = outcome.verdicts
    assert (base.passed, other.passed) == (True, False)
    assert [(row.check, row.reason) for row in other.failed] == [("times", reason)]


def test_one_that_answers_otherwise_does_not_pass_and_is_not_timed(asked):
    outcome, seen = asked({(gate.GATE, "other"): ({**REPLY, "answers": [2]}, None)})
    assert [(row.check, row.reason) for row in outcome.verdicts[1].failed] == [
        ("answers of base", "input 1: 2 instead of 1")
    ]
    assert not outcome.verdicts[1].passed
    assert [label for script, label, *_ in seen if script == gate.CALL_TIMES] == ["base"]


def test_one_that_ends_early_fails_the_check_that_it_was_at(asked):
    reply = {**REPLY, "checks": REPLY["checks"][:1], "now": "threads"}
    outcome, _ = asked({(gate.GATE, "other"): (reply, "ended by SIGSEGV")})
    assert [(row.check, row.reason) for row in outcome.verdicts[1].failed] == [("threads", "ended by SIGSEGV")]
    late, _ = asked({(gate.GATE, "other"): ({**reply, "now": "spawn", "ways": ["fork", "spawn", "threads"]}, "late")})
    assert [(row.check, row.reason) for row in late.verdicts[1].failed] == [
        *(("spawn", "late"), ("fork", gate.NOT_ASKED), ("threads", gate.NOT_ASKED)),
    ]
    nothing, _ = asked({(gate.GATE, "other"): ({}, "it did not end within 300 s")})
    assert [row.check for row in nothing.verdicts[1].failed] == ["start"]


def test_a_terminal_obeys_nothing_that_an_error_of_the_function_says(asked):
    said = {"check": "answers", "ok": False, "seconds": 0.1, "reason": "E: \x1b[31mred\nfake: runs\udcff\n"}
    reply = {"checks": [{**said, "traceback": "first\x07\nE: \x1b[2Jgone"}]}
    outcome, _ = asked({(gate.GATE, "other"): (reply, None)})
    (row,) = outcome.verdicts[1].failed
    assert row.reason == "E: \\x1b[31mred\nfake: runs\\udcff"
    assert row.traceback == "first\\x07\nE: \\x1b[2Jgone"
    ended, _ = asked({(gate.GATE, "other"): ({}, "ended; its last output: \x1b]0;title\x07")})
    assert ended.verdicts[1].failed[0].reason == r"ended; its last output: \x1b]0;title\x07"


def test_a_long_reason_is_cut_in_its_middle(asked):
    said = {"check": "answers", "ok": False, "seconds": 0.1}
    long = "ValueError: " + "x" * 10**6 + " the end"
    reply = {"checks": [{**said, "reason": long, "traceback": f"Traceback:\n  in orders.py\n{long}"}]}
    outcome, _ = asked({(gate.GATE, "other"): (reply, None), (gate.GATE, "base"): ({}, f"ended; last: {long}")})
    for verdict in outcome.verdicts:
        row = verdict.failed[0]
        assert "characters left out) ... xxx" in row.reason
        assert row.reason.endswith("x the end")
        assert len(row.reason) < 600
    traceback = outcome.verdicts[1].failed[0].traceback
    assert traceback.startswith("Traceback:\n  in orders.py\nValueError: xxx")
    assert len(traceback) < 9000


#: With what a quoted form of it escapes.
URL = "postgres://u:S3CRET\\'@host/\u00e9"
RAISED = {"check": "answers", "ok": False, "seconds": 0.1, "reason": f"ValueError: cannot parse {URL!r}"}
AGAIN = {**RAISED, "check": "second call", "reason": f"input 1: {URL}, {gate.ANOTHER_ANSWER}"}


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (
            {(gate.GATE, "other"): ({"checks": [{**RAISED, "traceback": f"in b\nValueError: {URL!a}"}]}, None)},
            "ValueError: cannot parse",
        ),
        ({(gate.GATE, "other"): ({"now": "function"}, f"ended; its last output: {URL}")}, "ended; its last output: **"),
        ({(gate.CALL_TIMES, "other"): ({}, f"ended; its last output: {URL}")}, "ended; its last output: **"),
        (
            {
                (gate.GATE, "base"): ({**REPLY, "answers": ["x" * 40 + URL]}, None),
                (gate.GATE, "other"): ({**REPLY, "answers": ["y" * 40 + URL]}, None),
            },
            "yyy**' instead of 'xxx",
        ),
        (
            {
                (gate.GATE, "base"): ({**REPLY, "answers": [URL]}, None),
                (gate.GATE, "other"): ({**REPLY, "answers": [ascii(URL)[1:-1]]}, None),
            },
            "an answer with the value of a variable differs",
        ),
        ({(gate.GATE, "base"): ({**REPLY, "checks": [REPLY["checks"][0], AGAIN]}, None)}, "from call to call (input 1"),
        ({(gate.GATE, "other"): ({**REPLY, "cached": f"kept in {URL}"}, None)}, "kept in **"),
    ],
)
def test_no_value_of_a_variable_stands_in_what_the_gate_says(asked, replies, said):
    outcome, _ = asked(replies, own=URL)
    rows = [asdict(row) for verdict in outcome.verdicts for row in verdict.rows]
    text = "\n".join([repr(rows), repr(outcome.varies), repr(outcome.cached), *gate_table.lines(outcome)])
    assert said in text
    assert "S3" not in text


def test_an_answer_is_recorded_as_it_was(asked):
    replies = {(gate.GATE, label): ({**REPLY, "answers": [URL]}, None) for label in ("base", "other")}
    outcome, _ = asked(replies, own=URL)
    assert [verdict.answers for verdict in outcome.verdicts] == [[URL], [URL]]
    assert all(verdict.passed for verdict in outcome.verdicts)


def test_a_persons_own_hash_seed_keeps_the_gate_from_trying_no_other(asked):
    _, seen = asked({}, PYTHONHASHSEED="0")
    seeds = {variables["PYTHONHASHSEED"] for script, *_, variables in seen if script == gate.GATE}
    assert len(seeds) == 6


def test_what_the_gate_saw_of_the_function_is_kept_and_decides_how_its_calls_are_timed(asked):
    said = {"json": False, "awaited": True, "changes_input": True, "cached": "it caches", "loops": 3}
    outcome, seen = asked({(gate.GATE, "base"): ({**REPLY, **said}, None)})
    base, other = outcome.verdicts
    assert {name: getattr(base, name) for name in said} == said
    assert (other.json, other.awaited, other.changes_input, other.cached, other.loops) == (
        True,
        False,
        False,
        None,
        None,
    )
    copied = {label: request["changes_input"] for script, label, request, _ in seen if script == gate.CALL_TIMES}
    assert copied == {"base": True, "other": False}


@pytest.mark.parametrize(("named", "today", "held_against"), [(None, None, "base"), ("other", "base", "other")])
def test_answers_are_held_against_the_baseline_that_is_named_or_else_todays(monkeypatch, named, today, held_against):
    asked = []

    def check(_workload, _wanted, baseline, *_more):
        asked.append(baseline)
        return GateOutcome([Verdict("base", [Check("answers", True, None, 0.1)])], None)

    monkeypatch.setattr(gating.gate, "check", check)
    monkeypatch.setattr(gating.measuring, "make", lambda *_: None)
    monkeypatch.setattr(gating.own_options, "words", lambda _options: ())
    interpreters = [
        Interpreter(label, "cpython", "/python", {"version_info": [3, minor], "gil": True})
        for label, minor in (("base", 13), ("other", 12))
    ]
    options = {"required": (), "baseline": named, "today": today, "concurrency": ()}
    gating.gated(WORKLOAD, interpreters, options, Guard())
    assert asked == [held_against]
