"""A command line in a function's place: what is understood of it, and how it is planned."""

from __future__ import annotations

import pytest

from runoff.cli.workload import options
from runoff.common.errors import BadInput
from runoff.workload import plan_rows, target
from runoff.workload.call_times import CallTimes
from runoff.workload.plan_rows import Nature

NOTHING = {
    "workload": None,
    "adapter": None,
    "benchmark": None,
    "spread": False,
    "fresh": False,
    "loops": 1,
    "arguments": (),
}
GIVEN = {**NOTHING, "folder": None, "inputs": None, "requirements": None, "variables": (), "command_line": "x.py"}


def test_its_words_run_in_the_shells_folder_and_its_script_is_known(tmp_path):
    (tmp_path / "orders.py").write_text("")
    found = target.of_command("python orders.py --order '{input} x'", str(tmp_path), True)
    assert (found.folder, found.file) == (str(tmp_path), str(tmp_path / "orders.py"))
    assert (found.adapter, found.arguments) == ("command", ("python", "orders.py", "--order", "{input} x"))


@pytest.mark.parametrize(
    ("text", "with_inputs", "reason"),
    [
        ("orders.py 'x", True, "cannot be split"),
        (" ", True, "is empty"),
        ("orders.py {input}", False, "give some with --inputs"),
    ],
)
def test_a_mistake_is_one_sentence(text, with_inputs, reason):
    with pytest.raises(BadInput, match=reason):
        target.of_command(text, None, with_inputs)


@pytest.mark.parametrize("more", [{"workload": "a.py:b"}, {"spread": True}, {"adapter": "awfy"}, {"arguments": ("1",)}])
def test_it_stands_alone(more):
    with pytest.raises(BadInput, match="with --command leave out"):
        options.workload({**GIVEN, **more})


def test_it_is_named_again_by_its_words(tmp_path):
    given = {**GIVEN, "command_line": "python x.py {input}", "inputs": "i.jsonl"}
    assert options.words(given) == ("--command", "python x.py {input}", "--inputs", "i.jsonl")


def test_threads_and_workers_start_it_and_no_pool_of_processes():
    found = plan_rows.plan(CallTimes(20e-3, 20e-3, 0.01, 100, 1.0, 2.0, 10, 10), Nature(program=True), 2)
    ways = {row.content["scenarios"][0] for row in found.rows}
    assert ways == {"serial", "thread-pool", "distributed"}
    assert {"process-pool", "interpreter-pool"} <= {name for name, _ in found.left_out}
    assert {row.content["scenarios"][0] for row in found.others} == {"threads", "distributed"}
