"""A suppression: on whose word nobody calls a person, and until when."""

from datetime import datetime

from msgspec import Struct


class Suppression(Struct, frozen=True, kw_only=True):
    """On whose word nobody calls this person, and until when (None: for good).

    `spelling` is the number that was named, where it is another spelling of the person's.
    """

    source: str
    reason: str | None
    expires_at: datetime | None
    since: datetime
    spelling: str | None = None


def longer(one: Suppression | None, other: Suppression) -> Suppression:
    """Nobody's "until tomorrow" shortens somebody's "never again"."""
    if one is None or (one.expires_at is not None and (other.expires_at is None or other.expires_at > one.expires_at)):
        return other
    return one
