"""Why nobody is being called: where everybody in a campaign stands, and what holds those who are held."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import Struct

from application.fields import CampaignId, Count, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from application.preflight.figures import CAPS, DONE
from domain.dialing import CLOCK_AHEAD
from projections.prospects import Forecast, Prospect

Figure = Literal["callable_now", "waiting", "capped", "suppressed", "not_dialable", "in_flight", "unresolved", "done"]
FIGURES: tuple[Figure, ...] = get_args(Figure)
IN_FLIGHT = frozenset({"dialing", "in_progress"})


class HeldShown(Struct, frozen=True, kw_only=True):
    """How many are held for a reason."""

    reason: str
    until: Annotated[Instant | None, means("when the first of them may be called; null where nobody knows")]
    recipients: Count


class StandingShown(Struct, frozen=True, kw_only=True):
    """Everybody enrolled, each counted in one figure."""

    campaign_id: CampaignId
    callable_now: Count
    waiting: Count
    capped: Count
    suppressed: Count
    not_dialable: Count
    in_flight: Count
    unresolved: Count
    done: Count
    next_at: Annotated[Instant | None, means("when the next of those who are held may be called")]
    held_by: list[HeldShown]
    position: Position
    judged_at: Instant


def standing_now(parts: Installation, campaign_id: str, moment: Moment) -> StandingShown:
    """Where everybody stands as far as the views have come, judged at the moment's instant. Raises `NotFound`."""
    with parts.reads.reading() as taken:
        number, state = parts.reads.campaign_in(taken, campaign_id, taken.position)
        forecast = Forecast(
            taken,
            parts.ledger.read_streams,
            parts.ledger.recipient_stream,
            number,
            state,
            parts.only_numbers,
            moment.instant,
        )
        stand = forecast.as_it_stands()
    figures: dict[str, int] = dict.fromkeys(FIGURES, 0)
    unsound = None if moment.is_past else parts.unsound()
    if unsound is not None:
        stand = _all_held(stand, Prospect("held", unsound.rule, None))
    elif moment.clocks.is_ledger_ahead:
        stand = _all_held(stand, Prospect("held", CLOCK_AHEAD, moment.clocks.ends_at))
    for prospect, people in stand.items():
        figures[_figure(prospect)] += people
    held = held_by(stand)
    return StandingShown(
        campaign_id=campaign_id,
        **figures,
        next_at=min((one.until for one in held if one.until is not None), default=None),
        held_by=held,
        position=taken.position,
        judged_at=moment.instant,
    )


def _all_held(stand: Mapping[Prospect, int], held: Prospect) -> Counter[Prospect]:
    """While nobody is called, as where the ledger's time is too far ahead, whoever could be is held."""
    found: Counter[Prospect] = Counter()
    for prospect, people in stand.items():
        found[held if prospect.status == "queued" else prospect] += people
    return found


def held_by(people: Mapping[Prospect, int]) -> list[HeldShown]:
    """Those who are held, by reason, the most frequent first."""
    counted: Counter[str] = Counter()
    until: dict[str, datetime] = {}
    for prospect, count in people.items():
        if prospect.status == "held":
            reason = prospect.reason or "held"
            counted[reason] += count
            if prospect.until is not None:
                until[reason] = min(prospect.until, until.get(reason, prospect.until))
    held = [HeldShown(reason=reason, until=until.get(reason), recipients=n) for reason, n in counted.items()]
    return sorted(held, key=lambda one: (-one.recipients, one.reason))


def _figure(prospect: Prospect) -> Figure:
    """The one figure in which somebody who stands there is counted."""
    if prospect.status == "queued":
        return "callable_now"
    if prospect.status in IN_FLIGHT:
        return "in_flight"
    if prospect.status in DONE:
        return "done"
    if prospect.status == "suppressed":
        return "suppressed"
    if prospect.status == "unresolved":
        return "unresolved"
    if prospect.status == "held" and prospect.reason in CAPS:
        return "capped"
    # An attempt of another campaign ends at a time that nobody knows, and then they can be called.
    if prospect.status == "held" and (prospect.until is not None or prospect.reason == "open_attempt"):
        return "waiting"
    return "not_dialable"
