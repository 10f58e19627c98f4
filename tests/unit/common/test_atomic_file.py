"""Files that are written in one step."""

from __future__ import annotations

import pytest

from runoff.common import atomic_file


def test_a_file_and_its_folder_are_made_and_replaced(tmp_path):
    path = tmp_path / "new" / "file.json"
    for text in ("é", "other"):
        atomic_file.write(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.mkdir()
    with pytest.raises(OSError, match="directory"):
        atomic_file.write(path, "text")
    assert list(tmp_path.iterdir()) == [path]
