"""What was tried before: gaps between attempts, peace after a conversation, and what the policy makes of a status."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import CallState, evolve
from domain.dialing import Reason
from domain.instants import LATEST
from domain.policy import Cap, ConversationGap, Policy, Retry
from domain.status import RecipientStatus, status_of
from tests.domain.dialing.attempts import (
    CANCELED,
    DAY,
    EVERY_OUTCOME,
    FAILED,
    RANG_OUT,
    TALKED,
    TALKING,
    THREE,
    judged,
    reasons,
    rules,
    verdict_on,
)
from tests.domain.given import AUTUMN, SPRING, accepted, at, call_told, enrolled, recipient_after, report, started
from tests.examples import examples


@pytest.mark.parametrize(("retry_gap", "attempt_gap"), [(100, 500), (500, 100), (100, 100), (100, 0), (0, 100)])
def test_the_longer_of_both_gaps_holds(retry_gap: int, attempt_gap: int) -> None:
    policy = Policy(attempts_max=2, attempt_gap_seconds=attempt_gap, retry={"failed": Retry(after_seconds=retry_gap)})
    longer = at(9 + max(retry_gap, attempt_gap))
    found = judged(policy, started(), accepted(), calls={"c1": FAILED}, now=at(9))

    assert found.holding is not None
    assert found.holding.until == longer
    assert rules(found) == ["retry_gap"] * (retry_gap > 0) + ["attempt_gap"] * (attempt_gap > 0)
    assert judged(policy, started(), accepted(), calls={"c1": FAILED}, now=longer).may_dial


def test_the_gap_between_attempts_says_what_it_was_judged_by() -> None:
    policy = Policy(attempts_max=2, attempt_gap_seconds=500, retry={"failed": Retry(after_seconds=0)})

    assert reasons(policy, started(), accepted(), calls={"c1": FAILED}, now=at(60)) == (
        Reason(
            rule="attempt_gap",
            scope="recipient",
            until=at(509),
            inputs={
                "last_attempt_id": "a1",
                "outcome": "failed",
                "ended_at": at(9).isoformat(),
                "gap_seconds": 500,
            },
        ),
    )


def test_a_provider_whose_clock_is_behind_shortens_no_gap() -> None:
    early = evolve(call_told([report("call.created", -50)]), report("call.failed", -40), at(20)).state

    assert judged(THREE, started(), accepted(), calls={"c1": early}, now=at(30)).reasons[0].until == at(201)


@pytest.mark.parametrize(
    "said",
    [
        datetime(2036, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        at(2 * 3_600),
        at(-2 * 3_600),
        at(20 + 61),
    ],
)
def test_an_end_at_a_time_that_cannot_be_is_counted_from_when_we_learned_of_it(said: datetime) -> None:
    failed = replace(report("call.failed", 9), occurred_at=said)
    call = evolve(call_told([report("call.created", None)]), failed, at(20)).state

    found = judged(THREE, started(), accepted(), calls={"c1": call}, now=at(21))

    assert [(reason.rule, reason.until) for reason in found.reasons] == [("retry_gap", at(220))]
    assert judged(THREE, started(), accepted(), calls={"c1": call}, now=at(220)).may_dial


@pytest.mark.parametrize(("ahead", "until"), [(0, 220), (59, 220), (-5, 215)])
def test_an_end_within_the_skew_is_believed_and_never_later_than_we_learned_of_it(ahead: int, until: int) -> None:
    call = evolve(call_told([report("call.created", None)]), report("call.failed", 20 + ahead), at(20)).state

    assert judged(THREE, started(), accepted(), calls={"c1": call}, now=at(21)).reasons[0].until == at(until)


def test_a_gap_that_leads_beyond_all_years_stays_the_last_instant() -> None:
    call = evolve(call_told([report("call.created", None)]), report("call.failed", None), LATEST).state

    assert judged(THREE, started(), accepted(), calls={"c1": call}, now=at(21)).reasons[0].until == LATEST


TALKED_ELSEWHERE = (enrolled(AUTUMN), started("b1", AUTUMN, "debt"), accepted("b1", "c9", AUTUMN))


def test_after_a_conversation_a_person_is_left_alone_by_all_campaigns() -> None:
    week = Policy(conversation_gaps=(ConversationGap(seconds=7 * DAY),))

    assert reasons(week, *TALKED_ELSEWHERE, calls={"c9": TALKED}, now=at(60)) == (
        Reason(
            rule="conversation_gap",
            scope="recipient",
            until=at(9 + 7 * DAY),
            inputs={
                "last_attempt_id": "b1",
                "ended_at": at(9).isoformat(),
                "gap_seconds": 7 * DAY,
                "per": "person",
                "purpose": None,
                "answer_proofs": "call.answered",
            },
        ),
    )
    assert judged(week, *TALKED_ELSEWHERE, calls={"c9": TALKED}, now=at(9 + 7 * DAY)).may_dial
    assert judged(week, *TALKED_ELSEWHERE, calls={"c9": RANG_OUT}, now=at(60)).may_dial
    assert rules(judged(week, *TALKED_ELSEWHERE, calls={"c9": TALKING}, now=at(60))) == ["open_attempt"]


def test_a_gap_for_a_purpose_is_about_conversations_for_that_purpose() -> None:
    gap = ConversationGap(seconds=DAY, per="purpose")
    debt, survey = (Policy(purpose=p, conversation_gaps=(gap,)) for p in ("debt", "survey"))
    [reason] = reasons(debt, *TALKED_ELSEWHERE, calls={"c9": TALKED}, now=at(60))

    assert (reason.rule, reason.inputs["per"], reason.inputs["purpose"]) == ("conversation_gap", "purpose", "debt")
    assert judged(survey, *TALKED_ELSEWHERE, calls={"c9": TALKED}, now=at(60)).may_dial


def test_the_last_of_several_conversations_counts() -> None:
    later = call_told([report("call.answered", 30), report("call.completed", 40)]).state
    events = (*TALKED_ELSEWHERE, started("b2", AUTUMN), accepted("b2", "c8", AUTUMN))
    gap = Policy(conversation_gaps=(ConversationGap(seconds=100),))
    [reason] = reasons(gap, *events, calls={"c9": later, "c8": TALKED}, now=at(60))

    assert (reason.until, reason.inputs["last_attempt_id"]) == (at(140), "b1")


@pytest.mark.parametrize(
    ("policy", "calls", "now", "status"),
    [
        (THREE, {"c1": RANG_OUT}, at(60), RecipientStatus(status="held", reason="retry_gap", until=at(109))),
        (THREE, {"c1": RANG_OUT}, at(109), RecipientStatus(status="queued")),
        (THREE, {"c1": TALKED}, at(60), RecipientStatus(status="reached")),
        (Policy(attempts_max=3), {"c1": RANG_OUT}, at(60), RecipientStatus(status="not_reached")),
        (Policy(attempts_max=3), {"c1": FAILED}, at(60), RecipientStatus(status="failed")),
        (Policy(attempts_max=3), {"c1": CANCELED}, at(60), RecipientStatus(status="canceled")),
        (
            replace(THREE, ends_at=at(50)),
            {"c1": RANG_OUT},
            at(60),
            RecipientStatus(status="withdrawn", reason="campaign_over"),
        ),
        (Policy(ends_at=at(50)), {"c1": RANG_OUT}, at(60), RecipientStatus(status="not_reached")),
        (
            replace(THREE, starts_at=at(500)),
            {"c1": RANG_OUT},
            at(200),
            RecipientStatus(status="queued"),
        ),
    ],
)
def test_what_the_policy_makes_of_a_recipients_status(
    policy: Policy, calls: Mapping[str, CallState], now: datetime, status: RecipientStatus
) -> None:
    recipient = recipient_after(enrolled(), started(), accepted())
    found = status_of(recipient, SPRING, calls, now, lambda: verdict_on(policy, recipient, calls, now))

    assert found == replace(status, attempts=1, call_id="c1")


@settings(max_examples=examples(100))
@given(
    st.lists(st.sampled_from([RANG_OUT, FAILED, CANCELED, TALKED]), max_size=3),
    st.integers(0, 3_000),
    st.integers(0, 3_000),
)
def test_a_gap_that_is_over_stays_over(outcomes: list[CallState], one: int, other: int) -> None:
    policy = Policy(
        attempts_max=4,
        retry=EVERY_OUTCOME,
        attempt_gap_seconds=150,
        caps=(Cap(attempts_max=2, period_seconds=1_000),),
        conversation_gaps=(ConversationGap(seconds=500),),
    )
    events = [e for n in range(len(outcomes)) for e in (started(f"a{n}"), accepted(f"a{n}", f"c{n}"))]
    calls = {f"c{n}": call for n, call in enumerate(outcomes)}
    earlier, later = (judged(policy, *events, calls=calls, now=at(10 + s)) for s in sorted((one, other)))

    assert {*rules(later)} <= {*rules(earlier)}
    assert any(one.final for one in earlier.reasons) == any(one.final for one in later.reasons)
    if earlier.holding is not None and earlier.holding.until is not None:
        assert (later.holding is None) == (later.judged_at >= earlier.holding.until)
