"""The answer page in a real browser: what a reader sees, moves and cannot break."""

from __future__ import annotations

import random

import pytest

from report import content, decision, page
from tests import runs

RUNS = {
    "whole": runs.whole,
    "every cell failed": runs.failed,
    "one interpreter": lambda folder: runs.whole(folder, 1),
    "fifteen interpreters": lambda folder: runs.whole(folder, 15),
    "hostile names": runs.hostile,
    "transports": runs.transports,
}
SECTIONS = [
    "decision",
    "runs",
    "matrix",
    "pictures",
    "claims",
    "transports",
    "kills",
    "cold",
    "cost",
    "trust",
    "missing",
]


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1400, "light")])
@pytest.mark.parametrize("name", RUNS)
def test_a_page_is_drawn_whole_asks_for_nothing_and_fits(browser, tmp_path, name, width, scheme):
    with browser(RUNS[name](tmp_path), width, scheme) as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        assert seen.complaints == []
        assert seen.left == []
        assert [each.get_attribute("id") for each in seen.tab.locator("main > section").all()] == SECTIONS
        canvases = seen.tab.locator(".canvas[data-picture]").count()
        assert seen.tab.locator(".canvas svg.marks").count() == canvases
        assert seen.tab.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.tab.locator("html").get_attribute("data-theme") == scheme
        assert seen.tab.evaluate("window.hacked") is None
        for picture in seen.tab.locator(".canvas").all():
            inner, outer = picture.locator("svg").first.bounding_box()["width"], picture.bounding_box()["width"]
            assert inner <= outer + 1, picture.get_attribute("data-picture")


def test_the_first_screen_has_the_decision_the_matrix_and_the_main_picture(browser, tmp_path):
    with browser(runs.whole(tmp_path)) as seen:
        for what in (
            "#answer p:nth-child(3)",
            ".brief tbody tr:last-child",
            "#picture-forest h2",
            "#picture-forest svg",
        ):
            box = seen.tab.locator(what).first.bounding_box()
            assert box["y"] < 900, what


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("whole", "light"),
        ("whole", "dark"),
        ("every cell failed", "dark"),
        ("hostile names", "light"),
        ("transports", "light"),
        ("transports", "dark"),
    ],
)
def test_axe_finds_no_serious_violation(browser, axe, tmp_path, name, scheme):
    with browser(RUNS[name](tmp_path), 1400, scheme) as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        seen.tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        seen.tab.locator("#cells .open").first.click()
        seen.tab.evaluate(axe)
        found = seen.tab.evaluate("axe.run().then((results) => results.violations)")
        bad = [
            (each["id"], node["html"][:160], node["failureSummary"][:200])
            for each in found
            if each["impact"] in ("serious", "critical")
            for node in each["nodes"][:3]
        ]
        assert bad == []


def test_markup_from_a_run_is_shown_as_text(browser, tmp_path):
    with browser(runs.hostile(tmp_path)) as seen:
        seen.tab.locator("#filter-status").select_option("failed")
        seen.tab.locator("#cells .open").first.click()
        text = seen.tab.locator("#cells").inner_text()
        assert runs.HOSTILE in text
        assert "{{ 7 * 7 }}" in text
        for place in ("#runs", "#transports", "#kills"):
            assert runs.HOSTILE in seen.tab.locator(place).inner_text()
        seen.tab.get_by_role("button", name="Show all").first.click()
        seen.tab.locator("#filter-transport").select_option(runs.HOSTILE)
        seen.tab.locator("#filter-guarantee").select_option(runs.HOSTILE)
        assert seen.tab.locator("#cells tbody tr.row").count() == 1
        assert seen.tab.evaluate("window.hacked") is None
        assert seen.tab.locator("img").count() == 0


def test_filters_and_sorting_change_what_the_matrix_shows(browser, tmp_path):
    run = runs.whole(tmp_path)
    with browser(run) as seen:
        tab = seen.tab
        rows = tab.locator("#cells tbody tr.row")
        tab.locator("#filter-interpreter").select_option("python-1")
        tab.locator("#filter-task").select_option("python")
        assert tab.locator("#matrix-count").inner_text() == f"10 of {len(run.header['cells'])} cells"
        assert {row.locator("td").nth(1).inner_text() for row in rows.all()} == {"python-1"}
        tab.get_by_role("button", name="tasks/s").click()
        speeds = [float(row.locator("td.number").first.inner_text().split()[0]) for row in rows.all()]
        assert speeds == sorted(speeds, reverse=True)
        assert len(set(speeds)) > 3
        tab.get_by_role("button", name="tasks/s").click()
        speeds = [float(row.locator("td.number").first.inner_text().split()[0]) for row in rows.all()]
        assert speeds == sorted(speeds)
        tab.get_by_role("button", name="Show all").first.click()
        tab.locator("#filter-text").fill("sigsegv")
        assert rows.count() == 1
        rows.locator(".open").click()
        assert "ended by SIGSEGV" in tab.locator(".detail").inner_text()
        assert "nox -s bench-python-0" in tab.locator(".detail").inner_text()


def test_cells_are_filtered_and_sorted_by_what_carries_them(browser, tmp_path):
    run = runs.transports(tmp_path)
    cells = [each for each in run.header["cells"] if each["parameters"].get("transport") == "amqp"]
    with browser(run) as seen:
        tab = seen.tab
        rows, count = tab.locator("#cells tbody tr.row"), tab.locator("#matrix-count")
        heads = tab.locator("#cells thead th").all_inner_texts()
        at = {name: heads.index(name) + 1 for name in ("transport", "guarantees", "balance")}

        def shown(name):
            return [row.locator("td").nth(at[name]).inner_text() for row in rows.all()]

        tab.locator("#filter-transport").select_option("amqp")
        assert count.inner_text() == f"{len(cells)} of {len(run.header['cells'])} cells"
        assert set(shown("transport")) == {"amqp"}
        tab.locator("#filter-guarantee").select_option("durable")
        assert rows.count() == len(cells)
        tab.locator("#filter-transport").select_option("memory")
        assert rows.count() == 0
        tab.get_by_role("button", name="Show all").first.click()
        tab.locator("#filter-guarantee").select_option("no promise")
        assert rows.count() == 2
        tab.locator("#filter-guarantee").select_option("machines")
        tab.locator("#filter-interpreter").select_option("python-1")
        tab.locator("#filter-scenario").select_option("distributed")
        tab.locator("#filter-task").select_option("python")
        assert rows.count() == 4
        for name in ("transport", "guarantees", "interpreter", "scenario", "task"):
            tab.get_by_role("button", name=name, exact=True).click()
            assert tab.locator("#cells th[aria-sort]").inner_text() == name
        tab.get_by_role("button", name="transport", exact=True).click()
        assert shown("transport") == ["amqp", "amqp", "zmq+tcp", "zmq+tcp"]
        assert set(shown("guarantees")) == {", ".join(words) for _, _, words in list(runs.WIRES.values())[1:]}
        assert set(shown("balance")) == {"1.03 [1.03, 1.03]"}
        rows.locator(".open").first.click()
        text = tab.locator(".detail").inner_text()
        assert "answered, resent, machines, durable" in text
        assert "#0: 33, 31" in text


def test_latencies_over_each_transport_have_a_table_a_picture_and_links_to_their_cells(browser, tmp_path):
    with browser(runs.transports(tmp_path)) as seen:
        tab = seen.tab
        tab.evaluate("window.runoff.drawEverything()")
        rows = tab.get_by_role("region", name="Latency over each transport").locator("tbody tr")
        assert rows.count() == 2 * len(runs.WIRES)
        first = rows.first.locator("th, td").all_inner_texts()
        assert first[1:4] == ["memory", "noop", "300 tasks/s"]
        assert first[-2:] == ["10000", "0 of 5"]
        assert tab.locator("#transports #picture-latency-transports svg.marks").is_visible()
        assert tab.locator("#picture-latency-transports").count() == 1
        anchor = rows.first.locator("a")
        anchor.click()
        assert tab.locator(f"{anchor.get_attribute('href')} .open").get_attribute("aria-expanded") == "true"
        tab.locator("#filter-transport").select_option("amqp")
        tab.locator("#filter-task").select_option("noop")
        shown = tab.locator("#cells tbody tr.row").all_inner_texts()
        assert any("rates=300" in text and "12" in text for text in shown)


def test_killed_workers_have_a_table_a_time_line_and_links_to_their_cells(browser, tmp_path):
    with browser(runs.transports(tmp_path)) as seen:
        tab = seen.tab
        tab.evaluate("window.runoff.drawEverything()")
        rows = tab.locator("#kills tbody tr")
        assert rows.count() == 2 * len(runs.WIRES)
        first = rows.first.locator("th, td").all_inner_texts()
        assert first[1] == "memory"
        assert first[3:8] == ["35", "5.5 [4.5, 6.5]", "8.5", "0", "0"]
        assert tab.locator("#picture-recovery svg.marks").is_visible()
        marks = tab.locator("#picture-recovery svg").first.inner_html()
        assert "ms after SIGKILL" in marks
        assert "median 5.5, worst 8.5 ms" in marks
        rows.first.locator("a").click()
        target = rows.first.locator("a").get_attribute("href")
        assert tab.locator(f"{target} .open").get_attribute("aria-expanded") == "true"
        for anchor in ("#transports tbody a", "#claims td a"):
            target = tab.locator(anchor).first.get_attribute("href")
            assert tab.locator(f"{target} .open").count() == 1


def test_a_cell_opens_to_its_raw_iterations(browser, tmp_path):
    run = runs.whole(tmp_path)
    with browser(run) as seen:
        seen.tab.locator("#cells .open").first.click()
        text = seen.tab.locator(".detail").inner_text()
        first = next(each for each in run.records if each["interpreter"] == "python-0")
        for ns in first["iterations_ns"]:
            assert str(round(ns / 1000)) in text


def test_a_claim_links_to_its_cells_whatever_the_filters_are(browser, tmp_path):
    with browser(runs.whole(tmp_path)) as seen:
        seen.tab.locator("#filter-status").select_option("crashed")
        link = seen.tab.locator("td.claim a").first
        link.evaluate("(each) => { each.closest('details').open = true; }")
        link.click()
        target = link.get_attribute("href")
        assert seen.tab.locator(f"{target} .open").get_attribute("aria-expanded") == "true"
        assert seen.tab.locator(target).is_visible()


def test_weights_move_the_recommendation_and_the_costs(browser, tmp_path):
    with browser(runs.whole(tmp_path)) as seen:
        tab = seen.tab
        tab.locator("#weights > summary").click()
        written = tab.locator("#answer").inner_text()
        answers = {written}
        for share in ("0", "100"):
            tab.locator("#weight-share").fill(share)
            answers.add(tab.locator("#answer").inner_text())
        assert len(answers) == 3
        before = tab.locator("#costs tbody tr").first.inner_text()
        tab.locator("#weight-core_price").fill("0.4")
        assert tab.locator("#costs tbody tr").first.inner_text() != before
        tab.locator("#weight-latency_limit").fill("5")
        assert "its latency was not measured" in tab.locator("#answer").inner_text()
        tab.get_by_role("button", name="As they were").click()
        tab.wait_for_function("(text) => document.querySelector('#answer').innerText === text", arg=written)


def test_the_script_and_the_terminal_give_the_same_answer_at_any_weights(browser, tmp_path):
    for number, run in enumerate((runs.whole(tmp_path), runs.failed(tmp_path), runs.whole(tmp_path, 1))):
        given = content.content(run)["decision"]["given"]
        chance = random.Random(number)
        with browser(run) as seen:
            shown = seen.tab.locator("#answer p").all_inner_texts()
            task = next(iter(given["options"]))
            assert shown == decision.decide(given, task, given["defaults"])["lines"]
            for _ in range(10):
                task = chance.choice(list(given["options"]))
                weights = {
                    "share": chance.randrange(0, 101),
                    "task_ms": chance.uniform(0.1, 500),
                    "core_price": chance.uniform(0, 1),
                    "memory_price": chance.choice([0, chance.uniform(0, 2)]),
                    "latency_limit": chance.choice([0, 0, 0, 10]),
                }
                ours = decision.decide(given, task, weights)
                theirs = seen.tab.evaluate("([task, weights]) => window.runoff.decide(task, weights)", [task, weights])
                assert theirs["lines"] == ours["lines"]
                assert [each["name"] for each in theirs["ranked"]] == [each["name"] for each in ours["ranked"]]
                for one, other in zip(theirs["ranked"], ours["ranked"]):
                    assert one["cost"] == pytest.approx(other["cost"], rel=1e-9)


def test_the_keyboard_reaches_and_works_everything(browser, tmp_path):
    with browser(runs.whole(tmp_path)) as seen:
        tab = seen.tab
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        tab.get_by_role("button", name="interpreter").focus()
        tab.keyboard.press("Enter")
        assert tab.locator("#cells th[aria-sort]").get_attribute("aria-sort") == "ascending"
        assert tab.evaluate("document.activeElement.textContent") == "interpreter"
        tab.locator("#cells .open").first.focus()
        tab.keyboard.press("Space")
        assert tab.locator(".detail").count() == 1
        tab.locator("#weights > summary").focus()
        tab.keyboard.press("Enter")
        tab.locator("#weight-share").focus()
        before = tab.locator("#weights-now").inner_text()
        tab.keyboard.press("ArrowLeft")
        assert tab.locator("#weights-now").inner_text() != before


def test_the_theme_can_be_changed_and_pictures_follow(browser, tmp_path):
    with browser(runs.whole(tmp_path)) as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        colour = "getComputedStyle(document.body).backgroundColor"
        light = seen.tab.evaluate(colour)
        ink = "document.querySelector('#picture-forest svg text').getAttribute('fill')"
        before = seen.tab.evaluate(ink)
        seen.tab.locator("#theme").click()
        assert seen.tab.evaluate(colour) != light
        seen.tab.wait_for_function(f"(before) => {ink} !== before", arg=before)


def test_on_paper_there_are_the_figures_and_no_controls(browser, tmp_path):
    with browser(runs.whole(tmp_path)) as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        seen.tab.emulate_media(media="print")
        assert not seen.tab.locator("#theme").is_visible()
        assert not seen.tab.locator("#filters").is_visible()
        assert seen.tab.locator("#picture-forest svg").first.is_visible()
        assert seen.tab.locator("#cells tbody tr").first.is_visible()


def test_a_large_page_stays_under_five_megabytes(tmp_path):
    run = runs.whole(tmp_path, 15)
    records = [
        {**each, "iterations_ns": each["iterations_ns"] * 60 if each["iterations_ns"] else None} for each in run.records
    ]
    assert sum(len(each["iterations_ns"] or ()) for each in records) > 500_000
    large = runs.run(tmp_path, list(run.header["interpreters"]), run.header["cells"], records)
    assert len(page.html(content.content(large)).encode()) < 5 * 2**20
