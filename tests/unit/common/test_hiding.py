"""Values of variables are hidden wherever they stand in plain data, as they are and as they are quoted."""

from __future__ import annotations

import json

import pytest

from runoff.common import hiding

VALUE = 'a "quoted"\\\u00e9'


@pytest.mark.parametrize("show", [str, repr, ascii, json.dumps])
def test_a_value_is_hidden_however_it_is_quoted(show):
    hidden = hiding.texts([VALUE])
    for content in (f"of {show(VALUE)}.", [f"of {show(VALUE)}."], {f"of {show(VALUE)}.": 1}):
        assert "quoted" not in repr(hiding.hide(content, hidden))
        assert "of " in repr(hiding.hide(content, hidden))


def test_each_line_of_a_value_is_hidden_and_the_longest_first():
    hidden = hiding.texts(["BEGIN KEY\nlong-enough\nshort\n", "long-enough and more"])
    assert hiding.hide(["at last: long-enough", "long-enough and more"], hidden) == ["at last: **", "**"]
    assert hiding.hide("short", hidden) == "short"


def test_what_stands_by_chance_in_many_places_hides_nothing():
    assert hiding.texts(["", "1", "12345"]) == []
    assert hiding.hide({"port": [12345, None, "12345"]}, hiding.texts(["12345"])) == {"port": [12345, None, "12345"]}
