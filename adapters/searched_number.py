"""Which numbers can be meant where one is looked for: written as people do, with a country or without."""

import re

import phonenumbers

from adapters.written_number import read_number
from domain.errors import InvalidInput
from domain.phone_number import is_e164

DIGITS_MIN, DIGITS_MAX = 6, 17
CHARS_MAX = 40
_SCHEME = re.compile("tel:", re.IGNORECASE)
_DIALLED = re.compile(r"[+(\[]?[\d\s().\[\]/\u2010-\u2015+-]+")


def looks_like_number(text: str) -> bool:
    """Whether it is written as phone numbers are, and has enough digits for one."""
    text = _SCHEME.sub("", text.strip(), count=1)
    digits = sum(one.isdecimal() for one in text)
    return len(text) <= CHARS_MAX and DIGITS_MIN <= digits <= DIGITS_MAX and _DIALLED.fullmatch(text) is not None


def numbers_meant(text: str) -> list[str]:
    """The numbers, in E.164 form, that it can be: one where it names a country, else one or two of each country there is.

    Nobody's number is among them only because it is possible: ask which of them are known.
    """
    if not looks_like_number(text):
        return []
    written = _SCHEME.sub("", text.strip(), count=1)
    try:
        return [read_number(written).number]
    except InvalidInput:
        digits = "".join(str(int(one)) for one in written if one.isdecimal())
    if "+" in written:
        return []
    inside = dict.fromkeys((digits, digits.removeprefix("0")))
    abroad = (f"+{code}{own}" for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE for own in inside)
    return [number for number in dict.fromkeys((f"+{digits}", *abroad)) if is_e164(number)]
