"""axe on each page: nothing serious, wide and light, dark, and on a narrow screen.

Each costs seconds: a run of all tests looks at a third of the pages, wide and light; `scripts/test --long` at all.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import Visit
from tests.browser.test_every_page import LIKE_ANOTHER, PAGES
from tests.browser.visitor import Visitor
from tests.examples import are_all_tried

LOOKED_AT = [name for name in PAGES if name not in LIKE_ANOTHER][:: 1 if are_all_tried() else 3]
GRAVE = frozenset({"serious", "critical"})
PHONE = ViewportSize(width=390, height=844)
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = {**EVERYTHING, "runOnly": ["color-contrast", "link-in-text-block"]}
SHAPES = {**EVERYTHING, "runOnly": ["scrollable-region-focusable", "target-size", "nested-interactive"]}


def faults(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe finds serious, with the elements that it means."""
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"][:5]
    ]


@pytest.fixture(scope="module")
def operators_window(visit_all: Visit) -> Visitor:
    # axe puts a script into the page, which the page's own policy forbids: it is passed by in this window only.
    return visit_all("operator", bypass_csp=True)


@pytest.mark.parametrize("name", LOOKED_AT)
def test_axe_finds_nothing_serious(operators_window: Visitor, name: str) -> None:
    operators_window.begin_anew()
    operators_window.go(PAGES[name])
    page = operators_window.page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    found = {"wide": faults(page, EVERYTHING)}
    if are_all_tried():
        page.emulate_media(color_scheme="dark")
        found["dark"] = faults(page, COLOURS)
        page.set_viewport_size(PHONE)
        found["narrow"] = faults(page, SHAPES)

    assert {how: some for how, some in found.items() if some} == {}


def test_axe_finds_nothing_serious_before_anybody_is_signed_in(visit: Visit) -> None:
    visitor = visit(bypass_csp=True)
    visitor.go("/sign-in")
    assert faults(visitor.page, EVERYTHING) == []
