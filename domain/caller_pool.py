"""The numbers that a campaign calls from: which of them may be used now, which one is next, and why that one.

A choice is made of what the last one left behind, and says so: with its inputs it can be made again, and gives the same.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal, get_args

import msgspec
from msgspec import Raw, Struct

from domain.kept_numbers import remembers_numbers
from domain.number_plan import area_prefix, country_prefix, region_of
from domain.policy import Breaker
from domain.zones import zone_info

Choose = Literal["round", "country", "area", "sticky"]
CHOOSES: tuple[Choose, ...] = get_args(Choose)
CLOSENESS_CACHE_MAX = 4_096
ZONES_APART_MAX = timedelta(days=2)
"""The dates of two zones are no further apart at one instant."""
_SAME_CODE, _SAME_COUNTRY, _SAME_AREA = 1, 2, 3


class CallerPool(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The numbers (E.164) that a campaign may call from, and how one is chosen: `round` takes the one that rested longest.

    `country` and `area` do so among those that are nearest to the recipient's number, `sticky` only where none of them has
    called this recipient before. `calls_a_day_max` is for each number and day, by the clock of `zone` (IANA; None is UTC).
    `breaker` takes a number out by how the last attempts from it ended.
    """

    numbers: tuple[str, ...]
    choose: Choose = "round"
    calls_a_day_max: int | None = None
    zone: str | None = None
    breaker: Breaker | None = None


class NumberUse(Struct, frozen=True, array_like=True):
    """How often a number was chosen on the day, and which turn was its last, counted from 1."""

    number: str
    calls: int
    last: int


class CallerUse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a campaign's numbers were used: `turns` attempts from its pool so far, and each number's own on `day`."""

    turns: int = 0
    day: date | None = None
    numbers: tuple[NumberUse, ...] = ()

    def on(self, day: date) -> "CallerUse":
        """The same for another day. On a later one nobody was called yet; what was counted before is not forgotten for an earlier one.

        Another zone, or a clock that is set back, makes a day earlier that is counted already: that one is counted on, until
        a later one begins. One that is further ahead than any zone's was a clock's mistake, and nothing is held by it.
        """
        if self.day is not None and timedelta() <= self.day - day <= ZONES_APART_MAX:
            return self
        fresh = tuple(NumberUse(one.number, 0, one.last) for one in self.numbers)
        return CallerUse(turns=self.turns, day=day, numbers=fresh)

    def of(self, number: str) -> NumberUse:
        """One number's."""
        return next((one for one in self.numbers if one.number == number), NumberUse(number, 0, 0))

    def with_one_more(self, number: str) -> "CallerUse":
        """After another attempt from a number."""
        used = NumberUse(number, self.of(number).calls + 1, self.turns + 1)
        others = tuple(one for one in self.numbers if one.number != number)
        return CallerUse(turns=self.turns + 1, day=self.day, numbers=(*others, used))


NOT_USED = CallerUse()


class CallerChoice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The number that an attempt is made from, and why: it called them before, it is the nearest, or it is its turn.

    `use` is how the pool was used before, on the day of the attempt: what the choice was made by.
    """

    number: str
    why: Choose
    use: CallerUse = NOT_USED

    @property
    def use_after(self) -> CallerUse:
        """How the pool was used with this attempt."""
        return self.use.with_one_more(self.number)


def day_of(pool: CallerPool, now: datetime) -> date:
    """The day by which the calls of each number are counted."""
    return now.astimezone(_clock(pool)).date()


def day_counted(pool: CallerPool, use: CallerUse, now: datetime) -> date:
    """The day whose calls count at `now`: today, or a later one that has begun before by another zone or clock."""
    return use.on(day_of(pool, now)).day or day_of(pool, now)


def day_ends_at(pool: CallerPool, day: date) -> datetime:
    """When (UTC) the day after one begins."""
    clock, tomorrow = _clock(pool), day + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=clock).astimezone(UTC)


def usable(pool: CallerPool, use: CallerUse, now: datetime) -> list[str]:
    """The numbers of a pool that are below their cap today, in its order."""
    if pool.calls_a_day_max is None:
        return list(pool.numbers)
    today = use.on(day_of(pool, now))
    return [number for number in pool.numbers if today.of(number).calls < pool.calls_a_day_max]


def choose_caller(
    pool: CallerPool, use: CallerUse, number: str, called_from: Sequence[str], now: datetime
) -> CallerChoice | None:
    """The number to call `number` from at `now`; None where none may be used. `called_from` are those used for them, the first one first."""
    today, free = use.on(day_of(pool, now)), usable(pool, use, now)
    if not free:
        return None
    before = next((one for one in reversed(called_from) if one in free), None)
    if pool.choose == "sticky" and before is not None:
        return CallerChoice(number=before, why="sticky", use=_kept(today, pool))
    why, nearest = _nearest(pool.choose, free, number)
    rested = min(nearest, key=lambda one: (today.of(one).last, pool.numbers.index(one)))
    return CallerChoice(number=rested, why=why, use=_kept(today, pool))


def _kept(use: CallerUse, pool: CallerPool) -> CallerUse:
    """What may still matter: numbers that are in the pool, or come back to it on the same day."""
    kept = tuple(one for one in use.numbers if one.calls or one.number in pool.numbers)
    return CallerUse(turns=use.turns, day=use.day, numbers=kept)


def _nearest(choose: Choose, free: Sequence[str], number: str) -> tuple[Choose, Sequence[str]]:
    """Those of the free numbers that are nearest to a number, and by what."""
    if choose not in {"country", "area"}:
        return "round", free
    reach = _SAME_AREA if choose == "area" else _SAME_COUNTRY
    near = {one: min(reach, _closeness(one, number)) for one in free}
    nearest = max(near.values())
    why: Choose = "area" if nearest == _SAME_AREA else "country" if nearest else "round"
    return why, [one for one in free if near[one] == nearest]


@remembers_numbers(CLOSENESS_CACHE_MAX)
def _closeness(one: str, other: str) -> int:
    if area_prefix(one) == area_prefix(other) != country_prefix(one):
        return _SAME_AREA
    region = region_of(one)
    if region is not None and region == region_of(other):
        return _SAME_COUNTRY
    return _SAME_CODE if country_prefix(one) == country_prefix(other) else 0


def _clock(pool: CallerPool) -> tzinfo:
    """A zone that this installation's data does not have counts by UTC."""
    return (None if pool.zone is None else zone_info(pool.zone)) or UTC


class _WithCaller(Struct, frozen=True):
    """Of a stored verdict the number that was chosen, and nothing else."""

    caller: CallerChoice | None = None


def caller_chosen(verdict: Raw) -> CallerChoice | None:
    """The number that a stored verdict chose from a pool; None where there was none, or it cannot be read."""
    if b'"caller"' not in bytes(verdict):  # nearly all that there are
        return None
    try:
        return msgspec.json.decode(verdict, type=_WithCaller).caller
    except msgspec.DecodeError:
        return None
