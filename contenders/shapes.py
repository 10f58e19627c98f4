# Run by the interpreter under test (Python 2.7 upward), as a script: INTERPRETER shapes.py SHAPE SIZE MODEL WORKERS
"""The shapes of work that others have published figures on, written anew from their descriptions.

WORKERS equal jobs under one MODEL, twice; prints the seconds of the last time and the sum of the answers. The
standard library only: what is compared is interpreters and models, as in the sources.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys
import threading
import time

TIMES = 2


def fibo(size):
    """The naive recursion."""
    return size if size < 2 else fibo(size - 1) + fibo(size - 2)


def bubble(size):
    """Bubble sort of ``size`` numbers in descending order; the sum of the first ten."""
    numbers = list(range(size, 0, -1))
    for end in range(size - 1, 0, -1):
        for at in range(end):
            if numbers[at] > numbers[at + 1]:
                numbers[at], numbers[at + 1] = numbers[at + 1], numbers[at]
    return sum(numbers[:10])


def primes(size):
    """How many primes are below ``size``, by trial division."""
    count = 0
    for candidate in range(2, size):
        divisor = 2
        while divisor * divisor <= candidate and candidate % divisor:
            divisor += 1
        count += divisor * divisor > candidate
    return count


def factorial(size):
    """The factorial of ``size`` modulo a prime, in a loop."""
    product = 1
    for factor in range(1, size + 1):
        product = product * factor % 1000000007
    return product


SHAPES = {"fibo": fibo, "bubble": bubble, "primes": primes, "factorial": factorial}


def serial(shape, size, workers):
    return [SHAPES[shape](size) for _ in range(workers)]


def threads(shape, size, workers):
    answers = []
    _all([threading.Thread(target=lambda: answers.append(SHAPES[shape](size))) for _ in range(workers)])
    return answers


def _one(queue, shape, size):
    queue.put(SHAPES[shape](size))


def processes(shape, size, workers):
    import multiprocessing

    # fork exists on every interpreter with multiprocessing; the default differs between versions
    context = multiprocessing.get_context("fork") if hasattr(multiprocessing, "get_context") else multiprocessing
    queue = context.Queue()
    children = [context.Process(target=_one, args=(queue, shape, size)) for _ in range(workers)]
    for child in children:
        child.start()
    answers = [queue.get() for _ in children]
    for child in children:
        child.join()
    return answers


def interpreters(shape, size, workers):
    from concurrent import interpreters as each

    read, write = os.pipe()
    folder = os.path.dirname(os.path.abspath(__file__))
    code = (
        "import os, sys\nsys.path.insert(0, {!r})\nimport shapes\n"
        "os.write({}, b'%d ' % shapes.SHAPES[{!r}]({}))".format(folder, write, shape, size)
    )

    def one():
        interpreter = each.create()
        getattr(interpreter, "exec")(code)  # a keyword on 2.7, where this file must parse
        interpreter.close()

    _all([threading.Thread(target=one) for _ in range(workers)])
    os.close(write)
    answers = [int(answer) for answer in os.read(read, 65536).split()]
    os.close(read)
    return answers


def _all(several):
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()


MODELS = {"serial": serial, "threads": threads, "processes": processes, "interpreters": interpreters}


def main(shape, size, model, workers):
    sys.setrecursionlimit(10000)
    clock = getattr(time, "perf_counter", time.time)
    for _ in range(TIMES):
        started = clock()
        answers = MODELS[model](shape, int(size), int(workers))
        seconds = clock() - started
    if len(answers) != int(workers):
        raise RuntimeError("{} of {} jobs answered".format(len(answers), workers))
    print("{:.9f} {}".format(seconds, sum(answers)))


if __name__ == "__main__":
    main(*sys.argv[1:])
