"""The page of scenarios and tasks is the one that the catalogs give."""

from __future__ import annotations

from runoff.common.paths import ROOT
from runoff.driver import catalog_page, plan


def test_the_committed_page_is_the_generated_one():
    written = (ROOT / "docs/scenarios-and-tasks.md").read_text(encoding="utf-8")
    assert written == catalog_page.page(), (
        "write it anew: python -m runoff.cli catalog-page > docs/scenarios-and-tasks.md"
    )


def test_every_scenario_and_task_is_on_the_page():
    page = catalog_page.page()
    assert all(f"| `{name}` |" in page for name in (*plan.SCENARIOS, *plan.TASKS))
