"""Phone numbers in E.164 form: how they are recognised, and how they are shown to those who did not ask for them."""

import re
from functools import lru_cache

import phonenumbers

from domain.errors import InvalidInput

PREFIX_CACHE_MAX = 4096
COUNTRY_DIGITS_MAX = 3
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)


def is_e164(text: str) -> bool:
    """True for `+` and 2 to 15 digits, the first not zero; whether any plan knows the number is another question."""
    return _E164.fullmatch(text) is not None


def parse_number(text: str, field: str) -> str:
    """The number as it is stored: E.164 with `+`. Raises `InvalidInput` naming `field`, without repeating the number."""
    if not is_e164(text):
        raise InvalidInput(field, "is not a phone number in E.164 form; write it like +15551230002, without spaces")
    return text


def mask(number: str) -> str:
    """The number for eyes that did not ask for it: its first two and last two digits."""
    if len(number) <= 7:
        return "+…"
    return f"{number[:3]}…{number[-2:]}"


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


@lru_cache(maxsize=PREFIX_CACHE_MAX)
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
