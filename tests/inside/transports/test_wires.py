# -*- coding: utf-8 -*-
# Run by every interpreter (Python 2.7 upward): INTERPRETER -m unittest tests.inside.transports.test_wires
"""The transport contract over each wire of this interpreter, and what each wire adds to it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import re
import time
import unittest

from tests.inside.transports import seam, transport_contract
from transports import catalog, errors, session, worker
from transports.client import receiver
from transports.messages import json_codec, strict_msgpack
from transports.wires import base, ipc_socket, memory

try:
    from compat.zeromq import zmq
    from contenders import raw_zeromq
except ImportError:
    zmq = None


def free_ports(count):
    try:
        from java.net import ServerSocket  # Jython's own sockets are closed some time after their close()
    except ImportError:
        import socket

        sockets = [socket.socket() for _ in range(count)]
        for each in sockets:
            each.bind((str("127.0.0.1"), 0))
        ports = [each.getsockname()[1] for each in sockets]
    else:
        sockets = [ServerSocket(0) for _ in range(count)]
        ports = [each.getLocalPort() for each in sockets]
    for each in sockets:
        each.close()
    return ports


class _OfThreads(object):
    """Wires within a process, whose workers can hang but not be killed."""

    def test_the_tasks_of_a_worker_that_hangs_go_to_another(self):
        self.beat_often()
        self.addCleanup(setattr, session, "SILENCE_NS", session.SILENCE_NS)
        session.SILENCE_NS = session.NS * 7 // 10
        deaf, _ = self.work(0), self.work(1)
        client = self.ask(2, numbers=(0, 1))
        deaf.worker.service.turn = time.sleep
        try:
            time.sleep(0.2)  # its last turn ends
            for number in range(40):
                client.submit("sleep", [0.01])
            found = self.outcomes(client, 40, 20.0)
        finally:
            del deaf.worker.service.turn
        self.assertEqual([outcome.error for outcome in found], [None] * 40)
        self.assertGreater(client.counts["lost"], 0)


class Memory(_OfThreads, transport_contract.Contract, unittest.TestCase):
    scheme, shared = "memory", True

    def prepare(self):
        self.urls = ["memory:" + self.folder] * 2

    def test_frames_that_are_lost_doubled_and_late_change_nothing(self):
        import random

        chance = random.Random(4)
        late = {True: [], False: []}

        def tamper(frame, to_worker):
            if json_codec.decode(frame, ["json", "msgpack"])["kind"] not in ("tasks", "results"):
                return [frame]
            fate = chance.random()
            if fate < 0.1:
                return []
            if fate < 0.2:
                return [frame, frame]
            if fate < 0.3:
                late[to_worker].append(frame)
                return []
            return [frame] + ([late[to_worker].pop()] if late[to_worker] else [])

        memory.place(self.folder).tamper = tamper
        self.beat_often()
        self.work()
        client = self.ask()
        ids = set()
        found = []
        for number in range(60):
            # Of five attempts each may be lost: how many there are is another promise.
            ids.add(client.submit("noop", [number], deadline_s=25.0, attempts=50))
            found += client.poll(0)  # each in a frame of its own, so that each has its own fate
        found += self.outcomes(client, 60 - len(found), 30.0)
        self.assertEqual([outcome.error for outcome in found], [None] * 60)
        self.assertEqual(sorted(outcome.result for outcome in found), list(range(60)))
        self.assertEqual(set(outcome.id for outcome in found), ids)
        self.assertEqual(client.poll(0.2), [])

    def test_no_more_tasks_run_at_once_than_the_worker_may(self):
        """Wait 100 ms six times, two at a time: a lower bound on time that no load can break."""
        for kind in ("thread", "process"):
            if kind == "process" and not worker.can_isolate():
                continue
            running = self.work(kind=kind, concurrency=2)
            client = self.ask()
            begun = time.time()
            for _ in range(6):
                client.submit("sleep", [0.1])
            self.assertEqual([outcome.error for outcome in self.outcomes(client, 6)], [None] * 6)
            self.assertGreater(time.time() - begun, 0.29)
            client.close()
            self.clients.remove(client)
            running.stop()
            self.running.remove(running)

    def test_answers_of_a_worker_that_calls_itself_otherwise_each_time_take_no_memory(self):
        names = iter(range(1000))

        def tamper(frame, to_worker):
            return [frame if to_worker else re.sub(b'"id":"[a-z]+","impl', b'"id":"w%d","impl' % next(names), frame)]

        memory.place(self.folder).tamper = tamper
        self.addCleanup(setattr, receiver, "MOST_WORKERS", receiver.MOST_WORKERS)
        receiver.MOST_WORKERS = 10
        self.work()
        client = self.ask()
        for number in range(50):
            self.one(client, "noop", number)
        self.assertEqual((len(client.answers), sum(client.answers.values())), (11, 50))


class _ZeroMQ(seam.Listening, transport_contract.Contract):
    shared = False

    def test_a_second_worker_at_the_same_address_is_refused(self):
        self.work()
        with self.assertRaises(errors.Unusable):
            transport_contract.Running(self.urls[0])
        self.assertEqual(self.one(self.ask(), "noop", 1).result, 1)

    def test_a_worker_that_vanishes_loses_nothing(self):
        self.work(0)
        self.work(1)
        client = self.ask(2, numbers=(0, 1))
        for number in range(400):
            client.submit("mark", [os.path.join(self.folder, "log"), number, 0.002])
        found = self.outcomes(client, 20)
        self.running.pop(0).stop(2)  # aborts: what it holds is lost with its sockets
        found += self.outcomes(client, 400 - len(found), 20.0)
        self.assertEqual(sorted(outcome.result for outcome in found), list(range(400)))
        self.assertEqual(client.poll(0.1), [])


@unittest.skipIf(zmq is None, "no ZeroMQ here")
class Inproc(_OfThreads, _ZeroMQ, unittest.TestCase):
    scheme = "zmq+inproc"

    def prepare(self):
        self.urls = ["zmq+inproc:{}/{}".format(self.folder, number) for number in range(2)]

    # A thread cannot be killed, and inproc has no link that breaks.
    test_a_worker_that_vanishes_loses_nothing = None
    test_a_lane_that_is_down_takes_nothing_and_comes_up_again = None


@unittest.skipIf(zmq is None or ipc_socket.fcntl is None, "no ZeroMQ over ipc here")
class Ipc(_ZeroMQ, unittest.TestCase):
    scheme = "zmq+ipc"

    def prepare(self):
        self.urls = ["zmq+ipc:{}/{}".format(self.folder, number) for number in range(2)]

    def test_the_folder_must_be_nobody_elses(self):
        os.chmod(self.folder, 0o755)
        with self.assertRaises(errors.Unusable):
            self.work()
        os.chmod(self.folder, 0o700)
        os.symlink(self.folder, self.folder + "-link")
        try:
            with self.assertRaises(errors.Unusable):
                transport_contract.Running("zmq+ipc:{}-link/x".format(self.folder))
        finally:
            os.unlink(self.folder + "-link")

    def test_nothing_is_left_in_the_folder(self):
        self.work().stop()
        self.assertEqual(os.listdir(self.folder), [])


@unittest.skipIf(zmq is None, "no ZeroMQ here")
class Tcp(_ZeroMQ, unittest.TestCase):
    scheme = "zmq+tcp"

    def prepare(self):
        self.urls = ["zmq+tcp:127.0.0.1:{}".format(port) for port in free_ports(2)]

    def test_an_address_others_can_reach_needs_curve(self):
        for host in ("0.0.0.0", "*", "192.0.2.1"):
            with self.assertRaises(errors.Unusable) as raised:
                transport_contract.Running("zmq+tcp:{}:0".format(host))
            self.assertIn("CURVE", str(raised.exception))

    def test_a_client_asks_nobody_elses_machine_without_curve(self):
        from transports.wires import curve

        self.assertFalse(curve.is_loopback("tcp://127.example.org:1"))  # the addresses of a name are looked at instead
        for host in ("192.0.2.1", "127.0.0.1:1;192.0.2.1", "127.0.0.1:1,192.0.2.1"):
            client = session.connect("zmq+tcp:{}:1".format(host))
            with self.assertRaises(errors.Unusable) as raised:
                client.open()
            self.assertIn("CURVE", str(raised.exception))

    def test_what_has_no_curve_serves_this_machine_alone(self):
        for host in ("0.0.0.0", "*", "192.0.2.1"):
            with self.assertRaises(errors.Unusable) as raised:
                raw_zeromq.serve("tcp://{}:0".format(host))
            self.assertIn("listen at 127.0.0.1", str(raised.exception))

    def test_strangers_at_the_port_do_no_harm(self):
        import socket

        self.work()
        client = self.ask()
        host, port = self.urls[0].split(":")[1:]
        for text in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", os.urandom(3000)):
            stranger = socket.create_connection((host, int(port)))
            stranger.sendall(text)
            stranger.close()
        self.assertEqual(self.one(client, "noop", 1).result, 1)


@unittest.skipIf(zmq is None, "no ZeroMQ here")
@unittest.skipIf(strict_msgpack.usable(), "no MessagePack here: {}".format(strict_msgpack.usable()))
class TcpMessagePack(Tcp):
    """The contract in MessagePack for tasks and results; control messages stay JSON."""

    codec = "?codec=msgpack"

    def test_what_travels_is_messagepack(self):
        self.work()
        client = self.ask()
        wire = client.wire
        send, poll, sent, heard = wire.send, wire.poll, [], []

        def sending(lane, frame, ids=()):
            sent.append(frame)
            send(lane, frame, ids)

        def polling(timeout_s):
            events = poll(timeout_s)
            heard.extend(payload for event, _, payload in events if event == base.FRAME)
            return events

        wire.send, wire.poll = sending, polling
        self.assertEqual(self.one(client, "echo", "x").result, [["x"], {}])
        self.assertEqual([strict_msgpack.is_map(frame) for frame in sent], [True])
        self.assertEqual([strict_msgpack.is_map(frame) for frame in heard if b"beat" not in frame], [True])

    def test_a_worker_that_does_not_speak_it_says_so(self):
        self.work().worker.service._codecs = ["json"]
        client = self.ask(workers=0)
        with self.assertRaises(errors.Unusable) as raised:
            client.wait_for_workers(1, 0.5)
        self.assertIn("E_CODEC: no codec in common", str(raised.exception))

    def test_a_client_in_each_codec_at_one_worker(self):
        self.work(kind="process")
        client = self.ask()
        other = session.connect(self.urls[0]).open()
        self.clients.append(other)
        other.wait_for_workers()
        value = ["\u00fc", 2**60, bytearray(b"\n\x00\n"), 1.5, {"k": None}]
        for each in (client, other, client):
            self.assertEqual(self.one(each, "echo", *value).result, [value, {}])
            self.assertEqual(self.code(each, "fail", "x\ny"), "E_TASK")
        text = "\x00" * 2**20  # JSON, as which a child gets it, says each of them in six
        self.assertTrue(self.one(client, "echo", text, deadline_s=50.0).result == [[text], {}])


class Urls(unittest.TestCase):
    def test_a_codec_that_cannot_be_had_is_refused_with_the_reason(self):
        for codec in ("pickle", "application/x-python-serialize", ""):
            with self.assertRaises(errors.Unusable) as raised:
                session.connect("memory:x?codec=" + codec)
            self.assertIn("json and msgpack", str(raised.exception))
        if strict_msgpack.usable():
            for end in (session.connect, worker.Worker):
                with self.assertRaises(errors.Unusable) as raised:
                    end("memory:x?codec=msgpack")
                self.assertIn(strict_msgpack.usable(), str(raised.exception))

    def test_udp_is_refused_with_the_reason(self):
        with self.assertRaises(errors.Unusable) as raised:
            base.client("zmq+udp://127.0.0.1:5555")
        self.assertIn("RADIO", str(raised.exception))

    def test_an_option_that_a_wire_does_not_know_is_said(self):
        for scheme in catalog.by_scheme():
            for end in (base.client, base.worker):
                try:
                    end(scheme + ":here")
                except errors.Unusable:  # this interpreter lacks the wire
                    continue
                with self.assertRaises(errors.Unusable) as refusal:
                    end(scheme + ":here?codec=json&hartbeat=2")
                self.assertIn("not hartbeat", "{}".format(refusal.exception))

    def test_what_is_no_url_is_said(self):
        for url in ("", "tcp", "http://x", "zmq:1"):
            with self.assertRaises(errors.Unusable):
                base.client(url)
