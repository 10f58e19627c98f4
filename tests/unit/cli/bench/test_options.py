"""What the options of a run select."""

from __future__ import annotations

from runoff.cli.bench import options
from runoff.records import parameters


def test_what_is_not_named_is_left_to_the_profile():
    nothing = {
        **dict.fromkeys(("profile", "scenarios", "tasks", "concurrency")),
        **{name: () for name, _, _ in parameters.OPTIONS},
    }
    usual = options.selection(nothing)
    assert (usual.scenarios, usual.tasks, usual.where) == ((), (), ())
    named = options.selection(
        {**nothing, "profile": "smoke", "tasks": ("io",), "transport": ("amqp",), "batch": ("8",)}
    )
    assert (named.profile, named.tasks, named.scenarios) == ("smoke", ("io",), ())
    assert dict(named.where) == {"transport": ("amqp",), "batch": ("8",)}
    assert usual.profile != named.profile
