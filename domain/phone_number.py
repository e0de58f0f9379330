"""Phone numbers in E.164 form: how they are recognised, and how they are shown to those who did not ask for them."""

import re
from functools import lru_cache

from domain.errors import InvalidInput
from domain.personal import ERASED

FIELD_NAMES_KEPT_MAX = 256
ID_FIELDS = frozenset({"id", "call", "campaign", "attempt", "a", "b"})
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_BETWEEN = r"(?:[^\w:.]|_){0,2}"
# As people write it and programs encode it: with a sign, and whatever stands between its digits.
_SIGN = r"(?:[+\uff0b\ufe62\u207a]|%(?:25)*2[Bb]|&#43;|&plus;)"
_SIGN_BEGINS = re.compile(r"[+%&\uff0b\ufe62\u207a]")
_IN_TEXT = re.compile(rf"{_SIGN}(?:(?:[^\w:]|_){{0,2}}\d){{7,15}}")
# Where an id is expected, digits alone are a number, too. A dot makes them another thing, and so does a day that they begin with.
_DATED = r"(?:19|20)\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])(?:\D|$)"
_BARE_FORM = rf"(?:tel:|sips?:|00)?(?!{_DATED}){_BETWEEN}\d(?:{_BETWEEN}\d){{8,14}}{_BETWEEN}(?:[@;].*)?"
_BARE = re.compile(_BARE_FORM, re.DOTALL)
_AS_ID = re.compile(rf"{_E164.pattern}|{_BARE_FORM}", re.DOTALL)


def is_e164(text: str) -> bool:
    """True for `+` and 2 to 15 digits, the first not zero; whether any plan knows the number is another question."""
    return _E164.fullmatch(text) is not None


def parse_number(text: str, field: str) -> str:
    """The number as it is stored: E.164 with `+`. Raises `InvalidInput` naming `field`, without repeating the number."""
    if not is_e164(text):
        raise InvalidInput(field, "is not a phone number in E.164 form; write it like +15551230002, without spaces")
    return text


def mask(number: str) -> str:
    """The number for eyes that did not ask for it: its first two and last two digits; of one that was erased, that it was."""
    if number == ERASED:
        return number
    if len(number) <= 7:
        return "+…"
    return f"{number[:3]}…{number[-2:]}"


def is_number_like(text: str) -> bool:
    """Whether what stands where an id is expected is, or has in it, a phone number in whatever spelling."""
    has_sign = _SIGN_BEGINS.search(text) is not None
    return (has_sign and (is_e164(text) or _IN_TEXT.search(text) is not None)) or _BARE.fullmatch(text) is not None


def mask_in(text: str) -> str:
    """A text with the numbers in it masked: those that have a sign."""
    if _SIGN_BEGINS.search(text) is None:  # nearly all of what is logged and answered
        return text
    return _IN_TEXT.sub(lambda found: mask(found[0]), text)


def mask_id(text: str) -> str:
    """An id, masked where it is a number."""
    return mask_in(text) if _AS_ID.fullmatch(text) is None else mask(text)


def mask_field(name: str, text: str) -> str:
    """What stands in a field of this name, masked where it is a number: an id more strictly than any other text."""
    if name == "stream":
        kind, colon, named = text.partition(":")
        return f"{kind}{colon}{mask_id(named)}"
    return mask_id(text) if _is_of_ids(name) else mask_in(text)


@lru_cache(FIELD_NAMES_KEPT_MAX)
def _is_of_ids(name: str) -> bool:
    one = name.removesuffix("s")  # a list of ids is called by their plural
    return one in ID_FIELDS or one.endswith("_id")
