"""A campaign's caller numbers: one is taken out of its pool at once, and comes back with the plan that names it again."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from domain.campaign.events import CallerNumberRemoved, Plan


class RemovedCaller(Struct, frozen=True, kw_only=True):
    """A number that was taken out, by whom or what, and since when."""

    number: str
    cause: str
    at: datetime
    reason: str | None = None
    code: str | None = None
    evidence: Mapping[str, str] | None = None


def pool_numbers(plan: Plan) -> tuple[str, ...]:
    """The numbers of a plan's pool; none where it has no pool."""
    return () if plan.caller_pool is None else plan.caller_pool.numbers


def without_number(plan: Plan, number: str) -> Plan:
    """The plan without one of its pool's numbers."""
    pool = plan.caller_pool
    if pool is None:
        return plan
    return replace(plan, pool=replace(pool, numbers=tuple(one for one in pool.numbers if one != number)))


def removed_with(
    removed: tuple[RemovedCaller, ...], event: CallerNumberRemoved, at: datetime
) -> tuple[RemovedCaller, ...]:
    """Those that are out, with one more."""
    others = tuple(one for one in removed if one.number != event.number)
    new = RemovedCaller(
        number=event.number, cause=event.cause, at=at, reason=event.reason, code=event.code, evidence=event.evidence
    )
    return (*others, new)


def still_removed(removed: tuple[RemovedCaller, ...], before: Plan, after: Plan) -> tuple[RemovedCaller, ...]:
    """Those that are out of the pool with another plan: a number that it names is not, and a plan without a pool has none."""
    if pool_numbers(before) == pool_numbers(after):
        return removed
    named = pool_numbers(after)
    return tuple(one for one in removed if named and one.number not in named)


def since_of(since: Mapping[str, datetime], before: Plan, after: Plan, at: datetime) -> Mapping[str, datetime]:
    """When the numbers came that were not there from the beginning; what their calls came to earlier counts no more."""
    had, has = set(pool_numbers(before)), pool_numbers(after)
    kept = {number: when for number, when in since.items() if number in has and number in had}
    return {**kept, **{number: at for number in has if number not in had}}
