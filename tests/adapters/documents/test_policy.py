"""A policy as it is written: what it becomes, what is wrong with it, and how it is shown again."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from adapters.documents.campaign import parse_campaign
from adapters.documents.policy_shown import shown_policy
from domain.campaign import Plan
from domain.policy import (
    NEW_POLICY,
    PRESET_NAMES,
    PRESETS,
    WEEKDAYS,
    BasedOn,
    Breaker,
    Budget,
    Cap,
    ConsentRules,
    ConversationGap,
    DeclineRules,
    DisclosureRules,
    Policy,
    Probe,
    Ramp,
    Retry,
    Window,
)
from tests.adapters.documents.policies import CAMPAIGN, fault

FULL = {
    "hours": {"monday": ["09:00-12:00", "13:00-20:00"], "saturday": ["22:00-02:00"]},
    "default_zone": "Europe/Berlin",
    "excluded_dates": ["2026-12-24", "2028-02-29"],
    "holidays": ["US", "US-FL", "GB-SCT"],
    "starts_at": "2026-06-01T08:00:00Z",
    "ends_at": "2026-07-01T20:00:00.5Z",
    "attempts_max": 5,
    "attempt_gap_seconds": 7200,
    "retry": {
        "not_reached": {"after_seconds": 14400},
        "failed": {"after_seconds": 3600},
        "canceled": {"after_seconds": 0},
        "originate_failed": {"after_seconds": 900},
    },
    "answer_grace_seconds": 120,
    "caps": [
        {"attempts_max": 3, "period_hours": 24, "per": "person"},
        {"attempts_max": 7, "period_hours": 0.5, "per": "purpose"},
    ],
    "conversation_gaps": [{"hours": 168, "per": "purpose"}],
    "purpose": "spring_debt",
    "waits_for": ["service", "recall"],
    "only": ["+15551230002", "+15551230003"],
    "budget": {"calls_max": 10000, "cost_max": "250.00", "currency": "EUR"},
    "breaker": {
        "window_attempts": 50,
        "failures_share_max": 0.5,
        "refusals_share_max": 0.25,
        "short_calls_share_max": 0.4,
        "short_call_seconds": 5,
    },
    "opt_out_digits": "9",
    "probe": {"after_seconds": 60, "factor": 3.0, "after_seconds_max": 1800},
    "ramp": {"calls_per_second_start": 0.5, "seconds": 600},
    "weight": 2.5,
    "needs_approval": True,
    "callback_grace_seconds": 7_200,
    "allow_kinds": ["premium", "satellite"],
    "disclosure": {"says": "a machine"},
    "consent": {"required": True, "purposes": ["renewal"], "max_age_days": 365},
    "declined": {"digits": "8", "rest_days": 60, "per": "person"},
    "based_on": {"preset": "us", "as_of": "2026-11-23"},
}


def written(**given: Any) -> Policy:
    """A policy as one that is written today has it, but for what is given."""
    return replace(NEW_POLICY, **given)


def policy_of(given: object) -> Policy | None:
    return parse_campaign({**CAMPAIGN, "policy": given})[1].policy


def test_without_a_policy_there_is_none() -> None:
    assert parse_campaign(CAMPAIGN)[1] == Plan(caller_number="+15551230001", policy=None, rules_kinds=True)
    assert policy_of(None) is None
    assert policy_of({}) == written()


FULL_BREAKER = Breaker(
    window_attempts=50,
    failures_share_max=0.5,
    refusals_share_max=0.25,
    short_calls_share_max=0.4,
    short_call_seconds=5,
)


def test_all_that_may_be_said_is_in_the_policy() -> None:
    assert policy_of(FULL) == written(
        hours={"monday": (Window(540, 720), Window(780, 1200)), "saturday": (Window(1320, 120),)},
        default_zone="Europe/Berlin",
        excluded_dates=(date(2026, 12, 24), date(2028, 2, 29)),
        holidays=("US", "US-FL", "GB-SCT"),
        starts_at=datetime(2026, 6, 1, 8, tzinfo=UTC),
        ends_at=datetime(2026, 7, 1, 20, 0, 0, 500_000, tzinfo=UTC),
        attempts_max=5,
        attempt_gap_seconds=7200,
        retry={
            "not_reached": Retry(after_seconds=14400),
            "failed": Retry(after_seconds=3600),
            "canceled": Retry(after_seconds=0),
            "originate_failed": Retry(after_seconds=900),
        },
        answer_grace_seconds=120,
        caps=(
            Cap(attempts_max=3, period_seconds=86_400, per="person"),
            Cap(attempts_max=7, period_seconds=1800, per="purpose"),
        ),
        conversation_gaps=(ConversationGap(seconds=604_800, per="purpose"),),
        purpose="spring_debt",
        waits_for=("service", "recall"),
        only=("+15551230002", "+15551230003"),
        budget=Budget(calls_max=10_000, cost_max="250.00", currency="EUR"),
        breaker=FULL_BREAKER,
        opt_out_digits="9",
        probe=Probe(after_seconds=60, factor=3.0, after_seconds_max=1800),
        ramp=Ramp(calls_per_second_start=0.5, seconds=600),
        weight=2.5,
        callback_grace_seconds=7_200,
        needs_approval=True,
        allow_kinds=("premium", "satellite"),
        disclosure=DisclosureRules(says="a machine"),
        consent=ConsentRules(required=True, purposes=("renewal",), max_age_days=365),
        declined=DeclineRules(digits="8", rest_days=60, per="person"),
        based_on=BasedOn(preset="us", as_of=date(2026, 11, 23)),
    )


def test_a_policy_is_shown_as_it_was_written() -> None:
    shown = shown_policy(policy_of(FULL), sees_numbers=True)

    assert shown == {**FULL, "ends_at": "2026-07-01T20:00:00.500000Z"}
    assert policy_of(shown) == policy_of(FULL)
    assert {*FULL} == {*Policy.__struct_fields__}


def test_what_is_left_to_its_default_is_not_shown() -> None:
    assert shown_policy(None, sees_numbers=True) is None
    assert shown_policy(NEW_POLICY, sees_numbers=True) == {}
    assert shown_policy(policy_of({"attempts_max": 1, "weight": 1, "caps": []}), sees_numbers=True) == {}


@pytest.mark.parametrize("given", [{}, {"answer_grace_seconds": None}, {"preset": "uk"}, {"attempts_max": 3}])
def test_a_new_policy_waits_a_minute_for_late_word_of_an_answer(given: dict[str, object]) -> None:
    policy = policy_of(given)

    assert policy is not None
    assert policy.answer_grace_seconds == 60


def test_a_policy_that_was_stored_before_there_was_a_grace_is_shown_with_none_and_can_be_sent_again() -> None:
    stored = msgspec.json.decode(b'{"attempts_max":2}', type=Policy)
    shown = shown_policy(stored, sees_numbers=True)

    assert shown == {"attempts_max": 2, "answer_grace_seconds": 0}
    assert policy_of(shown) == stored


def test_who_may_not_see_numbers_sees_those_of_the_list_masked() -> None:
    shown = shown_policy(written(only=("+15551230002",), attempts_max=2), sees_numbers=False)

    assert shown == {"only": ["+15…02"], "attempts_max": 2}


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ({"every_day": ["09:00-20:00"]}, dict.fromkeys(WEEKDAYS, "09:00-20:00")),
        ({"weekdays": ["09:00-20:00"]}, dict.fromkeys(WEEKDAYS[:5], "09:00-20:00")),
        ({"weekend": ["10:00-12:00"]}, dict.fromkeys(WEEKDAYS[5:], "10:00-12:00")),
        (
            {"every_day": ["09:00-20:00"], "weekend": ["10:00-12:00"], "sunday": []},
            {**dict.fromkeys(WEEKDAYS[:5], "09:00-20:00"), "saturday": "10:00-12:00"},
        ),
        (
            {"weekdays": ["09:00-20:00"], "weekend": [], "every_day": ["01:00-02:00"], "friday": ["09:00-15:00"]},
            {**dict.fromkeys(WEEKDAYS[:4], "09:00-20:00"), "friday": "09:00-15:00"},
        ),
    ],
)
def test_the_narrower_word_for_a_day_goes_first(hours: dict[str, list[str]], days: dict[str, str]) -> None:
    shown = shown_policy(policy_of({"hours": hours}), sees_numbers=True)

    assert shown == {"hours": {day: [text] for day, text in days.items()}}


@pytest.mark.parametrize("name", PRESET_NAMES)
def test_a_preset_is_what_it_says_and_can_be_sent_again_as_shown(name: str) -> None:
    policy = policy_of({"preset": name})

    assert policy == PRESETS[name].applied  # type: ignore[index]
    assert policy_of(shown_policy(policy, sees_numbers=True)) == policy


def test_what_is_given_beside_a_preset_takes_its_place() -> None:
    florida = PRESETS["us-florida"].applied
    hours, based_on = florida.hours, florida.based_on

    assert policy_of({"preset": "us-florida", "attempts_max": 2}) == written(
        hours=hours, caps=florida.caps, attempts_max=2, based_on=based_on
    )
    assert policy_of({"preset": "us-florida", "caps": []}) == written(hours=hours, based_on=based_on)
    assert policy_of({"preset": "us-florida", "hours": None}) == written(caps=florida.caps, based_on=based_on)
    assert policy_of({"preset": "us-florida", "hours": {"monday": ["09:00-10:00"]}}) == written(
        hours={"monday": (Window(540, 600),)}, caps=florida.caps, based_on=based_on
    )


def test_an_instant_is_kept_in_utc() -> None:
    policy = policy_of({"starts_at": "2026-06-01T08:00:00+02:00", "ends_at": "2026-06-01T08:00-04:00"})

    assert policy == written(
        starts_at=datetime(2026, 6, 1, 6, tzinfo=UTC), ends_at=datetime(2026, 6, 1, 12, tzinfo=UTC)
    )


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert policy_of({"attempts_max": 3.0, "retry": {"failed": {"after_seconds": 60.0}}}) == written(
        attempts_max=3, retry={"failed": Retry(after_seconds=60)}
    )


def test_hours_are_kept_in_whole_seconds() -> None:
    policy = policy_of({"caps": [{"attempts_max": 3, "period_hours": 0.3333}], "conversation_gaps": [{"hours": 0.01}]})

    assert policy == written(
        caps=(Cap(attempts_max=3, period_seconds=1200),), conversation_gaps=(ConversationGap(seconds=36),)
    )
    assert policy_of(shown_policy(policy, sees_numbers=True)) == policy


@pytest.mark.parametrize(
    ("given", "probe"),
    [
        ({"after_seconds": 60}, Probe(after_seconds=60, factor=2.0, after_seconds_max=3600)),
        ({"after_seconds": 7200}, Probe(after_seconds=7200, factor=2.0, after_seconds_max=7200)),
    ],
)
def test_a_probe_never_comes_sooner_than_the_first(given: dict[str, int], probe: Probe) -> None:
    assert policy_of({"probe": given}) == written(probe=probe)


def test_a_ramp_may_begin_at_the_campaigns_limit() -> None:
    limits = {"calls_per_second": 5}
    ramp = {"calls_per_second_start": 5, "seconds": 60}

    parse_campaign({**CAMPAIGN, "limits": limits, "policy": {"ramp": ramp}})
    assert fault({"ramp": {**ramp, "calls_per_second_start": 5.5}}, limits=limits)[0].endswith("calls_per_second_start")


@pytest.mark.parametrize("said", [{"max_age_days": 365}, {"purposes": ["news"]}, {}])
@pytest.mark.parametrize("base", [{}, {"preset": "fr"}])
def test_who_says_which_consents_count_requires_one_unless_they_say_not(
    base: dict[str, Any], said: dict[str, Any]
) -> None:
    for more, required in (({}, True), ({"required": True}, True), ({"required": False}, False)):
        policy = policy_of({**base, "consent": {**said, **more}})
        assert policy is not None
        assert policy.consent is not None
        assert policy.consent.required is required
        assert policy_of(shown_policy(policy, sees_numbers=True)) == policy
