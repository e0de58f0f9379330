"""A recipient's status in a campaign, by one table: the first row that holds."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.call import CallState
from domain.dialing import DECLINED, Verdict
from domain.personal import ERASED
from domain.recipient.attempt import Attempt
from domain.recipient.state import RecipientState
from domain.recipient.wishes import open_callback

Status = Literal[
    "in_progress",
    "dialing",
    "unresolved",
    "reached",
    "withdrawn",
    "suppressed",
    "refused",
    "queued",
    "held",
    "failed",
    "canceled",
    "not_reached",
]
STATUSES: tuple[Status, ...] = (
    "queued",
    "held",
    "dialing",
    "in_progress",
    "reached",
    "not_reached",
    "failed",
    "canceled",
    "refused",
    "unresolved",
    "withdrawn",
    "suppressed",
)


NOTHING_HEARD = CallState()
"""A call of which nothing is known: the same for all, for what is found out of a state is kept with it."""
CAMPAIGN_CANCELED = "campaign_canceled"
CAMPAIGN_COMPLETED = "campaign_completed"
CAMPAIGN_OVER = "campaign_over"
NO_ATTEMPT_IS_LEFT = frozenset({"attempts_used_up", "outcome_not_retried"})


class RecipientStatus(Struct, frozen=True, kw_only=True):
    """Where a recipient stands. `attempts` counts those that used up one; `until` (UTC) goes with `held`."""

    status: Status
    reason: str | None = None
    until: datetime | None = None
    attempts: int = 0
    call_id: str | None = None


def status_of(
    recipient: RecipientState,
    campaign_id: str,
    calls: Mapping[str, CallState],
    now: datetime,
    judge: Callable[[], Verdict],
) -> RecipientStatus:
    """The status in one campaign at `now`. `calls` are the person's calls by id; `judge` is asked only where the verdict matters."""
    attempts = recipient.attempts_in(campaign_id)
    last = attempts[-1] if attempts else None
    own_calls = [calls.get(a.call_id, NOTHING_HEARD) for a in attempts if a.call_id is not None]
    status, reason, until = _first_that_holds(recipient, campaign_id, last, own_calls, calls, now, judge)
    return RecipientStatus(
        status=status,
        reason=reason,
        until=until,
        attempts=sum(a.counts for a in attempts),
        call_id=next((a.call_id for a in reversed(attempts) if a.call_id is not None), None),
    )


def _first_that_holds(
    recipient: RecipientState,
    campaign_id: str,
    last: Attempt | None,
    own_calls: list[CallState],
    calls: Mapping[str, CallState],
    now: datetime,
    judge: Callable[[], Verdict],
) -> tuple[Status, str | None, datetime | None]:
    if any(call.phase == "in_progress" and not call.is_lost for call in own_calls):
        return "in_progress", None, None
    if last is not None and (
        last.phase == "started"
        or (last.phase == "accepted" and _is_ringing(calls.get(last.call_id or "", NOTHING_HEARD)))
    ):
        return "dialing", None, None
    if last is not None and last.phase == "unresolved":
        return "unresolved", last.why, None
    if last is not None and last.phase == "accepted" and calls.get(last.call_id or "", NOTHING_HEARD).is_lost:
        return "unresolved", "call_end_unknown", None
    if any(call.reached for call in own_calls) and open_callback(recipient, campaign_id) is None:
        return "reached", None, None
    return _to_be_called(recipient, campaign_id, last, own_calls, now, judge)


def _is_ringing(call: CallState) -> bool:
    return call.phase == "dialing" and not call.is_lost


def _to_be_called(
    recipient: RecipientState,
    campaign_id: str,
    last: Attempt | None,
    own_calls: list[CallState],
    now: datetime,
    judge: Callable[[], Verdict],
) -> tuple[Status, str | None, datetime | None]:
    enrollment = recipient.enrollments.get(campaign_id)
    if enrollment is not None and enrollment.withdrawn:
        return "withdrawn", enrollment.withdrawn_cause, None
    suppression = recipient.suppression_at(now)
    if suppression is not None:
        return "suppressed", suppression.source, suppression.expires_at
    refusal = recipient.refusal(campaign_id)
    if refusal is not None:
        return "refused", refusal.code, None
    verdict = judge()
    if not any(reason.rule in NO_ATTEMPT_IS_LEFT for reason in verdict.reasons):
        return _waiting(verdict)
    if any(call.reached for call in own_calls):
        return "reached", None, None
    if last is not None and last.phase == "refused":
        return "failed", last.code, None
    if own_calls and own_calls[-1].outcome in {"failed", "canceled"}:
        return ("failed" if own_calls[-1].outcome == "failed" else "canceled"), None, None
    return "not_reached", None, None


def _waiting(verdict: Verdict) -> tuple[Status, str | None, datetime | None]:
    """Who has attempts left: queued or held; withdrawn where the campaign has ended without them."""
    phase = next((r.inputs["phase"] for r in verdict.reasons if r.rule == "campaign_not_running"), None)
    if phase == "canceled":
        return "withdrawn", CAMPAIGN_CANCELED, None
    if any(r.rule == CAMPAIGN_OVER for r in verdict.reasons):
        return "withdrawn", CAMPAIGN_OVER, None
    if any(r.rule == DECLINED and r.final for r in verdict.reasons):
        return "withdrawn", DECLINED, None
    if any(r.rule == "withdrawn" for r in verdict.reasons):  # who was taken out is seen before; this is who was erased
        return "withdrawn", ERASED, None
    holding = verdict.holding
    if phase == "completed" and (holding is None or holding.until is not None):
        return "withdrawn", CAMPAIGN_COMPLETED, None
    return ("queued", None, None) if holding is None else ("held", holding.rule, holding.until)
