import json
from typing import Any

from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import FakeApi

AT = "2026-05-29T12:00:00.000000Z"
ON: dict[str, Any] = {
    "key": "budget:few:calls",
    "need": "budget",
    "campaign_id": "few",
    "says": "4 of 5 calls of its budget are placed",
    "what_to_do": "raise policy.budget",
    "since": AT,
    "raised_at": AT,
    "over_at": None,
}
MAIL: dict[str, Any] = {
    "server": "mail.example.org:465",
    "recipients": 2,
    "waiting": 1,
    "sent_at": AT,
    "failing": {"since": AT, "last": "mail.example.org:465 did not answer in time"},
    "given_up": 0,
    "digest_at": "07:30 Europe/Berlin",
}
ALERTS: dict[str, Any] = {"on": [ON], "recent": [{**ON, "over_at": AT}], "mail": MAIL, "judged_at": AT}


def test_it_says_what_is_on_what_was_and_whether_messages_leave(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/alerts", ALERTS)

    code, data, talk = dialtrail("alerts")

    assert (code, talk) == (0, "")
    assert data.splitlines() == [
        "budget:few:calls: 4 of 5 calls of its budget are placed",
        f"  since {AT}, told at {AT}",
        "  what to do: raise policy.budget",
        "",
        "was               since                        over                         said",
        f"budget:few:calls  {AT}  {AT}  4 of 5 calls of its budget are placed",
        "",
        "by e-mail through mail.example.org:465 to 2 recipients; 1 message waits to be sent",
        "a digest of the day before at 07:30 Europe/Berlin",
        f"not taken since {AT}: mail.example.org:465 did not answer in time",
    ]


def test_where_nothing_is_on_and_no_e_mail_is_set_it_says_that(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/alerts", {"on": [], "recent": [], "mail": None, "judged_at": AT})

    code, data, _ = dialtrail("alerts")

    assert code == 0
    assert data.splitlines() == ["no alert is on", "", "no e-mail is set: nobody is told; see DIALTRAIL_SMTP_URL"]


def test_json_is_what_the_server_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", "/v1/alerts", ALERTS)

    code, data, _ = dialtrail("alerts", "--json")

    assert (code, json.loads(data)) == (0, ALERTS)


def test_a_message_that_tries_the_settings_is_sent(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", "/v1/alerts/test", {"sent": True, "recipients": 1, "why": None})
    assert dialtrail("alerts", "test") == (0, "sent to 1 recipient; look whether it came\n", "")


def test_one_that_is_not_sent_is_a_failure(dialtrail: Run, api: FakeApi) -> None:
    api.answers("POST", "/v1/alerts/test", {"sent": False, "recipients": 2, "why": "it refused the login"})
    assert dialtrail("alerts", "test") == (1, "", "not sent: it refused the login\n")
    code, data, _ = dialtrail("alerts", "test", "--json")
    assert (code, json.loads(data)["sent"]) == (1, False)
