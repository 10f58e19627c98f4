# Run by the driver and by the report (Python 3.9 upward).
"""What the gate's calls of a person's function showed, in words: the same on the terminal and on the page."""

from __future__ import annotations

from runoff.common.loose import Reply
from runoff.common.wording import duration, size


def in_words(times: Reply) -> str:
    """Return how long a call takes and computes, what goes in and out, and what loading the function takes.

    ``times`` is what run.json says of them; a run of an earlier version says less.
    """
    call = f"a call takes {duration(1e6 * times['call_s'])}, {100 * times['cpu_share']:.0f} % of it on a core"
    threads, grows, memory = times["threads"], times.get("grows"), times.get("peak_bytes")
    parts = [
        call + (f", 8 threads {threads:.2g} times as fast" if threads is not None else ""),
        f"it grows by {size(grows)} with each call" if grows else "",
        f"{size(times['bytes_in'])} in, {size(times['bytes_out'])} out",
        f"it loads in {duration(1e6 * times['load_s'])}",
        f"{size(memory)} of memory at most" if memory else "",
    ]
    return "; ".join(filter(None, parts))
