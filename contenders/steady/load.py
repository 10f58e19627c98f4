# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.steady.load URL NAME [OPTIONS]
"""A client that keeps tasks in flight until its stdin ends, and waits then until each has its outcome.

Its last line is JSON: submitted, ok, wrong (answers), twice (outcomes of a task beyond the first), resent, and errors,
{code: count}. With --report-s it prints the counts so far as well. A task takes its number, and --settings where there
are some, and must return its number; a task whose begins are recorded (--recorded) takes its number twice.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json

from compat import clock
from contenders.steady import trickle
from scenarios.workers import killable
from transports import session, url_argument

DEADLINE_S = 60.0
START_S = 120.0


class Load(object):
    """Tasks called ``name``, ``in_flight`` of them under way. settings: their second argument, or None."""

    def __init__(self, client, name, settings, in_flight, recorded=False):
        self._client = client
        self._name = killable.PREFIX + name if recorded else name
        self._more = [] if settings is None else [settings]
        self._in_flight = in_flight
        self._recorded = recorded
        self._numbers = {}  # {task id: number} of those without an outcome
        self._errors = collections.Counter()
        self._submitted = self._wrong = self._ok = self._twice = 0

    def run(self, ended, report_ns, say):
        """Keep tasks under way until ``ended()``; call ``say`` with the counts, every ``report_ns`` and at the end."""
        due = clock.now_ns() + report_ns
        while not ended() or self._numbers:
            while not ended() and len(self._numbers) < self._in_flight:
                self._submit()
            for outcome in self._client.poll(0.1):
                self._take(outcome)
            if clock.now_ns() >= due:
                due += report_ns
                say(self._counts())
        say(self._counts())

    def _submit(self):
        number = self._submitted
        arguments = [number] + self._more + ([number] if self._recorded else [])
        self._numbers[self._client.submit(self._name, arguments, deadline_s=DEADLINE_S)] = number
        self._submitted += 1

    def _take(self, outcome):
        if outcome.id not in self._numbers:
            self._twice += 1
            return
        number = self._numbers.pop(outcome.id)
        if outcome.error is not None:
            self._errors[outcome.error["code"]] += 1
        elif (outcome.result[1] if self._recorded else outcome.result) == number:
            self._ok += 1
        else:
            self._wrong += 1

    def _counts(self):
        return {
            "submitted": self._submitted,
            "ok": self._ok,
            "wrong": self._wrong,
            "twice": self._twice,
            "resent": self._client.counts["resent"],
            "errors": dict(self._errors),
        }


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.steady.load")
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("name", help="the task")
    parser.add_argument("--settings", type=json.loads, help="a second argument for every task, as JSON")
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument(
        "--recorded", action="store_true", help="have workers record each task that they start (killable.py)"
    )
    parser.add_argument(
        "--report-s", type=float, default=float("inf"), help="seconds between two prints of the counts so far"
    )
    given = parser.parse_args()
    ended = trickle.end_of_input()
    with session.connect(given.url) as client:
        client.wait_for_workers(1, START_S)
        load = Load(client, given.name, given.settings, given.in_flight, given.recorded)
        load.run(ended, given.report_s * 1e9, lambda counts: trickle.say(json.dumps(counts, sort_keys=True)))


if __name__ == "__main__":
    main()
