"""Calls by the minute, the hour or the day: how many began, what became of them, how long was talked."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, get_args

from msgspec import Struct

from application.fields import Amount, CampaignId, Count, Instant, Position, means
from application.installation import Installation
from application.moment import Moment
from domain.errors import InvalidInput
from domain.instants import EARLIEST, later
from projections import call_hours
from projections.call_hours import HOUR, MINUTE, CallsBegun

By = Literal["minute", "hour", "day"]
BYS: tuple[By, ...] = get_args(By)
DAY = timedelta(days=1)
STEP: dict[By, timedelta] = {"minute": MINUTE, "hour": HOUR, "day": DAY}
USUAL: dict[By, timedelta] = {"minute": HOUR, "hour": DAY, "day": 30 * DAY}
"""How far back it goes where nobody says."""
STEPS_MAX = 800
"""Half a day by the minute, a month by the hour, two years by the day."""


class CallFigures(Struct, frozen=True, kw_only=True):
    """Calls that began within a time, each counted once: under its end, under `answered`, or as `ringing`."""

    calls: Count
    answered: Annotated[Count, means("answered, by whomever or whatever, also those that go on")]
    no_answer: Annotated[Count, means("completed, and no answer was reported")]
    failed: Count
    canceled: Count
    lost: Annotated[Count, means("their end cannot be found out")]
    ringing: Annotated[Count, means("neither answered nor over")]
    refused: Annotated[Count, means("requests that MiniVoice refused: no call came of them, and `calls` has them not")]
    talk_seconds: Annotated[Amount, means("from answer to end, where both are known")]
    answer_rate: Annotated[Amount | None, means("answered, of the calls that do not ring any more; null where none is")]


class StepFigures(CallFigures, frozen=True, kw_only=True):
    """The calls of one minute, hour or day, which begins then."""

    begins_at: Instant


class FiguresShown(Struct, frozen=True, kw_only=True):
    """The calls of an interval: all together, and by the minute, hour or day; without those in which there was none."""

    since: Annotated[Instant, means("the beginning of the first minute, hour or day")]
    until: Annotated[Instant, means("the end of the last")]
    by: By
    campaign_id: CampaignId | None
    total: CallFigures
    items: list[StepFigures]
    position: Position
    judged_at: Instant


def figures_of(
    parts: Installation, moment: Moment, campaign_id: str | None, by: By, since: datetime | None, until: datetime | None
) -> FiguresShown:
    """All minutes, hours or days (UTC) that the interval touches; without one, the last hour, day or 30 days.

    Raises `InvalidInput`, `NotFound`.
    """
    step = STEP[by]
    end = later(down(moment.instant, step), step) if until is None else up(until, step)
    begin = down(later(end, -USUAL[by]) if since is None else since, step)
    if not timedelta() < end - begin <= step * STEPS_MAX:
        raise InvalidInput("since", f"must be before until, by at most {STEPS_MAX} {by}s")
    with parts.reads.reading() as taken:
        number = None
        if campaign_id is not None:
            number, _ = parts.reads.campaign_in(taken, campaign_id, taken.position)
        read = call_hours.minutes if by == "minute" else call_hours.hours
        found = read(taken.connection, begin, end, number)
        position = taken.position
    return FiguresShown(
        since=begin,
        until=end,
        by=by,
        campaign_id=campaign_id,
        total=CallFigures(**summed(found)),
        items=[StepFigures(begins_at=at, **summed(some)) for at, some in _stepped(found, step).items()],
        position=position,
        judged_at=moment.instant,
    )


def figures_between(parts: Installation, since: datetime, until: datetime) -> CallFigures:
    """All calls that began within an interval, to the minute. Raises `DialtrailError` where the views cannot be read."""
    with parts.reads.reading() as taken:
        return CallFigures(**summed(call_hours.minutes(taken.connection, since, until)))


def down(at: datetime, step: timedelta) -> datetime:
    """The beginning of the step that an instant is in."""
    return at - (at - EARLIEST) % step


def up(at: datetime, step: timedelta) -> datetime:
    """The end of the last step that begins before an instant."""
    begin = down(at, step)
    return begin if begin == at else later(begin, step)


def _stepped(hours: Sequence[CallsBegun], step: timedelta) -> dict[datetime, list[CallsBegun]]:
    found: dict[datetime, list[CallsBegun]] = {}
    for one in hours:
        found.setdefault(down(one.begins_at, step), []).append(one)
    return found


def summed(hours: Sequence[CallsBegun]) -> dict[str, Any]:
    """The fields of `CallFigures` of all of them together."""
    total = dict.fromkeys(call_hours.FIGURES, 0)
    for one in hours:
        for name in total:
            total[name] += getattr(one, name)
    talk_ms = total.pop("talk_ms")
    ringing = total["calls"] - sum(total[name] for name in ("answered", "no_answer", "failed", "canceled", "lost"))
    told = total["calls"] - ringing
    return {
        **total,
        "ringing": ringing,
        "talk_seconds": talk_ms / 1_000,
        "answer_rate": round(total["answered"] / told, 4) if told else None,
    }
