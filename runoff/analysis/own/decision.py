# Run by the report (Python 3.9 upward).
"""A person's own function: what to deploy, what that gains over what they have today, and what would change it.

Everything that is ranked here was measured with the function itself.
"""

from __future__ import annotations

from runoff.analysis import warmup
from runoff.analysis.cells.cell import Cell
from runoff.analysis.deployable import support
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.ranking import Place, against, rank
from runoff.common.wording import listed, short, size
from runoff.records.record import OWN_FUNCTION
from runoff.records.schema import GateVerdict, Header
from runoff.stats import significance

#: {scenario: (what one of it is, what several are), in plain words}
WORDS = {
    "serial": ("one call after another", ""),
    "threads": ("a thread for each call", ""),
    "thread-pool": ("1 thread", "{concurrency} threads"),
    "processes": ("a process for each call", ""),
    "process-pool": ("1 process", "{concurrency} processes"),
    "processes-of-threads": ("1 thread", "{workers} processes with {concurrency} threads in all"),
    "interpreter-pool": ("1 subinterpreter", "{concurrency} subinterpreters"),
    "asyncio": ("asyncio, 1 at once", "asyncio, {concurrency} at once"),
    "distributed": ("1 worker over {transport}", "{concurrency} workers over {transport}"),
}
#: Times as fast, from which on a fastest way that was measured too seldom for an interval is named all the same.
MUCH_FASTER = 1.5
MUCH_MEMORY = 1.5  # times today's, from which on a reader is told
NOTHING_ELSE = "What would change it: nothing that was measured; only other inputs, or another machine."


def way(cell: Cell) -> str:
    """Return how ``cell`` runs the function: 2 processes."""
    each = cell.parameters.get("worker_concurrency", 1)
    words = WORDS[cell.scenario][cell.parameters.get("concurrency", 1) > 1].format(**cell.parameters)
    return words + (f", {each} calls at once in each" if each > 1 else "")


def named(cell: Cell) -> str:
    """Return the interpreter of ``cell`` and how it runs the function: pypy-3.11, 2 processes."""
    return f"{cell.interpreter}, {way(cell)}"


def decide(cells: MeasuredCells, allow_eol: bool) -> list[str]:
    """Return the decision in three sentences."""
    places = _places(cells, allow_eol)
    today = cells.reference(OWN_FUNCTION)
    if not places:
        return ["Nothing can be recommended: no interpreter that is still supported has a steady speed."]
    if today is None:
        best = places[0].cell
        return [f"{named(best)} is the fastest, {_speed(best)}; what you have today was not measured."]
    return [_what(places, today), _gain(places, today), _change(cells, places, today)]


def to_deploy(cells: MeasuredCells, allow_eol: bool) -> Cell | None:
    """Return the cell that the decision names; None where it names none."""
    places, today = _places(cells, allow_eol), cells.reference(OWN_FUNCTION)
    if not places:
        return None
    return places[0].cell if today is None or significance.says_faster(places[0].verdict) else today


def _places(cells: MeasuredCells, allow_eol: bool) -> list[Place]:
    """Return the places that can be recommended, fastest first."""
    ended = () if allow_eol else support.ended(cells.header)
    ranked = rank(cells, OWN_FUNCTION).places
    return [place for place in ranked if place.cell.ranked and place.interpreter not in ended]


def _what(places: list[Place], today: Cell) -> str:
    best = places[0]
    if best.cell is today:
        rival = _not_told_apart(places[1:])
        but = f"{named(rival.cell)} is not told apart from it yet" if rival else "Nothing that was measured is faster"
        return f"Keep {named(today)}: {_speed(today)}. {but}."
    if best.verdict == significance.SAME:
        return f"Keep {named(today)}: the fastest that was measured, {named(best.cell)}, is its equal within 5 %."
    if significance.says_faster(best.verdict):
        return f"Deploy {named(best.cell)}: {_speed(best.cell)}."
    fastest = f"{named(best.cell)} was the fastest, {_speed(best.cell)}"
    if best.ratio is not None and best.ratio.value >= MUCH_FASTER:
        return f"Deploy {named(best.cell)}, once a longer run has confirmed it: {_speed(best.cell)}."
    return f"Keep {named(today)} for now: {fastest}, but not beyond doubt."


def _not_told_apart(places: list[Place]) -> Place | None:
    """Return the fastest place of which nobody can say yet whether it is faster than today's."""
    return next((place for place in places if place.verdict.startswith(significance.UNKNOWN)), None)


def _gain(places: list[Place], today: Cell) -> str:
    """Say how much is gained over today, with its interval."""
    best = places[0] if places[0].ratio is not None else _not_told_apart(places[1:])
    if best is None or best.ratio is None:
        return f"There is nothing to gain over today's {_speed(today)}."
    if best.ratio.low is None or best.ratio.high is None:
        now = f"today's ({named(today)}: {_speed(today)})"
        return f"That is {short(best.ratio.value)} times {now}; one invocation does not say how sure that is."
    interval = f"[{short(best.ratio.low)}, {short(best.ratio.high)}]"
    bound = "at least " if best.verdict.startswith(significance.AT_LEAST) else ""
    many = short(best.ratio.low if bound else best.ratio.value)
    gain = f"That is {bound}{many} times today's {interval} ({named(today)}: {_speed(today)})"
    return f"{gain}; {best.verdict}." if best.verdict.startswith(significance.UNKNOWN) else f"{gain}."


def _change(cells: MeasuredCells, places: list[Place], today: Cell) -> str:
    """Say what would change the decision: the next option, what was not warm yet, short-lived processes, memory."""
    best = places[0].cell
    found = []
    if places[1:]:
        found.append(_next(cells, places, today))
    warming = next((place.cell for place in places[1:] if place.cell.warming), None)
    if warming is not None:
        found.append(f"{named(warming)} was still warming up, and may yet be the better one: --soak 1 shows it")
    if (early := _early(cells, best, today)) is not None:
        found.append(early)
    if today.peak_memory_bytes and best.peak_memory_bytes > MUCH_MEMORY * today.peak_memory_bytes:
        more, now = size(best.peak_memory_bytes), size(today.peak_memory_bytes)
        found.append(f"too little memory (it takes {more}, today's {now})")
    return f"What would change it: {'; '.join(found)}." if found else NOTHING_ELSE


def _next(cells: MeasuredCells, places: list[Place], today: Cell) -> str:
    """Say what comes next on another interpreter."""
    best, other = places[0].cell, places[1].cell
    ((_, verdict),) = against([(best, other)], cells.floor(OWN_FUNCTION), cells.header)
    if verdict == significance.SAME:
        return f"{named(other)} is its equal ({_speed(other)})"
    times = short(other.throughput.value / today.throughput.value)
    over = "today's" if other is today else f"{times} times today's"
    sure = "" if significance.says_faster(verdict) else ", not told apart yet"
    return f"if {best.interpreter} cannot be had, the next is {named(other)} ({_speed(other)}, {over}{sure})"


def _early(cells: MeasuredCells, best: Cell, today: Cell) -> str | None:
    """Say for how long a process must live before the interpreter of ``best`` has paid, one call after another."""
    serial = {cell.interpreter: cell for cell in cells.of_work(OWN_FUNCTION) if cell.scenario == "serial"}
    one, other = serial.get(best.interpreter), serial.get(today.interpreter)
    if one is None or other is None:
        return None
    ((_, verdict),) = against([(one, other)], cells.floor(OWN_FUNCTION), cells.header)
    crossing = warmup.break_even(one, other, verdict)
    if crossing is None or not crossing.overtakes:
        return None
    return (
        f"processes that end within {crossing.seconds:.2g} s or {short(crossing.tasks)} calls "
        f"(until then {today.interpreter} is ahead)"
    )


def _speed(cell: Cell) -> str:
    bound = "at least " if cell.warming else ""
    return f"{bound}{short(cell.throughput.value)} calls/s"


def gate_lines(header: Header) -> list[str]:
    """Return one line an interpreter: does the function run there, and where not, why."""
    width = max(len(row["interpreter"]) for row in header["gate"])
    return [f"{row['interpreter']:<{width}}  {_gate_text(row)}" for row in header["gate"]]


def _gate_text(row: GateVerdict) -> str:
    failed = [each for each in row["rows"] if not each["ok"]]
    if not failed:
        return "yes"
    reasons = listed([f"{each['check']} ({(each['reason'] or 'no reason given').splitlines()[0]})" for each in failed])
    return f"yes, but for {reasons}" if row["passed"] else f"no: {reasons}"
