"""What second calls tell of a function: whether a cache was hit, and how many loops a script of pyperf should make."""

from __future__ import annotations

import functools

import pytest

from harness.own_function import second_call_times


def test_the_input_of_the_first_call_comes_last_and_each_comes_once():
    assert second_call_times.choose_order([[2], [1], [2], [1], [3]]) == [1, 4, 0]
    many = [[number] for number in range(10**5)]
    assert second_call_times.choose_order(many) == [*range(1, 10**5), 0]


@pytest.mark.parametrize(
    ("call_ms", "own_ms", "loops", "wanted"),
    [(30, 10, 1, 200), (30, 10, 2, 400), (10.05, 10, 1, 1), (10.1, 10, 1, 1), (10.15, 10, 1, 2), (9, 10, 1, 1)],
)
def test_so_many_loops_leave_a_hundredth_for_what_a_call_sets_up(call_ms, own_ms, loops, wanted):
    assert second_call_times.count_loops(call_ms * 1e6 - 1, own_ms / 1e3, loops) == wanted


class Refuses:
    """As Flask's request, outside of one."""

    def __getattr__(self, name):
        raise RuntimeError("Working outside of request context.")


class RefusesItsClass(Refuses):
    """As Django's settings, before they are set up."""

    __class__ = property(lambda self: self.settings)


class Anything:
    """As SQLAlchemy's func."""

    def __getattr__(self, name):
        if name == "hits":
            raise AttributeError(name)
        return Anything()

    def __call__(self):
        return self


class OfTheirOwn:
    def cache_info(self):
        return self

    def cache_clear(self):
        pass


@pytest.mark.parametrize("other", [Refuses, RefusesItsClass, Anything, OfTheirOwn, lambda: OfTheirOwn])
def test_hits_are_those_of_caches_whatever_stands_beside_them(other):
    names = {"__name__": "orders", "other": other(), "kept": functools.lru_cache(maxsize=None)(str)}
    exec("def handle(x):\n    return kept(x)\n", names)
    assert [names["handle"](each) for each in (1, 1, 2, 1)] == ["1", "1", "2", "1"]
    assert second_call_times.count_cache_hits(names["handle"], {"folder": "/no/such/folder"}) == 2
