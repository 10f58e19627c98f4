# Run by the interpreter under test (Python 2.7 upward).
"""What every worker does, over every wire: answer hellos, check tasks, hand them to an executor, send results, beat.

Results travel as tasks do: those that are ready go in one frame; one waits for the next at most ``wire.result_age_ns``,
and only while other tasks are there to run. All use of the wire is under
one lock, so that a keeper thread can answer for a main thread that computes.
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
from transports.executors.run_job import Job, failed
from transports.messages import codec_table, json_codec
from transports.wires import base

NS = 1000000000
BEAT_NS = NS
#: How many members a frame with more than one result may have, were each as short as a member can be; the first
#: HEAD_BYTES of a result hold none but those that every result has.
FRAME_MEMBERS = 9000
HEAD_BYTES = 44
MOST_CLIENTS = 1000
#: A task that was begun so often, as far as anyone knows, and has no outcome may be what ends workers.
SUSPECT_AFTER = 2

log = logging.getLogger("runoff.transports")


class _Parcel(object):
    """A frame of tasks: how many of them have no outcome yet, and what the wire wants to see settled after the last.

    returned: how often a broker took it back from a worker that was lost.
    """

    __slots__ = ("left", "returned", "token")

    def __init__(self, left, token, returned):
        self.left = left
        self.token = token
        self.returned = returned


class Service(object):
    """One worker over an open ``wire``. ``functions``: {name: callable}. ``executor``: runs jobs, see inline.py.

    isolate: makes an executor whose tasks end no worker, for tasks that may have ended one; None: ``executor`` is one.
    meter: counts what ends (transports/status/meter.py), or None.
    """

    def __init__(self, wire, functions, executor, credit=1000, now_ns=clock.now_ns, isolate=None, meter=None):
        self.wire = wire
        self.functions = functions
        self.executor = executor
        self.credit = credit
        self.counts = collections.Counter()
        self.meter = meter
        self._isolate = isolate
        self._isolated = None  # the executor that it made, once there was a suspect
        self._suspects = set()  # its Jobs whose frame a broker took back: nothing new begins before they have ended
        self._behind_suspects = []
        self.draining = False
        self.gave_back = False  # the drain's time was over, and what had no outcome was given back
        #: Called, holding the lock, when the drain is over and the main thread is in a task that does not end.
        self.leave = None
        self._drain_ns = None  # how long a drain may take, once it was asked for
        self._drain_until = None
        self._earliest = None  # no task's deadline is before this one
        self.lock = threading.RLock()
        self._now_ns = now_ns
        self._held = {}  # {sender: {id: Job}}
        self._clients = collections.OrderedDict()  # {sender: None}: those that said hello
        self._finished = collections.deque()  # of (job, result), from any thread
        self._stuck = collections.deque()  # of (sender, frame, tokens) that the wire was too busy for
        self.turned_at = now_ns()  # when the loop came by
        self._next_beat = self.turned_at + BEAT_NS
        self._said = set()
        codec_table.named(wire.codec)  # one that cannot be had is said now, not at the first task
        self._codecs = codec_table.spoken()
        self.me = {
            "id": json_codec.Ids()().decode("ascii"),
            "implementation": "{}".format(platform.python_implementation()),
            "version": "{}".format(platform.python_version()),
            "pid": os.getpid(),
        }
        self._results_heads = {}  # {codec: what its frames begin with}
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
        with self.lock:
            if self._earliest is not None:
                timeout_s = min(timeout_s, max(0.0, (self._earliest - self._now_ns()) / NS))
            eager = self.executor.eager() or (self._isolated is not None and self._isolated.eager())
            for arrival in self.wire.receive(0.0 if eager else timeout_s):
                self._on_arrival(arrival)

    def keep(self):
        """Send what is finished or overdue, go on with a drain, beat when it is time."""
        with self.lock:
            self.turned_at = now = self._now_ns()
            if self._isolated is not None:
                self._isolated.work()
            if self._earliest is not None and now >= self._earliest:
                self._expire(now)
            self.flush()
            if self._drain_ns is not None:
                self._drain(now)
            if now >= self._next_beat:
                self._next_beat = now + BEAT_NS
                if self.wire.beats:
                    self._beat()

    def idle(self):
        """Return whether every task has its outcome, and every outcome was sent."""
        return not any(self._held.values()) and not self._finished and not self._stuck

    def in_flight(self):
        """Return how many tasks have no outcome yet. From any thread."""
        return sum(len(held) for held in list(self._held.values()))

    def executors(self):
        """Return the executors that run tasks. From any thread."""
        return [each for each in (self.executor, self._isolated) if each is not None]

    def _expire(self, now):
        """Give every task past its deadline its outcome, whether it has begun or waits behind another one."""
        earliest = None
        for jobs in list(self._held.values()):
            for job in list(jobs.values()):
                if now >= job.deadline:
                    if not job.cancelled:
                        self.finish(job, failed(job, "E_DEADLINE", "no outcome at its deadline"))
                        self._abandon(job)
                elif earliest is None or job.deadline < earliest:
                    earliest = job.deadline
        # Not sooner than 5 ms from now: many deadlines close together do not cost a look each.
        self._earliest = None if earliest is None else max(earliest, now + 5000000)

    def close(self):
        """End the executors."""
        for each in self.executors():
            each.close()

    def drain(self, drain_ns):
        """Ask for a drain of at most ``drain_ns``. From any thread, and from a signal's handler."""
        self._drain_ns = drain_ns

    def is_over(self):
        """Return whether a drain has ended, in order or by its timeout."""
        return self.gave_back or (self.draining and self.idle())

    def _drain(self, now):
        if not self.draining:
            self.draining = True
            self._drain_until = now + self._drain_ns
            self.wire.credit(0)
            for sender in list(self._clients):
                self._reply(sender, json_codec.control("bye"))
        elif now > self._drain_until and not self.gave_back and not self.idle():
            self.gave_back = True
            self._release()

    def _release(self):
        """Give back all that has no outcome: another worker may do it, and the attempt does not count."""
        for jobs in list(self._held.values()):
            for job in list(jobs.values()):
                self.finish(job, failed(job, "E_BUSY", "the worker leaves", status=json_codec.RELEASED))
        self.flush()

    # --- in ----------------------------------------------------------------------------------------------------------

    def _on_arrival(self, arrival):
        try:
            tree = json_codec.decode(arrival.frame, self._codecs)
            handle = _KINDS.get(tree["kind"])
            if handle is None:
                raise Refused("E_MALFORMED", "{} is nothing that a worker is sent".format(tree["kind"]))
            handle(self, arrival, tree)
        except Refused as refusal:
            self.counts[refusal.code] += 1
            self._say_once(refusal)
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
        self._clients[arrival.sender] = None
        if len(self._clients) > MOST_CLIENTS:
            self._clients.popitem(last=False)
        welcome = json_codec.control(
            "welcome",
            worker=self.me,
            credit=self.credit,
            concurrency=self.executor.concurrency,
            codec=common[0],
            codecs=self._codecs,
            tasks=sorted(self.functions),
        )
        self._reply(arrival.sender, welcome)
        self.wire.settle(arrival.token, base.DONE)

    def _on_tasks(self, arrival, tree):
        now = self._now_ns()
        sender = arrival.sender
        items = tree["tasks"]
        parcel = _Parcel(len(items), arrival.token, arrival.returned)
        held = self._held.setdefault(sender, {})
        room = max(0, 2 * self.credit - len(held))  # a client that respects its credit never sees the end of it
        functions = self.functions
        codec = codec_table.of(arrival.frame)
        jobs = []
        for item in items:
            refusal = json_codec.task_refusal(item)
            if refusal is not None and (type(item) is not dict or not json_codec.is_id(item.get("id"))):
                self.counts[refusal[0]] += 1
                self._say_once(Refused(*refusal))
                parcel.left -= 1
                continue
            job = Job(
                item["id"],
                item.get("name"),
                item.get("args", ()),
                item.get("kwargs") or {},
                item.get("attempt", 1) if refusal is None else 1,
                now,
                now + item.get("budget_ms", 60000) * 1000000 if refusal is None else now,
                sender,
                parcel,
                codec,
                item.get("trace") if refusal is None else None,
            )
            if job.id in held:  # sent again while it is still here, as after a link that broke for a moment
                self.counts["doubled"] += 1
                held[job.id].parcel.left -= 1
                held[job.id].parcel = parcel  # what is to be settled is the newer one
                continue
            if refusal is None and job.name not in functions:
                refusal = ("E_UNKNOWN_TASK", "no task is called {}".format(job.name[:60]))
            if refusal is None and job.deadline <= now:
                refusal = ("E_DEADLINE", "there was no time left when it arrived")
            held[job.id] = job
            if self._earliest is None or job.deadline < self._earliest:
                self._earliest = job.deadline
            if refusal is not None:
                self.counts[refusal[0]] += 1
                self.finish(job, failed(job, *refusal))
            elif self.draining or len(jobs) >= room:
                self.finish(job, failed(job, "E_BUSY", "no room", status=json_codec.RELEASED))
            else:
                jobs.append(job)
        if not held:  # or a stranger could fill the memory with names that sent nothing to hold
            del self._held[sender]
        if not parcel.left:
            self.wire.settle(arrival.token, base.DONE)
        self.counts["taken"] += len(jobs)
        self.counts["redelivered"] += len(jobs) if arrival.returned else sum(job.attempt > 1 for job in jobs)
        if jobs:
            self._put(jobs)

    def _put(self, jobs):
        """Hand ``jobs`` to the executor; to the isolated one those that may have ended a worker.

        A fresh task that ends the worker would take along those that a broker took back before, and count for them: it
        waits until they have ended.
        """
        if self._isolate is not None:
            fresh, suspects = [], []
            for job in jobs:
                job.isolated = max(job.attempt - 1, job.parcel.returned) >= SUSPECT_AFTER
                (suspects if job.isolated else fresh).append(job)
            if suspects:
                if self._isolated is None:
                    self._isolated = self._isolate()
                    self._isolated.begin(self)
                self._isolated.put(suspects)
                self._suspects.update(job for job in suspects if job.parcel.returned >= SUSPECT_AFTER)
            if self._suspects:
                self._behind_suspects += fresh
                return
            jobs = fresh
        self.executor.put(jobs)

    def _abandon(self, job):
        """End the work of a job whose outcome is known, where that can be done."""
        job.cancelled = True
        (self._isolated if job.isolated else self.executor).abandon(job)

    def _on_cancel(self, arrival, tree):
        held = self._held.get(arrival.sender, {})
        for identity in tree["ids"]:
            job = held.get(identity) if json_codec.is_id(identity) else None
            if job is not None:
                self.counts["cancelled"] += 1
                self.finish(job, failed(job, "E_CANCELLED", "cancelled by the client"))
                self._abandon(job)
        self.wire.settle(arrival.token, base.DONE)

    def _on_bye(self, arrival, _tree):
        self._forget(arrival.sender)
        self.wire.settle(arrival.token, base.DONE)

    def _forget(self, sender):
        """Discard the tasks of a client that has gone."""
        self._clients.pop(sender, None)
        for job in list(self._held.get(sender, {}).values()):
            self._abandon(job)
            self._drop(job)
        self._held.pop(sender, None)

    # --- out ---------------------------------------------------------------------------------------------------------

    def finish(self, job, result):
        """Give ``job`` its outcome (see run_job.py), from any thread; only the first one counts."""
        self._finished.append((job, result))

    def flush(self):
        """Send what is finished; what the wire has no room for stays. Holds the lock."""
        self._flush_stuck()
        finished = self._finished
        while finished:
            sender, frame_bytes, items, tokens, ended = None, 0, [], [], []
            while finished and len(items) < 1000:
                job, result = finished[0]
                if not items:
                    codec = job.codec
                    most_bytes = FRAME_MEMBERS * codec.MEMBER_BYTES
                elif job.sender != sender or job.codec is not codec or frame_bytes + len(result[0]) > most_bytes:
                    break
                entry = finished.popleft()
                if job.settled:
                    continue
                self._drop(job)
                sender = job.sender
                items.append(result[0])
                ended.append(entry)
                frame_bytes += len(result[0]) - HEAD_BYTES
                if job.parcel.left == 0 and job.parcel.token is not None:
                    tokens.append(job.parcel.token)
            if items:
                self.counts["answered"] += len(items)
                if self.meter is not None:
                    self.meter.add(ended)
                self._stuck.append((sender, codec.results(self._results_head(codec), items), tokens))
                self._flush_stuck()

    def _results_head(self, codec):
        if codec not in self._results_heads:
            self._results_heads[codec] = codec.results_head(self.me)
        return self._results_heads[codec]

    def _drop(self, job):
        job.settled = True
        job.parcel.left -= 1
        if job.isolated:
            self._suspects.discard(job)
            if not self._suspects and self._behind_suspects:
                jobs, self._behind_suspects = self._behind_suspects, []
                self.executor.put(jobs)
        held = self._held.get(job.sender)
        if held is not None:
            held.pop(job.id, None)
            if not held:
                del self._held[job.sender]

    def _flush_stuck(self):
        while self._stuck:
            sender, frame, tokens = self._stuck[0]
            try:
                there = self.wire.reply(sender, frame, tokens)
            except errors.Busy:
                self.counts["busy"] += 1
                return
            self._stuck.popleft()
            if not there:
                self._stuck = collections.deque(entry for entry in self._stuck if entry[0] != sender)
                self._forget(sender)

    def _beat(self):
        for sender in list(self._clients):
            held = self._held.get(sender, {})
            self._reply(sender, json_codec.control("beat", held=sorted(held)))

    def _reply(self, sender, frame):
        try:
            if not self.wire.reply(sender, frame):
                self._forget(sender)
        except errors.Busy:
            self.counts["busy"] += 1

    def _say_once(self, refusal):
        sentence = "{}: {}".format(refusal.code, refusal.text)
        if sentence not in self._said and len(self._said) < 1000:
            self._said.add(sentence)
            log.warning("a message was refused (said once): %s", sentence)


_KINDS = {
    "hello": Service._on_hello,
    "tasks": Service._on_tasks,
    "cancel": Service._on_cancel,
    "bye": Service._on_bye,
}
