# Run by nox -s fuzz (CPython with atheris): python -m tests.fuzz.grow [--only DECODER] [--seconds N]
"""Grow tests/inside/transports/corpus: have a coverage-guided fuzzer make frames, and keep the most diverse ones."""

from __future__ import annotations

import argparse
import collections
import json
import logging
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from runoff.common.paths import ROOT
from tests.inside.transports import corpus_file

DECODERS = ("json", "msgpack", "worker", "client", "properties")
#: Kept of each decoder's frames.
MOST_FRAMES = 1600
MOST_BYTES = 400
WORDS = Path(__file__).with_name("words.dict")


def seeds(decoder: str) -> list[bytes]:
    """Return what is mutated first: the frames kept so far, those of the documents, and one of each kind."""
    frames = [frame for frame, _ in corpus_file.read(decoder)] if Path(corpus_file.path(decoder)).exists() else []
    if decoder == "properties":
        for name in (b"x-death", b"x-delivery-count"):
            for kind in (bytes([letter]) for letter in b"tbBsuIiLlfdDSxAFTV"):  # of a value in a table of headers
                entry = bytes([len(name)]) + name + kind + bytes(12)
                frames.append(struct.pack(">HI", 1 << 13, len(entry)) + entry)
        frames.append(struct.pack(">H", 0xFFFC) + bytes(24))  # with every property
        return frames
    import msgpack

    from compat import text
    from tests.helpers import hostile_frames
    from tests.inside.transports.vectors import VECTORS, frame_of

    frames += [frame_of(row) for row in text.read_json(VECTORS)["vectors"]]
    for kind, fields in hostile_frames.ENVELOPES.items():
        tasks = {"tasks": [dict(hostile_frames.TASK, id="a", max_attempts=3, trace="b", meta={})]}
        results = {"results": [dict(hostile_frames.RESULT, id="abcdefgh")]}
        more = {"tasks": tasks, "results": results}.get(kind, {})
        tree = {"v": 1, "kind": kind, **fields, **more}
        frames += [json.dumps(tree).encode(), bytes(msgpack.packb(tree))]
    return frames


def fuzz(decoder: str, folder: str, seconds: int) -> None:
    """Run the fuzzer in this process, which it ends."""
    import atheris

    logging.disable(logging.CRITICAL)
    with atheris.instrument_imports(
        include=["transports", "tests.inside.transports.decoders", "pika", "json", "compat"]
    ):
        from tests.inside.transports import decoders
    judge = decoders.DECODERS[decoder]
    options = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-use_value_profile=1", "-timeout=10"]
    options += [f"-dict={WORDS}", f"-artifact_prefix={folder}/../defect-", "-verbosity=0"]
    atheris.Setup(["grow", *options, folder], judge)
    atheris.Fuzz()


def chosen(verdicts: dict[bytes, str]) -> list[tuple[bytes, str]]:
    """Return the frames to keep: the shortest of each verdict in turn."""
    groups: dict[str, Any] = collections.defaultdict(collections.deque)
    for frame in sorted(verdicts, key=lambda frame: (len(frame), frame)):
        groups[verdicts[frame]].append(frame)
    kept: list[tuple[bytes, str]] = []
    while len(kept) < MOST_FRAMES and groups:
        for verdict in list(groups):
            kept.append((groups[verdict].popleft(), verdict))
            if not groups[verdict]:
                del groups[verdict]
    return kept[:MOST_FRAMES]


def grow(decoder: str, seconds: int) -> None:
    """Fuzz one decoder in a process of its own, and write its file anew; a defect stays in a file that is named."""
    from tests.inside.transports import decoders

    place = Path(tempfile.mkdtemp(prefix=f"fuzz-{decoder}-"))
    folder = place / "frames"
    folder.mkdir()
    for number, frame in enumerate(seeds(decoder)):
        if len(frame) <= MOST_BYTES:
            (folder / str(number)).write_bytes(frame)
    command = [sys.executable, "-m", "tests.fuzz.grow", "--only", decoder]
    command += ["--seconds", str(seconds), "--into", str(folder)]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if code:
        raise SystemExit(f"{decoder}: exit code {code}; the frame is in {place}")
    verdicts = {}
    for path in folder.iterdir():
        frame = path.read_bytes()
        verdicts[frame] = decoders.DECODERS[decoder](frame)
    corpus_file.write(decoder, chosen(verdicts))
    shutil.rmtree(place)
    print(f"{decoder}: {len(verdicts)} frames, {len(set(verdicts.values()))} verdicts")


def main() -> None:
    """Grow the file of one decoder, or of all."""
    parser = argparse.ArgumentParser(prog="nox -s fuzz --", description=__doc__)
    parser.add_argument("--only", choices=DECODERS, help="one decoder instead of all")
    parser.add_argument("--seconds", type=int, default=60, help="for each decoder (60)")
    parser.add_argument("--into", help=argparse.SUPPRESS)  # the folder of a process that fuzzes
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if given.into:
        fuzz(given.only, given.into, given.seconds)
    for decoder in [given.only] if given.only else DECODERS:
        grow(decoder, given.seconds)


if __name__ == "__main__":
    main()
