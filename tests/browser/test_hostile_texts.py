"""What somebody outside wrote does not run in anybody's browser, wherever it is shown, copied or asked for."""

from urllib.parse import quote

import pytest

from tests.browser.conftest import Visit
from tests.browser.site import HOSTILE, HOSTILE_CALL, LONG, STORY, numbers

PATH = f"/calls/{quote(HOSTILE_CALL, safe='')}"
SHOWN_ON = {
    f"{PATH}?view=full": HOSTILE_CALL,
    f"{PATH}?view=timeline": "<script>ran()</script>",
    PATH: "<script>ran()</script>",
    "/calls": HOSTILE_CALL,
    f"/deliveries?call={quote(HOSTILE_CALL)}": "<script>ran()</script>",
    f"/campaigns/hostile_texts/recipients/{quote(numbers(1, 3_000)[0])}": HOSTILE,
    "/campaigns/hostile_texts/plan": HOSTILE,
    f"{PATH}/compare/{STORY}": HOSTILE_CALL,
}
ASKED_FOR = [
    f"/calls?campaign={quote(HOSTILE)}",
    f"/deliveries?call={quote(HOSTILE)}",
    f"/campaigns/{quote(HOSTILE, safe='')}",
    f"/calls/{quote(HOSTILE, safe='')}",
    f"/compare?a={quote(HOSTILE)}",
    f"/campaigns/everybody/recipients?number={quote(HOSTILE)}",
    "/sign-in?next=javascript:ran()",
    "/sign-in?next=//example.test/",
]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_a_text_from_outside_is_shown_and_never_run(visit: Visit, role: str) -> None:
    visitor = visit(role)
    for path, text in SHOWN_ON.items():
        if role == "viewer" and "recipients/" in path:
            continue
        visitor.go(path)
        visitor.page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert visitor.page.locator("main img, main script").count() == 0
        if role == "operator":
            assert text in visitor.text("main"), path
        visitor.check()


def test_what_an_address_asks_for_is_not_run_either(visit: Visit) -> None:
    visitor = visit("operator")
    for status in (400, 404):
        visitor.allow(status)
    for path in ASKED_FOR:
        visitor.page.goto(visitor.site.url + path)
        assert visitor.page.locator("img, main script").count() == 0
        assert visitor.page.url.startswith(visitor.site.url)
        visitor.check()


def test_no_other_site_may_show_a_page_within_its_own(visit: Visit) -> None:
    visitor = visit("operator")
    page = visitor.page
    page.route(
        "**/framing",
        lambda route: route.fulfill(body=f'<iframe src="{visitor.site.url}/"></iframe>', content_type="text/html"),
    )
    page.goto("http://example.test/framing")
    frame = page.frames[-1]
    assert "Campaigns" not in frame.content()
    visitor.faults.clear()


def test_a_long_text_is_there_to_its_end(visit: Visit) -> None:
    visitor = visit("auditor")
    visitor.go(f"/campaigns/hostile_texts/recipients/{quote(numbers(1, 3_000)[0])}")
    assert LONG in visitor.text("main")
