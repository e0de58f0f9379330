"""Public holidays, by the judge's own short reading: the federal ones of the United States, and those of all of Germany.

What it does not have is not judged. A holiday of the United States on a Saturday is kept on the Friday, on a Sunday on the Monday.
"""

from collections.abc import Mapping
from datetime import date, timedelta

SATURDAY, SUNDAY, MONDAY, THURSDAY = 5, 6, 0, 3
ONE_DAY = timedelta(days=1)


def is_holiday(place: str, day: date) -> bool:
    """Whether it is one in a country, or, of a region, in the country that it belongs to."""
    country = place.partition("-")[0]
    if country == "US":
        return day in _united_states(day.year) or day in _united_states(
            day.year + 1
        )  # New Year's Day may be kept before it
    return country == "DE" and day in _germany(day.year)


def _united_states(year: int) -> Mapping[date, str]:
    fixed = {
        (1, 1): "New Year",
        (6, 19): "Juneteenth",
        (7, 4): "Independence",
        (11, 11): "Veterans",
        (12, 25): "Christmas",
    }
    found: dict[date, str] = {}
    for (month, number), name in fixed.items():
        day = date(year, month, number)
        kept = {SATURDAY: day - ONE_DAY, SUNDAY: day + ONE_DAY}.get(day.weekday(), day)
        found |= {day: name, kept: name}
    moving = {
        _nth(year, 1, MONDAY, 3): "Martin Luther King",
        _nth(year, 2, MONDAY, 3): "Washington",
        _nth(year, 5, MONDAY, 5): "Memorial",
        _nth(year, 9, MONDAY, 1): "Labor",
        _nth(year, 10, MONDAY, 2): "Columbus",
        _nth(year, 11, THURSDAY, 4): "Thanksgiving",
    }
    return found | moving


def _germany(year: int) -> Mapping[date, str]:
    fixed = {
        (1, 1): "New Year",
        (5, 1): "Labour",
        (10, 3): "Unity",
        (12, 25): "Christmas",
        (12, 26): "Second of Christmas",
    }
    after_easter = {-2: "Good Friday", 1: "Easter Monday", 39: "Ascension", 50: "Whit Monday"}
    found = {date(year, month, number): name for (month, number), name in fixed.items()}
    return found | {easter(year) + ONE_DAY * days: name for days, name in after_easter.items()}


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; of five the last, where it has but four."""
    first = date(year, month, 1)
    day = first + ONE_DAY * ((weekday - first.weekday()) % 7 + 7 * (nth - 1))
    return day if day.month == month else day - ONE_DAY * 7


def easter(year: int) -> date:
    """Easter Sunday, by the Gregorian rule of Meeus, Jones and Butcher."""
    golden, century, in_century = year % 19, *divmod(year, 100)
    leaps, rest = divmod(century, 4)
    shifted = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - leaps - shifted + 15) % 30
    quarters, years = divmod(in_century, 4)
    sunday = (32 + 2 * rest + 2 * quarters - moon - years) % 7
    late = (golden + 11 * moon + 22 * sunday) // 451
    month, day = divmod(moon + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
