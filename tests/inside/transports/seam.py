# Run by tests/inside (Python 2.7 upward).
"""What transports/wires/base.py asks of the two ends of a wire whose workers listen, without a session above them."""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from tests.inside.transports.interrupted import interrupting
from transports import errors
from transports.messages import strict_json
from transports.wires import base

WITHIN_S = 10.0
MANY = 20000  # frames of a kilobyte: more than sockets and their queues hold, where these have a limit


class Listening(object):
    """To be mixed into a Contract: ``urls`` are addresses of workers."""

    def worker_end(self):
        """Return the worker's end, which listens; an address that was left a moment ago may be taken yet."""
        until = time.time() + WITHIN_S
        while True:
            wire = base.worker(self.urls[0])
            try:
                wire.open()
                break
            except errors.Unusable:
                if time.time() > until:
                    raise
                time.sleep(0.1)
        self.close_at_the_end(wire)
        wire.credit(None)
        return wire

    def client_end(self):
        """Return (the client's end, its lane, which is up)."""
        wire = base.client(self.urls[0])
        wire.open()
        self.close_at_the_end(wire)
        return wire, self.heard(wire, base.UP)

    def close_at_the_end(self, wire):
        """Close ``wire`` after the test, unless the test has done so."""
        close, closed = wire.close, []

        def once():
            if not closed:
                closed.append(True)
                close()

        wire.close = once
        self.addCleanup(once)

    def heard(self, wire, wanted):
        """Return the lane of the next event ``wanted``."""
        until = time.time() + WITHIN_S
        while time.time() < until:
            for event, lane, _ in wire.poll(0.1):
                if event == wanted:
                    return lane
        self.fail("no {} within {} s".format(wanted, WITHIN_S))

    def arrival(self, wire):
        """Return what arrives next."""
        until = time.time() + WITHIN_S
        while time.time() < until:
            for arrival in wire.receive(0.1):
                return arrival
        self.fail("nothing arrived within {} s".format(WITHIN_S))

    def test_a_frame_arrives_empty_and_a_little_longer_than_the_limit(self):
        worker = self.worker_end()
        client, lane = self.client_end()
        for size in (0, 1, strict_json.FRAME_BYTES, strict_json.FRAME_BYTES + 100):
            client.send(lane, b"x" * size)
            client.drain(1.0)
            self.assertEqual(len(self.arrival(worker).frame), size)

    def test_a_lane_that_is_down_takes_nothing_and_comes_up_again(self):
        worker = self.worker_end()
        client, lane = self.client_end()
        worker.close()
        lane = self.heard(client, base.DOWN)
        with self.assertRaises(errors.Busy):
            client.send(lane, b"lost")
        worker = self.worker_end()
        client.send(self.heard(client, base.UP), b"again")
        client.drain(1.0)
        self.assertEqual(bytes(self.arrival(worker).frame), b"again")

    def test_a_reply_to_one_that_has_gone_is_none(self):
        worker = self.worker_end()
        client, lane = self.client_end()
        client.send(lane, b"ask")
        client.drain(1.0)
        sender = self.arrival(worker).sender
        self.assertTrue(worker.reply(sender, b"answer"))
        client.close()
        until = time.time() + WITHIN_S
        while worker.reply(sender, b"answer") and time.time() < until:
            worker.receive(0.1)
        self.assertFalse(worker.reply(sender, b"answer"))

    def test_a_send_to_a_worker_that_does_not_read_never_blocks(self):
        worker = self.worker_end()
        client, lane = self.client_end()
        longest_s, taken = 0.0, 0
        for number in range(MANY):
            frame = "{} {}".format(number, " " * 1000).encode("ascii")
            begun = time.time()
            try:
                client.send(lane, frame)
            except errors.Busy:
                break
            finally:
                longest_s = max(longest_s, time.time() - begun)
            taken += 1
        self.assertLess(longest_s, 1.0)
        self.assertGreater(taken, 0)
        self.assertEqual(bytes(self.arrival(worker).frame).split()[0], b"0")

    def test_a_signal_ends_no_wait_with_an_error(self):
        worker = self.worker_end()
        client, lane = self.client_end()
        until = time.time() + WITHIN_S
        with interrupting(self) as seen:
            while len(seen) < 3 and time.time() < until:
                worker.receive(0.1)
                client.poll(0.1)
        client.send(lane, b"later")
        client.drain(1.0)
        self.assertEqual(bytes(self.arrival(worker).frame), b"later")
