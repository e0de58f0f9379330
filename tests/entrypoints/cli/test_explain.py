import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from adapters.documents.policy import PolicyInput
from domain.account import AccountState
from domain.campaign import CampaignRevised, CampaignStarted
from domain.dialing import RULES, explain, judge
from entrypoints.cli.explain import HOURS_WITHOUT_A_ZONE, NOT_AGAINST, UNSET, DisplayClocks, sentence
from entrypoints.cli.times import IN_UTC, times_in
from entrypoints.wording import WORDS
from tests.domain.given import PLAN, SPRING, campaign_after, recipient_after
from tests.domain.given import enrolled as enrolled_in
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.fake_api import CAMPAIGN, FakeApi
from tests.entrypoints.cli.terminal import on_a_terminal, without_colours

PATH = "/v1/campaigns/spring_followup/recipients/+15551230002/explain"
IN_BERLIN = DisplayClocks(times_in("Europe/Berlin"), IN_UTC)
WEDNESDAY = datetime(2026, 5, 27, 12, 0, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "hours": {"weekdays": ["08:00-20:00"]},
    "default_zone": "Europe/Berlin",
    "excluded_dates": ["2026-12-24"],
    "holidays": ["DE"],
    "starts_at": "2026-05-01T00:00:00Z",
    "ends_at": "2026-07-01T00:00:00Z",
    "attempts_max": 3,
    "attempt_gap_seconds": 60,
    "retry": {"not_reached": {"after_seconds": 60}},
    "caps": [{"attempts_max": 3, "period_hours": 24}],
    "conversation_gaps": [{"hours": 24}],
    "only": ["+15551230001"],
}


def rule(name: str, *, against: bool = False, **more: Any) -> dict[str, Any]:
    about = {"stands_against": against, "scope": RULES.get(name, "recipient"), "final": False, "until": None}
    return {"rule": name, **about, "inputs": {}, **more}


FOUND: dict[str, Any] = {
    "campaign_id": "spring_followup",
    "number": "+15551230002",
    "position": 1234,
    "judged_at": "2026-05-29T04:00:00.000000Z",
    "may_dial": False,
    "status": "held",
    "reason": "outside_hours",
    "until": "2026-05-29T06:00:00.000000Z",
    "zones": ["Europe/Berlin"],
    "rules": [
        rule(
            "outside_hours",
            against=True,
            until="2026-05-29T06:00:00.000000Z",
            inputs={
                "zone": "Europe/Berlin",
                "local_time": "2026-05-29T06:00+02:00",
                "weekday": "friday",
                "windows": "08:00-20:00",
            },
        ),
        rule("suppressed", against=True, final=True, inputs={"source": None}),
        rule("attempts_used_up", inputs={"counted": 1, "attempts_max": 3}),
        rule("campaign_over", inputs={"ends_at": "2026-07-01T00:00:00+00:00"}),
        rule("holiday", inputs={"places": ""}),
    ],
}


def test_it_says_what_stands_against_a_call_first_by_the_recipients_clock_and_yours(
    dialtrail: Run, api: FakeApi
) -> None:
    api.answers("GET", PATH, FOUND)

    code, data, talk = dialtrail("explain", "spring_followup", "+15551230002", "--tz", "America/New_York")

    assert (code, talk) == (0, "")
    berlin = {hour: f"2026-05-29T{hour:02}:00:00.000000+02:00 in Europe/Berlin" for hour in (6, 8)}
    until = f"{berlin[8]} (2026-05-29T02:00:00.000000-04:00)"
    over = "2026-07-01T02:00:00.000000+02:00 in Europe/Berlin (2026-06-30T20:00:00.000000-04:00)"
    assert data.splitlines() == [
        f"+15551230002 in spring_followup: held (outside_hours) until {until}",
        "no call may be placed, because of:",
        (
            "✗ outside_hours: it is 2026-05-29T06:00+02:00 in Europe/Berlin, outside the hours of a friday (08:00-20:00), "
            f"until {until}"
        ),
        (
            "✗ suppressed: this person is suppressed (source: ?); lift it with: dialtrail recipients release NUMBER "
            "(waiting does not help)"
        ),
        "✓ attempts are left: 1 of 3 are used up",
        f"✓ the campaign goes on until {over}",
        "✓ the policy excludes no holidays",
        "",
        f"as of position 1234, judged at {berlin[6]} (2026-05-29T00:00:00.000000-04:00)",
    ]


def test_where_nothing_stands_against_it_that_is_said(dialtrail: Run, api: FakeApi) -> None:
    queued = {
        "may_dial": True,
        "status": "queued",
        "reason": None,
        "until": None,
        "zones": [],
        "rules": FOUND["rules"][2:3],
    }
    api.answers("GET", PATH, {**FOUND, **queued, "number": "+15…02"})

    assert dialtrail("explain", "spring_followup", "+15551230002").data.splitlines() == [
        "+15…02 in spring_followup: queued",
        "a call may be placed: each rule allows it",
        "✓ attempts are left: 1 of 3 are used up",
        "",
        "as of position 1234, judged at 2026-05-29T04:00:00.000000Z",
    ]


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("--as-of", "1200"), "1200"),
        (("--as-of", "2026-05-29T12:00:00Z"), "2026-05-29T12%3A00%3A00.000000Z"),
        (("--as-of", "2026-05-29T12:00", "--tz", "Europe/Berlin"), "2026-05-29T10%3A00%3A00.000000Z"),
    ],
)
def test_a_past_moment_is_asked_for(dialtrail: Run, api: FakeApi, words: tuple[str, ...], asked: str) -> None:
    api.answers("GET", f"{PATH}?as_of={asked}", FOUND)

    assert dialtrail("explain", "spring_followup", "+15551230002", *words).code == 0


def test_json_is_what_the_api_said(dialtrail: Run, api: FakeApi) -> None:
    api.answers("GET", PATH, FOUND)

    code, data, talk = dialtrail("explain", "spring_followup", "+15551230002", "--json")

    assert (code, json.loads(data), data.count("\n"), talk) == (0, FOUND, 1, "")


def test_a_number_that_is_not_enrolled_is_one_line(dialtrail: Run, api: FakeApi) -> None:
    said = "this number is not enrolled in a campaign named spring_followup"
    api.answers("GET", PATH, {"title": "Not found", "detail": said}, 404)
    api.answers("GET", "/v1/campaigns?limit=1000", {"items": [CAMPAIGN], "next": None})

    assert dialtrail("explain", "spring_followup", "+15551230002") == (1, "", f"dialtrail: {said}\n")


def test_what_is_no_number_is_an_input_error(dialtrail: Run, api: FakeApi) -> None:
    target = "/v1/campaigns/spring_followup/recipients/12/explain"
    api.answers("GET", target, {"detail": "number: must be E.164", "field": "number"}, 400)

    assert dialtrail("explain", "spring_followup", "12") == (2, "", "dialtrail: number: must be E.164\n")


def test_every_rule_of_the_judge_has_words_for_both_cases_and_there_are_no_others() -> None:
    assert set(WORDS) == set(RULES)
    assert set(NOT_AGAINST) == set(RULES)
    assert set(UNSET) <= set(RULES)


def explained(
    policy: dict[str, Any] | None, now: datetime = WEDNESDAY, zone: str | None = None
) -> list[dict[str, Any]]:
    """Every rule as the API gives it, of somebody who was never called."""
    plan = msgspec.structs.replace(PLAN, policy=None if policy is None else PolicyInput.model_validate(policy).policy())
    state = campaign_after(CampaignStarted(), CampaignRevised(plan=plan))
    person = recipient_after(msgspec.structs.replace(enrolled_in(SPRING), zone=zone))
    verdict = judge(state, person, AccountState(), (), now)
    built: list[dict[str, Any]] = msgspec.to_builtins(explain(verdict, state, person, None))
    return built


@pytest.mark.parametrize("policy", [None, WHOLE], ids=["without a policy", "with all of one"])
def test_a_rule_that_does_not_stand_against_a_call_leaves_no_input_open(policy: dict[str, Any] | None) -> None:
    said = [sentence(one, IN_BERLIN) for one in explained(policy)]

    assert len(said) == len(RULES)
    assert [one for one in said if re.search(r"\?|None|\{|\(\)", one)] == []


def hours_of(said: list[dict[str, Any]]) -> str:
    return next(sentence(one, IN_BERLIN) for one in said if one["rule"] == "outside_hours").removeprefix(
        "outside_hours: "
    )


def test_the_hours_are_told_also_where_the_day_has_none_or_no_zone_is_known() -> None:
    night = {"hours": {"tuesday": ["20:00-03:00"]}}
    just_past_midnight = datetime(2026, 5, 26, 23, 0, tzinfo=UTC)
    assert hours_of(explained(night, just_past_midnight, "Europe/Berlin")) == (
        "it is 2026-05-27T01:00+02:00 in Europe/Berlin, inside the hours of a wednesday "
        "(a window of the day before goes on)"
    )
    assert ", outside the hours of a wednesday (closed all day), until " in hours_of(
        explained(night, WEDNESDAY, "Europe/Berlin")
    )
    assert hours_of(explained(night)) == HOURS_WITHOUT_A_ZONE
    assert hours_of(explained({"attempts_max": 2})) == "the policy has no hours"


def test_what_a_newer_server_says_is_shown_as_it_is() -> None:
    newer = rule("full_moon", against=True, inputs={"phase": "full", "since_at": "2026-05-29T04:00:00.000000Z"})
    at = "2026-05-29T06:00:00.000000+02:00 in Europe/Berlin (2026-05-29T04:00:00.000000Z)"
    assert sentence(newer, IN_BERLIN) == f"full_moon: phase=full, since_at={at}"
    assert sentence(rule("full_moon"), IN_BERLIN) == "full_moon: allows it"


@pytest.mark.parametrize("policy", [None, WHOLE], ids=["without a policy", "with all of one"])
def test_a_rule_that_allows_a_call_is_said_without_its_name_and_without_two_negations(
    policy: dict[str, Any] | None,
) -> None:
    said = [(one["rule"], sentence(one, IN_BERLIN)) for one in explained(policy) if not one["stands_against"]]

    negation = re.compile(r"\b(not|no|none|nobody|never|without|against)\b")
    assert [text for _, text in said if len(negation.findall(text)) > 1] == []
    assert [text for rule, text in said if text.startswith(rule)] == []


def test_at_80_columns_it_wraps_between_words_under_the_text_of_each_rule(api: FakeApi) -> None:
    api.answers("GET", PATH, FOUND)

    lines = without_colours(on_a_terminal(api.url, 80, "explain", "spring_followup", "+15551230002")).splitlines()

    assert max(map(len, lines)) <= 80
    assert lines[6:9] == [
        "✗ suppressed: this person is suppressed (source: ?); lift it with: dialtrail",
        "  recipients release NUMBER (waiting does not help)",
        "✓ attempts are left: 1 of 3 are used up",
    ]


def test_a_wished_time_is_said_by_their_clock_and_yours_and_once() -> None:
    at = "2026-05-29T15:30:00+00:00"
    waits = {**rule("callback_waits", against=True, until=at), "inputs": {"at": at}}
    assert sentence(waits, IN_BERLIN) == (f"callback_waits: they wish to be called at {IN_BERLIN.shown(at)}")
    due = {**rule("callback_waits"), "inputs": {"at": at}}
    assert f"the time has come that they wished ({IN_BERLIN.shown(at)})" in sentence(due, IN_BERLIN)
