"""Numbers that are of a kind of their own: nobody is called there by mistake, for it disturbs, costs more, or both.

Short, emergency and satellite numbers are told by our own table; premium, shared-cost and personal ones by the numbering
plans of the library, whose version a verdict names.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, get_args

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber, shortnumberinfo

from domain.number_plan import country_prefix
from domain.person import meant
from domain.personal import ERASED

NumberKind = Literal["emergency", "short", "premium", "shared_cost", "personal", "satellite"]
NUMBER_KINDS: tuple[NumberKind, ...] = get_args(NumberKind)
SHORT_DIGITS_MAX = 6
"""No subscriber has a number of so few digits, the country's code included; behind the code, it may be a service's."""

_SATELLITE = ("870", "871", "872", "873", "874", "881", "882", "883", "61147")
_PREMIUM = ("1900", "4490", "4491", "4498", "49900", "61190", "979")
"""What begins so costs more, whether the plan has the rest of it or not."""
_SHARED_COST = ("808",)
_PERSONAL = ("878",)
_NORTH_AMERICAN_DIGITS = 11
_PREMIUM_EXCHANGE = "976"
_NOTHING = "(?!)"
_EMERGENCY_EVERYWHERE = frozenset({"112", "911", "999"})
_EMERGENCY_SOMEWHERE = _EMERGENCY_EVERYWHERE | frozenset(
    f"{number}" for number in (15, 17, 18, 100, 101, 102, 103, 104, 108, 110, 111, 113, 114, 115, 116, 117, 118, 119)
)
_TYPES: Mapping[str, NumberKind | None] = {
    "premium_rate": "premium",
    "toll_free": None,
    "shared_cost": "shared_cost",
    "voip": None,
    "personal_number": "personal",
    "pager": "personal",
}
"""In the order in which the library asks: a number that is free of charge is nothing else."""


def kind_of(number: str) -> NumberKind | None:
    """The kind of its own that a number in E.164 form is of; None for an ordinary one, and for none. Another spelling is of the same kind."""
    if not number or number == ERASED:
        return None
    number = meant(number) or number
    digits, country = number[1:], country_prefix(number)[1:]
    if digits.startswith(_SATELLITE):
        return "satellite"
    national = digits[len(country) :]
    if len(digits) <= SHORT_DIGITS_MAX or len(national) <= SHORT_DIGITS_MAX:
        short = _short_kind(digits, country, national)
        if short is not None:
            return short
    if digits.startswith(_PREMIUM) or _has_premium_exchange(digits):
        return "premium"
    if digits.startswith(_SHARED_COST):
        return "shared_cost"
    if digits.startswith(_PERSONAL):
        return "personal"
    found = _pattern(country).fullmatch(national)
    return None if found is None else _TYPES[found.lastgroup or ""]


def _has_premium_exchange(digits: str) -> bool:
    return digits[0] == "1" and digits[4:7] == _PREMIUM_EXCHANGE and len(digits) == _NORTH_AMERICAN_DIGITS


def _short_kind(digits: str, country: str, national: str) -> NumberKind | None:
    """Whether it is an emergency's, or another service's, with or without its country's code; None for a subscriber's."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(country), ())
    written = {national, national.removeprefix("0")}
    if digits in _EMERGENCY_SOMEWHERE or written & _EMERGENCY_EVERYWHERE:
        return "emergency"
    if any(shortnumberinfo.is_emergency_number(one, region) for one in written for region in regions):
        return "emergency"
    if not national or national.startswith("0"):
        return "short" if len(digits) <= SHORT_DIGITS_MAX else None
    asked = PhoneNumber(country_code=int(country), national_number=int(national))
    if phonenumbers.is_valid_number(asked):
        return None
    return "short" if len(digits) <= SHORT_DIGITS_MAX or shortnumberinfo.is_valid_short_number(asked) else None


@cache
def _pattern(country: str) -> re.Pattern[str]:
    """What the national numbers of a country's code look like that are of a type of `_TYPES`, each a group of that name."""
    groups = []
    for name in _TYPES:
        patterns = dict.fromkeys(one for one in _numbers_of(country, name) if one)
        if patterns:
            groups.append(f"(?P<{name}>{'|'.join(patterns)})")
    return re.compile("|".join(groups) or _NOTHING)


def _numbers_of(country: str, name: str) -> Iterator[str | None]:
    for region in COUNTRY_CODE_TO_REGION_CODE.get(int(country), ()):
        plan = PhoneMetadata.metadata_for_region_or_calling_code(int(country), region)
        described = None if plan is None else getattr(plan, name)
        if described is not None:
            yield described.national_number_pattern
