# Run by nox -s calibrate (Python 3.9 upward): python -m runoff.validation.calibrate
"""Count what the instrument says of data whose truth is known, beside what is promised."""

from __future__ import annotations

import math
import statistics
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import reduce
from itertools import repeat
from pathlib import Path

import numpy

from runoff.common import tables
from runoff.common.loose import Table
from runoff.common.paths import RESULTS
from runoff.common.printed_table import left, printed_table, right
from runoff.common.progress import Progress
from runoff.validation import (
    dealt_runs,
    known_noise,
    played_runs,
    pyperf_verdicts,
    real_runs,
    replayed_runs,
    simulated_runs,
)
from runoff.validation.replayed_runs import Recording
from runoff.validation.simulated_runs import Count

SIZES = (3, 5, 10, 15)
NOISES = (0.02, 0.03, 0.05)
WARM_UPS = (1, 2, 5, 20)
COMPARED = (2, 10)  # interpreters in a replayed run
STARTS = (4, 6, 12, 24)  # of each, for what a rule would find that knows the noise
PROMISED = 2  # interpreters among which the best is promised to be found as below
#: {profile: (the share of cells that may be off, the share of the trials that is played)}. A cell takes seconds by the
#: rule of rigorous.
PLAYED = {"quick": (0.05, 1.0), "rigorous": (0.02, 1 / 16)}
DEALT = (4, 8)  # invocations of a cell dealt to each side
DEALS = 60
PLANTED = {0.1: 0.6, 0.2: 0.9, 0.5: 0.99, 1.0: 1.0}  # {true difference: in what share of the works it must be found}


class Findings:
    """The table: a row for each question, with its count and what was promised."""

    def __init__(self) -> None:
        title = "the instrument on data whose truth is known"
        self.table = printed_table(title, left("question"), right("ours", "promised", "kept", "pyperf", no_wrap=True))
        self.broken = 0

    def promise_at_most(self, question: str, count: Count, share: float, pyperf: str = "") -> None:
        """Add a row with the promise of ``share`` or less, which is kept while chance explains what is more."""
        self.note(question, shown(count), f"<= {share:.0%}", count.hits <= allowed(share, count.trials), pyperf)

    def promise_at_least(self, question: str, count: Count, share: float) -> None:
        """Add a row with the promise of ``share`` or more, which is kept while chance explains what is missing."""
        missing = count.trials - count.hits
        self.note(question, shown(count), f">= {share:.0%}", missing <= allowed(1 - share, count.trials))

    def note(self, question: str, ours: str, promised: str = "", kept: bool | None = None, pyperf: str = "") -> None:
        """Add a row whose promise the caller has checked, or that has none."""
        self.broken += kept is False
        self.table.add_row(question, ours, promised, "" if kept is None else "yes" if kept else "NO", pyperf)


def allowed(share: float, trials: int) -> int:
    """Return the most events in ``trials`` that a true rate of ``share`` explains: no more come 97.5 % of the time."""
    from scipy.stats import binom

    return int(binom.ppf(0.975, trials, share))


def shown(count: Count) -> str:
    """Return ``count`` as text."""
    return f"{count.hits} of {count.trials} ({count.share:.1%})"


def on_simulated(findings: Findings, progress: Progress, seed: int, trials: int) -> None:
    """Judge simulated pairs, planted warm-ups and flat series."""
    chance = numpy.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="runoff-calibrate-") as folder:
        for done, n in enumerate(SIZES):
            progress.show(done, len(SIZES), f"simulated A/A pairs, n = {n}", 6.0 * (len(SIZES) - done))
            pairs = [simulated_runs.pair(chance, n) for _ in range(trials)]
            pyperf = shown(pyperf_verdicts.called_different(pairs, Path(folder)))
            question = f"simulated A/A, n = {n}: called different"
            findings.promise_at_most(question, simulated_runs.called_different(pairs), 0.05, pyperf)
            findings.promise_at_most(
                f"the same, n = {n}: interval without 1", simulated_runs.intervals_without_one(pairs), 0.05
            )
    for noise in NOISES:
        found, asked = simulated_runs.found_with_the_n_asked_for(chance, noise, trials)
        question = f"true 5 % at {noise:.0%} noise between invocations, n asked for (median {asked}): found"
        findings.promise_at_least(question, found, 0.9)
    for done, planted in enumerate(WARM_UPS):
        progress.show(done, len(WARM_UPS), f"planted warm-ups of {planted}", 10.0)
        question = f"planted warm-up of {planted} in 60 iterations: found, where it ends"
        findings.promise_at_least(question, simulated_runs.warm_ups_found(chance, planted, trials), 0.95)
    progress.show(1, 2, "flat series with spikes", 5.0)
    raw = simulated_runs.flat_misread_without_filter(chance, trials)
    findings.promise_at_most("flat with 3 % spikes: misread", simulated_runs.flat_misread(chance, trials), 0.05)
    findings.note("the same by PELT without the spike rule", shown(raw))
    findings.promise_at_most(
        "flat without spikes: misread", simulated_runs.flat_misread(chance, trials, spikes=0.0), 0.05
    )


def on_played(findings: Findings, progress: Progress, seed: int, trials: int) -> None:
    """Play whole cells through the profiles, and through the rule that quick had before."""
    profiles = tables.read("experiments.toml")["profiles"]
    before = _played("the rule that quick had", played_runs.FORMERLY, progress, seed, trials)
    for profile, (most, share) in PLAYED.items():
        found = _played(profile, profiles[profile], progress, seed, math.ceil(trials * share))
        for shape, (wrong, marked) in found.items():
            findings.note(f"{profile}, {shape}: off by over 5 % and not marked ({shown(marked)} marked)", shown(wrong))
            if profile == "quick":
                findings.note("the same by the rule that quick had", shown(before[shape][0]))
        findings.promise_at_most(f"{profile}, all shapes: off by over 5 % and not marked", _all_shapes(found), most)
        if profile == "quick":
            findings.note("the same by the rule that quick had", shown(_all_shapes(before)))


def _played(name: str, rules: Table, progress: Progress, seed: int, trials: int) -> dict[str, tuple[Count, Count]]:
    """Return of each shape how many cells were off without a mark, and how many had one, by ``rules``."""
    shapes, found = played_runs.SHAPES, dict[str, tuple[Count, Count]]()
    chances = [numpy.random.default_rng((seed, at)) for at in range(len(shapes))]
    with ProcessPoolExecutor() as pool:
        counts = pool.map(played_runs.biased, chances, repeat(rules), shapes.values(), repeat(trials))
        for shape in shapes:
            progress.show(len(found), len(shapes), f"made-up cells by {name}", 30.0 * (len(shapes) - len(found)))
            found[shape] = next(counts)
    return found


def _all_shapes(found: dict[str, tuple[Count, Count]]) -> Count:
    """Return how many cells of any shape were off without a mark."""
    return reduce(Count.plus, (wrong for wrong, _ in found.values()))


def on_replayed(findings: Findings, progress: Progress, seed: int, runs: int) -> None:
    """Play whole runs through the measuring pass, on the invocations of the reference run."""
    recording = recorded()
    with ProcessPoolExecutor() as pool:
        for interpreters in COMPARED:
            for planted, least in {0.0: 0.0, **PLANTED}.items():
                progress.show(0, 1, f"replayed runs of {interpreters} interpreters, one faster by {planted:.0%}", 60.0)
                # The same chance for each difference: a larger one is not missed where a smaller one is found.
                chances = [numpy.random.default_rng((seed, run)) for run in range(runs)]
                outcomes = pool.map(replayed_runs.play, chances, *map(repeat, (recording, interpreters, planted)))
                found, claimed, false = replayed_runs.counted(list(outcomes))
                if planted:
                    question = f"replayed run of {interpreters}, one faster by {planted:.0%}"
                    _found(findings, f"{question}: called the best", found, interpreters, least)
                    findings.promise_at_least("the same: called faster than the baseline", claimed, least)
                else:
                    findings.note(
                        f"replayed run of {interpreters} equal interpreters: any claim in it", shown(false), "aim 5%"
                    )
            _most_that_can_be_found(findings, recording, interpreters)


def _most_that_can_be_found(findings: Findings, recording: Recording, interpreters: int) -> None:
    """Add what a rule would find that knows each cell's noise, for each of PLANTED."""
    spreads = [spread for task in recording.spreads.values() for spread in task]
    for starts in STARTS:
        shares = [
            statistics.fmean(known_noise.found(spread, starts, planted, interpreters - 1) for spread in spreads)
            for planted in PLANTED
        ]
        question = f"the most that can be found with {starts} starts of each of {interpreters}, at these differences"
        findings.note(question, ", ".join(f"{share:.0%}" for share in shares))


def on_dealt(findings: Findings, progress: Progress, seed: int, count: int) -> None:
    """Deal ``count`` real invocations of some cells to two labels, and compare them with and without their pace."""
    with real_runs.baseline() as bench:
        label = bench.environment.interpreter.label
        what = f"invocations of {len(real_runs.SOME_CELLS)} cells of {label}"
        made = real_runs.some_cells(bench, count, lambda done: progress.show(done, count, what, 3.0 * (count - done)))
    for starts in DEALT:
        for planted in (0.0, *PLANTED):
            for paced in (True, False):
                chance = numpy.random.default_rng(seed)
                dealt = [dealt_runs.told_apart(made, chance, starts, planted, paced) for _ in range(DEALS)]
                found = Count(sum(each.hits for each in dealt), sum(each.trials for each in dealt))
                if not paced:
                    findings.note("the same at whatever pace the machine had", shown(found))
                elif planted:
                    findings.note(f"dealt, {starts} of each, one faster by {planted:.0%}: found", shown(found))
                else:
                    findings.promise_at_most(f"dealt, {starts} of each, equal: called different", found, 0.05)


def _found(findings: Findings, question: str, found: Count, interpreters: int, least: float) -> None:
    """Add a row with a promise, or with an aim: a budget has few starts for so many cells."""
    if interpreters == PROMISED:
        findings.promise_at_least(question, found, least)
    else:
        findings.note(question, shown(found), f"aim {least:.0%}")


def recorded() -> Recording:
    """Return the committed reference run, for replays."""
    (folder,) = RESULTS.glob("*/reference")
    return Recording.of(folder)


def on_real(findings: Findings, progress: Progress, pairs: int, n: int) -> None:
    """Judge pairs of equal runs on this machine, a stalled server and a clock that lies."""
    with real_runs.baseline() as bench:
        label = bench.environment.interpreter.label
        made = real_runs.equal_pairs(
            bench, pairs, n, lambda done: progress.show(done, pairs, f"real A/A pairs on {label}", 4.0 * (pairs - done))
        )
        with tempfile.TemporaryDirectory(prefix="runoff-calibrate-") as folder:
            pyperf = shown(pyperf_verdicts.called_different(made, Path(folder)))
        question = f"real A/A on {label}, n = {n}: called different"
        findings.promise_at_most(question, simulated_runs.called_different(made), 0.05, pyperf)
        progress.show(0, 2, "an open loop, left alone and with a stall", 90.0)
        alone, stalled = real_runs.stall_seen(bench)
        visible = stalled.get("p99.9", 0.0) >= max(1000 * real_runs.STALL_S / 2, alone.get("p99.9", 0.0))
        pauses = f"{stalled.get('p99.9', float('nan')):.1f} ms; alone {alone.get('p99.9', float('nan')):.1f} ms"
        question = (
            f"server stopped for 100 ms in {stalled['samples']:.0f} requests: p99.9 "
            f"(generator late p99 {stalled['late']:.2f} ms)"
        )
        findings.note(question, pauses, ">= 50 ms, > alone", visible)
        progress.show(1, 2, "a clock that lies", 10.0)
        findings.promise_at_least("clock 5 % fast: refused", real_runs.lying_clocks_caught(bench, 10), 1.0)
        # equal_pairs ends at the first invocation that is refused, so getting here is the count
        findings.note("clock honest: refused", f"0 of {2 * n * pairs}", "0 %", True)
