"""What is decided of callbacks: which one is open, whether one may be wished, and how it is given up."""

from datetime import datetime, timedelta

from msgspec import Struct

from domain.counted import counted
from domain.errors import Conflict, InvalidInput
from domain.instants import later, time_text
from domain.recipient.callback import Callback, CallbackSource, RecipientCallbackDropped, RecipientCallbackSet
from domain.recipient.events import RecipientEvent
from domain.recipient.state import RecipientState

CALLBACK_AHEAD_DAYS_MAX = 366
BY_OPERATOR = "operator"
NOT_CALLED_IN_TIME = "not_called_in_time"


class Wish(Struct, frozen=True, kw_only=True):
    """When somebody wishes to be called (UTC), and how that was said: as in `RecipientCallbackSet`."""

    at: datetime
    source: CallbackSource
    local: str | None = None
    zone: str | None = None
    said: str | None = None


def open_callback(state: RecipientState, campaign_id: str) -> Callback | None:
    """The wish that nobody has kept yet: no attempt that counts was begun since the time that was wished."""
    enrollment = state.enrollments.get(campaign_id)
    wish = None if enrollment is None else enrollment.callback
    if wish is None:
        return None
    is_kept = any(a.counts and a.started_at >= wish.at and a.campaign_id == campaign_id for a in state.attempts)
    return None if is_kept else wish


def is_lapsed(state: RecipientState, campaign_id: str, now: datetime) -> bool:
    """Whether a wish is open at `now` that was to be given up by then."""
    wish = open_callback(state, campaign_id)
    return wish is not None and now >= wish.give_up_at


def check_wished(at: datetime, now: datetime) -> None:
    """Raise `InvalidInput` for a time that is past, or too far ahead."""
    if at <= now:
        raise InvalidInput("at", f"is in the past ({time_text(at)}, and it is {time_text(now)}); give a later time")
    if at > later(now, timedelta(days=CALLBACK_AHEAD_DAYS_MAX)):
        raise InvalidInput("at", f"is more than {CALLBACK_AHEAD_DAYS_MAX} days ahead; give an earlier time")


def set_callback(
    state: RecipientState, campaign_id: str, wish: Wish, grace_seconds: int, attempts_max: int, now: datetime
) -> list[RecipientEvent]:
    """Wish a call, or move the wish; the same again changes nothing.

    `state` is the person in all spellings. Who was reached or given up is called once more, if the policy leaves an attempt.
    Raises `Conflict` where nobody could be called.
    """
    why = _why_never(state, campaign_id, attempts_max, now)
    if why is not None:
        raise Conflict(f"no callback can be wished: {why[1]}")
    known = open_callback(state, campaign_id)
    give_up_at = later(wish.at, timedelta(seconds=grace_seconds))
    if known is not None and (known.at, known.give_up_at, known.local, known.zone, known.said) == (
        wish.at,
        give_up_at,
        wish.local,
        wish.zone,
        wish.said,
    ):
        return []
    return [
        RecipientCallbackSet(
            campaign_id=campaign_id,
            at=wish.at,
            give_up_at=give_up_at,
            source=wish.source,
            local=wish.local,
            zone=wish.zone,
            said=wish.said,
        )
    ]


def drop_callback(own: RecipientState, campaign_id: str, why: str) -> list[RecipientEvent]:
    """Give up what was wished in one spelling, if anything was."""
    enrollment = own.enrollments.get(campaign_id)
    wish = None if enrollment is None else enrollment.callback
    return [] if wish is None else [RecipientCallbackDropped(campaign_id=campaign_id, at=wish.at, why=why)]


def never_rule(state: RecipientState, campaign_id: str, attempts_max: int, now: datetime) -> str | None:
    """The rule by which this campaign will not call this person any more, if one is known."""
    why = _why_never(state, campaign_id, attempts_max, now)
    return None if why is None else why[0]


def _why_never(state: RecipientState, campaign_id: str, attempts_max: int, now: datetime) -> tuple[str, str] | None:
    if state.enrollments[campaign_id].withdrawn:
        return "withdrawn", f"this person was taken out of campaign {campaign_id}"
    suppression = state.suppression_at(now)
    if suppression is not None and suppression.expires_at is None:
        return "suppressed", f"this person is suppressed ({suppression.source}); release them first, if they wish it"
    refusal = state.refusal(campaign_id)
    if refusal is not None:
        return "refused", f"MiniVoice refused this number ({refusal.code}); enrol the right one"
    used = state.attempts_counted(campaign_id)
    if used >= attempts_max:
        used_up = f"{counted(used, 'attempt is', 'attempts are')} used up of {attempts_max}"
        return "attempts_used_up", f"{used_up}; revise the campaign with a greater policy.attempts_max"
    return None
