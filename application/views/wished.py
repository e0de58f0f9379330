"""What the views say of callbacks: whose wished time has come, and whose wish is to be given up."""

from datetime import datetime
from typing import NamedTuple

from application.views.reads import DueRead, Reads
from domain.dialing import campaign_clock_reasons
from projections import campaign_summary, recipient_status


class WishesCounted(NamedTuple):
    """How many wishes are open in all campaigns, how many of them are due, and the position of the views where it was so."""

    waiting: int
    overdue: int
    position: int


def wished_now(reads: Reads, campaign_id: str, now: datetime, rows_max: int) -> DueRead:
    """The streams of those of a campaign who are to be called now because they wish it, in the order of their times.

    Whom a campaign that goes first has yet to call is left out, as among all who are due.
    """
    with reads.reading() as taken:
        number, state = reads.campaign_in(taken, campaign_id, taken.position)
        rules = reads.rules_of(state)
        if rules.policy is not None and any(campaign_clock_reasons(rules.policy, now)):
            return DueRead(position=taken.position, streams=[], following=None)
        rows = recipient_status.wished_now(taken.connection, number, rules, now)
        wished = [row.enrollment.stream for row in rows]
        streams = reads.without_waited_for(taken, state, wished, now)[:rows_max]
        return DueRead(position=taken.position, streams=streams, following=None)


def wishes_to_give_up(reads: Reads, now: datetime, rows_max: int) -> list[tuple[str, str]]:
    """Whose wish was not kept in time, or cannot be any more: the campaign's id and their stream."""
    with reads.reading() as taken:
        found = recipient_status.streams_to_give_up(taken.connection, now, rows_max)
        names = campaign_summary.campaigns(taken.connection) if found else {}
        return [(names[number], stream) for number, stream in found if number in names]


def wishes_after_end(reads: Reads, rows_max: int) -> list[tuple[str, str]]:
    """Whose wish is for a time when its campaign is over by its policy, as a revision has left it: as above."""
    found: list[tuple[str, str]] = []
    with reads.reading() as taken:
        latest = recipient_status.latest_wishes(taken.connection)
        names = campaign_summary.campaigns(taken.connection) if latest else {}
        for number, at in latest.items():
            if number not in names:
                continue
            policy = reads.campaign_state(names[number], taken.position).plan.policy
            if policy is None or policy.ends_at is None or not policy.is_over_at(at):
                continue
            streams = recipient_status.streams_wished_from(
                taken.connection, number, policy.ends_at, rows_max - len(found)
            )
            found += ((names[number], stream) for stream in streams)
    return found


def wishes_counted(reads: Reads, now: datetime) -> WishesCounted:
    """How many there are now."""
    with reads.reading() as taken:
        return WishesCounted(*recipient_status.wishes_counted(taken.connection, now), taken.position)
