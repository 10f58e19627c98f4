# Run by the interpreter under test (Python 2.7 upward).
"""Who the processes of a scenario are: the driver refuses a record that another build has answered."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat.this_interpreter import who


def in_pool(pool, size):
    """Return what ``who`` answers in the ``size`` processes of a multiprocessing.Pool."""
    return [each.get() for each in [pool.apply_async(who) for _ in range(size)]]


def in_executor(pool):
    """Return what ``who`` answers in the processes that a ProcessPoolExecutor has started, perhaps none."""
    return [each.result() for each in [pool.submit(who) for _ in pool._processes or ()]]


def in_child(starting):
    """Start one process by ``starting``, a context; return what ``who`` answers in it."""
    answers = starting.SimpleQueue()
    child = starting.Process(target=_answer, args=(answers,))
    child.start()
    answer = answers.get()
    child.join()
    return answer


def _answer(answers):
    answers.put(who())
