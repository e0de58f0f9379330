"""A call's journey: three views of the same events, what was known then, its deliveries, and another call beside it."""

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import OTHER_STORY, STORY
from tests.browser.visitor import Visitor

PATH = f"/calls/{STORY}"
STORED = [
    "call.answered",
    "call.created",
    "call.redelivered",
    "call.gathered",
    "call.gathered",
    "call.reported",
    "call.completed",
    "call.failed",
    "call.redelivered",
]


def slide_to(visitor: Visitor, step: int) -> None:
    """Move the slider by the keyboard, as its users do, and wait for the page of that moment."""
    slider = visitor.page.locator("#step")
    slider.focus()
    presses = int(slider.input_value()) - step
    for _ in range(abs(presses)):
        with visitor.page.expect_navigation():
            visitor.page.keyboard.press("ArrowLeft" if presses > 0 else "ArrowRight")
        visitor.page.locator("#step").focus()
    assert slider.input_value() == str(step)


def test_three_views_show_the_same_events(visit: Visit) -> None:
    visitor = visit("auditor")
    visitor.go("/calls")
    visitor.page.get_by_role("link", name=STORY).click()
    expect(visitor.page.locator("#journey")).to_have_text("Timeline")
    assert "answered after 4 s" in visitor.text("#story").lower()
    visitor.page.get_by_role("link", name="Compact", exact=True).click()
    compact = visitor.text("#compact")
    assert "delivered 3 times" in compact
    assert "contradicts" in compact

    visitor.page.get_by_role("link", name="Timeline", exact=True).click()
    expect(visitor.page.locator("#timeline tbody tr")).to_have_count(7)
    rows = {
        row.locator("code").inner_text(): row.inner_text() for row in visitor.page.locator("#timeline tbody th").all()
    }
    assert "late" in rows["call.completed"]
    assert "redelivered" in rows["call.answered"]
    assert "contradicts" in rows["call.failed"]
    drawn = visitor.page.get_by_role("img", name="Answered: happened").get_attribute("aria-label") or ""
    assert "came again 2 times" in drawn
    places = visitor.page.locator("#timeline circle.happened").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().x)"
    )
    assert places == sorted(places)

    visitor.page.get_by_role("link", name="Full history").click()
    events = visitor.page.locator("#full .event-name")
    assert events.all_inner_texts() == STORED
    body = visitor.page.locator("#full pre").first
    expect(body).to_be_hidden()
    visitor.page.locator("#full summary").first.click()
    expect(body).to_be_visible()
    assert '"in_progress"' in body.inner_text()


def test_an_event_is_copied_and_all_of_them_are_downloaded(visit: Visit) -> None:
    visitor = visit("auditor", permissions=["clipboard-read", "clipboard-write"])
    visitor.go(f"{PATH}?view=full")
    visitor.page.locator("#full summary").first.click()
    visitor.page.get_by_role("button", name="Copy event").first.click()
    expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == visitor.page.locator("#full pre").first.text_content()

    with visitor.page.expect_download() as download:
        visitor.page.locator("#download").click()
    assert download.value.suggested_filename == "events.json"
    events = visitor.page.request.get(download.value.url).json()["items"]
    assert [one["event"] for one in events] == STORED


def test_the_slider_shows_what_was_known_then_and_the_way_back_is_now(visit: Visit) -> None:
    visitor = visit("auditor")
    visitor.go(f"{PATH}?view=full")
    assert "now: all 9 events" in visitor.text("#step-said")

    slide_to(visitor, 6)

    assert "after event 6 of 9" in visitor.text("#step-said")
    assert visitor.page.locator("#full .event-name").all_inner_texts() == STORED[:6]
    assert "not that we know" in visitor.text("#call-state div:has(dt:text-is('Ended'))")
    assert visitor.page.locator("#call-deliveries tbody tr").count() == 6

    visitor.page.get_by_role("link", name="Compact").click()
    assert "after event 6 of 9" in visitor.text("#step-said")
    visitor.page.locator("#earlier").click()
    assert "after event 5 of 9" in visitor.text("#step-said")
    slide_to(visitor, 1)
    assert "Call placed" not in visitor.text("#compact")
    visitor.page.get_by_role("link", name="Now", exact=True).click()
    assert "now: all 9 events" in visitor.text("#step-said")
    assert "not that we know" not in visitor.text("#call-state div:has(dt:text-is('Ended'))")


def test_each_delivery_is_there_with_our_answer_and_whether_it_came_before(visit: Visit) -> None:
    visitor = visit("auditor")
    visitor.go(PATH)
    rows = visitor.page.locator("#call-deliveries tbody tr")
    assert [row.locator("td").nth(0).inner_text() for row in rows.all()] == [
        "Answered call.answered", "Call placed call.created", "Answered call.answered", "Keys pressed call.gathered",
        "Keys pressed call.gathered", "call.sneezed", "Ended call.completed", "Ended as failed call.failed",
        "Answered call.answered",
    ]  # fmt: skip
    assert "repeated, no. 2" in rows.nth(2).inner_text()
    assert "repeated, no. 3" in rows.nth(8).inner_text()
    assert {row.locator("td").nth(4).inner_text() for row in rows.all()} == {"204"}
    rows.nth(0).locator("summary").click()
    assert "x-minivoice-signature: v1=" in rows.nth(0).inner_text()

    visitor.go(f"/deliveries?call={STORY}&result=repeated")
    expect(visitor.page.locator("#deliveries tbody tr")).to_have_count(2)


def test_two_calls_are_compared(visit: Visit) -> None:
    visitor = visit("auditor")
    visitor.go(PATH)
    visitor.page.get_by_label("The other call's id").fill(OTHER_STORY)
    visitor.page.get_by_role("button", name="Compare").click()
    expect(visitor.page.locator("h1")).to_have_text("Two calls side by side")
    pairs = {
        row.locator("th").first.inner_text(): row.locator("> td").all_inner_texts()[:2]
        for row in visitor.page.locator("#pairs-table > tbody > tr").all()
    }
    assert pairs["Ended by webhook"] == ["+30 s", "not here"]
    assert pairs["Ended as failed by webhook"] == ["+33 s", "+12 s"]
    visitor.page.locator("#other-way").click()
    expect(visitor.page.locator("#side-a h2")).to_contain_text(f"A: {OTHER_STORY}")
