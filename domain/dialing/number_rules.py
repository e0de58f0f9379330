"""The rule that hangs on the number alone: what kind of its own it is of, and whether the campaign may call that."""

from domain.campaign import Plan
from domain.dialing.verdict import Reason
from domain.number_kind import kind_of


def kind_reason(plan: Plan, number: str) -> Reason | None:
    """What a number's own kind says; nothing in a campaign from before there was that rule."""
    if not plan.rules_kinds:
        return None
    kind = kind_of(number)
    if kind is None or kind in kinds_allowed(plan):
        return None
    inputs = {"kind": kind, "allowed": ", ".join(kinds_allowed(plan))}
    return Reason(rule="number_kind", scope="recipient", inputs=inputs)


def kinds_allowed(plan: Plan) -> tuple[str, ...]:
    """The kinds that a campaign's policy allows by name."""
    return () if plan.policy is None else plan.policy.allow_kinds
