"""What the world's numbering plans know of a number: its country, and whether there can be such a one."""

import phonenumbers

from domain.kept_numbers import remembers_numbers

PREFIX_CACHE_MAX = 4096
COUNTRY_DIGITS_MAX = 3
NORTH_AMERICA = "+1"
NORTH_AMERICAN_AREA_DIGITS = 3


def country_prefix(number: str) -> str:
    """`+` and the country calling code that a number begins with; of one that no country has, three digits."""
    for length in range(1, COUNTRY_DIGITS_MAX + 1):
        if int(number[1 : length + 1]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return number[: length + 1]
    return number[: COUNTRY_DIGITS_MAX + 1]


def plan_warning(number: str) -> str | None:
    """Why no numbering plan knows this number, or None. A warning only: test numbers such as +1555… are not in any plan."""
    # Nearly all plans tell numbers apart by length and leading digits; for a warning that is near enough, and fast.
    return _plan_warning(number[:-3], len(number))


@remembers_numbers(PREFIX_CACHE_MAX)
def _plan_warning(prefix: str, length: int) -> str | None:
    try:
        parsed = phonenumbers.parse(prefix + "0" * (length - len(prefix)), None)
    except phonenumbers.NumberParseException:
        return "no country has this code"
    if not phonenumbers.is_possible_number(parsed):
        return "wrong length for its country"
    if not phonenumbers.is_valid_number(parsed):
        return "not in its country's numbering plan"
    return None


@remembers_numbers(PREFIX_CACHE_MAX)
def area_prefix(number: str) -> str:
    """`+`, the country's code and the area's that a number begins with; without an area's where its plan has none for it."""
    country = country_prefix(number)
    if country == NORTH_AMERICA:
        return number[: len(country) + NORTH_AMERICAN_AREA_DIGITS]
    return number[: len(country) + phonenumbers.length_of_geographical_area_code(_parsed(number, country))]


@remembers_numbers(PREFIX_CACHE_MAX)
def region_of(number: str) -> str | None:
    """The country (ISO 3166) that has a number, where a plan says so: several share a code, such as +1."""
    return phonenumbers.region_code_for_number(_parsed(number, country_prefix(number)))


def _parsed(number: str, country: str) -> phonenumbers.PhoneNumber:
    return phonenumbers.PhoneNumber(country_code=int(country[1:]), national_number=int(number[len(country) :] or 0))
