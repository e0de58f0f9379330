import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.errors import NotAllowed, NotFound
from entrypoints.doctor import pending_part
from entrypoints.doctor.finding import Finding
from entrypoints.doctor.pending_part import pending_findings
from tests.entrypoints.cli.fake_api import CAMPAIGN

NOON = datetime(2026, 5, 29, 12, 0, tzinfo=UTC)
SUBSCRIPTIONS = "/v1/subscriptions"
QUARANTINE = "/v1/quarantine?limit=100"
PAUSE = {"scope": "campaign", "cause": "provider", "code": "spend_control_exceeded", "status": 403, "at": "T"}


def campaign(name: str = "spring", **changes: Any) -> dict[str, Any]:
    return {**CAMPAIGN, "id": name, "recipients": {"queued": 1}, **changes}


class Api:
    """Answers from a table, and keeps what it was asked."""

    def __init__(self, *campaigns: dict[str, Any], **answers: Any) -> None:
        self.asked: list[str] = []
        empty: dict[str, Any] = {"items": [], "next": None}
        found = {"/v1/campaigns": {"items": list(campaigns), "next": None}, QUARANTINE: empty, SUBSCRIPTIONS: empty}
        self._answers = {**found, **answers}

    async def ask(self, path: str) -> Mapping[str, Any]:
        self.asked.append(path)
        found: Mapping[str, Any] | Exception = self._answers[path]
        if isinstance(found, Exception):
            raise found
        return found


def check(api: Api) -> list[Finding]:
    return asyncio.run(pending_findings(api.ask, NOON, 300))


def test_where_nothing_waits_that_is_said() -> None:
    operator = {**PAUSE, "cause": "operator"}
    findings = check(Api(campaign(), campaign("autumn", state="paused", pause=operator)))

    assert findings == [Finding("pending", "ok", "2 campaigns, nothing waits for you")]


OLDER = "the server is older than this command, and cannot say what lies in quarantine (no /v1/quarantine there)"


@pytest.mark.parametrize(
    ("quarantine", "said"),
    [
        (NotFound("no route /v1/quarantine"), OLDER),
        (NotAllowed("auditor wanted"), "it could not be asked what lies in quarantine: auditor wanted"),
    ],
)
def test_an_older_server_hides_nothing_but_what_it_does_not_know(quarantine: Exception, said: str) -> None:
    paused = campaign("autumn", state="paused", pause={**PAUSE, "what_to_do": "raise the limit"})
    findings = check(Api(paused, **{QUARANTINE: quarantine}))

    assert [(one.level, one.what) for one in findings] == [
        ("warning", "campaign autumn is paused since T: 403 spend_control_exceeded"),
        ("warning", said),
    ]


@pytest.mark.parametrize("path", ["/v1/campaigns", "/v1/campaigns/spring/recipients?status=dialing&limit=50"])
def test_what_cannot_be_asked_for_hides_nothing_that_lies_in_quarantine(path: str) -> None:
    kept = {"items": [{"read": None, "readable": True}], "next": None}
    under_way = campaign(recipients={"dialing": 1})
    findings = check(Api(under_way, **{QUARANTINE: kept, path: NotAllowed("auditor wanted")}))

    assert len(findings) == 2
    assert findings[0].what.endswith("could not be asked for: auditor wanted")
    assert findings[1].what == "1 webhook in quarantine can be read by this version"


def test_webhooks_that_nobody_could_read_are_told_until_they_are_read() -> None:
    kept = [{"read": None, "readable": True}, {"read": None, "readable": False}, {"read": {}, "readable": True}]
    api = Api(campaign(), **{QUARANTINE: {"items": kept, "next": None}})

    assert check(api) == [
        Finding(
            "pending",
            "warning",
            "1 webhook in quarantine can be read by this version",
            "have what they say recorded with: dialtrail quarantine read --all",
        ),
        Finding(
            "pending",
            "warning",
            "1 webhook in quarantine cannot be read: MiniVoice may have changed something",
            "see why with: dialtrail quarantine list",
        ),
    ]


def test_pauses_by_the_provider_are_told_and_the_accounts_once() -> None:
    account = {**PAUSE, "scope": "account", "code": "insufficient_balance", "status": 402, "what_to_do": "add balance"}
    api = Api(
        campaign("a", state="paused", pause={**PAUSE, "what_to_do": "raise the limit"}),
        campaign("b", state="paused", pause=account),
        campaign("c", state="paused", pause=account),
    )

    assert check(api) == [
        Finding(
            "pending",
            "warning",
            "campaign a is paused since T: 403 spend_control_exceeded",
            "raise the limit: dialtrail campaign resume a",
        ),
        Finding(
            "pending",
            "warning",
            "the account is paused since T: 402 insufficient_balance",
            "add balance: dialtrail campaign resume b",
        ),
    ]


def test_attempts_in_doubt_are_told_with_the_command_that_shows_them() -> None:
    (finding,) = check(Api(campaign(recipients={"unresolved": 2, "queued": 1})))

    assert (finding.level, finding.what.startswith("2 recipients of spring unresolved")) == ("warning", True)
    assert finding.what_to_do == "see the attempts in doubt with: dialtrail unresolved spring"


def test_a_campaign_that_runs_for_nobody_is_told() -> None:
    (finding,) = check(Api(campaign(recipients={"queued": 0}), campaign("b", state="created", recipients={})))

    assert (finding.level, finding.what) == ("note", "campaign spring is running, and has no recipients")


@pytest.mark.parametrize(
    ("age_seconds", "level", "said"),
    [(299, "ok", "nothing waits"), (301, "note", "1 call without an end"), (7201, "warning", "since 7201 s")],
)
def test_calls_without_an_end_are_told(age_seconds: float, level: str, said: str) -> None:
    begun = (NOON - timedelta(seconds=age_seconds)).isoformat().replace("+00:00", "Z")
    api = Api(
        campaign(recipients={"dialing": 2}),
        **{
            "/v1/campaigns/spring/recipients?status=dialing&limit=50": {
                "items": [{"call_id": "call/7"}, {"call_id": None}],
            },
            "/v1/calls/call%2F7": {"state": {"created_at": begun, "answered_at": None}},
        },
    )

    (finding,) = check(api)

    assert (finding.level, said in finding.what) == (level, True)


def test_of_very_many_calls_only_the_first_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_part, "CALLS_LOOKED_AT_MAX", 2)
    page = {"items": [{"call_id": "c"}, {"call_id": "c"}]}
    api = Api(
        campaign("a", recipients={"dialing": 9}),
        campaign("b", recipients={"in_progress": 9}),
        **{
            "/v1/campaigns/a/recipients?status=dialing&limit=2": page,
            "/v1/calls/c": {"state": {"created_at": None, "answered_at": None}},
        },
    )

    assert [one.level for one in check(api)] == ["ok"]
    assert len([path for path in api.asked if path not in {QUARANTINE, SUBSCRIPTIONS}]) == 4


def test_an_api_that_refuses_is_told() -> None:
    async def ask(_: str) -> Mapping[str, Any]:
        raise NotAllowed("set DIALTRAIL_TOKEN")

    findings = asyncio.run(pending_findings(ask, NOON, 300))

    assert [(one.level, one.what) for one in findings] == [
        ("warning", "the campaigns could not be asked for: set DIALTRAIL_TOKEN"),
        ("warning", "it could not be asked what lies in quarantine: set DIALTRAIL_TOKEN"),
        ("warning", "the subscriptions could not be asked for: set DIALTRAIL_TOKEN"),
    ]


def test_what_subscribers_do_not_take_is_told() -> None:
    said = {"since": "T", "last": "answered 500"}
    lost = {"cause": "outbox", "at": "T", "reason": "where it stood is not known"}
    items = [
        {"id": "crm", "pause": None, "failing": said, "dead": 2},
        {"id": "lost", "pause": lost, "failing": None, "dead": 0},
        {"id": "held", "pause": {**lost, "cause": "operator"}, "failing": None, "dead": 0},
    ]
    findings = check(Api(**{SUBSCRIPTIONS: {"items": items, "next": None}}))

    assert [(one.level, one.what) for one in findings] == [
        ("warning", "subscription crm takes nothing since T: answered 500"),
        ("warning", "2 deliveries to subscription crm given up after three days"),
        ("warning", "subscription lost is paused since T: where it stood is not known"),
    ]
    assert check(Api(**{SUBSCRIPTIONS: NotFound("no such route")}))[0].level == "ok"
