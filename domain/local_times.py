"""Local times in a zone: the instants that one may be, where clocks are put forward or back."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct


class LocalTime(Struct, frozen=True):
    """What a local time without an offset may be: one instant; in a gap of the clocks, none; two, where it comes twice.

    `could_be` are the instants by the offsets before and after, the earlier first. All are in the zone.
    """

    exists: bool
    could_be: tuple[datetime, ...]

    @property
    def only(self) -> datetime | None:
        """The one instant that it is, in UTC; None where it is none, or two."""
        return self.could_be[0].astimezone(UTC) if self.exists and len(self.could_be) == 1 else None


def instants_of(local: datetime, zone: ZoneInfo) -> LocalTime:
    """What `local`, which has no offset, is on the clocks of a zone. Raises `OverflowError` at the end of time."""
    told = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    could_be = tuple(at.astimezone(zone) for at in sorted(told))
    return LocalTime(any(at.replace(tzinfo=None, fold=0) == local for at in could_be), could_be)
