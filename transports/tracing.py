# Run by the interpreter under test (Python 2.7 upward).
"""Spans of OpenTelemetry, where it is installed: one for a task at its client, one for each run at a worker.

A message's ``trace`` is a W3C traceparent that names the client's span. It is the same however often the task is sent,
so every run, at whichever worker, is a child of that one span; the client's ends once, with the outcome. Without
OpenTelemetry, or without a provider that records, a traceparent that the caller gave travels unchanged.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

try:
    from opentelemetry import context, trace
    from opentelemetry.trace.propagation import tracecontext
except ImportError:  # then no span is made
    trace = None

NAME = "runoff"
FIELD = "traceparent"
ATTEMPT, TASK_ID, TASK_NAME = "runoff.task.attempt", "runoff.task.id", "runoff.task.name"
OK = "ok"


def _parent(traceparent):
    """Return the context that a traceparent names; an empty one for None and for any other text."""
    carrier = {} if traceparent is None else {FIELD: traceparent}
    return tracecontext.TraceContextTextMapPropagator().extract(carrier, context.get_current())


def _written(span):
    """Return the traceparent that names ``span``; None for one that is recorded nowhere and has no parent."""
    carrier = {}
    tracecontext.TraceContextTextMapPropagator().inject(carrier, trace.set_span_in_context(span))
    return carrier.get(FIELD)


class ClientSpans(object):
    """The spans of a session's tasks that have no outcome yet."""

    def __init__(self):
        self._spans = {}  # {task id: span}

    def begin(self, identity, name, traceparent):
        """Begin the span of a task; return the traceparent that travels. traceparent: of the caller's span, or None."""
        if trace is None:
            return traceparent
        span = trace.get_tracer(NAME).start_span(
            "send {}".format(name),
            context=_parent(traceparent),
            kind=trace.SpanKind.PRODUCER,
            attributes={TASK_ID: identity, TASK_NAME: name},
        )
        if span.is_recording():
            self._spans[identity] = span
        return _written(span)

    def end(self, outcomes):
        """End the spans of tasks that have their outcome."""
        if not self._spans:
            return
        for outcome in outcomes:
            span = self._spans.pop(outcome.id, None)
            if span is not None:
                span.set_attribute(ATTEMPT, outcome.attempt)
                _end(span, OK if outcome.error is None else outcome.error["code"])

    def abandon(self, why, identity=None):
        """End the span of a task without an outcome; of all tasks where ``identity`` is None."""
        for each in list(self._spans) if identity is None else [identity]:
            span = self._spans.pop(each, None)
            if span is not None:
                _end(span, why)


class Run(object):
    """The span of one run of ``job``; what the task itself begins meanwhile is inside it."""

    def __init__(self, job):
        self._span = trace.get_tracer(NAME).start_span(
            "run {}".format(job.name),
            context=_parent(job.trace),
            kind=trace.SpanKind.CONSUMER,
            attributes={TASK_ID: job.id, TASK_NAME: job.name, ATTEMPT: job.attempt},
        )
        self._context = trace.set_span_in_context(self._span)

    def __enter__(self):
        self._token = context.attach(self._context)
        return self

    def __exit__(self, kind, error, where):
        context.detach(self._token)

    def end(self, outcome):
        """End it; outcome: of a result, see transports.executors.run_job."""
        _end(self._span, outcome)


def run(job):
    """Return the Run of ``job``; None where it is not traced."""
    return None if job.trace is None or trace is None else Run(job)


def _end(span, outcome):
    if outcome != OK:
        span.set_status(trace.Status(trace.StatusCode.ERROR, outcome))
    span.end()
