"""People who wait in a campaign, and whom another has yet to call, or is calling, too: in whatever spelling of their number."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Select, distinct, func, or_, select

from projections.prospects import UNDER_WAY, WAITING
from projections.recipient_status import ENROLLMENT, SPELLING, STATUS

OTHERS_LOOKED_AT_MAX = 1_000
_THEIRS, _THEIR_STATUS = ENROLLMENT.alias("theirs"), STATUS.alias("their_status")


def shared_people(connection: Connection, campaign: int, others: Collection[int]) -> int:
    """How many people of a campaign that is. Of very many others, the newest are looked at.

    Each of those who wait is looked up by the number, which has an index; the few who have several spellings, by these.
    """
    if not others:
        return 0
    looked_at = sorted(others)[-OTHERS_LOOKED_AT_MAX:]
    same = _called_by(looked_at).where(_THEIRS.c.number == ENROLLMENT.c.number).exists()
    if connection.execute(select(SPELLING.c.stream).limit(1)).first() is None:
        return int(connection.execute(_waiting(campaign, func.count()).where(same)).scalar_one())
    theirs = _called_by(looked_at).where(_THEIRS.c.stream.in_(select(SPELLING.c.other)))
    otherwise = ENROLLMENT.c.stream.in_(select(SPELLING.c.stream).where(SPELLING.c.other.in_(theirs)))
    people = _waiting(campaign, func.count(distinct(_person()))).where(or_(same, otherwise))
    return int(connection.execute(people).scalar_one())


def _waiting(campaign: int, counted: Any) -> Select[Any]:
    is_own = (STATUS.c.place == ENROLLMENT.c.place) & (STATUS.c.campaign == ENROLLMENT.c.campaign)
    query = select(counted).select_from(ENROLLMENT).join(STATUS, is_own)
    return query.where(ENROLLMENT.c.campaign == campaign, STATUS.c.status.in_(sorted(WAITING)))


def _called_by(campaigns: Collection[int]) -> Select[tuple[str]]:
    is_theirs = (_THEIR_STATUS.c.place == _THEIRS.c.place) & (_THEIR_STATUS.c.campaign == _THEIRS.c.campaign)
    query = select(_THEIRS.c.stream).join(_THEIR_STATUS, is_theirs)
    return query.where(_THEIRS.c.campaign.in_(campaigns), _THEIR_STATUS.c.status.in_(sorted(WAITING | UNDER_WAY)))


def _person() -> Any:
    """The first of the streams that a person has: who is enrolled in two spellings is one."""
    earlier = select(func.min(SPELLING.c.other)).where(
        SPELLING.c.stream == ENROLLMENT.c.stream, SPELLING.c.other < ENROLLMENT.c.stream
    )
    return func.coalesce(earlier.scalar_subquery(), ENROLLMENT.c.stream)
