# Run by the interpreter under test (Python 2.7 upward).
"""Tasks that all work on one shared object: what a build without a GIL has to protect by other means.

Each does ``rounds`` operations (for the lock, steps of work) and returns its number; what the object must be like
afterwards is known, and the last task to leave looks: an update that was lost is a wrong answer. Tasks in different
processes share nothing.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from native import reference
from scenarios.tasks.base import Task


class LostUpdate(Exception):
    """The shared object is not what all the operations on it make."""


class Contended(Task):
    def prepare(self):
        self.door = threading.Lock()
        self.inside = 0
        self.reset()

    def work(self, number):
        with self.door:
            self.inside += 1
        try:
            self.operate(number, self.settings["rounds"])
        finally:
            with self.door:
                self.inside -= 1
                if not self.inside:
                    self.look()
        return number


class Counter(Contended):
    """One number, counted up under a lock that is held for nothing else."""

    def reset(self):
        self.lock = threading.Lock()
        self.counted = 0
        self.due = 0

    def operate(self, number, rounds):
        lock = self.lock
        for _ in range(rounds):
            with lock:
                self.counted += 1
        with lock:
            self.due += rounds

    def look(self):
        if self.counted != self.due:
            raise LostUpdate("counted {} of {}".format(self.counted, self.due))


class Lock(Contended):
    """One lock, held for half of the work: no model can be more than twice as fast as serial."""

    STEPS = 10  # generator steps outside the lock, and as many holding it

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

    def look(self):
        if self.holding:
            raise LostUpdate("nobody is left, and {} hold the lock".format(self.holding))


class List(Contended):
    """One list that every task appends to and pops from, without a lock of its own."""

    def reset(self):
        self.shared = []
        self.balance = 0

    def operate(self, number, rounds):
        shared = self.shared
        balance = 0
        for _ in range(rounds):
            shared.append(number)
            balance += number - shared.pop()  # not always its own: together they must come out even
        with self.door:
            self.balance += balance

    def look(self):
        if self.shared or self.balance:
            raise LostUpdate("{} items are left, out by {}".format(len(self.shared), self.balance))


class Dict(Contended):
    """One dictionary that every task adds its key to and takes it from, without a lock of its own."""

    def reset(self):
        self.shared = {}

    def operate(self, number, rounds):
        shared = self.shared
        for at in range(rounds):
            shared[number] = at
            if shared.pop(number) != at:
                raise LostUpdate("the value of {} is another task's".format(number))

    def look(self):
        if self.shared:
            raise LostUpdate("{} keys are left".format(len(self.shared)))
