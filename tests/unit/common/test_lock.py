"""The lock of a folder: several may use it at once, and nobody changes it meanwhile."""

from __future__ import annotations

import threading

from runoff.common import lock


def is_free(folder):
    with lock.unless_in_use(folder) as free:
        return free


def test_a_folder_is_used_by_several_at_once_and_free_after_the_last(tmp_path):
    folder, kept = tmp_path / "environment", []
    for _ in range(2):
        thread = threading.Thread(target=lambda: kept.append(lock.keep(folder)), daemon=True)
        thread.start()
        thread.join(5)
    in_use = len(kept), is_free(folder)
    for stream in kept[:1]:
        stream.close()
    still = is_free(folder)
    for stream in kept[1:]:
        stream.close()
    assert (in_use, still, is_free(folder)) == ((2, False), False, True)


def test_a_file_is_taken_by_one_until_it_is_closed(tmp_path):
    with (tmp_path / "records").open("a+b") as first, (tmp_path / "records").open("a+b") as second:
        taken = [lock.take(stream.fileno()) for stream in (first, second)]
        first.close()
        assert (taken, lock.take(second.fileno())) == ([True, False], True)
