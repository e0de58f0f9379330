"""Times as people write them into fields: on the clocks of the zone that their browser has chosen, unless an offset stands with them."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request

from domain.errors import InvalidInput
from domain.wall_clock import meant_by
from entrypoints.pages.zone_cookie import zone_read

MOMENTS = ("as_of", "since", "until")
"""The names of those fields of all pages that take an instant or a position."""
_DAY_AND_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}.*)", re.DOTALL)
_WITHOUT_OFFSET = re.compile(r"[0-9:.,]+")


def with_offset(request: Request, name: str, text: str) -> str:
    """The same time with its offset, which it has from the viewer's zone where none is written; anything else as it is.

    Raises `InvalidInput` for a time that the zone's clocks never show, or show twice.
    """
    found = _DAY_AND_TIME.fullmatch(text.strip())
    if found is None:
        return text
    written = f"{found[1]}T{found[2]}"
    if _WITHOUT_OFFSET.fullmatch(found[2]) is None:
        return written
    zone_name, zone = zone_read(request)
    try:
        meant = meant_by(datetime.fromisoformat(written), zone)
    except (ValueError, OverflowError):
        return written
    if len(meant.instants) > 1:
        fault = (
            "does not exist: clocks are put forward over it"
            if meant.is_missing
            else "is there twice: clocks are put back over it"
        )
        either = " or ".join(_on_clocks(at, zone) for at in meant.instants)
        raise InvalidInput(name, f"{written} in {zone_name} {fault}; write {either}")
    return _on_clocks(meant.instants[0], zone)


def query_with_offsets(request: Request, names: Sequence[str]) -> str | None:
    """The query of an address that means the same for everybody; None where this one does already. Raises `InvalidInput`."""
    asked = request.query_params.multi_items()
    clear = [(name, with_offset(request, name, text) if name in names else text) for name, text in asked]
    return None if clear == asked else urlencode(clear)


def _on_clocks(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat().replace("+00:00", "Z")
