"""What a time on the clocks of a zone may mean: one instant, two where clocks are put back, none where they are put forward."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec import Struct


class Meant(Struct, frozen=True):
    """The instants that a written time may mean, in UTC and in order: two where it `is_missing` from the clocks or is there twice."""

    instants: tuple[datetime, ...]
    is_missing: bool = False


def meant_by(wall: datetime, zone: ZoneInfo) -> Meant:
    """What a time without an offset means on the clocks of a zone. Raises `OverflowError` beyond the years 1 to 9999.

    Of one that is missing: what it would be by the clocks before they are put forward, and by those after.
    """
    read = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    shown = {at for at in read if at.astimezone(zone).replace(tzinfo=None) == wall}
    return Meant(tuple(sorted(shown or read)), is_missing=not shown)
