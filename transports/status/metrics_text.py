# Run by the interpreter under test (Python 2.7 upward).
"""A worker's metrics in Prometheus' text format (version 0.0.4)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.status import health, process_table
from transports.status.meter import EXPONENTS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
US = 1000000


def render(service, kind, now):
    """Return the text; ``kind`` is the worker's."""
    me = service.me
    series = sorted(service.meter.read().items())
    children = [pid for each in service.executors() for pid in each.pids()]
    lines = []
    lines += _metric(
        "runoff_worker_info",
        "gauge",
        "Always 1; the labels say which worker this is.",
        [({"id": me["id"], "implementation": me["implementation"], "version": me["version"], "kind": kind}, 1)],
    )
    lines += _plain("runoff_worker_live", "gauge", "1 when /healthz answers 200.", not health.not_live(service, now))
    lines += _plain("runoff_worker_ready", "gauge", "1 when /readyz answers 200.", not health.not_ready(service, now))
    lines += _metric(
        "runoff_tasks_total",
        "counter",
        "Tasks that ended here; outcome is ok, retry, released or an error code.",
        [
            ({"task": name, "outcome": outcome}, count)
            for name, each in series
            for outcome, count in sorted(each.outcomes.items())
        ],
    )
    lines += _histogram(
        "runoff_task_queue_seconds",
        "From a task's arrival at this worker until it began.",
        [(name, each.queue, each.queue_us) for name, each in series],
    )
    lines += _histogram(
        "runoff_task_run_seconds",
        "From a task's begin to its end.",
        [(name, each.run, each.run_us) for name, each in series],
    )
    for name, kind_of, text, value in (
        ("tasks_in_flight", "gauge", "Tasks that are here and have no outcome yet.", service.in_flight()),
        (
            "task_overdue_seconds",
            "gauge",
            "How long ago the deadline of a task that still runs has passed; 0: of none.",
            health.overdue_ns(service, now) / health.NS,
        ),
        ("credit", "gauge", "Tasks that a client may have here without a result.", service.credit.tasks),
        ("concurrency", "gauge", "Tasks that run at once.", service.executor.concurrency),
        (
            "redeliveries_total",
            "counter",
            "Tasks that did not arrive for the first time.",
            service.counts["redelivered"],
        ),
        ("reconnects_total", "counter", "Links to the broker that were made again.", service.wire.reconnects()),
        ("worker_children", "gauge", "Child processes that run tasks.", len(children)),
    ):
        lines += _plain("runoff_" + name, kind_of, text, value)
    lines += _memory(children)
    return "\n".join(lines) + "\n"


def _memory(children):
    found = process_table.tree_bytes(children)
    if found is None:
        return []
    own, everything = found
    return _plain("process_resident_memory_bytes", "gauge", "Resident memory of the worker.", own) + _plain(
        "runoff_worker_memory_bytes", "gauge", "Resident memory of the worker and its child processes.", everything
    )


def _plain(name, kind, text, value):
    return _metric(name, kind, text, [({}, value)])


def _metric(name, kind, text, samples):
    """Return the lines of a metric. samples: [({label: value}, number)]."""
    return _head(name, kind, text) + [_sample(name, labels, value) for labels, value in samples]


def _head(name, kind, text):
    return ["# HELP {} {}".format(name, text), "# TYPE {} {}".format(name, kind)]


def _sample(name, labels, value):
    written = ",".join('{}="{}"'.format(label, _escaped(labels[label])) for label in sorted(labels))
    number = "{:.9g}".format(value) if isinstance(value, float) else "{:d}".format(value)
    return "{}{} {}".format(name, "{" + written + "}" if written else "", number)


def _escaped(text):
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _histogram(name, text, rows):
    """Return the lines of a histogram. rows: [(task, [tasks whose time has so many bits], sum in microseconds)]."""
    lines = _head(name, "histogram", text)
    for task, bits, total_us in rows:
        for exponent in EXPONENTS:
            labels = {"task": task, "le": "{:.9g}".format(2**exponent / US)}
            lines.append(_sample(name + "_bucket", labels, sum(bits[: exponent + 1])))
        lines.append(_sample(name + "_bucket", {"task": task, "le": "+Inf"}, sum(bits)))
        lines.append(_sample(name + "_sum", {"task": task}, total_us / US))
        lines.append(_sample(name + "_count", {"task": task}, sum(bits)))
    return lines
