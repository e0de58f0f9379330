"""What the rules say of a call: each reason that stands against it, and what follows from all of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.agents import AgentsSeen
from domain.caller_pool import CallerChoice

OF_OTHER_CAMPAIGNS = frozenset({"purpose_waits"})
CONSENT_MISSING = "consent_missing"
ZONE_DATA_MISSING = "zone_data_missing"
HOLIDAY_DATA_MISSING = "holiday_data_missing"
DATA_MISSING = frozenset({ZONE_DATA_MISSING, HOLIDAY_DATA_MISSING})
Scope = Literal["account", "campaign", "recipient"]


class Reason(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule that stands against the call.

    `rule` is its permanent name, `scope` whom it concerns, `final` whether waiting cannot help, `until` the earliest
    instant (UTC) at which it may have passed, if that can be known, `inputs` what it was judged by.
    """

    rule: str
    scope: Scope
    final: bool = False
    until: datetime | None = None
    inputs: Mapping[str, str | int | bool | None] = {}


class RuleData(Struct, frozen=True, kw_only=True):
    """The versions of what rules look things up in: time zones (such as `2026b`), public holidays, numbering plans.

    `persons` is the number of the rule by which spellings of a number are one person; 0 where each was one of its own.
    """

    zones: str
    holidays: str
    numbers: str
    persons: int = 0


class Verdict(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every rule's answer at `judged_at`; without reasons against it, the call may be placed.

    One that is stored names the number of the rules and the versions of their data: without them, it is of rule 1, and
    its data is not known. `ledger_at` is the ledger's time where that was another, and it holds at both. `caller` is the
    number that was chosen from the campaign's pool, with what it was chosen by. `callback_at` is
    when the call was wished, where it was: the campaign's own gaps gave way to that. `agents` is what it
    was begun by where the campaign is held to them; `consent_id` which consent it rests on where the policy requires one.
    """

    judged_at: datetime
    attempts_counted: int
    attempts_max: int
    reasons: tuple[Reason, ...] = ()
    rules: int = 1
    rule_data: RuleData | None = None
    ledger_at: datetime | None = None
    caller: CallerChoice | None = None
    callback_at: datetime | None = None
    agents: AgentsSeen | None = None
    consent_id: str | None = None

    @property
    def may_dial(self) -> bool:
        """Whether no rule stands against it."""
        return not self.reasons

    @property
    def holding(self) -> Reason | None:
        """What keeps this recipient waiting for longest while others of the campaign may be called, or None.

        One whose end cannot be known before all others, else the one that ends last. What another campaign brings about is
        in no status: no row is written anew whenever that one moves on. Nor is one when a consent runs out beside something
        else that has no end, so that goes on being named. Other data may come by itself, and is named last of these.
        """
        longest: Reason | None = None
        consent: Reason | None = None
        data: Reason | None = None
        for reason in self.reasons:
            if reason.scope != "recipient" or reason.final or reason.rule in OF_OTHER_CAMPAIGNS:
                continue
            if reason.rule == CONSENT_MISSING:
                consent = reason
            elif reason.rule in DATA_MISSING:
                data = data or reason
            elif reason.until is None:
                return reason
            elif longest is None or longest.until is None or reason.until > longest.until:
                longest = reason
        return consent or data or longest
