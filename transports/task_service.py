# Run by the interpreter under test (Python 2.7 upward).
"""What every worker does, over every wire: answer hellos, check tasks, hand them to an executor, send results, beat.

Results travel as tasks do: those that are ready go in one frame. A result waits for the next one at most
``wire.result_age_ns``, and only while other tasks are there to run. All use of the wire is under one lock, so that a
keeper thread can answer for a main thread that computes.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import logging
import os
import platform
import threading

from compat import clock
from transports import errors
from transports.errors import Refused
from transports.executors.quarantine import Quarantine
from transports.executors.run_job import failed
from transports.messages import codec_table, json_codec
from transports.service.credit import MOST_GIVEN, Credit, most_bytes
from transports.service.farewell import Farewell
from transports.service.held_jobs import HeldJobs
from transports.service.intake import Intake
from transports.service.outbox import Outbox, Parcel
from transports.wires import base

NS = 1000000000
BEAT_NS = NS
MOST_CLIENTS = 1000  # that get beats
#: Results that wait for one client, before its tasks are dropped unread: it sends and does not receive.
MOST_WAITING = 100000
#: Bytes of them: with more, the client gets no room for tasks.
MOST_WAITING_BYTES = 64 * 1024 * 1024
LAST_RESULTS_NS = NS // 2  # for what is given back when a drain's time is over, where the wire has no room at once
log = logging.getLogger("runoff.transports")


class Service(object):
    """One worker over an open ``wire``. ``functions``: {name: callable}. ``executor``: runs jobs, see inline.py.

    credit: how many tasks without a result a client may have here; None: as many as the rate asks for.
    isolated: as for Quarantine.
    meter: counts what ends (transports/status/meter.py), or None.
    """

    def __init__(self, wire, functions, executor, credit=None, now_ns=clock.now_ns, isolated=None, meter=None):
        if wire.beats and credit is not None and credit > MOST_GIVEN:
            sentence = "a credit of {} is too much: a beat lists the tasks of twice as many; give {} at most"
            raise errors.Unusable(sentence.format(credit, MOST_GIVEN))
        self.wire = wire
        self.functions = functions
        self.executor = executor
        self.counts = collections.Counter()
        self.meter = meter
        self._quarantine = Quarantine(executor, isolated, self)
        self.draining = False
        self.gave_back = False  # the drain's time was over, and what had no outcome was given back
        #: Called, holding the lock, when the drain is over and the main thread is in a task that does not end.
        self.leave = None
        self._drain_ns = None  # how long a drain may take, once it was asked for
        self._drain_until = None
        self.lock = threading.RLock()
        self._now_ns = now_ns
        self._held = HeldJobs()
        self._clients = collections.OrderedDict()  # {sender: None}: those that said hello
        self._farewell = Farewell()
        self.turned_at = now_ns()  # when the loop came by
        self.credit = Credit(credit, self.turned_at)
        self._next_beat = self.turned_at + BEAT_NS
        self._said = set()
        codec_table.named(wire.codec)  # raise now where it is missing, not at the first task
        self._codecs = codec_table.spoken()
        self.me = {
            "id": json_codec.Ids()().decode("ascii"),
            "implementation": "{}".format(platform.python_implementation()),
            "version": "{}".format(platform.python_version()),
            "pid": os.getpid(),
        }
        self._outbox = Outbox(self, self.me, self.counts, meter, self._settle, self._forget)
        self.finish = self._outbox.add  # gives a job its outcome, from any thread
        self.flush = self._outbox.flush  # sends what is finished, holding the lock
        self._most_bytes = most_bytes(executor.concurrency)
        wire.concurrency = executor.concurrency
        wire.credit(credit)
        executor.begin(self)

    # --- the loop ----------------------------------------------------------------------------------------------------

    def turn(self, timeout_s):
        """Take what has arrived (waiting for it up to ``timeout_s``), work, answer."""
        self.take(timeout_s)
        self.executor.work()
        self.keep()

    def take(self, timeout_s):
        """Take what has arrived; wait for it up to ``timeout_s``."""
        with self.lock:
            wait_ns = self._held.wait_ns(self._now_ns())
            if wait_ns is not None:
                timeout_s = min(timeout_s, max(0.0, wait_ns / NS))
            if self.wire.beats:  # a broker's wire ends the wait when it has room
                timeout_s = min(timeout_s, self._outbox.wait_s())
            for arrival in self.wire.receive(0.0 if self._quarantine.eager() else timeout_s):
                self._on_arrival(arrival)

    def keep(self):
        """Send what is finished or overdue, go on with a drain, beat when it is time."""
        with self.lock:
            self.turned_at = now = self._now_ns()
            self._quarantine.work()
            for job in self._held.overdue(now):
                if not job.cancelled:
                    self.finish(job, failed(job, "E_DEADLINE", "no outcome at its deadline"))
                    self._quarantine.abandon(job)
            self.flush()
            if self._drain_ns is not None:
                self._drain(now)
            if now >= self._next_beat:
                self._next_beat = now + BEAT_NS
                if self.wire.beats:
                    self.credit.renew(self.counts["answered"], now)
                    self._beat()

    def idle(self):
        """Return whether every task has its outcome, and every outcome was sent."""
        return not self._held.count() and self._outbox.is_empty()

    def in_flight(self):
        """Return how many tasks have no outcome yet. From any thread."""
        return self._held.count()

    def executors(self):
        """Return the executors that run tasks. From any thread."""
        return self._quarantine.executors()

    def close(self):
        """End the executors."""
        self._quarantine.close()

    def drain(self, drain_ns):
        """Ask for a drain of at most ``drain_ns``. From any thread, and from a signal's handler."""
        self._drain_ns = drain_ns

    def drain_left_s(self):
        """Return how long a drain that has begun may still take."""
        return 0.0 if self._drain_until is None else max(0.0, (self._drain_until - self._now_ns()) / NS)

    def is_over(self):
        """Return whether a drain has ended: all was answered and the clients know it, or its time is over."""
        if not self.draining:
            return False
        now = self._now_ns()
        if not self.idle():
            return self.gave_back and now > self._drain_until + LAST_RESULTS_NS
        return now >= self._drain_until or self._farewell.is_over(list(self._clients), now)

    def _drain(self, now):
        if not self.draining:
            self._drain_until = now + self._drain_ns
            self._farewell.began = now
            self.draining = True
            self.wire.credit(0)
            for sender in list(self._clients):
                self._reply(sender, json_codec.control("bye"))
        elif now > self._drain_until and not self.gave_back and not self.idle():
            self.gave_back = True
            self._release()

    def _release(self):
        """Give back all that has no outcome: another worker may do it, and the attempt does not count.

        A durable broker is given the whole frame, since the client may have gone; what was answered of it runs again.
        """
        for job in self._held.all():
            if self.wire.keeps_tasks:
                self._drop(job, base.RELEASE)
            else:
                self.finish(job, failed(job, "E_BUSY", "the worker leaves", status=json_codec.RELEASED))
        self.flush()

    # --- in ----------------------------------------------------------------------------------------------------------

    def _on_arrival(self, arrival):
        try:
            tree = json_codec.decode(arrival.frame, self._codecs)
            handle = (_KINDS if self.wire.beats else _KINDS_OF_A_BROKER).get(tree["kind"])
            if handle is None:
                raise Refused("E_MALFORMED", "{} is nothing that a worker is sent".format(tree["kind"]))
            handle(self, arrival, tree)
        except Refused as refusal:
            self.counts[refusal.code] += 1
            self._log_refused(refusal)
            error = {"code": refusal.code, "message": refusal.text, "retryable": False}
            if refusal.details is not None:
                error["details"] = refusal.details
            self._reply(arrival.sender, json_codec.control("error", error=error))
            self.wire.settle(arrival.token, base.REJECT)

    def _on_hello(self, arrival, tree):
        if self.draining:
            return
        common = [codec for codec in tree["codecs"] if codec in self._codecs]
        if not common:
            raise Refused("E_CODEC", "no codec in common", self._codecs)
        self._clients.pop(arrival.sender, None)
        if len(self._clients) >= MOST_CLIENTS:
            self._clients.pop(self._without_tasks())
        self._clients[arrival.sender] = None
        welcome = json_codec.control(
            "welcome",
            worker=self.me,
            credit=self.credit.tasks,
            concurrency=self.executor.concurrency,
            codec=common[0],
            codecs=self._codecs,
            tasks=sorted(self.functions),
        )
        self._reply(arrival.sender, welcome)
        self.wire.settle(arrival.token, base.DONE)

    def _without_tasks(self):
        """Return the client that said hello first of those without a task here; raise Refused where there is none."""
        for sender in self._clients:
            if not self._held.of(sender):
                return sender
        raise Refused("E_BUSY", "{} clients have tasks here".format(MOST_CLIENTS))

    def _on_tasks(self, arrival, tree):
        sender = arrival.sender
        items = tree["tasks"]
        if self.draining and self.wire.keeps_tasks:
            self.wire.settle(arrival.token, base.RELEASE)
            return
        waiting, waiting_bytes = self._outbox.waiting(sender)
        if waiting > MOST_WAITING:
            self.counts["dropped"] += len(items)
            self._log_once("tasks were dropped: their client does not receive its results")
            self.wire.settle(arrival.token, base.RELEASE)
            return
        parcel = Parcel(len(items), arrival.token, arrival.redeliveries)
        held = self._held.begin(sender)
        room = self._room(arrival, len(held) + waiting, waiting_bytes)
        codec = codec_table.of(arrival.frame)
        intake = Intake(items, held, self.functions, sender, parcel, codec, self._now_ns())
        self._held.end(sender, intake.earliest)
        if len(intake.new) < len(items):
            self._refuse(intake)
        jobs = intake.new
        if len(jobs) > room:
            for job in jobs[room:]:
                self.finish(job, failed(job, "E_BUSY", "no room", status=json_codec.RELEASED))
            del jobs[room:]
        if not parcel.left:
            self.wire.settle(arrival.token, base.DONE)
        self.counts["taken"] += len(jobs)
        again = jobs if arrival.redeliveries else [job for job in jobs if job.attempt > 1]
        if again:
            self.counts["redelivered"] += len(again)
        if jobs:
            self._held.weigh(sender, parcel, len(arrival.frame))
            self._quarantine.put(jobs)

    def _room(self, arrival, count, waiting_bytes):
        """Return how many tasks of ``arrival`` its client may have here, besides its ``count`` tasks and results.

        One that respects its credit never sees the end of it. One behind a broker is told of none: the broker keeps
        what the wire does not ask for.
        """
        if self.draining:
            return 0
        if not self.wire.beats:
            return float("inf")
        held_bytes = self._held.bytes_of(arrival.sender) + len(arrival.frame)
        if waiting_bytes > MOST_WAITING_BYTES or held_bytes > self._most_bytes:
            return 0
        return max(0, 2 * self.credit.tasks - count)

    def _refuse(self, intake):
        """Give the tasks of ``intake`` that cannot run their outcome, and count what else is no new task."""
        for refusal in intake.nameless:
            self.counts[refusal[0]] += 1
            self._log_refused(Refused(*refusal))
        for job, refusal in intake.refused:
            self.counts[refusal[0]] += 1
            self.finish(job, failed(job, *refusal))
        self.counts["doubled"] += intake.doubled

    def _on_cancel(self, arrival, tree):
        held = self._held.of(arrival.sender)
        for identity in tree["ids"]:
            job = held.get(identity) if json_codec.is_id(identity) else None
            if job is not None:
                self.counts["cancelled"] += 1
                self.finish(job, failed(job, "E_CANCELLED", "cancelled by the client"))
                self._quarantine.abandon(job)
        self.wire.settle(arrival.token, base.DONE)

    def _on_bye(self, arrival, _tree):
        self._forget(arrival.sender)
        self.wire.settle(arrival.token, base.DONE)

    def _forget(self, sender):
        """Discard the tasks of a client that has gone."""
        self._clients.pop(sender, None)
        for job in list(self._held.of(sender).values()):
            self._quarantine.abandon(job)
            self._drop(job, base.DONE)  # the broker need not keep what nobody waits for

    # --- out ---------------------------------------------------------------------------------------------------------

    def _drop(self, job, outcome):
        """Remove ``job``, which gets no result; after the last of its frame, settle that."""
        self._settle(job)
        if not job.parcel.left:
            for token in job.parcel.tokens:
                self.wire.settle(token, outcome)

    def _settle(self, job):
        """Remove ``job``, which has its outcome."""
        job.settled = True
        job.parcel.left -= 1
        self._quarantine.settled(job)
        self._held.remove(job)

    def _beat(self):
        """Tell each client what is held for it; a client whose results wait receives these first."""
        for sender in list(self._clients):
            if not self._outbox.waiting(sender)[0]:
                held = sorted(self._held.of(sender))
                self._reply(sender, json_codec.control("beat", held=held, credit=self.credit.tasks))

    def reply(self, sender, frame, tokens=()):
        """Send a frame of results, as the wire does; called by the outbox."""
        connected = self.wire.reply(sender, frame, tokens)
        if self.wire.beats:  # a broker waits for nobody
            self._farewell.sent(sender, len(frame), self.turned_at)
        return connected

    def _reply(self, sender, frame):
        try:
            if not self.wire.reply(sender, frame):
                self._forget(sender)
        except errors.Busy:
            self.counts["busy"] += 1

    def _log_refused(self, refusal):
        self._log_once("a message was refused: {}: {}".format(refusal.code, refusal.text))

    def _log_once(self, sentence):
        if sentence not in self._said and len(self._said) < 1000:
            self._said.add(sentence)
            log.warning("%s (said once)", sentence)


_KINDS = {
    "hello": Service._on_hello,
    "tasks": Service._on_tasks,
    "cancel": Service._on_cancel,
    "bye": Service._on_bye,
}
_KINDS_OF_A_BROKER = {"tasks": Service._on_tasks}  # nothing controls a link that is none
