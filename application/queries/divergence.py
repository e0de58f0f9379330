"""What the provider said otherwise of our calls: each day that was looked at, and what cannot be concluded from it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from application.fields import CallId, Count, Instant, Position, each_of, means
from application.installation import Installation
from application.moment import Moment
from domain.counted import counted
from domain.divergence import (
    DAYS_KEPT_MAX,
    DIFFERENCE_KINDS,
    DIFFERENCES_KEPT_MAX,
    DifferenceKind,
    DivergenceLook,
    LeftOutWhy,
    TotalsBeside,
    TotalsWord,
)
from domain.errors import Conflict, InvalidInput

CANNOT_CONCLUDE = (
    "MiniVoice's totals have calls of others on the same key: one of ours that is missing in them may be hidden by another's.",
    "More calls than we were told of may be of others, or may be calls of ours that we do not know.",
    "There is no price of a single call: the cost stands beside the ledger, and is compared with nothing.",
    "MiniVoice does not say when totals are settled, nor whether calls that nobody answered count.",
    "Calls that lie across midnight may count on either day.",
    "Calls that were left out, or of which no answer came, may differ.",
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# A pattern would let 2026-02-30 through, which is then refused: what reads the description shall know.
DAY_FORM: dict[str, object] = {"format": "date"}
Day = Annotated[str, Meta(extra_json_schema=DAY_FORM, description="a day by UTC, such as 2026-05-29")]


class CallDiverged(Struct, frozen=True, kw_only=True):
    """A call of ours of which MiniVoice says something else; its timeline shows when it said what."""

    call_id: CallId
    kind: DifferenceKind
    ours: str | None
    theirs: str | None


class TotalsShown(Struct, frozen=True, kw_only=True):
    """MiniVoice's totals of the day beside the ledger's; null is what could not be read."""

    calls: Count | None
    billsec_seconds: Count | None
    cost_amount: Annotated[str | None, means("an exact decimal")]
    cost_currency: str | None
    why: Annotated[str | None, means("why there are no totals; null where there are")]
    is_settled: Annotated[bool, means("whether six hours had passed since the day: before that, fewer says nothing")]
    ours_ended: Count
    ours_answered: Annotated[Count, means("those of ours that were answered and completed")]
    talk_seconds: Annotated[Count, means("how long those were, each rounded up")]
    others_ended: Annotated[Count, means("calls of others that MiniVoice told us of")]
    at_edge: Annotated[Count, means("calls that lie across midnight, and may count on either day")]
    calls_word: TotalsWord
    seconds_word: TotalsWord


class DayDiverged(Struct, frozen=True, kw_only=True):
    """The last look at a day."""

    day: Day
    until: Annotated[Instant, means("up to when it was looked at: the day's end, or when somebody asked")]
    begun_at: Instant
    looked_at: Instant
    is_finished: bool
    on_request: Annotated[bool, means("whether somebody asked for it")]
    ended: Annotated[Count, means("our calls that ended on the day, as the look began")]
    asked: Count
    every: Annotated[int, Meta(ge=1, description="one of so many calls is asked for")]
    unanswered: Count
    unclear: Annotated[Count, means("calls whose status is not known to be an end, or none")]
    left_out: Count
    left_out_why: LeftOutWhy | None
    found: Annotated[Count, means("calls that differ, and one more where the totals do not fit")]
    counts: Annotated[Mapping[str, Count], each_of(DIFFERENCE_KINDS)]
    differences: Annotated[list[CallDiverged], Meta(max_length=DIFFERENCES_KEPT_MAX)]
    totals: TotalsShown | None


class DivergenceShown(Struct, frozen=True, kw_only=True):
    """The days that were looked at, the newest first."""

    items: Annotated[list[DayDiverged], Meta(max_length=DAYS_KEPT_MAX)]
    waits: Annotated[bool, means("whether a look that somebody asked for has not recorded anything yet")]
    cannot_conclude: list[str]
    position: Position


class LookBegun(Struct, frozen=True, kw_only=True):
    """A look that was asked for."""

    day: Day
    until: Instant
    position: Position


def divergence_at(parts: Installation, moment: Moment, day: date | None = None) -> DivergenceShown:
    """The days that had been looked at by a moment, or one of them; the account has to be known."""
    looks = parts.reads.account_state(parts.in_flight.fingerprint, moment.position).divergences.looks
    shown = [day_shown(look) for look in looks.values() if day is None or look.window_from.date() == day]
    watch = parts.divergence_watch
    return DivergenceShown(
        items=shown[::-1],
        waits=watch is not None and watch.waits,
        cannot_conclude=list(CANNOT_CONCLUDE),
        position=moment.position,
    )


def ask_for_look(parts: Installation, day: date | None) -> LookBegun:
    """Have a day looked at next; without one, the last that is over. Raises `Conflict` where this process cannot, `InvalidInput`."""
    watch = parts.divergence_watch
    if watch is None:
        elsewhere = parts.dials_elsewhere()
        why = "this process does not dial" if elsewhere is None else elsewhere
        raise Conflict(f"{why}: only the one that dials asks MiniVoice; ask it, or wait for its daily look")
    window = watch.ask_for(day or yesterday(parts.clock()))
    return LookBegun(day=window.window_from.date().isoformat(), until=window.window_to, position=parts.ledger.position)


def yesterday(now: datetime) -> date:
    """The last UTC day that is over."""
    return date.fromordinal(now.astimezone(UTC).date().toordinal() - 1)


def day_in(text: str | None, name: str = "day") -> date | None:
    """A day as people write it. Raises `InvalidInput`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise InvalidInput(name, "is no day such as 2026-05-29") from None


def divergence_in_words(look: DivergenceLook) -> str:
    """What was found, in a sentence."""
    kinds = {
        "missing": "it does not have any more",
        "outcome": "that ended otherwise",
        "not_ended": "that have not ended",
        "times": "that ended at another time",
        "numbers": "between other numbers",
    }
    told = [f"{counted(look.counts[kind], 'call')} {says}" for kind, says in kinds.items() if look.counts.get(kind)]
    if look.totals is not None and not look.totals.fits:
        told.append("totals that do not fit")
    return f"of {look.window_from.date().isoformat()} MiniVoice says something else than the ledger: {', '.join(told)}"


def day_shown(look: DivergenceLook) -> DayDiverged:
    """A look as it is shown."""
    return DayDiverged(
        day=look.window_from.date().isoformat(),
        until=look.window_to,
        begun_at=look.begun_at,
        looked_at=look.looked_at,
        is_finished=look.is_finished,
        on_request=look.on_request,
        ended=look.ended,
        asked=look.asked,
        every=look.every,
        unanswered=look.unanswered,
        unclear=look.unclear,
        left_out=look.left_out,
        left_out_why=look.left_out_why,
        found=look.found,
        counts={kind: look.counts.get(kind, 0) for kind in DIFFERENCE_KINDS},
        differences=[
            CallDiverged(call_id=one.call_id, kind=one.kind, ours=one.ours, theirs=one.theirs)
            for one in look.differences
        ],
        totals=None if look.totals is None else _totals(look.totals),
    )


def _totals(totals: TotalsBeside) -> TotalsShown:
    return TotalsShown(
        calls=totals.calls,
        billsec_seconds=totals.billsec_seconds,
        cost_amount=totals.cost_amount,
        cost_currency=totals.cost_currency,
        why=totals.why,
        is_settled=totals.is_settled,
        ours_ended=totals.ours_ended,
        ours_answered=totals.ours_answered,
        talk_seconds=totals.talk_seconds,
        others_ended=totals.others_ended,
        at_edge=totals.at_edge,
        calls_word=totals.calls_word,
        seconds_word=totals.seconds_word,
    )
