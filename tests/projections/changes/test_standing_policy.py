"""Where somebody stands by a campaign's policy, without the rules that apply when it is read."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.account import AccountState
from domain.call import CallState
from domain.campaign import CampaignState
from domain.events import Recorded
from domain.policy import ConsentRules, Policy, Retry, Window
from domain.recipient import ConsentGiven, RecipientEvent, RecipientSuppressed
from projections.changes import Standing, TimedStanding, standing_of
from projections.changes.call_changes import _matters
from projections.changes.folds import fold_call
from tests.domain.given import (
    NUMBER,
    PLAN,
    SPRING,
    accepted,
    at,
    call_told,
    campaign_after,
    enrolled,
    recipient_after,
    report,
    started,
)

RANG_OUT = call_told([report("call.created"), report("call.completed", 9)]).state
AGAIN = Policy(attempts_max=2, retry={"not_reached": Retry(after_seconds=100)})
CLOSED = Policy(hours={"monday": (Window(0, 1),)}, starts_at=at(500), ends_at=at(1), only=("+15550000000",))


def campaign(policy: Policy) -> CampaignState:
    return replace(campaign_after(), plan=replace(PLAN, policy=policy))


def stands(policy: Policy, *events: RecipientEvent, calls: dict[str, CallState] | None = None) -> Standing:
    person = recipient_after(enrolled(), *events)
    return standing_of(person, campaign(policy), calls or {}, AccountState(), at(60), 7, None)


def test_what_hangs_on_the_clock_and_the_campaign_is_in_no_standing() -> None:
    assert stands(CLOSED) == Standing(status="queued", since=at(60), position=7)


def test_nor_is_it_once_there_was_an_attempt() -> None:
    closed = replace(CLOSED, attempts_max=2, retry=AGAIN.retry)
    events = (started(), accepted())

    assert stands(closed, *events, calls={"c1": RANG_OUT}) == stands(AGAIN, *events, calls={"c1": RANG_OUT})


def test_a_gap_is_in_the_row_with_its_end() -> None:
    assert stands(AGAIN, started(), accepted(), calls={"c1": RANG_OUT}) == Standing(
        status="held",
        reason="retry_gap",
        since=at(60),
        position=7,
        then=TimedStanding(at(109), "queued", None),
        attempts=1,
        call_id="c1",
    )


def test_an_outcome_that_is_not_tried_again_is_an_end() -> None:
    standing = stands(Policy(attempts_max=2), started(), accepted(), calls={"c1": RANG_OUT})

    assert (standing.status, standing.then) == ("not_reached", None)


@pytest.mark.parametrize(
    ("expires", "then"),
    [(80, TimedStanding(at(80), "held", "retry_gap", at(109))), (200, TimedStanding(at(200), "queued", None))],
)
def test_who_is_suppressed_during_a_gap_waits_for_its_end_after_that(expires: float, then: TimedStanding) -> None:
    suppressed = RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(expires))
    standing = stands(AGAIN, started(), accepted(), suppressed, calls={"c1": RANG_OUT})

    assert (standing.status, standing.then) == ("suppressed", then)
    just_before = at(expires) - timedelta(microseconds=1)
    assert standing.stands_at(just_before) == TimedStanding(at(60), "suppressed", "operator", at(expires))
    assert standing.stands_at(at(expires)) == then
    assert standing.stands_at(at(200)) == TimedStanding(at(max(expires, 109)), "queued", None)


def test_another_time_of_the_end_is_another_gap() -> None:
    """Gaps run from a call's end, so that a report which moves it makes its recipient stand anew."""
    once, twice = (
        fold_call(
            Recorded(
                position=place,
                event_id=f"e{place}",
                stream="call:c1",
                version=place,
                recorded_at=at(60),
                metadata={},
                event=report("call.completed", seconds),
            )
            for place, seconds in enumerate(ends, start=1)
        )
        for ends in ((9,), (9, 5))
    )

    assert once is not None
    assert twice is not None
    assert (once.outcome, twice.outcome) == ("completed", "completed")
    assert _matters(once) != _matters(twice)


NEEDS_CONSENT = replace(AGAIN, consent=ConsentRules(required=True))


@pytest.mark.parametrize("suppressed_until", [None, 80, 150])
@pytest.mark.parametrize("consent_until", [70, 90, 120, 200])
def test_whose_consent_ends_while_or_after_they_wait_is_held_for_good(
    suppressed_until: float | None, consent_until: float
) -> None:
    """Whatever comes first: a suppression's end, the gap's (at 109) or the consent's; the row says what a judgement would."""
    agreed = ConsentGiven(
        consent_id="c", number=NUMBER, purpose=SPRING, basis="b", source="s", given_at=at(0), until=at(consent_until)
    )
    events: list[RecipientEvent] = [started(), accepted(), agreed]
    if suppressed_until is not None:
        events.append(RecipientSuppressed(number=NUMBER, source="operator", expires_at=at(suppressed_until)))
    row = stands(NEEDS_CONSENT, *events, calls={"c1": RANG_OUT})
    person = recipient_after(enrolled(), *events)
    for second in (60, 70, 79, 80, 89, 90, 108, 109, 119, 120, 149, 150, 199, 200, 10_000):
        folded = standing_of(person, campaign(NEEDS_CONSENT), {"c1": RANG_OUT}, AccountState(), at(second), 7, None)
        said, now = row.stands_at(at(second)), folded.stands_at(at(second))
        assert (said.status, said.reason) == (now.status, now.reason), second
    assert row.stands_at(at(10_000)).reason == "consent_missing"
