"""What to look at before a campaign starts, each with what to do about it."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from application.preflight.agent_warnings import agent_warnings, free_agent_warnings
from application.preflight.callbacks_ahead import callback_warnings
from application.preflight.caller_warnings import caller_warnings, cap_warnings
from application.preflight.disclosure_warnings import disclosure_warnings
from application.preflight.figures import Circumstances, Preflight
from application.preflight.inbound_ahead import inbound_warnings
from application.preflight.preset_warnings import preset_warnings
from application.preflight.purpose_warnings import purpose_warnings
from application.preflight.schedule_ahead import schedule_warnings
from domain.counted import counted
from domain.dialing import DATA_MISSING, kinds_allowed
from domain.policy import NO_POLICY, Policy
from domain.script import SAFE_TEXT
from projections.prospects import Prospects

ZONES_NAMED_MAX = 5
NO_GRACE_SAYS = (
    "policy.answer_grace_seconds is 0: a person of whom MiniVoice says late that they answered may be called again before; "
    "60 is what a new campaign has"
)
NO_SCRIPT_SAYS = (
    f'the campaign has no script: whoever answers hears "{SAFE_TEXT}" and nothing else, or what answer_url at MiniVoice says '
    "where that does not lead here; write a [script] (`dialtrail init` has an example), and revise the campaign with it"
)
OPERATORS_MIN = 2


class Warned(Struct, frozen=True):
    """One thing to look at, under a permanent name."""

    about: str
    says: str


def warnings(found: Preflight, prospects: Prospects, around: Circumstances) -> list[Warned]:
    """All that should be known before the start."""
    policy = around.state.plan.policy or NO_POLICY
    return [
        *_of_the_campaign(policy, prospects, around),
        *_of_the_numbers(around),
        *(Warned(*one) for one in caller_warnings(around.state, around.callers, around.countries, around.now)),
        *(Warned(*one) for one in cap_warnings(around.state, found.estimate.to_call)),
        *(Warned(*one) for one in purpose_warnings(around.state, around.others)),
        *_of_the_lookup(around),
        *(Warned(*one) for one in agent_warnings(around.state)),
        *(Warned(*one) for one in free_agent_warnings(around.state, around.now)),
        *(Warned(*one) for one in callback_warnings(around.callbacks)),
        *(Warned(*one) for one in schedule_warnings(around.state, around.now)),
        *(Warned(*one) for one in inbound_warnings(around.state, around.inbound)),
        *(Warned(*one) for one in disclosure_warnings(around.state)),
        *(Warned(*one) for one in preset_warnings(around.state, around.now)),
        *_of_this_installation(policy, around),
        *_of_the_clock(policy, found, prospects),
        *_of_the_budget(policy, found.estimate.to_call, around),
    ]


def _of_all_campaigns(around: Circumstances) -> Iterator[Warned]:
    pause = around.account.pause
    if pause is not None:
        why = pause.code or pause.cause
        yield Warned("account_paused", f"the account is paused ({why}): nobody is called until a campaign is resumed")
    if around.unsound is not None:
        yield Warned(around.unsound.rule, f"{around.unsound.says}; {around.unsound.what_to_do}")
    if around.clock_ahead is not None:
        yield Warned("clock_ahead", around.clock_ahead)


def _of_the_campaign(policy: Policy, prospects: Prospects, around: Circumstances) -> Iterator[Warned]:
    state = around.state
    if state.is_over:
        yield Warned("campaign_ended", f"the campaign is {state.phase}: nobody is called; make a new one")
    yield from _of_all_campaigns(around)
    if not sum(prospects.groups.values()) and not prospects.not_judged:
        yield Warned("nobody_enrolled", "nobody is enrolled; import recipients first")
    if prospects.not_judged:
        says = f"{prospects.not_judged} who were dialled before are too many to judge each; the figures leave them out"
        yield Warned("not_judged", says)
    if around.shared:
        yield Warned("shared_people", shared_says(around.shared))
    if "not_reached" in policy.retry and not policy.answer_grace_seconds:
        yield Warned("no_answer_grace", NO_GRACE_SAYS)
    if policy.needs_approval and not state.is_over:
        yield Warned("needs_approval", _approval_says(around))
    if policy.ends_at is not None and policy.ends_at <= around.now:
        yield Warned("campaign_over", f"policy.ends_at ({policy.ends_at.isoformat()}) has passed: nobody is called")
    if policy.starts_at is not None and policy.starts_at > around.now:
        yield Warned("not_started_yet", f"nobody is called before policy.starts_at ({policy.starts_at.isoformat()})")
    if state.plan.script is None and not state.is_over:
        yield Warned("no_script", NO_SCRIPT_SAYS)


def shared_says(people: int) -> str:
    """That others call the same people."""
    who = "1 of those who wait is" if people == 1 else f"{people} of those who wait are"
    return f"{who} to be called by another campaign that runs or is paused, too; pause one of them if that is not meant"


def _of_the_numbers(around: Circumstances) -> Iterator[Warned]:
    plan = around.state.plan
    kinds = {kind: count for kind, count in around.kinds.items() if kind not in kinds_allowed(plan)}
    if not kinds:
        return
    which = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    says = f"{counted(sum(kinds.values()), 'number is', 'numbers are')} of a kind of their own ({which}): "
    if plan.rules_kinds:
        says += "not called unless policy.allow_kinds names the kind"
    else:
        says += "called all the same, for the campaign is older than that rule; revise it with policy.allow_kinds"
    yield Warned("number_kind", says)


def _of_the_lookup(around: Circumstances) -> Iterator[Warned]:
    lookup = around.state.plan.asked_first
    if lookup is None or around.state.is_over:
        return
    if around.lookup_unreachable is not None:
        yield Warned("lookup_unreachable", around.lookup_unreachable)
    if not around.signs_lookups:
        says = "DIALTRAIL_LOOKUP_SECRET is not set: the lookup cannot tell our questions from anybody else's; set it"
        yield Warned("lookup_not_signed", says)


def _approval_says(around: Circumstances) -> str:
    says = "policy.needs_approval: a start, and every revision, waits until a second person approves it"
    if around.operators < OPERATORS_MIN:
        return f"{says}; here nobody can: set DIALTRAIL_TOKENS with two operators"
    return says


def _of_this_installation(policy: Policy, around: Circumstances) -> Iterator[Warned]:
    if not around.has_webhook_secret:
        says = "MINIVOICE_WEBHOOK_SECRET is not set: anybody who knows the address can tell us how calls ended; set it"
        yield Warned("no_webhook_secret", says)
    if around.only_numbers is not None:
        says = (
            f"DIALTRAIL_ONLY_NUMBERS has {counted(len(around.only_numbers), 'number')}: nobody else is called from here"
        )
        yield Warned("only_numbers", says)
    if policy.only is not None:
        yield Warned("only_list", f"policy.only has {counted(len(policy.only), 'number')}: nobody else is called")


def _of_the_clock(policy: Policy, found: Preflight, prospects: Prospects) -> Iterator[Warned]:
    unknown = found.figures.not_dialable.get("zone_unknown")
    if unknown is not None:
        says = f"of {unknown} no numbering plan tells the time zone: they are never called; give policy.default_zone"
        yield Warned("zone_unknown", says)
    for rule in sorted(DATA_MISSING):
        missing = found.figures.not_dialable.get(rule)
        if missing is not None:
            says = (
                f"for {missing} this installation lacks the data ({rule}): nobody of them is called; explain names what"
            )
            yield Warned(rule, says)
    placeless = sum(zone.people for zone in found.estimate.zones if not zone.zone_key)
    if placeless:
        says = f"of {placeless} who wait no numbering plan tells where they are: look whether their numbers are right"
        yield Warned("unknown_numbers", says)
    closed: dict[str, int] = {}
    for group, people in prospects.groups.items():
        (prospect,) = group.under
        if (prospect.status, prospect.reason, prospect.until) == ("held", "outside_hours", None):
            closed[group.zone_key] = closed.get(group.zone_key, 0) + people
    if closed:
        some = ", ".join(sorted(closed)[:ZONES_NAMED_MAX])
        says = f"for {sum(closed.values())} the hours are never open in all of their zones ({some}); give policy.default_zone"
        yield Warned("no_common_hour", says)
    late = sum(zone.people for zone in found.estimate.zones if zone.ends_at is None)
    if late and policy.ends_at is not None:
        says = f"policy.ends_at ({policy.ends_at.isoformat()}) may come before all of {late} are called; dial faster or end later"
        yield Warned("ends_too_soon", says)


def _of_the_budget(policy: Policy, to_call: int, around: Circumstances) -> Iterator[Warned]:
    budget = policy.budget
    if budget is None or not to_call:
        return
    if budget.calls_max is not None and budget.calls_max < around.calls_placed + to_call:
        left = max(0, budget.calls_max - around.calls_placed)
        says = f"policy.budget.calls_max leaves {counted(left, 'call')} for {counted(to_call, 'person', 'people')}: the campaign will pause before its end"
        yield Warned("budget_too_small", says)
    a_call = _cost_of_a_call(around, budget.currency)
    if budget.cost_max is None or a_call is None:
        return
    if a_call * (around.calls_placed + to_call) > Decimal(budget.cost_max):
        says = (
            f"at {a_call:.4f} {budget.currency} a call, as MiniVoice charged last, policy.budget.cost_max ({budget.cost_max}) "
            f"is not enough for {counted(to_call, 'person', 'people')}: the campaign will pause before its end"
        )
        yield Warned("budget_too_small", says)


def _cost_of_a_call(around: Circumstances, currency: str | None) -> Decimal | None:
    """What a call cost on the mean, by the last look at MiniVoice's usage that saw some."""
    seen = [cost for _, cost in sorted(around.account.costs.items()) if cost.currency == currency]
    return next((Decimal(cost.amount) / cost.calls for cost in reversed(seen) if cost.calls), None)
