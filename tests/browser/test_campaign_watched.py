"""A campaign watched live by its operator, who pauses it, resumes it, and looks for its people."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import Site, numbers
from tests.browser.visitor import Visitor
from tests.journeys.processes import until

SLOW = {"calls_per_second": 4, "calls_at_once": 8}
# Nobody on a busy machine is too slow to stop it before the last is called.
SLOWER, FAST, PEOPLE = {**SLOW, "calls_per_second": 2}, {"calls_per_second": 30, "calls_at_once": 30}, 80
PEOPLE_MANY = 10_000


def people(count: int, first: int) -> list[dict[str, str]]:
    return [{"number": number} for number in numbers(count, first)]


def confirm(visitor: Visitor, act: str) -> None:
    """Press the button, say that it is meant, and go back to the campaign; it is marked, to see whether it is loaded anew."""
    visitor.page.locator(f"#act-{act}").click()
    visitor.page.locator("#confirm").click()
    expect(visitor.page.locator("h1")).not_to_contain_text("?")
    if visitor.page.locator("#notes").count():
        visitor.page.get_by_role("link", name="To the campaign").click()
    expect(visitor.page.locator("#answer")).to_be_visible()
    visitor.page.evaluate("() => { window.isTheSame = true; }")


def marked(visitor: Visitor) -> bool:
    """Whether the page is still the one that was marked: it has not been loaded anew."""
    return bool(visitor.page.evaluate("() => window.isTheSame === true"))


def test_figures_change_while_they_are_watched_and_the_campaign_stops_and_goes_on_as_it_is_told(
    site: Site, visit: Visit, pictures: Path | None
) -> None:
    site.campaign("watched", people(PEOPLE, 4_000), limits=SLOWER)
    visitor = visit("operator")
    visitor.go("/campaigns/watched")
    assert (visitor.text("#live-state"), visitor.figure("callable-now")) == ("created", PEOPLE)
    assert f"It has not been started. {PEOPLE} could be called now." in visitor.text("#answer")

    visitor.page.locator("#act-start").click()
    assert visitor.text("h1") == "Start watched?"
    assert site.api("GET", "/v1/campaigns/watched")["state"] == "created"
    visitor.page.locator("#back").click()
    confirm(visitor, "start")
    visitor.answer_in("#answer", "being called at this moment")
    visitor.figure_in("done", "[3-9]|[1-7][0-9]")
    assert marked(visitor)
    visitor.take_picture(pictures, "campaign-running-light")

    confirm(visitor, "pause")
    visitor.answer_in("#live-state", "paused")
    assert "The campaign is paused" in visitor.text("#answer")
    assert "operator" in visitor.text("#live-pause")
    visitor.figure_in("in-flight", "0")
    assert marked(visitor)
    done = visitor.figure("done")
    assert 2 < done < PEOPLE
    assert done + visitor.figure("callable-now") == PEOPLE
    visitor.take_picture(pictures, "campaign-paused-light")

    site.api("POST", "/v1/campaigns/watched/revise", {"limits": FAST, "reason": "the rest may be called at once"})
    confirm(visitor, "resume")
    visitor.answer_in("#live-state", "completed")
    visitor.figure_in("tried", str(PEOPLE))
    assert marked(visitor)
    expect(visitor.page.locator("#live-acts a")).to_have_count(0)
    names = [one["event"] for one in site.api("GET", "/v1/campaigns/watched/history")["items"]]
    assert {"campaign.started", "campaign.paused", "campaign.resumed", "campaign.completed"} <= set(names)


def test_a_pause_by_the_provider_says_its_cause_what_it_said_and_what_to_do(
    site: Site, visit: Visit, pictures: Path | None
) -> None:
    site.campaign("out_of_money", people(3, 4_100), limits=SLOW)
    site.sandbox(balance="0.00")
    visitor = visit("operator")
    visitor.go("/campaigns/out_of_money")
    try:
        confirm(visitor, "start")
        visitor.answer_in("#answer", "The account is paused")
        pause = visitor.text("#live-pause")
        assert "insufficient_balance" in pause
        assert "402" in pause
        assert "insufficient_balance" in visitor.text("#pause-body")
        assert "What to do:" in visitor.text("#live-why")
        visitor.take_picture(pictures, "campaign-out-of-money-light")
    finally:
        site.sandbox(balance="none")
        confirm(visitor, "resume")
    site.until_over("out_of_money")


def test_recipients_are_filtered_by_status_and_found_by_number(site: Site, visit: Visit) -> None:
    counts = {status: count for status, count in site.counts("autumn_survey").items() if count}
    visitor = visit("operator")
    visitor.go("/campaigns/autumn_survey")
    visitor.page.get_by_role("link", name="Recipients", exact=True).click()
    rows = visitor.page.locator("#recipients tbody tr")
    expect(rows).to_have_count(10)

    shown = {}
    for status in counts:
        visitor.page.get_by_label("Status").select_option(status)
        visitor.page.get_by_role("button", name="Show").click()
        visitor.page.wait_for_url(f"**status={status}*")
        shown[status] = rows.count()
    assert shown == counts

    visitor.page.get_by_label("Number").fill(numbers(1)[0])
    visitor.page.get_by_role("button", name="Show").click()
    expect(visitor.page.locator("h1")).to_have_text(numbers(1)[0])
    assert "Ada" in visitor.text("main")
    visitor.page.locator("a[href^='/calls/']").first.click()
    expect(visitor.page.locator("h1")).to_contain_text("Call call_")

    visitor.go("/campaigns/autumn_survey/recipients")
    visitor.allow(400)
    visitor.page.get_by_label("Number").fill("12")
    visitor.page.get_by_role("button", name="Show").click()
    expect(visitor.page.locator("#error-detail")).to_contain_text("number")


def test_ten_thousand_recipients_are_paged_and_searched_without_a_wait(
    site: Site, visit: Visit, pictures: Path | None
) -> None:
    many = [f"+1666{2_000_000 + nth}" for nth in range(PEOPLE_MANY)]
    site.campaign("everybody", [{"number": number} for number in many])
    site.up_to_date()
    visitor = visit("auditor")
    visitor.go("/campaigns/everybody")
    assert visitor.figure("callable-now") == PEOPLE_MANY
    visitor.go("/campaigns/everybody/recipients")
    rows = visitor.page.locator("#recipients tbody tr")
    seen: list[str] = []
    for _ in range(3):
        expect(rows).to_have_count(100)
        seen += visitor.page.locator("#recipients tbody th").all_inner_texts()
        visitor.page.locator("#next-page").click()
        visitor.page.wait_for_url("**after=*")
        expect(visitor.page.locator("#recipients tbody th").first).not_to_have_text(seen[-100])
    assert len(set(seen)) == 300
    visitor.take_picture(pictures, "recipients-many-light", full=False)

    visitor.page.get_by_label("Number").fill(many[-1])
    visitor.page.get_by_role("button", name="Show").click()
    expect(visitor.page.locator("h1")).to_have_text(many[-1])
    timing = visitor.page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    assert timing < 5_000


def test_a_change_waits_for_a_second_person_who_approves_it(site: Site, visit: Visit) -> None:
    site.campaign("two_eyes", people(1, 4_200), policy={"needs_approval": True})
    site.api("POST", "/v1/campaigns/two_eyes/revise", {"record": True, "reason": "asked for"})
    visitor = visit("operator")
    visitor.go("/campaigns/two_eyes")
    visitor.allow(409)
    visitor.page.get_by_role("link", name="Approve").click()
    visitor.page.locator("#confirm").click()
    expect(visitor.page.locator("#error-detail")).to_contain_text("olga")
    assert site.api("GET", "/v1/campaigns/two_eyes")["record"] is False

    second = visit()
    second.go("/sign-in?next=/campaigns/two_eyes")
    second.page.get_by_label("Token").fill("another-operators-token")
    second.page.get_by_role("button", name="Sign in").click()
    second.page.get_by_role("link", name="Approve").click()
    second.page.get_by_label("Reason").fill("fine")
    second.page.locator("#confirm").click()
    second.page.wait_for_url("**/campaigns/two_eyes")
    until("the change came about", lambda: site.api("GET", "/v1/campaigns/two_eyes")["record"] is True, 10)


def test_the_list_of_campaigns_and_that_of_deliveries_change_by_themselves(site: Site, visit: Visit) -> None:
    visitor = visit("viewer")
    visitor.go("/")
    visitor.page.evaluate("() => { window.isTheSame = true; }")
    site.campaign("just_made")
    visitor.answer_in("#live-campaigns", "just_made")
    assert marked(visitor)
