# Run by the interpreter under test (Python 2.7 upward), as a script: INTERPRETER shapes.py SHAPE SIZE MODEL WORKERS
"""The workloads of published figures, written anew from their descriptions.

Run WORKERS equal jobs under one MODEL, twice; print the seconds of the second run and the sum of the answers. The
module uses the standard library alone: it compares interpreters and models, as the sources do.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys
import threading
import time

TIMES = 2


def fibo(size):
    """Return the Fibonacci number ``size`` by naive recursion."""
    return size if size < 2 else fibo(size - 1) + fibo(size - 2)


def bubble(size):
    """Sort ``size`` descending numbers by bubble sort; return the sum of the first ten."""
    numbers = list(range(size, 0, -1))
    for end in range(size - 1, 0, -1):
        for index in range(end):
            if numbers[index] > numbers[index + 1]:
                numbers[index], numbers[index + 1] = numbers[index + 1], numbers[index]
    return sum(numbers[:10])


def primes(size):
    """Count the primes below ``size`` by trial division."""
    count = 0
    for candidate in range(2, size):
        divisor = 2
        while divisor * divisor <= candidate and candidate % divisor:
            divisor += 1
        count += divisor * divisor > candidate
    return count


def factorial(size):
    """Return the factorial of ``size`` modulo a prime, computed in a loop."""
    product = 1
    for factor in range(1, size + 1):
        product = product * factor % 1000000007
    return product


SHAPES = {"fibo": fibo, "bubble": bubble, "primes": primes, "factorial": factorial}


def serial(shape, size, workers):
    """Run the jobs one after another; return their answers."""
    return [SHAPES[shape](size) for _ in range(workers)]


def threads(shape, size, workers):
    """Run the jobs in one thread each; return their answers."""
    answers = []
    _run_all([threading.Thread(target=lambda: answers.append(SHAPES[shape](size))) for _ in range(workers)])
    return answers


def _answer(queue, shape, size):
    queue.put(SHAPES[shape](size))


def processes(shape, size, workers):
    """Run the jobs in one process each; return their answers."""
    import multiprocessing

    # fork exists on every interpreter with multiprocessing; the default differs between versions
    context = multiprocessing.get_context("fork") if hasattr(multiprocessing, "get_context") else multiprocessing
    queue = context.Queue()
    children = [context.Process(target=_answer, args=(queue, shape, size)) for _ in range(workers)]
    for child in children:
        child.start()
    answers = [queue.get() for _ in children]
    for child in children:
        child.join()
    return answers


def interpreters(shape, size, workers):
    """Run the jobs in one subinterpreter and thread each; return their answers."""
    from concurrent import interpreters as subinterpreters

    read, write = os.pipe()
    folder = os.path.dirname(os.path.abspath(__file__))
    code = (
        "import os, sys\nsys.path.insert(0, {!r})\nimport shapes\n"
        "os.write({}, b'%d ' % shapes.SHAPES[{!r}]({}))".format(folder, write, shape, size)
    )

    def answer():
        interpreter = subinterpreters.create()
        getattr(interpreter, "exec")(code)  # a keyword on 2.7, where this file must parse
        interpreter.close()

    _run_all([threading.Thread(target=answer) for _ in range(workers)])
    os.close(write)
    answers = [int(answer) for answer in os.read(read, 65536).split()]
    os.close(read)
    return answers


def _run_all(several):
    for thread in several:
        thread.start()
    for thread in several:
        thread.join()


MODELS = {"serial": serial, "threads": threads, "processes": processes, "interpreters": interpreters}


def main(shape, size, model, workers):
    """Run TIMES times, and print the seconds and the answers' sum of the last run."""
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
