"""Whether a campaign's budget allows one more call: by what it has placed, and by what MiniVoice says was spent."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from domain.account import Cost
from domain.policy import Budget

Code = Literal["calls_max", "cost_max"]
CAUSE = "budget"
USAGE_BELIEVED = timedelta(minutes=15)
Unknown = Literal["no_usage", "other_currency", "usage_too_old"]


class Spent(Struct, frozen=True, kw_only=True):
    """What a campaign has used up.

    `calls` are those that were placed, or may have been; `under_way` the attempts of which that is not known yet. `cost`
    is what the account has settled since the campaign began; None where MiniVoice has not said so. `told` is how long ago
    it said so last.
    """

    calls: int
    under_way: int
    cost: Cost | None
    told: timedelta = timedelta()


class Reached(Struct, frozen=True, kw_only=True):
    """A limit of the budget is met: which, and by what."""

    code: Code
    evidence: Mapping[str, str]


class BudgetWaiting(Struct, frozen=True, kw_only=True):
    """No call may be placed at present, and none may be needed to be: the reason passes, or `unknown` becomes known."""

    unknown: Unknown | None = None


def judge_budget(budget: Budget | None, spent: Spent, started_at: datetime | None) -> Reached | BudgetWaiting | None:
    """None where one more call may be placed.

    A cost that is not known is not nothing: it neither reaches the limit nor allows a call. One that reaches the limit does
    so however old it is, for it only grows; one below it is believed for `USAGE_BELIEVED`.
    """
    if budget is None:
        return None
    if budget.calls_max is not None and spent.calls >= budget.calls_max:
        return Reached(code="calls_max", evidence={"calls": str(spent.calls), "calls_max": str(budget.calls_max)})
    unknown: Unknown | None = None
    if budget.cost_max is not None:
        if spent.cost is None:
            unknown = "no_usage"
        elif spent.cost.currency != budget.currency:
            unknown = "other_currency"
        elif Decimal(spent.cost.amount) >= Decimal(budget.cost_max):
            return Reached(code="cost_max", evidence=_cost_evidence(budget, spent.cost, started_at))
        elif spent.told > USAGE_BELIEVED:
            unknown = "usage_too_old"
    is_full = budget.calls_max is not None and spent.calls + spent.under_way >= budget.calls_max
    return BudgetWaiting(unknown=unknown) if unknown is not None or is_full else None


def window_of(started_at: datetime) -> datetime:
    """The beginning of the window in which a campaign's cost is looked for: the whole second (UTC) in which it began."""
    return started_at.replace(microsecond=0)


def _cost_evidence(budget: Budget, cost: Cost, started_at: datetime | None) -> Mapping[str, str]:
    return {
        "cost": cost.amount,
        "cost_max": str(budget.cost_max),
        "currency": cost.currency,
        "since": "" if started_at is None else started_at.isoformat(),
        "observed_at": cost.at.isoformat(),
        "of": "all calls of the account",
    }
