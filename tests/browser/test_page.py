"""The answer page in a real browser: what a reader sees, moves and cannot break."""

from __future__ import annotations

import random

import pytest

from runoff.analysis.decision.sentences import decide
from runoff.report.output import html_page, page_data
from runoff.stats import steady_state
from tests.helpers import runs

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


PHONE, DESK = (390, "dark"), (1400, "light")
DRAWN = [
    (name, *view)
    for name in (*runs.MADE_UP, *runs.COMMITTED)
    for view in (PHONE, DESK)
    if (name, *view) != ("reference-original-study", *PHONE)  # half a minute: fifteen made-up ones stand for it
]
#: Those of them that axe looks at: it judges markup and colours, and these hold all there are.
FOR_AXE = [
    *((name, *DESK) for name in (*runs.MADE_UP, "reference", "reference-transports")),
    *((name, *PHONE) for name in ("whole", "transports", "reference")),
]


def named(view) -> str:
    return "-".join(map(str, view))


@pytest.fixture(scope="module", params=DRAWN, ids=named)
def drawn(request, browser):
    """(a page with every picture drawn, its width, its theme): the tests that only look share it."""
    name, width, scheme = request.param
    with browser.opened(name, width, scheme) as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        yield seen, width, scheme


def test_a_page_is_drawn_whole_asks_for_nothing_and_fits(drawn):
    seen, width, scheme = drawn
    assert seen.complaints == []
    assert seen.left == []
    found = seen.tab.evaluate(
        """() => ({
            sections: [...document.querySelectorAll("main > section")].map((each) => each.id),
            theme: document.documentElement.dataset.theme, hacked: window.hacked === undefined ? null : window.hacked,
            width: document.documentElement.scrollWidth,
            pictures: [...document.querySelectorAll(".canvas[data-picture]")].map((each) => ({
                name: each.dataset.picture, outer: each.getBoundingClientRect().width,
                inner: each.querySelector("svg").getBoundingClientRect().width,
                drawn: each.querySelectorAll("svg.marks").length,
                told: each.parentElement.querySelector("figcaption").innerText.trim(),
                texts: [...each.querySelectorAll("svg text")].map((text) => text.textContent),
                titles: [...each.querySelectorAll(".role-axis-title text")].map((text) => text.textContent),
            })),
        })"""
    )
    assert found["sections"] == SECTIONS
    assert (found["theme"], found["hacked"]) == (scheme, None)
    assert found["width"] <= width
    for picture in found["pictures"]:
        assert picture["drawn"] == 1, picture["name"]
        assert picture["inner"] <= picture["outer"] + 1, picture["name"]
        assert picture["outer"] > 330, f"{picture['name']} has too little room"
        assert picture["told"].endswith("."), picture["name"]
        assert any(picture["titles"]), f"{picture['name']} has no words on its axes"
        assert not {"NaN", "undefined", "Infinity", "null"} & set(picture["texts"]), picture["name"]


def test_the_rows_of_the_main_picture_stand_in_the_order_of_the_matrix(browser):
    with browser.opened("reference") as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        heads = [text.strip().split()[0] for text in seen.tab.locator(".brief tbody th").all_inner_texts()]
        rows = seen.tab.locator("#picture-forest svg.marks .role-axis-label text").all_text_contents()
    others = [head for head in heads if head != "cpython-3.14"]
    assert [text for text in rows if text in heads][: len(others)] == others


@pytest.mark.parametrize("drawn", FOR_AXE, ids=named, indirect=True)
def test_axe_finds_no_serious_violation(drawn, axe):
    tab = drawn[0].tab
    tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    tab.evaluate("document.querySelector('#cells .open[aria-expanded=false]').click()")
    tab.evaluate(axe)
    found = tab.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((results) => results.violations)")
    bad = [
        (each["id"], node["html"][:160], node["failureSummary"][:200])
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
    assert bad == []


@pytest.mark.parametrize(
    ("name", "last_row"),
    [("whole", True), ("reference", False), ("reference-original-study", False), ("transports", True)],
)
def test_the_first_screen_has_the_decision_the_matrix_and_the_main_picture(browser, name, last_row):
    with browser.opened(name) as seen:
        main = f"#picture-{browser.content(name)['main']}"
        row = ".brief tbody tr:last-child" if last_row else ".brief tbody tr"
        for what in ("#answer p:nth-child(3)", row, f"{main} h2", f"{main} svg.marks"):
            box = seen.tab.locator(what).first.bounding_box()
            assert box["y"] < 900, what


@pytest.mark.parametrize("name", ["one interpreter", "reference-transports"])
def test_without_another_interpreter_another_picture_is_the_main_one(browser, name):
    main = browser.content(name)["main"]
    assert main in ("task-length", "speed-up")
    with browser.opened(name) as seen:
        assert seen.tab.locator(f"#decision #picture-{main}").count() == 1
        assert seen.tab.locator(f"#picture-{main}").count() == 1


def test_markup_from_a_run_is_shown_as_text(browser):
    with browser.opened("hostile names") as seen:
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


def test_filters_and_sorting_change_what_the_matrix_shows(browser):
    run = browser.run("whole")
    with browser.opened("whole") as seen:
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


def test_cells_are_filtered_and_sorted_by_what_carries_them(browser):
    run = browser.run("transports")
    cells = [each for each in run.header["cells"] if each["parameters"].get("transport") == "amqp"]
    with browser.opened("transports") as seen:
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
        assert count.inner_text() == f"{len(cells)} of {len(run.header['cells'])} cells"
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


def test_latencies_over_each_transport_have_a_table_a_picture_and_links_to_their_cells(browser):
    with browser.opened("transports") as seen:
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


def test_killed_workers_have_a_table_a_time_line_and_links_to_their_cells(browser):
    with browser.opened("transports") as seen:
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


def test_a_cell_opens_to_its_raw_iterations(browser):
    run = browser.run("whole")
    with browser.opened("whole") as seen:
        seen.tab.locator("#cells .open").first.click()
        text = seen.tab.locator(".detail").inner_text()
        first = next(each for each in run.records if each["interpreter"] == "python-0")
        for ns in first["iterations_ns"]:
            assert str(round(ns / 1000)) in text


def test_a_claim_links_to_its_cells_whatever_the_filters_are(browser):
    with browser.opened("whole") as seen:
        seen.tab.locator("#filter-status").select_option("crashed")
        link = seen.tab.locator("td.claim a").first
        link.evaluate("(each) => { each.closest('details').open = true; }")
        link.press("Enter")  # a click may miss it, while a picture above is being drawn
        target = link.get_attribute("href")
        assert seen.tab.locator(f"{target} .open").get_attribute("aria-expanded") == "true"
        assert seen.tab.locator(target).is_visible()


def test_weights_move_the_recommendation_and_the_costs(browser):
    with browser.opened("whole") as seen:
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


def test_the_script_and_the_terminal_give_the_same_answer_at_any_weights(browser):
    for number, name in enumerate(("whole", "every cell failed", "one interpreter", *runs.COMMITTED)):
        given = browser.content(name)["decision"]["given"]
        chance = random.Random(number)
        with browser.opened(name) as seen:
            shown = seen.tab.locator("#answer p").all_inner_texts()
            task = next(iter(given["options"]))
            assert shown == decide(given, task, given["defaults"])["lines"]
            for _ in range(10):
                task = chance.choice(list(given["options"]))
                weights = {
                    "share": chance.randrange(0, 101),
                    "task_ms": chance.uniform(0.1, 500),
                    "core_price": chance.choice([0, chance.uniform(0, 1)]),
                    "memory_price": chance.choice([0, chance.uniform(0, 2)]),
                    "latency_limit": chance.choice([0, 0, 0, 10]),
                    "only_supported": chance.choice([0, 1]),
                }
                ours = decide(given, task, weights)
                theirs = seen.tab.evaluate("([task, weights]) => window.runoff.decide(task, weights)", [task, weights])
                assert theirs["lines"] == ours["lines"]
                assert [each["name"] for each in theirs["ranked"]] == [each["name"] for each in ours["ranked"]]
                for one, other in zip(theirs["ranked"], ours["ranked"]):
                    assert one["cost"] == pytest.approx(other["cost"], rel=1e-9)


def test_the_keyboard_reaches_and_works_everything(browser):
    with browser.opened("whole") as seen:
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


def test_the_theme_can_be_changed_and_pictures_follow(browser):
    with browser.opened("whole") as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        colour = "getComputedStyle(document.body).backgroundColor"
        light = seen.tab.evaluate(colour)
        ink = "document.querySelector('#picture-forest svg text').getAttribute('fill')"
        before = seen.tab.evaluate(ink)
        seen.tab.locator("#theme").click()
        assert seen.tab.evaluate(colour) != light
        seen.tab.wait_for_function(f"(before) => {ink} !== before", arg=before)


def test_on_paper_there_are_the_figures_and_no_controls(browser):
    with browser.opened("whole") as seen:
        seen.tab.evaluate("window.runoff.drawEverything()")
        seen.tab.emulate_media(media="print")
        assert not seen.tab.locator("#theme").is_visible()
        assert not seen.tab.locator("#filters").is_visible()
        assert seen.tab.locator("#picture-forest svg").first.is_visible()
        assert seen.tab.locator("#cells tbody tr").first.is_visible()


def test_a_large_page_stays_under_five_megabytes(tmp_path, monkeypatch):
    run = runs.whole(tmp_path, 15)
    # Where times stand still is found in the sixtieth of them that is not repeated: all would take three minutes.
    classify = steady_state.classify
    monkeypatch.setattr(steady_state, "classify", lambda times, **given: classify(times[: len(times) // 60], **given))
    records = [
        {**each, "iterations_ns": each["iterations_ns"] * 60 if each["iterations_ns"] else None} for each in run.records
    ]
    assert sum(len(each["iterations_ns"] or ()) for each in records) > 500_000
    large = runs.run(tmp_path, list(run.header["interpreters"]), run.header["cells"], records)
    assert len(html_page.html(page_data.content(large)).encode()) < 5 * 2**20


@pytest.fixture(scope="module")
def eleven(browser):
    """Eleven interpreters of the run over the original study's tasks, as the page shows them at first."""
    with browser.opened("eleven of the original study") as seen:
        yield seen.tab


def test_eleven_interpreters_fit_nine_thousand_pixels(eleven):
    assert eleven.locator("#runs tbody tr").count() == 11
    assert eleven.evaluate("document.documentElement.scrollHeight") <= 9000
    folded = eleven.locator("#pictures details.folded")
    assert folded.count() > 3
    assert not folded.first.locator("svg.marks").count(), "a folded picture is not drawn"
    folded.first.locator("summary").click()
    eleven.wait_for_function("document.querySelector('#pictures details.folded svg.marks')")


def test_the_main_picture_has_the_tasks_in_their_order(eleven, browser):
    data = browser.content("eleven of the original study")
    forest = next(picture for picture in data["pictures"] if picture.name == "forest")
    drawn = list(dict.fromkeys(row["task"] for row in forest.rows))
    assert drawn == [task for task in data["brief"]["tasks"] if task in drawn]


def test_cold_start_and_transports_are_matrices_of_interpreters(eleven, browser):
    assert eleven.locator("#cold tbody tr").count() == 11
    with browser.opened("transports") as seen:
        matrix = seen.tab.get_by_role("region", name="The best over each transport")
        assert matrix.locator("thead th").all_inner_texts()[2:] == ["python-0", "python-1"]
        row = matrix.locator("tbody tr").nth(1)
        assert "zmq+tcp" in row.inner_text()
        link = row.locator("td a").first
        link.click()
        assert seen.tab.locator(f"{link.get_attribute('href')} .open").get_attribute("aria-expanded") == "true"


def test_what_a_reader_chose_stands_in_the_address_and_a_link_says_the_same(browser):
    with browser.opened("whole") as seen:
        tab = seen.tab
        tab.locator("#weights > summary").click()
        tab.locator("#weight-share").fill("7")
        tab.locator("#weight-core_price").fill("0.25")
        tab.locator("#weight-only_supported").uncheck()
        tab.locator("#filter-status").select_option("crashed")
        tab.locator("#filter-text").fill("sig & <b>")
        address = tab.evaluate("location.href")
        assert "#?" in address
        said = tab.locator("#answer").inner_text()
        count = tab.locator("#matrix-count").inner_text()
        with browser.opened("whole", address=address) as other:
            assert other.tab.locator("#answer").inner_text() == said
            assert other.tab.locator("#weight-share").input_value() == "7"
            assert not other.tab.locator("#weight-only_supported").is_checked()
            assert other.tab.locator("#filter-text").input_value() == "sig & <b>"
            assert other.tab.locator("#matrix-count").inner_text() == count
            assert other.tab.locator("#filter-status").input_value() == "crashed"
            other.tab.get_by_role("button", name="Show all", exact=True).click()
            other.tab.locator("#weights > summary").click()
            other.tab.get_by_role("button", name="As they were").click()
            other.tab.wait_for_function("!location.href.includes('#')")
        tab.evaluate("location.hash = '#matrix'")
        tab.wait_for_function("location.hash.startsWith('#?share=7')")


def test_an_address_that_names_nothing_known_changes_nothing(browser):
    with browser.opened("whole") as seen:
        said = seen.tab.locator("#answer").inner_text()
        address = seen.tab.evaluate("location.href") + "#?weight=1&filter-status=nonsense&task=nonsense&share=x"
        with browser.opened("whole", address=address) as other:
            assert other.tab.locator("#answer").inner_text() == said
            assert other.complaints == []
