"""The zone that a browser's cookie names."""

from zoneinfo import ZoneInfo

from starlette.requests import Request

from domain.zones import known_zones, zone_info

ZONE_COOKIE = "dialtrail_zone"
UTC_NAME = "UTC"
UTC = ZoneInfo(UTC_NAME)


def zone_read(request: Request) -> tuple[str, ZoneInfo]:
    """Its name and its clock; UTC where there is no cookie, and where it names none that is known."""
    name = request.cookies.get(ZONE_COOKIE, UTC_NAME)
    found = zone_info(name) if name != UTC_NAME and name in known_zones() else None
    return (UTC_NAME, UTC) if found is None else (name, found)
