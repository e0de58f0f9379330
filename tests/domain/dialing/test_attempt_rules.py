"""What was tried before: budgets, gaps, outcomes, caps across campaigns, and peace after a conversation."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.call import CallState
from domain.campaign import CampaignStarted
from domain.dialing import Reason, Verdict, judge
from domain.policy import Cap, ConversationGap, Per, Policy, Retry, RetryOutcome
from domain.recipient import Attempt, Enrollment, RecipientEvent, RecipientState
from domain.status import RecipientStatus, status_of
from tests.domain.given import (
    AUTUMN,
    NUMBER,
    PLAN,
    SPRING,
    abandoned,
    accepted,
    account_after,
    at,
    call_told,
    campaign_after,
    enrolled,
    recipient_after,
    refused,
    report,
    resolved,
    started,
    unresolved,
)
from tests.examples import examples

DAY = 86_400
A_MINUTE_LATER = at(60)
TALKED = call_told([report("call.created"), report("call.answered", 3), report("call.completed", 9)]).state
TALKING = call_told([report("call.created"), report("call.answered", 3)]).state
RANG_OUT = call_told([report("call.created"), report("call.completed", 9)]).state
FAILED = call_told([report("call.created"), report("call.failed", 9)]).state
CANCELED = call_told([report("call.created"), report("call.canceled", 9)]).state
NO_TIME = call_told([report("call.created", None), report("call.completed", None)]).state
EVERY_OUTCOME: Mapping[RetryOutcome, Retry] = {
    "not_reached": Retry(after_seconds=100),
    "failed": Retry(after_seconds=200),
    "canceled": Retry(after_seconds=300),
    "originate_failed": Retry(after_seconds=400),
}
THREE = Policy(attempts_max=3, retry=EVERY_OUTCOME)
NO_ANSWER_TO_REQUEST = (started(), refused(counts=True, code="originate_failed"))


def judged(
    policy: Policy,
    *events: RecipientEvent,
    now: datetime = A_MINUTE_LATER,
    calls: Mapping[str, CallState] | None = None,
) -> Verdict:
    known = {} if calls is None else calls
    recipient = recipient_after(enrolled(), *events)
    return verdict_on(policy, recipient, known, now)


def verdict_on(policy: Policy, recipient: RecipientState, calls: Mapping[str, CallState], now: datetime) -> Verdict:
    campaign = campaign_after(CampaignStarted())
    ended = {call_id for call_id, call in calls.items() if call.phase == "ended"}
    return judge(
        replace(campaign, plan=replace(PLAN, policy=policy)),
        recipient,
        account_after(),
        recipient.open_attempts(ended),
        now,
        calls=calls,
    )


def reasons(policy: Policy, *events: RecipientEvent, **given: object) -> tuple[Reason, ...]:
    return judged(policy, *events, **given).reasons  # type: ignore[arg-type]


def rules(verdict: Verdict) -> list[str]:
    return [reason.rule for reason in verdict.reasons]


@pytest.mark.parametrize(
    ("events", "call", "outcome", "gap", "ended"),
    [
        ((started(), accepted()), RANG_OUT, "not_reached", 100, at(9)),
        ((started(), accepted()), FAILED, "failed", 200, at(9)),
        ((started(), accepted()), CANCELED, "canceled", 300, at(9)),
        (NO_ANSWER_TO_REQUEST, None, "originate_failed", 400, at(2)),
        ((started(), unresolved(), resolved(call_id="c1")), FAILED, "failed", 200, at(9)),
        # Where the provider gave the end no time, it is the last that we heard of the attempt.
        ((started(), accepted()), NO_TIME, "not_reached", 100, at(2)),
    ],
)
def test_an_outcome_is_tried_again_after_its_own_gap_from_the_end(
    events: tuple[RecipientEvent, ...], call: CallState | None, outcome: str, gap: int, ended: datetime
) -> None:
    calls = {} if call is None else {"c1": call}
    until = ended + timedelta(seconds=gap)
    found = judged(THREE, *events, calls=calls, now=until - timedelta(microseconds=1))

    assert found.reasons == (
        Reason(
            rule="retry_gap",
            scope="recipient",
            until=until,
            inputs={
                "last_attempt_id": "a1",
                "outcome": outcome,
                "ended_at": ended.isoformat(),
                "gap_seconds": gap,
            },
        ),
    )
    assert (found.attempts_counted, found.attempts_max) == (1, 3)
    assert judged(THREE, *events, calls=calls, now=until).may_dial


@pytest.mark.parametrize("left_out", list(EVERY_OUTCOME))
def test_an_outcome_that_is_not_named_is_not_tried_again(left_out: RetryOutcome) -> None:
    call = {"not_reached": RANG_OUT, "failed": FAILED, "canceled": CANCELED}.get(left_out)
    events = NO_ANSWER_TO_REQUEST if call is None else (started(), accepted())
    retry = {outcome: gap for outcome, gap in EVERY_OUTCOME.items() if outcome != left_out}
    calls = {} if call is None else {"c1": call}
    [reason] = reasons(Policy(attempts_max=3, retry=retry), *events, calls=calls, now=at(DAY))

    assert (reason.rule, reason.scope, reason.final, reason.until) == ("outcome_not_retried", "recipient", True, None)
    assert reason.inputs == {
        "last_attempt_id": "a1",
        "outcome": left_out,
        "ended_at": at(2 if call is None else 9).isoformat(),
        "retried": ", ".join(sorted(retry)),
    }


def test_whom_we_have_talked_with_is_not_called_again_by_this_campaign() -> None:
    [reason] = reasons(THREE, started(), accepted(), calls={"c1": TALKED}, now=at(DAY))

    assert (reason.rule, reason.final, reason.inputs["outcome"]) == ("outcome_not_retried", True, "reached")


def test_that_they_were_reached_may_be_learned_after_a_second_attempt() -> None:
    events = (started(), accepted(), started("a2"), accepted("a2", "c2"))
    [reason] = reasons(THREE, *events, calls={"c1": TALKED, "c2": RANG_OUT}, now=at(DAY))

    assert (reason.rule, reason.inputs["last_attempt_id"]) == ("outcome_not_retried", "a1")


def test_a_persons_word_that_there_was_no_call_is_no_outcome_to_try_again() -> None:
    [reason] = reasons(THREE, started(), unresolved(), resolved(), now=at(DAY))

    assert (reason.rule, reason.inputs["outcome"]) == ("outcome_not_retried", "settled_without_call")
    assert judged(THREE, started(), unresolved(), resolved(redial=True), now=at(DAY)).may_dial


def test_where_the_calls_are_not_given_nothing_is_tried_again() -> None:
    recipient = recipient_after(enrolled(), started(), accepted())
    campaign = replace(campaign_after(CampaignStarted()), plan=replace(PLAN, policy=THREE))
    [reason] = judge(campaign, recipient, account_after(), (), at(DAY)).reasons

    assert (reason.rule, reason.inputs["outcome"]) == ("outcome_not_retried", "unknown")


def test_an_attempt_that_is_open_has_no_outcome_yet() -> None:
    assert rules(judged(THREE, started())) == ["open_attempt"]
    assert rules(judged(THREE, started(), accepted(), calls={"c1": TALKING})) == ["open_attempt"]
    assert rules(judged(THREE, started(), unresolved())) == ["open_attempt"]


def test_an_attempt_that_does_not_count_has_no_outcome() -> None:
    events = (started(), accepted(), started("a2"), abandoned("a2"))
    found = judged(THREE, *events, calls={"c1": RANG_OUT}, now=at(50))

    assert [(r.rule, r.inputs["last_attempt_id"]) for r in found.reasons] == [("retry_gap", "a1")]
    assert judged(THREE, started(), abandoned()).may_dial


def test_all_outcomes_share_one_budget() -> None:
    events = (
        *(started("a1"), accepted("a1", "c1")),
        *(started("a2"), refused("a2", counts=True, code="originate_failed")),
        *(started("a3"), accepted("a3", "c3")),
    )
    calls = {"c1": RANG_OUT, "c3": FAILED}

    assert reasons(THREE, *events, calls=calls, now=at(DAY)) == (
        Reason(rule="attempts_used_up", scope="recipient", final=True, inputs={"counted": 3, "attempts_max": 3}),
    )
    assert judged(replace(THREE, attempts_max=4), *events, calls=calls, now=at(DAY)).may_dial


def test_the_last_attempt_decides_what_is_tried_again() -> None:
    only_failed = Policy(attempts_max=3, retry={"failed": Retry(after_seconds=0)})
    events = (started(), accepted(), started("a2"), accepted("a2", "c2"))

    assert judged(only_failed, *events, calls={"c1": RANG_OUT, "c2": FAILED}).may_dial
    assert rules(judged(only_failed, *events, calls={"c1": FAILED, "c2": RANG_OUT})) == ["outcome_not_retried"]


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
    early = call_told([report("call.created", -500), report("call.failed", -400)]).state

    assert judged(THREE, started(), accepted(), calls={"c1": early}, now=at(60)).reasons[0].until == at(201)


def attempts_at(*starts: tuple[float, str, str | None, bool]) -> RecipientState:
    """A person with refused attempts at these seconds: of a campaign, for a purpose, counted or not."""
    return RecipientState(
        number=NUMBER,
        enrollments={SPRING: Enrollment()},
        attempts=tuple(
            Attempt(
                attempt_id=f"a{place}",
                campaign_id=campaign_id,
                phase="refused",
                started_at=at(seconds),
                epoch="e1",
                changed_at=at(seconds),
                counts=counts,
                purpose=purpose,
            )
            for place, (seconds, campaign_id, purpose, counts) in enumerate(starts)
        ),
    )


def test_a_cap_counts_the_attempts_of_all_campaigns_within_its_period() -> None:
    policy = Policy(caps=(Cap(attempts_max=2, period_seconds=DAY),))
    person = attempts_at((0, AUTUMN, None, True), (100, AUTUMN, "debt", True), (200, "winter", None, True))

    assert verdict_on(policy, person, {}, at(300)).reasons == (
        Reason(
            rule="person_cap",
            scope="recipient",
            until=at(100 + DAY),
            inputs={
                "counted": 3,
                "attempts_max": 2,
                "period_seconds": DAY,
                "per": "person",
                "purpose": None,
                "last_attempt_at": at(200).isoformat(),
            },
        ),
    )
    assert not verdict_on(policy, person, {}, at(100 + DAY) - timedelta(microseconds=1)).may_dial
    assert verdict_on(policy, person, {}, at(100 + DAY)).may_dial


def test_a_cap_for_a_purpose_counts_only_that() -> None:
    debt = Policy(purpose="debt", caps=(Cap(attempts_max=1, period_seconds=DAY, per="purpose"),))
    own = replace(debt, purpose=None)

    assert verdict_on(debt, attempts_at((0, AUTUMN, "survey", True), (1, AUTUMN, None, True)), {}, at(9)).may_dial
    assert verdict_on(debt, attempts_at((0, AUTUMN, "debt", True)), {}, at(9)).reasons[0].inputs["purpose"] == "debt"
    assert verdict_on(own, attempts_at((0, AUTUMN, None, True)), {}, at(9)).may_dial
    assert verdict_on(own, attempts_at((0, AUTUMN, SPRING, True)), {}, at(9)).reasons[0].inputs["purpose"] == SPRING


def test_the_purpose_of_an_attempt_that_named_none_is_its_campaign() -> None:
    cap = Cap(attempts_max=1, period_seconds=DAY, per="purpose")
    again = Policy(attempts_max=3, retry={"originate_failed": Retry(after_seconds=0)}, caps=(cap,))

    assert rules(verdict_on(again, attempts_at((0, SPRING, None, True)), {}, at(9))) == ["person_cap"]
    assert verdict_on(again, attempts_at((0, SPRING, "debt", True)), {}, at(9)).may_dial


def test_each_cap_that_is_met_is_named() -> None:
    policy = Policy(
        caps=(
            Cap(attempts_max=1, period_seconds=60),
            Cap(attempts_max=2, period_seconds=DAY),
            Cap(attempts_max=9, period_seconds=DAY),
        )
    )
    person = attempts_at((0, AUTUMN, None, True), (100, AUTUMN, None, True))
    found = verdict_on(policy, person, {}, at(120))

    assert [(r.rule, r.until) for r in found.reasons] == [("person_cap", at(160)), ("person_cap", at(DAY))]
    assert found.holding is not None
    assert found.holding.until == at(DAY)


STARTS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([AUTUMN, SPRING]), st.sampled_from([None, "debt"]), st.booleans()),
    max_size=6,
)


@settings(max_examples=examples(200))
@given(
    STARTS.map(lambda starts: [(s, AUTUMN, p, c) for s, _, p, c in sorted(starts, key=lambda start: start[0])]),
    st.integers(1, 4),
    st.integers(1, 120),
    st.sampled_from(["person", "purpose"]),
    st.integers(0, 200),
)
def test_a_cap_is_never_exceeded_and_ends_as_soon_as_it_may(
    starts: Sequence[tuple[float, str, str | None, bool]], most: int, period: int, per: Per, second: int
) -> None:
    policy = Policy(purpose="debt", caps=(Cap(attempts_max=most, period_seconds=period, per=per),))
    known = [start for start in starts if start[0] <= second]
    of_concern = [s for s, _, purpose, counts in known if counts and (per == "person" or purpose == "debt")]

    def allowed(now: int) -> bool:
        return sum(now - period < begun <= now for begun in of_concern) < most

    found = verdict_on(policy, attempts_at(*known), {}, at(second))
    free = next(now for now in range(second, second + 400) if allowed(now))

    assert found.may_dial == allowed(second)
    assert (at(second) if found.holding is None else found.holding.until) == at(free)


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
    assert earlier.is_final == later.is_final
    if earlier.holding is not None and earlier.holding.until is not None:
        assert (later.holding is None) == (later.judged_at >= earlier.holding.until)
