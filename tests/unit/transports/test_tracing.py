"""Spans of OpenTelemetry: one for a task at its client, one for each run at a worker, whatever happens in between."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from transports import errors, session, tracing, worker
from transports.task_registry import Retry
from transports.wires import memory

MODULE = "tests.unit.transports.test_tracing"
PARENT = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
PLACE = "tracing"
tried: list[int] = []


def where() -> list[str]:
    """Return the trace and the span that the task runs in."""
    found = trace.get_current_span().get_span_context()
    return [f"{found.trace_id:032x}", f"{found.span_id:016x}"]


async def later() -> list[str]:
    await asyncio.sleep(0.01)
    return where()


def again() -> int:
    tried.append(1)
    if len(tried) < 2:  # a third run would be in a child process, which has no exporter here
        raise Retry("not yet")
    return len(tried)


def fail() -> None:
    raise ValueError("no")


TASKS = {"where": where, "later": later, "again": again, "fail": fail, "sleep": time.sleep}


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


@contextmanager
def meeting(kind: str = "thread", concurrency: int = 2) -> Iterator[session.Session]:
    """Yield a client of a worker on a thread of this process."""
    running = worker.Worker(f"memory:{PLACE}", kind, concurrency, MODULE)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        with session.connect(f"memory:{PLACE}") as client:
            client.wait_for_workers()
            yield client
    finally:
        running.stop()
        thread.join(10)
        memory.forget(PLACE)


def named(spans: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in spans.get_finished_spans() if span.name == name]


@pytest.mark.parametrize(
    ("kind", "concurrency", "task"),
    [("thread", 1, "where"), ("thread", 2, "where"), ("async", 2, "later"), ("async", 2, "where")],
)
def test_a_run_is_the_child_of_its_task_and_a_task_of_whoever_asks(spans, kind, concurrency, task):
    with meeting(kind, concurrency) as client:
        (outcome,) = client.gather(task, [[]], trace=PARENT)
    (sent,) = named(spans, f"send {task}")
    (ran,) = named(spans, f"run {task}")
    assert (sent.kind, ran.kind) == (trace.SpanKind.PRODUCER, trace.SpanKind.CONSUMER)
    assert f"{sent.parent.span_id:016x}" == PARENT.split("-")[2]
    assert ran.parent.span_id == sent.context.span_id
    assert outcome.result == [PARENT.split("-")[1], f"{ran.context.span_id:016x}"]
    assert sent.attributes[tracing.TASK_ID] == ran.attributes[tracing.TASK_ID] == outcome.id
    assert sent.start_time <= ran.start_time <= ran.end_time <= sent.end_time


def test_a_task_that_is_sent_again_has_one_span_and_each_run_its_own_below_it(spans):
    tried.clear()
    with meeting() as client:
        assert client.map("again", [[]]) == [2]
    (sent,) = named(spans, "send again")
    runs = named(spans, "run again")
    assert [run.attributes[tracing.ATTEMPT] for run in runs] == [1, 2]
    assert {run.parent.span_id for run in runs} == {sent.context.span_id}
    assert [run.status.description for run in runs] == ["retry", None]
    assert (sent.attributes[tracing.ATTEMPT], sent.status.is_ok) == (2, True)


def test_a_frame_that_is_lost_or_comes_twice_leaves_one_span_of_the_task(spans):
    frames: list[bytes] = []

    def tamper(frame: bytes, to_worker: bool) -> list[bytes]:
        if not to_worker or b'"tasks":[' not in frame:
            return [frame]
        frames.append(frame)
        return [] if len(frames) == 1 else [frame, frame]  # the first is lost, the second comes twice

    with meeting() as client:
        memory.place(PLACE).tamper = tamper
        assert client.map("sleep", [[0.05]], deadline_s=20) == [None]
        time.sleep(0.2)
    assert len(frames) == 2
    (sent,) = named(spans, "send sleep")
    assert {run.parent.span_id for run in named(spans, "run sleep")} == {sent.context.span_id}
    assert sent.attributes[tracing.ATTEMPT] == 2


def test_what_goes_wrong_is_the_status_of_both(spans):
    with meeting() as client:
        client.gather("fail", [[]])
        client.gather("no such task", [[]])
        with pytest.raises(errors.Refused):
            client.submit("fail", [object()])
        client.submit("sleep", [0.1])
    by_name = {span.name: span for span in spans.get_finished_spans()}
    assert by_name["run fail"].status.description == "E_TASK"
    assert by_name["send no such task"].status.description == "E_UNKNOWN_TASK"
    assert "run no such task" not in by_name
    assert {span.status.description for span in named(spans, "send fail")} == {"E_TASK", "E_BAD_ARGS"}
    assert by_name["send sleep"].status.description == "the client was closed"


def test_a_child_process_runs_in_the_trace_of_its_task(spans):
    with meeting("process") as client:
        (outcome,) = client.gather("where", [[]], trace=PARENT)
    (sent,) = named(spans, "send where")
    # The child has no provider of its own: the context is that of the message.
    assert outcome.result == [PARENT.split("-")[1], f"{sent.context.span_id:016x}"]


@pytest.mark.parametrize("given", [None, PARENT, "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 5000])
def test_without_opentelemetry_what_was_given_travels_unchanged(monkeypatch, given):
    monkeypatch.setattr(tracing, "trace", None)
    frames: list[bytes] = []
    with meeting() as client:
        memory.place(PLACE).tamper = lambda frame, to_worker: frames.append(frame) or [frame]
        assert client.map("sleep", [[0]], trace=given) == [None]
    sent = b"".join(frames)
    assert (f'"trace":"{given}"'.encode() in sent) == (given is not None)
    assert (b'"trace"' in sent) == (given is not None)


def test_text_that_is_no_traceparent_begins_a_trace_of_its_own(spans):
    with meeting() as client:
        client.gather("where", [[]], trace="nonsense")
    (sent,) = named(spans, "send where")
    assert sent.parent is None
