"""Each page, light and dark, wide and narrow: nothing is complained of, everything has a name, stands out, and fits."""

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.conftest import Visit
from tests.browser.examining import (
    crumbs,
    cut_without_a_hint,
    heading_faults,
    read_aloud,
    too_wide,
    unnamed_controls,
    weak_texts,
)
from tests.browser.site import HOSTILE_CALL, NAME_OF, OTHER_STORY, STORY, Site, numbers
from tests.browser.visitor import NARROW, Visitor
from tests.examples import are_all_tried

HOSTILE_PATH = f"/calls/{quote(HOSTILE_CALL, safe='')}"
PAGES = {
    "home": "/",
    "home-week": "/?range=week",
    "campaigns": "/campaigns?tries=shown",
    "campaign": "/campaigns/autumn_survey",
    "campaign-waiting": "/campaigns/tomorrow",
    "campaign-needs-approval": "/campaigns/careful",
    "campaign-of-nobody": "/campaigns/nobody_yet",
    "campaign-hostile": "/campaigns/hostile_texts",
    "recipients": "/campaigns/autumn_survey/recipients",
    "recipients-none": "/campaigns/autumn_survey/recipients?status=withdrawn",
    "recipient": f"/campaigns/autumn_survey/recipients/{quote(numbers(1)[0])}",
    "recipient-hostile": f"/campaigns/hostile_texts/recipients/{quote(numbers(1, 3_000)[0])}",
    "person": f"/people/{quote(numbers(1)[0])}",
    "person-hostile": f"/people/{quote(numbers(1, 3_000)[0])}",
    "search": "/search?q=r",
    "search-none": "/search?q=nowhere",
    "plan": "/campaigns/careful/plan",
    "what-if": "/campaigns/autumn_survey/what-if",
    "plan-hostile": "/campaigns/hostile_texts/plan",
    "start": "/campaigns/hostile_texts/start",
    "cancel": "/campaigns/tomorrow/cancel",
    "suppressions": "/suppressions",
    "ask-suppress": f"/suppressions/{quote(numbers(1)[0])}/suppress",
    "ask-consent": f"/people/{quote(numbers(1)[0])}/consent",
    "ask-decline": f"/campaigns/autumn_survey/recipients/{quote(numbers(1)[0])}/declined",
    "ask-erase": f"/people/{quote(numbers(1)[0])}/erase",
    "ask-import": "/campaigns/nobody_yet/import",
    "ask-revise": "/campaigns/tomorrow/revise",
    "tokens": "/tokens",
    "calls": "/calls",
    "calls-none": "/calls?campaign=nobody_yet",
    "call-compact": f"/calls/{STORY}",
    "call-timeline": f"/calls/{STORY}?view=timeline",
    "call-full": f"/calls/{STORY}?view=full",
    "call-past": f"/calls/{STORY}?view=timeline&step=3",
    "call-hostile": HOSTILE_PATH,
    "call-hostile-timeline": f"{HOSTILE_PATH}?view=timeline",
    "call-hostile-full": f"{HOSTILE_PATH}?view=full",
    "compare-form": "/compare",
    "compare": f"/calls/{STORY}/compare/{OTHER_STORY}",
    "deliveries": "/deliveries",
    "divergence": "/divergence",
    "deliveries-quarantined": "/deliveries?result=quarantined",
    "subscriptions": "/subscriptions",
    "subscription": "/subscriptions/crm",
    "ask-replay": "/subscriptions/crm/replay",
    "ask-resend": "/subscriptions/crm/resend",
    "deliveries-none": "/deliveries?event=call.whistled",
    "integrity": "/integrity",
    "reference": "/docs",
}
# Those whose like another page has already, with as much on it.
LIKE_ANOTHER = frozenset(
    {"campaign-waiting", "campaign-of-nobody", "recipients-none", "recipient-hostile", "plan-hostile", "cancel"}
    | {"calls-none", "call-compact", "call-past", "call-hostile-timeline", "call-full", "deliveries-none"}
)
# To look at a page takes a second or two: `scripts/test --long` looks at those, too.
EXAMINED = [name for name in PAGES if are_all_tried() or name not in LIKE_ANOTHER]
# So long that only its beginning is kept as a picture.
LONG = frozenset({"reference"})
NOT_FOR_ALL = ("start", "cancel", "ask", "tokens", "what-if", "hostile", "none", "past")
NOTHING = {
    "home": "/",
    "campaigns": "/campaigns",
    "calls": "/calls",
    "deliveries": "/deliveries",
    "divergence": "/divergence",
    "subscriptions": "/subscriptions",
    "integrity": "/integrity",
}


def examine(visitor: Visitor, name: str, pictures: Path | None) -> None:
    """All that is expected of a page that has been loaded; and its pictures, where somebody asked for them."""
    page = visitor.page
    aloud = read_aloud(page)
    assert (name, unnamed_controls(aloud), heading_faults(aloud)) == (name, [], [])
    page.evaluate("document.querySelectorAll('details').forEach((one, nth) => { one.open ||= nth < 3; })")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert (name, scheme, weak_texts(page)) == (name, scheme, [])
        visitor.take_picture(pictures, f"{name}-{scheme}", full=name not in LONG)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    assert (name, too_wide(page), crumbs(page), cut_without_a_hint(page)) == (name, [], [], [])
    visitor.take_picture(pictures, f"{name}-narrow", full=name not in LONG)
    visitor.check()


@pytest.fixture(scope="module")
def operators_window(visit_all: Visit) -> Visitor:
    return visit_all("operator")


@pytest.fixture(scope="module")
def viewers_window(visit_all: Visit, empty_site: Site) -> Visitor:
    return visit_all("viewer", on=empty_site)


@pytest.mark.parametrize("name", EXAMINED)
def test_an_operators_page_is_named_stands_out_and_fits(
    operators_window: Visitor, pictures: Path | None, name: str
) -> None:
    operators_window.begin_anew()

    operators_window.go(PAGES[name])

    examine(operators_window, name, pictures)


@pytest.mark.parametrize("name", NOTHING)
def test_a_page_of_nothing_says_so(viewers_window: Visitor, pictures: Path | None, name: str) -> None:
    viewers_window.begin_anew()

    viewers_window.go(NOTHING[name])

    assert viewers_window.page.locator(".empty").first.is_visible()
    examine(viewers_window, f"empty-{name}", pictures)


def test_the_page_to_sign_in_on_and_one_that_is_not_there(visit: Visit, pictures: Path | None) -> None:
    visitor = visit()
    visitor.go("/sign-in")
    examine(visitor, "sign-in", pictures)
    other = visit("viewer")
    other.go("/calls/call_unknown", status=404)
    assert "no call with this id" in other.text("#error-detail")
    examine(other, "error", pictures)


def by_pseudonym(site: Site, path: str) -> str:
    """A path in which a person is named as viewers may."""
    number = numbers(1)[0]
    listed = site.api("GET", "/v1/campaigns/autumn_survey/recipients?limit=1000")["items"]
    (known_as,) = [item["recipient"] for item in listed if item["number"] == number]
    return path.replace(quote(number), known_as)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_each_page_opens_without_a_complaint_for_each_role(visit: Visit, role: str) -> None:
    visitor = visit(role)
    visitor.go("/")
    assert visitor.text("#signed-in") == f"{NAME_OF[role]} ({role})"

    for name, path in PAGES.items():
        if not any(word in name for word in NOT_FOR_ALL):
            visitor.go(by_pseudonym(visitor.site, path) if role == "viewer" else path)
            assert visitor.page.locator("h1").count() == 1
            assert (name, visitor.faults) == (name, [])
