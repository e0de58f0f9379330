"""With the keyboard only: everything can be reached, what has the focus is seen, and a campaign can be stopped."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.examining import tab_through
from tests.browser.site import STORY, Site, numbers

PAGES = {
    "campaign": "/campaigns/autumn_survey",
    "waits for approval": "/campaigns/careful",
    "recipients": "/campaigns/autumn_survey/recipients",
    "call": f"/calls/{STORY}?step=4",
    "call in full": f"/calls/{STORY}?view=full",
    "deliveries": "/deliveries?result=quarantined",
    "confirmation": "/campaigns/careful/start",
    "compare": "/compare",
}
STOPS_MAX = 40


@pytest.mark.parametrize("name", PAGES)
def test_the_tab_key_reaches_everything_in_order_and_shows_where_it_is(visit: Visit, name: str) -> None:
    visitor = visit("operator")
    visitor.go(PAGES[name])

    count, reached = tab_through(visitor.page)

    assert [one["nth"] for one in reached] == list(range(count)), [one["what"] for one in reached]
    assert [one["what"] for one in reached if not (one["isMarked"] and one["isInView"])] == []


def test_the_first_key_offers_to_skip_what_is_on_every_page(visit: Visit) -> None:
    visitor = visit("operator")
    visitor.go("/calls")
    visitor.page.keyboard.press("Tab")
    skip = visitor.page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.locator("main").locator("a, button, input").first).to_be_focused()
    assert "/calls#main" in visitor.page.url


def test_a_slash_leads_to_the_search_and_a_number_to_all_calls_of_that_person(visit: Visit) -> None:
    visitor = visit("auditor")
    visitor.go("/integrity")
    page = visitor.page
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()
    number = numbers(1)[0]
    page.keyboard.type(f"({number[2:5]}) {number[5:8]}-{number[8:]} /")
    assert page.get_by_role("searchbox", name="Search").input_value().endswith("/")
    page.keyboard.press("Backspace")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    expect(page.locator("#calls tbody tr").first).to_be_visible()
    visitor.check()


def test_a_campaign_is_paused_with_nothing_but_the_keyboard(visit: Visit, site: Site) -> None:
    site.campaign("by_keys", [{"number": numbers(1, 6_000)[0]}], policy={"starts_at": "2099-01-01T00:00:00Z"})
    site.api("POST", "/v1/campaigns/by_keys/start")
    visitor = visit("operator")
    visitor.go("/campaigns/by_keys")
    page = visitor.page
    for wanted in ("Pause", "Pause by_keys"):
        reached = None
        for _ in range(STOPS_MAX):
            page.keyboard.press("Tab")
            reached = page.evaluate("() => document.activeElement.textContent")
            if reached == wanted:
                break
        assert reached == wanted
        with page.expect_navigation():
            page.keyboard.press("Enter")
    visitor.answer_in("#live-state", "paused")
    assert site.api("GET", "/v1/campaigns/by_keys")["state"] == "paused"
