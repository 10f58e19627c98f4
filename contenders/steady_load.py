# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.steady_load URL NAME [OPTIONS]
"""A client that keeps tasks in flight until its stdin ends, and waits then until each has its outcome.

It prints one line of JSON: submitted, ok, wrong (answers), twice (outcomes of a task beyond the first), and errors,
{code: count}. A task takes its number, and --settings where there are some, and must return its number.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json
import sys
import threading

from transports import session, url_argument

DEADLINE_S = 60.0
START_S = 120.0


def submit_until(ended, client, name, more, in_flight):
    """Keep ``in_flight`` tasks under way until ``ended()``; return the counts. more: arguments behind the number."""
    numbers = {}  # {task id: number} of those without an outcome
    errors = collections.Counter()
    submitted = wrong = ok = twice = 0
    while not ended() or numbers:
        while not ended() and len(numbers) < in_flight:
            numbers[client.submit(name, [submitted] + more, deadline_s=DEADLINE_S)] = submitted
            submitted += 1
        for outcome in client.poll(0.1):
            if outcome.id not in numbers:
                twice += 1
                continue
            number = numbers.pop(outcome.id)
            if outcome.error is not None:
                errors[outcome.error["code"]] += 1
            elif outcome.result == number:
                ok += 1
            else:
                wrong += 1
    return {"submitted": submitted, "ok": ok, "wrong": wrong, "twice": twice, "errors": dict(errors)}


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.steady_load")
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("name", help="the task")
    parser.add_argument("--settings", type=json.loads, help="a second argument for every task, as JSON")
    parser.add_argument("--in-flight", type=int, default=64)
    given = parser.parse_args()
    over = threading.Event()

    def wait():
        sys.stdin.read()
        over.set()

    waiter = threading.Thread(target=wait)
    waiter.daemon = True
    waiter.start()
    more = [] if given.settings is None else [given.settings]
    with session.connect(given.url) as client:
        client.wait_for_workers(1, START_S)
        print(json.dumps(submit_until(over.is_set, client, given.name, more, given.in_flight), sort_keys=True))


if __name__ == "__main__":
    main()
