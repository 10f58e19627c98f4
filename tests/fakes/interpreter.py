#!/usr/bin/env python3
"""An interpreter that does what its first argument says instead of measuring: FAKE HOW -m harness REQUEST REPLY.

For runoff.driver.invoke, which must make a record of whatever an interpreter does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

#: What it says of itself, and what tests that plan it expect.
IDENTITY = {
    "implementation": "Fake",
    "implementation_version": "1.0",
    "sys_version": "1.0 (a build)",
    "prefix": "/fake",
    "flags": {},
    "gil": True,
    "jit": None,
    "gc": "on",
    "allocator": "own",
}


def honest(request: dict) -> dict:
    """The reply of an interpreter that does its work."""
    return {
        "schema": 1,
        "status": "ok",
        "reason": None,
        "entered_at": time.time(),
        "open_ns": 10,
        "checked": request["batch"] * request["min_iterations"],
        "iterations_ns": [1000] * request["min_iterations"],
        "paces_ns": [500] * (request["min_iterations"] + 1),
        "compiling_ns": [300] * request["min_iterations"],
        "gil": {"at_start": True, "after_imports": True, "at_end": True, "enabled_by": None},
        "clock": {"name": "fake", "resolution_ns": 1, "elapsed_ns": 5_000_000, "wall_ns": 5_000_000},
        "open_cpu_s": 0.0,
        "answered_by": {**IDENTITY, "others": []},
    }


def main() -> int:
    how, request_path, reply_path = sys.argv[1], sys.argv[4], sys.argv[5]
    with open(request_path) as stream:
        request = json.load(stream)
    reply = honest(request)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "exit":
        return 3
    if how == "hang":
        subprocess.Popen(["sleep", "600"])  # and a child that would outlive it
        time.sleep(600)
    if how == "orphan":
        child = subprocess.Popen(["sleep", "600"])
        print(f"orphan {child.pid}")
    if how == "litter":
        print(f"litter {tempfile.mkdtemp(prefix='runoff-')}", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "chatter":
        print("x" * 5_000_000)
        print("y" * 5_000_000, file=sys.stderr)
    if how == "flood":
        while True:
            print("x" * 20_000, file=sys.stderr)
            time.sleep(0.001)
    if how == "environment":
        print(dict(os.environ))
        reply["clock"]["name"] = os.environ["RUNOFF_AMQP_CLIENT"]
    if how == "memory":
        hold = bytearray(64 * 2**20)
        hold[::4096] = b"x" * len(hold[::4096])
        time.sleep(0.3)
    written = json.dumps(reply)
    broken = {
        "half": written[:40],
        "nested": "[" * 100_000,
        "nested-gil": written.replace(json.dumps(reply["gil"]), "[" * 5000 + "]" * 5000),
        "beyond-any-float": written.replace('"open_cpu_s": 0.0', '"open_cpu_s": 1e400'),
        "began-at-no-time": written.replace(f'"entered_at": {reply["entered_at"]}', '"entered_at": 1e400'),
    }
    if how in broken:
        with open(reply_path, "w") as stream:
            stream.write(broken[how])
        return 0
    lies = {
        "few": {"iterations_ns": [1000]},
        "negative": {"iterations_ns": [-5] * request["min_iterations"]},
        "floats": {"iterations_ns": [0.5] * request["min_iterations"]},
        "no-paces": {"paces_ns": None},
        "few-paces": {"paces_ns": [500] * request["min_iterations"]},
        "timeless-paces": {"paces_ns": [0] * (request["min_iterations"] + 1)},
        "few-compiler-times": {"compiling_ns": [300]},
        "negative-compiler-times": {"compiling_ns": [-300] * request["min_iterations"]},
        "slow-clock": {"clock": {"name": "fake", "resolution_ns": 1, "elapsed_ns": 10**9, "wall_ns": 2 * 10**9}},
        "unchecked": {"checked": 1},
        "uncounted": {"failures": {"EMFILE": 0}},
        "too-many-failed": {"failures": {"EMFILE": 3}},
        "uneven": {"worker_answers": [1, 2]},
        "too-many-answers": {"worker_answers": [9, 4]},
        "unasked": {"kills": {}},
        "no-status": {"status": "superb"},
        "no-build": {"answered_by": None},
        "another-build": {"answered_by": {**IDENTITY, "sys_version": "1.1 (a build)"}},
        "another-flag": {"answered_by": {**IDENTITY, "flags": {"optimize": 2}}},
        "no-gil": {"answered_by": {**IDENTITY, "gil": False}},
        "no-start": {"entered_at": None},
        "start-at-nan": {"entered_at": float("nan")},
        "start-at-infinity": {"entered_at": float("inf")},
        "nan-in-the-clock": {"clock": {**reply["clock"], "resolution_ns": float("nan")}},
        "clock-beyond-any-float": {"clock": {**reply["clock"], "elapsed_ns": 10**400, "wall_ns": 10**400}},
        "negative-open": {"open_ns": -1},
        "gil-in-a-word": {"gil": "on"},
        "centuries": {"iterations_ns": [2**64] * request["min_iterations"]},
        "wrong-in-odd-words": {"status": "failed", "reason": "WrongAnswer", "gil": "on", "checked": "all"},
        "wrong": {"status": "failed", "reason": "WrongAnswer: asked for [1], answered [7]", "iterations_ns": []},
    }
    reply.update(lies.get(how, {}))
    with open(reply_path, "w") as stream:
        json.dump(["not", "a", "reply"] if how == "list" else reply, stream)
    return 0


if __name__ == "__main__":
    sys.exit(main())
