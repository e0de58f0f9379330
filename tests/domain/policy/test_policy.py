"""A policy as the ledger keeps it."""

from datetime import UTC, date, datetime

import msgspec

from domain.policy import (
    NO_POLICY,
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

FULL = Policy(
    hours={"monday": (Window(540, 720), Window(780, 1440)), "sunday": ()},
    default_zone="Europe/Berlin",
    excluded_dates=(date(2028, 2, 29),),
    holidays=("US-FL",),
    starts_at=datetime(2026, 6, 1, 8, 30, 0, 1, tzinfo=UTC),
    ends_at=datetime(2026, 7, 1, tzinfo=UTC),
    attempts_max=5,
    attempt_gap_seconds=3600,
    retry={"not_reached": Retry(after_seconds=1), "originate_failed": Retry(after_seconds=0)},
    answer_grace_seconds=60,
    caps=(Cap(attempts_max=3, period_seconds=86_400, per="purpose"),),
    conversation_gaps=(ConversationGap(seconds=604_800),),
    purpose="debt",
    waits_for=("service",),
    only=("+15551230002",),
    budget=Budget(calls_max=100, cost_max="0.10", currency="EUR"),
    breaker=Breaker(window_attempts=50, failures_share_max=0.5, short_calls_share_max=0.25, short_call_seconds=3),
    opt_out_digits="9",
    probe=Probe(after_seconds=60),
    ramp=Ramp(calls_per_second_start=0.1, seconds=600),
    weight=2.5,
    needs_approval=True,
    allow_kinds=("premium", "satellite"),
    callback_grace_seconds=3_600,
    disclosure=DisclosureRules(says="a machine", required=False),
    consent=ConsentRules(required=True, purposes=("renewal",), max_age_days=365),
    declined=DeclineRules(digits="8", rest_days=60, per="person"),
    based_on=BasedOn(preset="us", as_of=date(2026, 11, 23)),
)


def test_an_empty_policy_stores_nothing_and_allows_one_attempt_at_any_hour() -> None:
    assert msgspec.json.encode(NO_POLICY) == b"{}"
    assert (NO_POLICY.attempts_max, NO_POLICY.hours, NO_POLICY.breaker) == (1, None, None)
    assert msgspec.json.decode(b"{}", type=Policy) == NO_POLICY


def test_all_of_a_policy_comes_back_from_the_ledger() -> None:
    assert all(getattr(FULL, name) != getattr(NO_POLICY, name) for name in Policy.__struct_fields__)
    assert msgspec.json.decode(msgspec.json.encode(FULL), type=Policy) == FULL


def test_a_field_that_a_later_version_knows_does_not_hinder_an_earlier_one() -> None:
    assert msgspec.json.decode(b'{"attempts_max":3,"moon_phase":"full"}', type=Policy) == Policy(attempts_max=3)
