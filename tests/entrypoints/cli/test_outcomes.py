import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

REACHED: dict[str, Any] = {
    "campaign_id": "spring_followup",
    "number": "+15551230002",
    "recipient": "p1",
    "reference": "crm-1",
    "status": "reached",
    "reason": None,
    "attempts": 1,
    "call_id": "call_1",
    "answered": True,
    "digits": ["2", "1"],
    "seconds": 28.5,
    "code": None,
    "changed_at": "2026-05-29T12:00:31.000000Z",
    "position": 7,
}
MASKED = {
    **REACHED,
    "number": "+15…03",
    "reference": None,
    "status": "refused",
    "reason": "invalid_request",
    "call_id": None,
    "answered": False,
    "digits": None,
    "seconds": None,
    "code": "invalid_request",
    "position": 9,
}


def page(items: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    return {"items": items, "next": following, "position": 12}


def test_each_recipient_is_a_line_and_where_to_go_on_later_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/outcomes?limit=50&campaign=spring_followup", page([REACHED, MASKED]))

    code, data, talk = dialtrail("outcomes", "--campaign", "spring_followup")

    header, one, other = (line.split() for line in data.splitlines())
    assert header[:6] == ["position", "changed", "campaign", "number", "reference", "status"]
    assert one == [
        *("7", "2026-05-29T12:00:31.000000Z", "spring_followup", "+15551230002", "crm-1", "reached"),
        *("1", "yes", "2", "1", "28.5", "call_1"),
    ]
    assert other[3:] == ["+15…03", "refused", "invalid_request", "1", "no", "invalid_request"]
    assert (code, talk) == (0, "what is new later: dialtrail outcomes --campaign spring_followup --after 12\n")


def test_as_json_it_is_the_apis_page(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/outcomes?limit=1&after=3", page([REACHED], "7"))

    code, data, talk = dialtrail("outcomes", "--after", "3", "--limit", "1", "--json")

    assert (code, json.loads(data)) == (0, page([REACHED], "7"))
    assert talk == "there are more: dialtrail outcomes --after 7\n"


def test_that_nothing_changed_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/outcomes?limit=50&after=12", page([]))

    assert dialtrail("outcomes", "--after", "12") == (
        0,
        "",
        "nothing changed since\nwhat is new later: dialtrail outcomes --after 12\n",
    )


def test_who_follows_goes_on_from_page_to_page_a_line_for_each(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/outcomes?after=0&limit=1000", page([REACHED], "7"))
    api.answers("GET", "/v1/outcomes?after=7&limit=1000", page([MASKED], "9"))
    refused = {"type": "urn:dialtrail:problem:unauthorized", "title": "A token is needed", "status": 401, "detail": "x"}
    api.answers("GET", "/v1/outcomes?after=9&limit=1000", refused, status=401)

    code, data, _ = dialtrail("outcomes", "--follow", "--json")

    assert code == 1
    assert [json.loads(line) for line in data.splitlines()] == [REACHED, MASKED]
