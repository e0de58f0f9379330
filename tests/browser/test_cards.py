"""On a narrow screen: lists are cards, nothing of them is beyond the edge, and they are tables to who listens."""

from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import numbers
from tests.browser.visitor import NARROW

LISTS = {
    "/campaigns": "Campaigns, the last made first",
    "/campaigns/autumn_survey/recipients": "Recipients of autumn_survey, in the order of enrolment",
    f"/campaigns/autumn_survey/recipients/{quote(numbers(1)[0])}": "Attempts in this campaign",
    f"/people/{quote(numbers(1)[0])}": "Calls with this person, the last first",
    "/calls": "Calls, the newest first, by when we first heard of them",
    "/deliveries": "Deliveries, the latest first",
    "/suppressions": "People whom nobody calls, the latest first",
}
SCROLLS = """
() => [...document.querySelectorAll(".scroll:has(> .cards)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.getAttribute("aria-label"))
"""


def test_lists_are_cards_and_tables_to_who_listens(visit: Visit) -> None:
    visitor = visit("operator")
    page = visitor.page
    page.set_viewport_size(NARROW)
    for path, caption in LISTS.items():
        visitor.go(path)
        assert (path, page.evaluate(SCROLLS)) == (path, [])
        table = page.get_by_role("table", name=caption)
        expect(table).to_have_count(1)  # what is fetched again is gone for a moment
        headers = table.get_by_role("columnheader").count()
        first = table.get_by_role("row").nth(1)
        assert (path, first.locator("th, td").count(), headers > 3) == (path, headers, True)
        assert first.get_by_role("rowheader").count() == 1
        assert "block" in page.evaluate("(row) => getComputedStyle(row).display", first.element_handle())
    visitor.check()
