"""Who sees and may do what, how they sign in and out, and what becomes of a session that is over."""

from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.site import NAME_OF, STORY, TOKEN_OF, Site, numbers
from tests.journeys.processes import until

PEOPLE = "/campaigns/autumn_survey/recipients"
NUMBER = numbers(1)[0]
COMMAND_WORDS = ("Start", "Pause", "Resume", "Cancel", "Approve", "Decline")
WITH_COMMANDS = ["/campaigns/tomorrow", "/campaigns/careful", "/campaigns/nobody_yet"]


def commands_on(visit_page: str, texts: list[str]) -> list[str]:
    return [f"{visit_page}: {text}" for text in texts if text in COMMAND_WORDS]


@pytest.mark.parametrize("role", ["viewer", "auditor", "operator"])
def test_each_role_sees_what_it_may_and_has_the_buttons_that_it_may_press(visit: Visit, role: str) -> None:
    visitor = visit(role)
    sees_all, may_command = role != "viewer", role == "operator"

    visitor.go(PEOPLE)
    listed = visitor.page.locator("#recipients tbody th").all_inner_texts()
    assert (NUMBER in listed) == sees_all
    assert all(("…" in one) != sees_all for one in listed)
    visitor.go(f"/calls/{STORY}?view=full")
    journey = visitor.text("main")
    assert ("+15551249999" in journey) == sees_all
    assert (visitor.page.get_by_text("is not shown to viewers").count() > 0) == (not sees_all)
    assert visitor.page.locator("pre").count() == (visitor.page.locator("details").count() if sees_all else 0)

    shown = []
    for path in WITH_COMMANDS:
        visitor.go(path)
        shown += commands_on(path, visitor.page.locator("main").get_by_role("link").all_inner_texts())
        shown += commands_on(path, visitor.page.locator("main").get_by_role("button").all_inner_texts())
    wanted = ["/campaigns/tomorrow: Pause", "/campaigns/tomorrow: Cancel", "/campaigns/careful: Start"]
    wanted += ["/campaigns/careful: Cancel", "/campaigns/careful: Approve", "/campaigns/careful: Decline"]
    wanted += ["/campaigns/nobody_yet: Start", "/campaigns/nobody_yet: Cancel"]
    assert shown == (wanted if may_command else [])
    if not may_command:
        visitor.go("/campaigns/tomorrow/pause", status=403)
        assert "operator" in visitor.text("#error-detail")


def test_a_wrong_token_is_said_and_the_right_one_leads_where_one_was_going(visit: Visit, site: Site) -> None:
    visitor = visit()
    visitor.go(f"{PEOPLE}?status=reached")
    assert visitor.text("h1") == "Sign in"
    assert visitor.page.evaluate("() => document.activeElement.id") == "token"
    visitor.allow(401)
    visitor.page.get_by_label("Token").fill("not-a-token")
    visitor.page.keyboard.press("Enter")
    expect(visitor.page.get_by_role("alert")).to_contain_text("not known here")
    assert "not-a-token" not in visitor.page.content()

    visitor.page.get_by_label("Token").fill(TOKEN_OF["auditor"])
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(f"{site.url}{PEOPLE}?status=reached")
    assert visitor.text("#signed-in") == f"{NAME_OF['auditor']} (auditor)"
    (cookie,) = visitor.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert TOKEN_OF["auditor"] not in cookie["value"]
    assert visitor.page.evaluate("() => document.cookie") == ""


def test_who_has_signed_out_is_out_even_with_the_cookie_of_before(visit: Visit) -> None:
    visitor = visit()
    visitor.sign_in("operator", "/calls")
    cookies = visitor.context.cookies()
    visitor.page.locator("#sign-out").click()
    visitor.page.wait_for_url("**/sign-in")
    assert visitor.context.cookies() == []

    visitor.page.go_back()
    assert visitor.text("h1") == "Sign in"
    visitor.context.add_cookies(
        [{"name": one["name"], "value": one["value"], "url": visitor.site.url} for one in cookies]
    )
    visitor.go("/calls")
    assert visitor.text("h1") == "Sign in"


def test_a_session_that_ends_meanwhile_does_nothing_and_says_so(visit: Visit, site: Site) -> None:
    site.campaign("left_open", [{"number": numbers(1, 5_000)[0]}])
    visitor = visit("operator")
    visitor.go("/campaigns/left_open/start")
    visitor.context.clear_cookies()
    visitor.allow(403)
    visitor.page.locator("#confirm").click()
    expect(visitor.page.locator("#error-detail")).to_contain_text("not signed in any more")
    assert site.api("GET", "/v1/campaigns/left_open")["state"] == "created"


def test_figures_that_are_live_no_more_say_so(visit: Visit, site: Site) -> None:
    site.campaign("looked_at")
    visitor = visit("operator")
    visitor.go("/campaigns/looked_at")
    visitor.context.clear_cookies()
    visitor.allow(401)
    site.api("POST", "/v1/campaigns/looked_at/cancel")
    expect(visitor.page.get_by_role("status").filter(has_text="not live any more")).to_be_visible(timeout=10_000)
    visitor.faults.clear()


def test_a_form_of_another_session_does_nothing(visit: Visit, site: Site) -> None:
    site.campaign("forged", [{"number": numbers(1, 5_001)[0]}])
    visitor = visit("operator")
    visitor.go("/campaigns/forged/start")
    visitor.page.evaluate("() => { document.querySelector('main [name=form_token]').value = 'f'.repeat(64); }")
    visitor.allow(403)
    visitor.page.locator("#confirm").click()
    expect(visitor.page.locator("#error-detail")).to_contain_text("not of this session")
    until("nothing was done", lambda: site.api("GET", "/v1/campaigns/forged")["state"] == "created", 1)


def test_everything_can_be_read_and_done_without_javascript(visit: Visit, site: Site) -> None:
    site.campaign("no_script", [{"number": numbers(1, 5_002)[0]}], policy={"starts_at": "2099-01-01T00:00:00Z"})
    visitor = visit("operator", java_script_enabled=False)
    page = visitor.page
    visitor.go("/campaigns/no_script")
    assert visitor.figure("callable-now") == 0
    for act, state in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("cancel", "canceled")):
        page.locator(f"#act-{act}").click()
        page.locator("#confirm").click()
        if page.locator("#notes").count():
            page.get_by_role("link", name="To the campaign").click()
        assert visitor.text("#live-state") == state
    visitor.go(PEOPLE)
    page.get_by_label("Number").fill(NUMBER)
    page.get_by_role("button", name="Show").click()
    assert visitor.text("h1") == NUMBER
    visitor.go(f"/calls/{STORY}?view=full")
    page.locator("summary").first.click()
    assert "in_progress" in visitor.text("#full pre >> nth=0")
    assert not page.get_by_role("button", name="Copy").first.is_visible()
    page.locator("#step").focus()
    page.keyboard.press("Home")
    page.get_by_role("button", name="Show", exact=True).click()
    assert "after event 1 of 9" in visitor.text("#step-said")
    for name in ("Compact", "Timeline"):
        page.get_by_role("link", name=name, exact=True).click()
        assert visitor.text("#journey") == name
        assert "call.answered" in visitor.text("main")
    visitor.go(f"/compare?a={STORY}&b={quote('call_other')}")
    assert page.locator("#pairs-table tbody tr").count() > 3
    visitor.go("/campaigns/autumn_survey")
    assert visitor.figure("calls") == 8
    visitor.faults.clear()
