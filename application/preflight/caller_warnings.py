"""What to look at in a campaign's caller numbers before it starts."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from domain.caller_pool import CallerPool, CallerUse, usable
from domain.campaign import CampaignState
from domain.counted import counted
from domain.number_plan import country_prefix, plan_warning
from domain.person import is_same

NUMBERS_NAMED_MAX = 5


def caller_warnings(
    state: CampaignState, use: CallerUse, called_countries: Collection[str], now: datetime
) -> Iterator[tuple[str, str]]:
    """Each with its permanent name; `called_countries` are the country codes of those who are enrolled, such as `+49`; empty where that is not known."""
    pool = state.plan.caller_pool
    if pool is None:
        return
    if not usable(pool, use, now):
        why = "are at their cap for today" if pool.numbers else "were taken out of the pool"
        yield "no_caller_number", f"all caller numbers {why}: nobody is called now"
    yield from _repeated(pool)
    foreign = [one for one in _once(pool) if called_countries and country_prefix(one) not in called_countries]
    if foreign:
        says = f"nobody who is enrolled has a number of the same country as {_named(foreign)}"
        yield "foreign_caller", f"{says}: such calls are often refused, or not answered"
    unknown = [one for one in _once(pool) if plan_warning(one) is not None]
    if unknown:
        yield "unknown_caller", f"no numbering plan knows {_named(unknown)}; look whether that is right"
    if state.removed_callers:
        out = [one.number for one in state.removed_callers]
        says = f"{_named(out)} {'was' if len(out) == 1 else 'were'} taken out of the pool; a revision whose from names a number puts it back"
        yield "callers_removed", says


def cap_warnings(state: CampaignState, to_call: int) -> Iterator[tuple[str, str]]:
    """Where so many people are more than the numbers of the pool may call on one day."""
    pool = state.plan.caller_pool
    if pool is None or not pool.calls_a_day_max or not pool.numbers:
        return
    a_day = pool.calls_a_day_max * len(_once(pool))
    if to_call > a_day:
        days = -(-to_call // a_day)
        says = f"the caps of the pool let {counted(a_day, 'call')} a day be, and {counted(to_call, 'person is', 'people are')} to be called"
        yield "caps_last_days", f"{says}: that takes {days:,} days or more; raise calls_a_day_max, or name more numbers"


def _repeated(pool: CallerPool) -> Iterator[tuple[str, str]]:
    numbers = _once(pool)
    if len(numbers) < len(pool.numbers):
        twice = [one for one in numbers if pool.numbers.count(one) > 1]
        yield "caller_twice", f"the pool has {_named(twice)} more than once; it counts once"
    for place, one in enumerate(numbers):
        for other in numbers[place + 1 :]:
            if is_same(one, other):
                says = f"{one} and {other} in the pool are two spellings of one number: each has a cap and a turn of its own; keep one"
                yield "caller_spelled_twice", says


def _once(pool: CallerPool) -> Sequence[str]:
    return tuple(dict.fromkeys(pool.numbers))


def _named(numbers: Sequence[str]) -> str:
    more = len(numbers) - NUMBERS_NAMED_MAX
    some = ", ".join(numbers[:NUMBERS_NAMED_MAX])
    return f"{some} and {counted(more, 'other')}" if more > 0 else some
