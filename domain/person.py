"""Who is one person: the spellings of a number that lead to the same telephone, by a rule of our own that is frozen.

Libraries learn new numbers with every release. A person must not become two by an upgrade: whoever was suppressed stays it.
So the table is written out here, and any change of it is another `PERSON_RULE`.
"""

from collections.abc import Mapping, Sequence
from itertools import product

from msgspec import Struct

from domain.kept_numbers import remembers_numbers

PERSON_RULE = 2
"""The number of the rule. A verdict names it; one that names none took each number for a person of its own.

2: Argentina's 0 with area and 15, and Mexico's 045, are spellings, too.
"""
SPELLINGS_MAX = 5
SPELLED_KEPT_MAX = 4_096  # the same few numbers of ours call and are called all day
E164_DIGITS_MAX = 15
COUNTRY_DIGITS_MAX = 3

# A country's own digits are the national number, without what is dialled before it inside.
_Form = tuple[str, str | None]
"""A national number as it may be written, and, where that is not how it is dialled from abroad, the one that is meant."""


@remembers_numbers(SPELLED_KEPT_MAX)
def spellings(number: str) -> tuple[str, ...]:
    """Every number, in E.164 form, that is the same person's, at most `SPELLINGS_MAX`; the one that was given is the first."""
    country, forms = _written(number)
    return (number, *(other for national, _ in forms if (other := country + national) != number))


def is_same(one: str, other: str) -> bool:
    """Whether two numbers are one person's."""
    return one == other or other in spellings(one)


def meant(number: str) -> str | None:
    """How this number should have been written; None where it is right, or where nothing better is known."""
    country, forms = _written(number)
    for national, better in forms:
        if better is not None and country + national == number:
            return country + better
    return None


def _written(number: str) -> tuple[str, Sequence[_Form]]:
    """`+` and the country's code, and the forms of the national number; none where no plan has it."""
    for digits in range(2, COUNTRY_DIGITS_MAX + 2):
        plan = _PLANS.get(number[1:digits])
        if plan is not None:
            country = number[:digits]
            fitting = E164_DIGITS_MAX + 1 - len(country)
            return country, [form for form in plan.forms(number[digits:]) if len(form[0]) <= fitting]
    return number, ()


class _Plan(Struct, frozen=True):
    """A plan whose national numbers have so many digits and begin with one of `firsts`; inside, a prefix is dialled before them."""

    digits_min: int
    digits_max: int
    prefixes: tuple[str, ...] = ("0",)
    firsts: str = "123456789"

    def forms(self, national: str) -> Sequence[_Form]:
        """What may be written instead; nothing where the plan does not have it."""
        for prefix in ("", *self.prefixes):
            own = national[len(prefix) :]
            if national.startswith(prefix) and self._has(own):
                return [(own, None), *((other + own, own) for other in self.prefixes)]
        return ()

    def _has(self, own: str) -> bool:
        return self.digits_min <= len(own) <= self.digits_max and own[0] in self.firsts


class _NorthAmerica(_Plan, frozen=True):
    """Area and exchange begin with 2 to 9. Area 555 is nobody's: it is what test numbers are made of."""

    def _has(self, own: str) -> bool:
        return len(own) == self.digits_max and own[0] in self.firsts and own[3] in self.firsts and own[:3] != "555"


class _Argentina(_Plan, frozen=True):
    """A mobile is called with 9 before its area from abroad, and inside with 15 after it, and 0 before; a list has any of them."""

    def forms(self, national: str) -> Sequence[_Form]:
        own = self._own(national)
        if own is None or own[0] not in _AREAS_BEGIN:
            return super().forms(national)
        area, mobile = _area_digits(own), "9" + own
        inside = f"{own[:area]}15{own[area:]}"
        return [(own, None), (mobile, None), ("0" + own, own), (inside, mobile), ("0" + inside, mobile)]

    def _own(self, national: str) -> str | None:
        for prefix in ("", "9", "0"):
            if national.startswith(prefix) and self._has(national[len(prefix) :]):
                return national[len(prefix) :]
        inside = national.removeprefix("0")
        for area in (2, 3, 4):
            own = inside[:area] + inside[area + 2 :]
            if inside[area : area + 2] == "15" and self._has(own) and _area_digits(own) == area:
                return own
        return None


class _Brazil(_Plan, frozen=True):
    """Mobiles got a ninth digit, a 9 before the eight that begin with 6 to 9; inside, 0 is dialled before the area."""

    def forms(self, national: str) -> Sequence[_Form]:
        own = national.removeprefix("0")
        area, local = own[:2], own[2:]
        eight = local[1:] if len(local) == 9 and local[0] == "9" else local
        if "0" in area or len(eight) != 8 or eight[0] not in "6789":
            return super().forms(national)
        right = f"{area}9{eight}"
        written = [f"{zero}{area}{ninth}{eight}" for zero, ninth in product(("", "0"), ("9", ""))]
        return [(form, None if form == right else right) for form in written]


class _Benin(_Plan, frozen=True):
    """All numbers of eight digits got 01 before them."""

    def forms(self, national: str) -> Sequence[_Form]:
        own = national.removeprefix("01") if len(national) > self.digits_max else national
        return [("01" + own, None), (own, "01" + own)] if self._has(own) else ()


_AREAS_BEGIN = "123"


def _area_digits(own: str) -> int:
    """How many digits the area of an Argentine number has."""
    if own.startswith("11"):
        return 2
    return 3 if own[:3] in _ARGENTINE_AREAS_OF_THREE else 4


_AREAS_OF_THREE = """
    220 221 223 230 236 237 249 260 261 263 264 266 280 291 294 297 298 299 336 341 342 343 345 348 351 353 358 362 364
    370 376 379 380 381 383 385 387 388
"""
_ARGENTINE_AREAS_OF_THREE = frozenset(_AREAS_OF_THREE.split())
# Where 0 may begin a national number it belongs to it, as in Italy, and such a country is not here: 39 225 226 227 242
# 247 267 268 378 501 507 676 679 687 853 974. Nor is a code that is no country's.
_ZERO_INSIDE: Mapping[tuple[int, int], str] = {
    (4, 5): "290",
    (4, 7): "683 690",
    (4, 10): "98",
    (4, 11): "352",
    (4, 13): "43 598",
    (4, 15): "49",
    (5, 5): "500 682",
    (5, 7): "677 678 688",
    (5, 8): "47 386 686",
    (5, 10): "27 64 685",
    (5, 11): "31 852",
    (5, 12): "61 358 971",
    (5, 14): "82",
    (6, 6): "298 299 672",
    (6, 7): "597",
    (6, 9): "40 252 355 376 421 508 681 689",
    (6, 10): "48 53 95 880",
    (6, 11): "595",
    (6, 12): "46 359 381",
    (6, 13): "63",
    (7, 7): "238 239 246 248 269 291 297 592 673 674 680 691",
    (7, 8): "599 670 675 961 965 975",
    (7, 9): "220 231 245 265 354 385 423 967 968",
    (7, 10): "44 84 230 243 254 263 353 372 960",
    (7, 11): "503 886",
    (7, 12): "86 972",
    (7, 13): "90",
    (7, 14): "62",
    (8, 8): "45 216 222 223 228 232 235 236 241 253 257 266 350 356 357 371 373 374 389 505 509 973",
    (8, 9): "32 51 213 224 233 237 250 258 264 377 382 387 591 962 963",
    (8, 10): "20 60 506 850 855 856 964 970 976",
    (8, 11): "57 65 502 504 593 977",
    (8, 12): "92 383",
    (8, 13): "66 91",
    (8, 14): "81",
    (9, 9): "33 34 93 94 211 212 218 221 240 244 249 251 255 256 260 261 262 351 590 594 596 994 995",
    (9, 10): "380 966 996",
    (9, 11): "56",
    (9, 12): "41 420",
    (10, 10): "58",
    (10, 12): "30",
    (10, 14): "234",
}
_PLANS: Mapping[str, _Plan] = {
    **{code: _Plan(*digits) for digits, codes in _ZERO_INSIDE.items() for code in codes.split()},
    "1": _NorthAmerica(10, 10, ("1",), "23456789"),
    "7": _Plan(10, 10, ("8",), "3456789"),
    "36": _Plan(8, 9, ("06",)),
    "52": _Plan(10, 10, ("1", "01", "044", "045"), "23456789"),
    "54": _Argentina(10, 10, ("0",), "12368"),
    "55": _Brazil(8, 11),
    "229": _Benin(8, 8, (), "23456789"),
    "370": _Plan(8, 8, ("8", "0"), "3456789"),
    "375": _Plan(9, 9, ("80", "8", "0"), "1234"),
    "692": _Plan(7, 7, ("1",), "23456789"),
    "992": _Plan(9, 9, ("8",), "123456789"),
    "993": _Plan(8, 8, ("8",), "1234567"),
    "998": _Plan(9, 9, ("8", "0"), "123456789"),
}
