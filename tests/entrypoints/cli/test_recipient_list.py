import json
from typing import Any

from domain.status import STATUSES as ALL_STATUSES
from entrypoints.cli.recipient_list import STATUSES
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

LIST = "/v1/campaigns/spring_followup/recipients"
HELD: dict[str, Any] = {
    "number": "+15551230002",
    "recipient": "p1",
    "status": "held",
    "reason": "outside_hours",
    "until": "2026-05-29T06:00:00.000000Z",
    "attempts": 1,
    "call_id": None,
    "code": None,
    "zone": "Europe/Berlin",
    "reference": "crm-1",
    "variables": {"name": "Ada", "reference": "crm-1", "due": "5"},
    "since": "2026-05-29T04:00:00.000000Z",
}
MASKED = {
    **HELD,
    "number": "+15…03",
    "status": "reached",
    "reason": None,
    "until": None,
    "call_id": "call_1",
    "reference": None,
    "variables": {},
}


def page(items: list[dict[str, Any]], following: str | None = None) -> dict[str, Any]:
    return {"items": items, "next": following, "position": 9, "judged_at": "2026-05-29T04:00:00.000000Z"}


def test_each_recipient_is_a_line_with_where_they_stand(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=2", page([HELD, MASKED], "2"))

    code, data, talk = dialtrail("recipients", "list", "spring_followup", "--limit", "2")

    assert (code, talk) == (0, "there are more: dialtrail recipients list spring_followup --after 2\n")
    assert data.splitlines() == [
        "number        status   reason         until                        attempts  call    zone           reference  variables",
        "+15551230002  held     outside_hours  2026-05-29T06:00:00.000000Z         1          Europe/Berlin  crm-1      name=Ada, due=5",
        "+15…03        reached                                                     1  call_1  Europe/Berlin",
        "",
        "as of position 9, judged at 2026-05-29T04:00:00.000000Z",
    ]


def test_those_of_a_status_at_a_past_moment(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=1&as_of=7&status=held&after=3", page([HELD], "4"))

    words = ("spring_followup", "--as-of", "7", "--status", "held")
    code, data, talk = dialtrail("recipients", "list", *words, "--after", "3", "--limit", "1", "--json")

    assert (code, json.loads(data)) == (0, page([HELD], "4"))
    assert talk == f"there are more: dialtrail recipients list {' '.join(words)} --after 4\n"


def test_all_pages_of_one_list_are_of_one_moment(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=1000", page([HELD] * 1000, "1000"))
    api.answers("GET", f"{LIST}?limit=500&as_of=9&after=1000", page([MASKED]))

    code, data, talk = dialtrail("recipients", "list", "spring_followup", "--limit", "1500", "--json")

    assert (code, talk, len(json.loads(data)["items"])) == (0, "", 1001)


def test_nobody_is_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", f"{LIST}?limit=50", page([]))
    api.answers("GET", f"{LIST}?limit=50&status=held", page([]))

    assert dialtrail("recipients", "list", "spring_followup") == (0, "", "nobody is enrolled\n")
    assert dialtrail("recipients", "list", "spring_followup", "--status", "held") == (0, "", "nobody is like that\n")


def test_what_a_shell_offers_are_all_statuses() -> None:
    assert set(STATUSES) == set(ALL_STATUSES)


def test_where_somebody_wishes_a_call_the_list_has_the_time(dialtrail: Run, api: FakeApi) -> None:
    wished = {**HELD, "wished_at": "2026-05-30T09:00:00.000000Z"}
    api.answers("GET", f"{LIST}?limit=2&wished=true", page([wished, {**MASKED, "wished_at": None}], "2"))

    code, data, talk = dialtrail("recipients", "list", "spring_followup", "--wished", "--limit", "2")

    assert (code, talk) == (0, "there are more: dialtrail recipients list spring_followup --wished --after 2\n")
    first, second, third, *_ = data.splitlines()
    assert (first.split()[-1], second.split()[-1]) == ("wished", "2026-05-30T09:00:00.000000Z")
    assert third.endswith("Europe/Berlin")
