"""The columns of a file of recipients that say when somebody wishes to be called."""

from collections.abc import Mapping

from msgspec import Struct

from adapters.documents.wished_time import WishedTime, wished_time
from domain.errors import InvalidInput
from domain.zones import zones_of

AT, ZONE = "callback_at", "callback_zone"
CALLBACK_COLUMNS = frozenset({AT, ZONE})


class RowCallback(Struct, frozen=True):
    """What a row says of it, and the other values. `fault` is the column that cannot be used, and why."""

    at: str | None
    zone: str | None
    variables: Mapping[str, str]
    fault: tuple[str, str] | None = None


def callback_in(number: str, zone: str | None, variables: Mapping[str, str]) -> RowCallback:
    """The wish of a row with these values; a local time is in `callback_zone`, else in the row's zone, or the number's only one."""
    if not variables.keys() & CALLBACK_COLUMNS:
        return RowCallback(None, None, variables)
    others = {name: value for name, value in variables.items() if name not in CALLBACK_COLUMNS}
    at, named = (variables.get(name, "").strip() for name in (AT, ZONE))
    if not at:
        fault = (ZONE, "has no callback_at beside it; give that, or leave it empty") if named else None
        return RowCallback(None, None, others, fault)
    own = zones_of(number)
    meant = named or zone or (own[0] if len(own) == 1 else None)
    try:
        read = wished_time(at, meant)
    except InvalidInput as error:
        return RowCallback(None, None, others, (AT if error.field == "at" else ZONE, error.message))
    return RowCallback(at, None if read.local is None and not named else meant, others)


def wish_of_row(at: str, zone: str | None) -> WishedTime:
    """The wish of a row that was read so."""
    return wished_time(at, zone)
