"""The demo leaves its pages open, and they show what it played."""

import re

from playwright.sync_api import Browser, expect

from tests.browser.served_demo import served_demo

RECIPIENTS = 12


def test_the_address_that_the_demo_prints_shows_its_campaign_and_every_call(browser: Browser) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        with served_demo(RECIPIENTS) as url:
            page.goto(url)
            expect(page.locator("h1")).to_have_text("demo")
            figures = {
                name: int(page.locator(f"#figure-{name} dd").first.inner_text()) for name in ("done", "unresolved")
            }
            assert figures == {"done": RECIPIENTS - 1, "unresolved": 1}
            expect(page.locator("#live-unresolved a", has_text="Settle …")).to_have_attribute(
                "href", re.compile(r"^/attempts/att_[0-9a-f]+/resolve")
            )
            page.get_by_role("link", name="Calls", exact=True).last.click()
            expect(page.locator("#calls tbody tr")).to_have_count(RECIPIENTS - 1)
            page.locator("#calls tbody a").first.click()
            page.get_by_role("link", name="Timeline", exact=True).click()
            assert page.locator("#timeline tbody tr").count() >= 2
    finally:
        context.close()
