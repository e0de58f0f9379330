"""The rules that hang on what was tried before: how often, with what outcome, how long ago, and by which campaigns."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from domain.call.stamps import PROVIDER_SKEW_MAX
from domain.call.state import CallState
from domain.dialing.verdict import Reason
from domain.instants import later
from domain.policy import Cap, ConversationGap, Policy, Retry
from domain.recipient.attempt import Attempt
from domain.recipient.state import RecipientState

REACHED = "reached"
NO_CALL = "settled_without_call"
UNKNOWN = "unknown"

Calls = Mapping[str, CallState]


class _Ended(Struct, frozen=True):
    """A counted attempt that is over: with what outcome, and when (UTC)."""

    attempt: Attempt
    outcome: str
    at: datetime


def attempt_reasons(
    policy: Policy,
    campaign_id: str,
    recipient: RecipientState,
    calls: Calls,
    open_attempts: Collection[str],
    now: datetime,
    *,
    is_wished: bool = False,
) -> Iterator[Reason]:
    """What the attempts of this person, in this campaign and in others, say at `now`.

    Where the next one is wished, the campaign's own gaps, and which outcomes it tries again, give way to that.
    """
    own = recipient.attempts_in(campaign_id)
    tried: list[Reason] = []
    if own and not any(a.attempt_id in open_attempts for a in own):
        counted = [a for a in own if a.counts]
        if len(counted) >= policy.attempts_max:
            tried = [_used_up(len(counted), policy)]
        elif counted and not is_wished:
            tried = list(_retry(policy, counted, calls, now))
    yield from tried
    purpose = policy.purpose or campaign_id
    for cap in policy.caps:
        yield from _capped(cap, recipient.attempts, purpose, now)
    talked = [a for a in recipient.attempts if not (is_wished and a.campaign_id == campaign_id)]
    for gap in policy.conversation_gaps:
        yield from _conversation(gap, talked, calls, open_attempts, purpose, now)
    if policy.answer_grace_seconds and not any(reason.final for reason in tried):
        yield from _answer_grace(policy, campaign_id, recipient.attempts, calls, now)


def _used_up(counted: int, policy: Policy) -> Reason:
    return Reason(
        rule="attempts_used_up",
        scope="recipient",
        final=True,
        inputs={"counted": counted, "attempts_max": policy.attempts_max},
    )


def _retry(policy: Policy, counted: list[Attempt], calls: Calls, now: datetime) -> Iterator[Reason]:
    reached = next((a for a in counted if _outcome(a, calls) == REACHED), None)
    last = _ended(reached or counted[-1], calls)
    inputs: dict[str, str | int | bool | None] = {
        "last_attempt_id": last.attempt.attempt_id,
        "outcome": last.outcome,
        "ended_at": last.at.isoformat(),
    }
    retries: dict[str, Retry] = {str(outcome): retry for outcome, retry in policy.retry.items()}
    retry = retries.get(last.outcome)
    if retry is None:
        inputs["retried"] = ", ".join(sorted(retries))
        yield Reason(rule="outcome_not_retried", scope="recipient", final=True, inputs=inputs)
        return
    retry_at = later(last.at, timedelta(seconds=retry.after_seconds))
    if now < retry_at:
        inputs["gap_seconds"] = retry.after_seconds
        yield Reason(rule="retry_gap", scope="recipient", until=retry_at, inputs={**inputs})
    next_at = later(last.at, timedelta(seconds=policy.attempt_gap_seconds))
    if now < next_at:
        inputs["gap_seconds"] = policy.attempt_gap_seconds
        yield Reason(rule="attempt_gap", scope="recipient", until=next_at, inputs={**inputs})


def _outcome(attempt: Attempt, calls: Calls) -> str:
    if attempt.phase == "refused":
        return "originate_failed"
    if attempt.phase == "settled_without_call":
        return NO_CALL
    call = calls.get(attempt.call_id or "")
    if call is None:
        return UNKNOWN
    if call.reached:
        return REACHED
    return "not_reached" if call.outcome == "completed" else call.outcome or UNKNOWN


def _ended(attempt: Attempt, calls: Calls) -> _Ended:
    return _Ended(attempt, _outcome(attempt, calls), _end_of(attempt, calls.get(attempt.call_id or "")))


def _end_of(attempt: Attempt, call: CallState | None) -> datetime:
    """When it was over: the provider's word on the call's end, as far as it can be, else when we learned of it.

    Never before we began, nor after we learned of it. Without a call, it is when we last heard of the attempt.
    """
    learned_at = None if call is None else call.end_learned_at
    if call is None or learned_at is None:
        return attempt.changed_at
    said = call.ended_at
    if said is None or said < later(attempt.started_at, -PROVIDER_SKEW_MAX):
        return learned_at
    return min(max(said, attempt.started_at), learned_at)


def _capped(cap: Cap, attempts: Collection[Attempt], purpose: str, now: datetime) -> Iterator[Reason]:
    period = timedelta(seconds=cap.period_seconds)
    begun = sorted(
        a.started_at
        for a in attempts
        if a.counts and later(a.started_at, period) > now and _concerns(cap.per, a, purpose)
    )
    if len(begun) < cap.attempts_max:
        return
    yield Reason(
        rule="person_cap",
        scope="recipient",
        until=later(begun[len(begun) - cap.attempts_max], period),
        inputs={
            "counted": len(begun),
            "attempts_max": cap.attempts_max,
            "period_seconds": cap.period_seconds,
            "per": cap.per,
            "purpose": purpose if cap.per == "purpose" else None,
            "last_attempt_at": begun[-1].isoformat(),
        },
    )


def _conversation(
    gap: ConversationGap,
    attempts: Collection[Attempt],
    calls: Calls,
    open_attempts: Collection[str],
    purpose: str,
    now: datetime,
) -> Iterator[Reason]:
    had = [
        (_talked_until(a, call), a.attempt_id, call)
        for a in attempts
        if (call := calls.get(a.call_id or "")) is not None
        and call.reached
        and (call.phase == "ended" or a.attempt_id not in open_attempts)
        and _concerns(gap.per, a, purpose)
    ]
    if not had:
        return
    ended_at, attempt_id, call = max(had, key=lambda one: one[:2])
    until = later(ended_at, timedelta(seconds=gap.seconds))
    if now < until:
        yield Reason(
            rule="conversation_gap",
            scope="recipient",
            until=until,
            inputs={
                "last_attempt_id": attempt_id,
                "ended_at": ended_at.isoformat(),
                "gap_seconds": gap.seconds,
                "per": gap.per,
                "purpose": purpose if gap.per == "purpose" else None,
                "answer_proofs": ", ".join(call.answer_proofs),
            },
        )


def _talked_until(attempt: Attempt, call: CallState) -> datetime:
    """The end of an answered call; where that cannot be found out, when the first proof of the answer was learned."""
    if call.phase == "ended" or call.proof_learned_at is None:
        return _end_of(attempt, call)
    return call.proof_learned_at


def _answer_grace(
    policy: Policy, campaign_id: str, attempts: Collection[Attempt], calls: Calls, now: datetime
) -> Iterator[Reason]:
    """While it may still be reported that a call was answered, its person is not called as one who was not reached."""
    purpose = policy.purpose or campaign_id
    grace = timedelta(seconds=policy.answer_grace_seconds)
    waiting = [
        (later(since, grace), a.attempt_id, call)
        for a in attempts
        if (call := calls.get(a.call_id or "")) is not None
        and (since := _unproved_since(call)) is not None
        and now < later(since, grace)
        and (a.campaign_id == campaign_id or any(_concerns(gap.per, a, purpose) for gap in policy.conversation_gaps))
    ]
    if waiting:
        until, attempt_id, call = max(waiting, key=lambda one: one[:2])
        yield Reason(
            rule="answer_grace",
            scope="recipient",
            until=until,
            inputs={
                "last_attempt_id": attempt_id,
                "outcome": call.outcome,
                "was_told_what_to_do": call.served_at is not None,
                "grace_seconds": policy.answer_grace_seconds,
            },
        )


def _unproved_since(call: CallState) -> datetime | None:
    """Since when a call is over that may have been answered, though nothing proves it; None of any other."""
    learned_at = call.end_learned_at
    if learned_at is None or call.reached or (call.outcome != "completed" and call.served_at is None):
        return None
    return learned_at if call.served_at is None else max(learned_at, call.served_at)


def _concerns(per: str, attempt: Attempt, purpose: str) -> bool:
    return per == "person" or (attempt.purpose or attempt.campaign_id) == purpose
