"""A failure made smaller: fewer people, fewer faults, fewer bad habits, as long as something is still broken."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from tests.simulation.habits import Habits
from tests.simulation.plan import Plan

TRIES_MAX = 30
SHARES = tuple(
    name for name in Habits.__struct_fields__ if name not in ("answered", "failed", "gathers", "echoes", "cps_max")
)


def shrunk(plan: Plan, is_broken: Callable[[Plan], bool], tries_max: int = TRIES_MAX) -> Plan:
    """The smallest plan that was found within so many tries in which something is broken."""
    tries, goes_on = 0, True
    while goes_on:
        goes_on = False
        for smaller in _smaller(plan):
            if tries >= tries_max:
                return plan
            tries += 1
            if is_broken(smaller):
                plan, goes_on = smaller, True
                break
    return plan


def _smaller(plan: Plan) -> Iterator[Plan]:
    """The boldest first."""
    if plan.acts:
        yield replace(plan, acts=())
    if len(plan.people) > 1:
        yield replace(plan, people=plan.people[: len(plan.people) // 2])
    for index in range(len(plan.faults)):
        yield replace(plan, faults=[*plan.faults[:index], *plan.faults[index + 1 :]])
    for name in SHARES:
        if getattr(plan.habits, name):
            yield replace(plan, habits=replace(plan.habits, **{name: 0.0}))
    for index in range(len(plan.acts)):
        yield replace(plan, acts=[*plan.acts[:index], *plan.acts[index + 1 :]])
