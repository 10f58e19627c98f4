# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.words_counted URL [URL] --lanes N
"""How many tasks in Python code the workers at some URLs do in a second, and how many of them each interpreter did.

At each URL a client of its own keeps tasks in flight; all of them count during the same seconds. The command prints one
line of JSON: {tasks_per_s, done, wrong}, where done is {implementation: tasks}.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json
import platform
import threading

from compat import clock
from transports import session, url_argument

WARM_S = 3.0  # a JIT compiles meanwhile, and each worker's speed is learned
SECONDS = 3.0
IN_FLIGHT = 500  # for each client: a third of a second of the fastest pair seen
WORDS = ["word{}".format(number * number % 501) for number in range(10000)]
DISTINCT = len(set(WORDS))
#: In dictionaries and sorting a JIT gains little, in the loop over letters much: together it is a few times as fast.
SUMMED = WORDS[::2]
CHECKSUM = 6194


def words_counted(number, times):
    """Count words and sum letters, ``times`` times; return [implementation, number], or -1 for a wrong count."""
    right = all([_counts_right() for _ in range(times)])
    return [platform.python_implementation(), number if right else -1]


def _counts_right():
    counts = {}
    for word in WORDS:
        counts[word] = counts.get(word, 0) + 1
    found = sorted(counts, key=lambda word: (-counts[word], word))
    checksum = 1
    for word in SUMMED:
        for letter in word:
            checksum = (checksum * 31 + ord(letter)) % 65521
    return len(found) == DISTINCT and sum(counts.values()) == len(WORDS) and checksum == CHECKSUM


TASKS = {"words_counted": words_counted}


class Count(object):
    """How many tasks, of so many ``times`` each, the workers at one URL did between two moments (compat/clock.py)."""

    def __init__(self, url, lanes, times):
        self._client = session.connect(url).open()
        self._client.wait_for_workers(lanes)
        self._times = times
        self._numbers = {}  # {task id: number}
        self._sent = 0
        self.done = collections.Counter()
        self.wrong = 0

    def run(self, begin_ns, end_ns):
        """Keep tasks in flight until ``end_ns``; count those done from ``begin_ns`` on."""
        while clock.now_ns() < end_ns:
            while len(self._numbers) < IN_FLIGHT:
                self._numbers[self._client.submit("words_counted", (self._sent, self._times))] = self._sent
                self._sent += 1
            for outcome in self._client.poll(0.05):
                self._take(outcome, begin_ns <= clock.now_ns() < end_ns)

    def _take(self, outcome, counts):
        number = self._numbers.pop(outcome.id)
        if outcome.error is not None or outcome.result[1] != number:
            self.wrong += 1
        elif counts:
            self.done[outcome.result[0]] += 1

    def close(self):
        """Close the client; the tasks in flight are given up."""
        self._client.close()


def measure(counts):
    """Run all of ``counts`` at the same time, after a warm-up; return the line that is printed."""
    begin_ns = clock.now_ns() + int(WARM_S * 1e9)
    end_ns = begin_ns + int(SECONDS * 1e9)
    threads = [threading.Thread(target=each.run, args=(begin_ns, end_ns)) for each in counts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = sum((each.done for each in counts), collections.Counter())
    return {
        "tasks_per_s": sum(done.values()) / SECONDS,
        "done": done,
        "wrong": sum(each.wrong for each in counts),
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.words_counted")
    parser.add_argument("urls", metavar="URL", nargs="+", type=url_argument.url)
    parser.add_argument("--lanes", type=int, default=1, help="workers to wait for at each URL; 1 for a broker's queue")
    parser.add_argument("--times", type=int, default=1, help="how often each task does its work")
    given = parser.parse_args()
    counts = [Count(url, given.lanes, given.times) for url in given.urls]
    line = measure(counts)
    for each in counts:
        each.close()
    print(json.dumps(line, sort_keys=True))


if __name__ == "__main__":
    main()
