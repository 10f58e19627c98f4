# Run by the interpreter under test (Python 2.7 upward).
"""Tasks that all work on one shared object, which a build without a GIL must protect by other means.

Each task does ``rounds`` operations (for the lock: steps of work) and returns its number. The right final state of the
object is known, and the last running task checks it: a lost update is a wrong answer. Tasks in different processes
share nothing.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from native import reference
from scenarios.tasks.base import Task


class LostUpdate(Exception):
    """Raised when the shared object is not in the state that all operations together produce."""


class Contended(Task):
    """Base class: ``reset`` makes the shared object, ``operate`` works on it, ``check`` raises LostUpdate."""

    def prepare(self):
        self.gate = threading.Lock()
        self.running = 0
        self.reset()

    def work(self, number):
        with self.gate:
            self.running += 1
        try:
            self.operate(number, self.settings["rounds"])
        finally:
            with self.gate:
                self.running -= 1
                if not self.running:
                    self.check()
        return number


class Counter(Contended):
    """One number, incremented under a lock that protects nothing else."""

    def reset(self):
        self.lock = threading.Lock()
        self.counted = 0
        self.expected_count = 0

    def operate(self, number, rounds):
        lock = self.lock
        for _ in range(rounds):
            with lock:
                self.counted += 1
        with lock:
            self.expected_count += rounds

    def check(self):
        if self.counted != self.expected_count:
            raise LostUpdate("counted {} of {}".format(self.counted, self.expected_count))


class Lock(Contended):
    """One lock, held for half of the work: no model can be more than twice as fast as serial (Amdahl's law)."""

    STEPS = 10  # generator steps without the lock, then as many holding it

    def reset(self):
        self.lock = threading.Lock()
        self.holding = 0

    def operate(self, number, rounds):
        for _ in range(rounds // (2 * self.STEPS) + 1):
            outside = reference.burn(number, self.STEPS)
            with self.lock:
                self.holding += 1
                if self.holding != 1 or reference.burn(number, self.STEPS) != outside:
                    raise LostUpdate("{} tasks hold the lock".format(self.holding))
                self.holding -= 1

    def check(self):
        if self.holding:
            raise LostUpdate("no task is running, but {} hold the lock".format(self.holding))


class List(Contended):
    """One list that every task appends to and pops from, without a lock."""

    def reset(self):
        self.shared = []
        self.balance = 0

    def operate(self, number, rounds):
        shared = self.shared
        balance = 0
        for _ in range(rounds):
            shared.append(number)
            balance += number - shared.pop()  # perhaps another task's number: the balances of all tasks add up to 0
        with self.gate:
            self.balance += balance

    def check(self):
        if self.shared or self.balance:
            raise LostUpdate("{} items are left, and the sum is off by {}".format(len(self.shared), self.balance))


class Dict(Contended):
    """One dictionary to which every task adds its own key and removes it, without a lock."""

    def reset(self):
        self.shared = {}

    def operate(self, number, rounds):
        shared = self.shared
        for value in range(rounds):
            shared[number] = value
            if shared.pop(number) != value:
                raise LostUpdate("the value of {} is another task's".format(number))

    def check(self):
        if self.shared:
            raise LostUpdate("{} keys are left".format(len(self.shared)))
