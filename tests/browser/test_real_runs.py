"""The matrix of pages that were measured: every filter, every order, every kind of cell, as a reader would use them."""

from __future__ import annotations

import functools
import itertools

import pytest

from runoff.analysis.cells.gathering import gather
from runoff.analysis.decision.sentences import decide
from runoff.analysis.deployable.order import ordered
from runoff.analysis.transports import NO_PROMISE
from runoff.records import cell_options, record
from tests.helpers import runs


def promises(cell):
    words = [each["guarantees"] for each in cell.invocations if each.get("guarantees") is not None]
    return (words[0] or [NO_PROMISE]) if words else []


PAGE = 15  # rows before a reader asks for all of them
ABSENT = "\N{EN DASH}"
FILTERS = {
    "interpreter": lambda cell: [cell.interpreter],
    "scenario": lambda cell: [cell.scenario],
    "task": lambda cell: [cell.task],
    "transport": lambda cell: [cell.transport] if cell.transport else [],
    "guarantee": promises,
    "status": lambda cell: [cell.status],
}
MOVE = "(each, to) => { each.value = to; each.dispatchEvent(new Event('input', { bubbles: true })); }"
#: Every row on the screen as {heading: text}; and all of them at once.
ROWS = """() => {
    const heads = [...document.querySelectorAll("#cells thead tr > *")].map((each) => each.textContent);
    return [...document.querySelectorAll("#cells tbody tr.row")].map((row) =>
        Object.fromEntries([...row.children].map((cell, at) => [heads[at], cell.textContent])));
}"""


@pytest.fixture(scope="module", params=runs.COMMITTED)
def real(request, browser):
    """(the run's name, its cells from its records, its page)"""
    run = browser.run(request.param)
    with browser.opened(request.param) as seen:
        yield (
            request.param,
            [cell for cell in gather(run) if cell.interpreter != run.header.get("baseline_repeat")],
            seen.tab,
        )


@pytest.fixture(autouse=True)
def _all_cells(real):
    _, _, tab = real
    tab.get_by_role("button", name="Show all", exact=True).click()


def test_each_value_of_each_filter_keeps_the_cells_that_have_it(real):
    _, cells, tab = real
    for name, of in FILTERS.items():
        values = list(dict.fromkeys(itertools.chain.from_iterable(map(of, cells))))
        select = tab.locator(f"#filter-{name}")
        if not values:
            assert select.count() == 0, f"nothing can be chosen by {name} in this run"
            continue
        assert sorted(select.locator("option").all_inner_texts()) == sorted(["all", *values])
        for value in values:
            select.select_option(value)
            kept = [cell for cell in cells if value in of(cell)]
            assert tab.locator("#matrix-count").inner_text() == f"{len(kept)} of {len(cells)} cells"
            if name in ("interpreter", "task", "transport"):
                assert {row[name].strip() for row in tab.evaluate(ROWS)} == {value}
        select.select_option("")


def test_filters_narrow_each_other(real):
    _, cells, tab = real
    names = [name for name in ("scenario", "task", "transport", "guarantee") if tab.locator(f"#filter-{name}").count()]
    some = max(cells, key=lambda cell: (len(promises(cell)), bool(cell.transport)))
    kept = cells
    for name in names:
        own = FILTERS[name](some)
        if own:
            tab.locator(f"#filter-{name}").select_option(own[-1])
            kept = [cell for cell in kept if own[-1] in FILTERS[name](cell)]
            assert tab.locator("#matrix-count").inner_text() == f"{len(kept)} of {len(cells)} cells"
    assert 0 < len(kept) < len(cells)


def test_each_column_sorts_both_ways(real, browser):
    name_of_run, cells, tab = real
    order = ordered(browser.run(name_of_run).header["interpreters"])
    heads = tab.locator("#cells thead button").all_inner_texts()
    assert {"interpreter", "scenario", "task", "tasks/s"} <= set(heads)
    for at, name in enumerate(heads):
        orders = []
        for _ in range(2):
            tab.locator("#cells thead button").nth(at).click()
            head = tab.locator("#cells th[aria-sort]")
            assert head.inner_text() == name
            orders.append((head.get_attribute("aria-sort"), tab.evaluate(ROWS)))
        assert {way for way, _ in orders} == {"ascending", "descending"}
        for way, rows in orders:
            assert len(rows) == min(len(cells), PAGE)
            texts = [row[name] for row in rows]
            if name == "interpreter":
                assert texts == sorted(texts, reverse=way == "descending", key=order.index)
            if name in ("task", "transport"):
                assert texts == sorted(texts, reverse=way == "descending", key=functools.cmp_to_key(_as_javascript))
            if name == "tasks/s":
                speeds = [float(text.split()[0]) for text in texts if text[0].isdigit() and " to " not in text]
                assert speeds == sorted(speeds, reverse=way == "descending")


def _as_javascript(one, other):
    """Texts as they are; what is not there (a dash) comes first."""
    one, other = ("" if text == ABSENT else text for text in (one, other))
    return (one > other) - (one < other)


def test_a_cell_of_each_kind_opens_to_what_is_known_of_it(real, browser):
    name, cells, tab = real
    header = browser.run(name).header
    kinds = {(cell.status, bool(cell.transport), cell.for_latency, "kills" in cell.parameters): cell for cell in cells}
    if tab.locator("#more").is_visible():
        tab.locator("#more").click()
    for cell in kinds.values():
        button = tab.locator(f"#cell-{cells.index(cell)} .open")
        button.click()
        text = tab.locator(".detail").inner_text()
        assert cell_options.command(cell.data, header) in text
        if cell.status != record.OK:
            assert cell.reason in text
        for each in cell.invocations:
            assert str(round(each["iterations_ns"][0] / 1000)) in text
        for word in cell.guarantees:
            assert word in text
        tab.locator(f"#cell-{cells.index(cell)} .open").click()


def test_weights_move_the_recommendation(real, browser):
    name, _, tab = real
    data = browser.content(name)["decision"]
    given, task = data["given"], data["task"]
    answers = set()
    for share in (0, 50, 100):
        tab.locator("#weight-share").evaluate(
            "(each, value) => { each.value = value; each.dispatchEvent(new Event('input', { bubbles: true })); }", share
        )
        lines = tab.locator("#answer p").all_inner_texts()
        assert lines == decide(given, task, {**given["defaults"], "share": share})["lines"]
        answers.add(tuple(lines))
    assert len(answers) > 1
    tab.locator("#weights").evaluate("(each) => { each.open = true; }")
    tab.get_by_role("button", name="As they were").click()
