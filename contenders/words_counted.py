# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.words_counted URL --lanes N
"""How many tasks in Python code the workers at a URL do in a second, and how many of them each interpreter did.

Workers compute, so each should have a core. The command prints one line of JSON: {tasks_per_s, done, wrong}, where done
is {implementation: tasks}.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json
import platform

from compat import clock
from transports import session, url_argument

WARM_S = 2.0  # at least: a JIT compiles meanwhile, and each worker's speed is learned
SECONDS = 3.0
FIRST = 50  # tasks of the first batch; a later one has as many as were done in the time that is left
WORDS = ["word{}".format(number * number % 501) for number in range(10000)]
DISTINCT = len(set(WORDS))
#: In dictionaries and sorting a JIT gains little, in the loop over letters much: together it is a few times as fast.
SUMMED = WORDS[::2]
CHECKSUM = 6194


def words_counted(number):
    """Count words and sum up the letters of some; return [implementation, number], or -1 for a wrong count."""
    counts = {}
    for word in WORDS:
        counts[word] = counts.get(word, 0) + 1
    found = sorted(counts, key=lambda word: (-counts[word], word))
    checksum = 1
    for word in SUMMED:
        for letter in word:
            checksum = (checksum * 31 + ord(letter)) % 65521
    right = len(found) == DISTINCT and sum(counts.values()) == len(WORDS) and checksum == CHECKSUM
    return [platform.python_implementation(), number if right else -1]


TASKS = {"words_counted": words_counted}


def batch(client, tasks):
    """Run ``tasks`` tasks; return (tasks a second, {implementation: tasks}, how many are wrong)."""
    begun = clock.now_ns()
    outcomes = client.gather("words_counted", [(number,) for number in range(tasks)])
    took_ns = clock.now_ns() - begun
    done = collections.Counter(outcome.result[0] for outcome in outcomes if outcome.error is None)
    wrong = sum(1 for n, outcome in enumerate(outcomes) if outcome.error is not None or outcome.result[1] != n)
    return tasks * 1e9 / took_ns, done, wrong


def measure(client, warm_s=WARM_S, seconds=SECONDS):
    """Run as many tasks as are done in ``seconds``, after a warm-up; return the line that is printed."""
    until = clock.now_ns() + int(warm_s * 1e9)
    speed, _, wrong = batch(client, FIRST)
    while clock.now_ns() < until:
        speed, _, more = batch(client, max(FIRST, int(speed * warm_s / 4)))
        wrong += more
    speed, done, more = batch(client, max(FIRST, int(speed * seconds)))
    return {"tasks_per_s": speed, "done": done, "wrong": wrong + more}


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.words_counted")
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("--lanes", type=int, default=1, help="worker connections to wait for; 1 for a broker's queue")
    given = parser.parse_args()
    with session.connect(given.url) as client:
        client.wait_for_workers(given.lanes)
        print(json.dumps(measure(client), sort_keys=True))


if __name__ == "__main__":
    main()
