"""Frames on a pipe, however it cuts them."""

from __future__ import annotations

import pytest

from transports.executors import pipe_frames
from transports.executors.pipe_frames import RESULT, TASK, Splitter, framed


def test_a_frame_has_its_numbers_and_its_length_in_front():
    assert framed(TASK, b"body") == b"\0\0\0\4body"
    numbers = b"\0\0\0\0\0\0\0\7" + b"\2" + b"\xff" * 8 + b"\0\0\0\0\0\0\1\0" + b"\0\0\0\1"
    assert framed(RESULT, 7, 2, -1, 256, b"x") == numbers + b"x"
    assert pipe_frames.READY == 0


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_frames_are_whole_however_they_arrive(size):
    given = [(7, 2, -1, 256, b"first"), (8, 0, 1, 2, b""), (9, 1, 3, 4, b"z" * 9)]
    sent = b"".join(framed(RESULT, *frame) for frame in given)
    splitter = Splitter(RESULT)
    found = []
    for begin in range(0, len(sent), size):
        found += splitter.feed(sent[begin : begin + size])
    assert found == given


@pytest.mark.parametrize("length", range(9))
@pytest.mark.parametrize("more", [1, 2, 3])
def test_a_head_that_is_not_whole_waits_for_its_rest(length, more):
    first, second = (framed(TASK, letter * length) for letter in (b"a", b"b"))
    splitter = Splitter(TASK)
    assert splitter.feed(first + second[:more]) == [(b"a" * length,)]
    assert splitter.feed(second[more:]) == [(b"b" * length,)]


def test_a_frame_is_there_with_its_last_byte_and_not_before():
    splitter = Splitter(TASK)
    assert splitter.feed(b"") == []
    assert splitter.feed(b"\0\0\0\2a") == []
    assert splitter.feed(b"b\0\0\0\0") == [(b"ab",), (b"",)]
    assert splitter.feed(b"") == []
