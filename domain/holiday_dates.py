"""Which dates are public holidays where: the calendars of countries and of their regions."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache

CALENDARS_CACHE_MAX = 512
NAMES_IN = "en_US"
_PLACE = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,3}))?", re.ASCII)


def is_place(text: str) -> bool:
    """Whether there is a calendar for it: a country such as `US`, or one of its regions such as `US-FL` or `GB-SCT`."""
    found = _PLACE.fullmatch(text)
    if found is None:
        return False
    country, region = found.groups()
    regions = _regions().get(country)
    return regions is not None and (region is None or region in regions)


def holiday_name(place: str, day: date) -> str | None:
    """What is celebrated in a place on that date, in English; None where it is no public holiday, or no known place."""
    return _calendar(place, day.year).get(day)


@lru_cache(maxsize=CALENDARS_CACHE_MAX)
def _calendar(place: str, year: int) -> Mapping[date, str]:
    if not is_place(place):
        return {}
    # Imported where it is needed: it takes longer than all the rest of the domain, and few commands ask for it.
    from holidays import country_holidays  # noqa: PLC0415

    country, _, region = place.partition("-")
    return dict(country_holidays(country, subdiv=region or None, years=year, expand=False, language=NAMES_IN))


@cache
def _regions() -> Mapping[str, frozenset[str]]:
    from holidays import list_supported_countries  # noqa: PLC0415

    found = list_supported_countries(include_aliases=False)
    return {country: frozenset(regions) for country, regions in found.items()}
