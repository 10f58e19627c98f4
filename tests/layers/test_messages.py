"""What a person reads: the table of messages has all kinds, and no message breaks a rule that a machine can check."""

from __future__ import annotations

import re

import pytest

from tests.helpers.messages import messages

TABLE = list(messages())
#: Words that this project does not use, and what it uses instead (docs/glossary.md).
NOT_OURS = {
    "whilst": "while",
    "please": "",
    "invalid": "say what is wrong",
    "successfully": "",
    "illegal": "not allowed",
}


def test_the_table_has_errors_progress_and_help():
    kinds = {how for _, _, how, _ in TABLE}
    assert {"BadInput", "say", "print", "option", "return"} <= kinds


@pytest.mark.parametrize("word", NOT_OURS)
def test_no_message_has_a_word_that_is_not_ours(word):
    found = [(file, line) for file, line, _, text in TABLE if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    assert not found, f"say it otherwise: {NOT_OURS[word] or 'without it'}"


def test_no_error_shouts_or_begins_with_a_capital_where_it_follows_a_colon():
    errors = [(file, line, text) for file, line, how, text in TABLE if how == "BadInput"]
    assert errors
    assert not [(file, line) for file, line, text in errors if "!" in text or "  " in text]
