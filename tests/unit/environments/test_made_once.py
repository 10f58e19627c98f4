"""Folders that are made once: complete or absent, known by their place, kept while used."""

from __future__ import annotations

import json
import shutil
import threading
import time

import pytest

from runoff.common import lock
from runoff.environments import made_once


class Maker:
    """Fills a folder, and counts how often."""

    def __init__(self, folder):
        self.folder = folder
        self.times = 0

    def __call__(self):
        self.times += 1
        (self.folder / "content").write_text("made")
        return {"n": self.times}


@pytest.fixture
def maker(tmp_path):
    return Maker(tmp_path / "made")


def test_makes_once_and_again_when_what_it_was_made_from_changed(maker):
    assert made_once.made(maker.folder, ["a"], maker) == {"n": 1}
    assert made_once.made(maker.folder, ["a"], maker) == {"n": 1}
    (maker.folder / "left").touch()
    assert made_once.made(maker.folder, ["b"], maker) == {"n": 2}
    assert not (maker.folder / "left").exists()
    made_once.forget(maker.folder)
    assert made_once.made(maker.folder, ["b"], maker) == {"n": 3}


def test_what_was_added_to_has_another_result(maker):
    made_once.made(maker.folder, [], maker)
    made_once.replace(maker.folder, {"n": 5})
    assert made_once.made(maker.folder, [], maker) == {"n": 5}
    assert made_once.made(maker.folder, ["other"], maker) == {"n": 2}


def test_what_was_not_finished_is_made_again(maker):
    def fail():
        (maker.folder / "half").touch()
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        made_once.made(maker.folder, [], fail)
    assert made_once.made(maker.folder, [], maker) == {"n": 1}
    assert not (maker.folder / "half").exists()


@pytest.mark.parametrize("how", ["moved", "copied"])
def test_a_folder_elsewhere_is_made_again(maker, tmp_path, how):
    made_once.made(maker.folder, [], maker)
    other = tmp_path / "other"
    (shutil.move if how == "moved" else shutil.copytree)(maker.folder, other)
    second = Maker(other)
    second.times = 7
    assert made_once.made(other, [], second) == {"n": 8}


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"identity": 1}'])
def test_a_stamp_that_cannot_be_read_is_no_stamp(maker, content):
    made_once.made(maker.folder, [], maker)
    (maker.folder / made_once.STAMP).write_text(content)
    assert made_once.made(maker.folder, [], maker) == {"n": 2}


@pytest.mark.parametrize("part", ["content", "link", "below"])
def test_what_somebody_has_removed_a_part_of_is_made_again(maker, tmp_path, part):
    linked = tmp_path / "linked"

    def make():
        linked.touch()
        (maker.folder / "link").symlink_to(linked)
        (maker.folder / "below").mkdir()
        (maker.folder / "below" / "module.py").touch()
        return maker()

    assert made_once.made(maker.folder, [], make) == {"n": 1}
    (maker.folder / "below" / "module.pyc").touch()
    assert made_once.made(maker.folder, [], make) == {"n": 1}
    (maker.folder / "below" / "module.pyc").unlink()
    assert made_once.made(maker.folder, [], make) == {"n": 1}
    (linked if part == "link" else maker.folder / part).rename(tmp_path / "removed")
    assert made_once.made(maker.folder, [], make) == {"n": 2}


def test_a_stamp_of_the_same_things_without_a_result_is_no_stamp(maker):
    made_once.made(maker.folder, [], maker)
    stamp = maker.folder / made_once.STAMP
    stamp.write_text(json.dumps({"identity": json.loads(stamp.read_text())["identity"]}))
    assert made_once.made(maker.folder, [], maker) == {"n": 2}


def test_two_at_once_make_it_once(maker):
    def slowly():
        time.sleep(0.2)
        return maker()

    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(made_once.made(maker.folder, [], slowly))) for _ in range(4)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == [{"n": 1}] * 4


def test_sweeps_what_nobody_uses(tmp_path):
    folders = [tmp_path / name for name in ("new", "used", "old")]
    for each in folders:
        each.mkdir()
    (tmp_path / "a-file").touch()
    with lock.keep(folders[1]):
        made_once.sweep(folders[0])
    assert [each.exists() for each in folders] == [True, True, False]
    assert not (tmp_path / "a-file").exists()
    made_once.sweep(folders[0])
    assert [each.exists() for each in folders] == [True, False, False]
