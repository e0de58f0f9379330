"""A change of a campaign's plan in words: what each field is called, and what it says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from domain.counted import counted
from entrypoints.policy_wording import (
    HOUR_SECONDS,
    OUTCOMES,
    breaker_in_words,
    hours_in_words,
    instant_in_words,
    length_in_words,
)

Json = Mapping[str, Any]
NOTHING = "none"
STEPS_NAMED_MAX = 8
BY_DEFAULT: Mapping[str, str] = {
    "policy.hours": "any hour of any day",
    "policy.attempts_max": "1",
    "policy.weight": "1",
    "policy.answer_grace_seconds": "1 minute",
    "policy.callback_grace_seconds": "24 hours",
}
"""What is so where a plan says nothing."""
EVENTS: Mapping[str, str] = {
    "campaign.created": "Created",
    "campaign.revised": "Revised",
    "campaign.started": "Started",
    "campaign.paused": "Paused",
    "campaign.resumed": "Resumed",
    "campaign.canceled": "Canceled",
    "campaign.completed": "Completed: nobody was left to call",
    "campaign.change_requested": "Asked for, and needs a second person",
    "campaign.change_approved": "Approved",
    "campaign.change_declined": "Declined",
    "agents.told": "Agents were told",
    "caller_number.removed": "A caller number was taken out",
}
"""Every event of a campaign's life."""
NAMES: Mapping[str, str] = {
    "record": "Calls are recorded",
    "metadata": "Metadata",
    "unique_references": "Each reference is of one person",
    "limits.calls_per_second": "Calls a second",
    "limits.calls_at_once": "Calls at once",
    "from.pool": "Caller numbers",
    "from.choose": "Which number is taken",
    "from.calls_a_day_max": "Calls a day from each number",
    "from.zone": "Zone whose days are counted",
    "from.breaker": "When a number is taken out",
    "policy.hours": "Hours",
    "policy.default_zone": "Zone where theirs is not known",
    "policy.excluded_dates": "Nobody is called on",
    "policy.holidays": "Nor on holidays of",
    "policy.starts_at": "No call before",
    "policy.ends_at": "No call from then on",
    "policy.attempts_max": "Attempts for each person",
    "policy.attempt_gap_seconds": "Time between two attempts",
    "policy.retry": "Another try",
    "policy.answer_grace_seconds": "Wait for late word of an answer",
    "policy.caps": "At most",
    "policy.conversation_gaps": "Left alone after an answered call",
    "policy.purpose": "Purpose",
    "policy.waits_for": "Goes after campaigns for",
    "policy.only": "Only these numbers",
    "policy.budget": "Pauses after",
    "policy.breaker": "Pauses when",
    "policy.opt_out_digits": "Keys that mean: never again",
    "policy.probe": "How a pause by MiniVoice is tried",
    "policy.ramp": "Slow start",
    "policy.weight": "Turns where the pace is shared",
    "policy.needs_approval": "A second person approves",
    "policy.allow_kinds": "Also these kinds of numbers",
    "policy.callback_grace_seconds": "A callback is given up after",
    "policy.consent": "Consent",
    "policy.disclosure": "Each call begins with",
    "policy.declined": "Where somebody declines",
    "policy.based_on": "Made from the preset",
    "lookup": "Customer lookup",
    "lookup_ttl_seconds": "A lookup's answer is good for",
    "schedule": "By the clock",
    "agents.factor": "Calls at once for each free agent",
    "agents.why": "Why more than one",
    "agents.life_seconds": "A word on agents is believed for",
    "agents.url": "Asked who is free",
    "script": "Script",
    "inbound_script": "What they hear who ring back",
}


class PlanChange(Struct, frozen=True, kw_only=True):
    """A field that changes, in words; `written` are both values as documents have them, where words leave something out."""

    says: str
    before: str
    after: str
    written: tuple[Any, Any] | None = None


def change_in_words(name: str, before: Any, after: Any) -> PlanChange:
    """One change; a name that has no words is said as it is."""
    says = NAMES.get(name, name)
    if name in {"script", "inbound_script"}:
        told = _script(after), _script(before)
        steps = _steps_changed(before, after)
        return PlanChange(
            says=says, before=told[1], after=f"{told[0]}{steps}", written=(before, after) if before or after else None
        )
    return PlanChange(says=says, before=value_in_words(name, before), after=value_in_words(name, after))


def agents_sentences(agents: Json | None) -> list[str]:
    """What its calls to agents are held to; nothing without agents."""
    if agents is None:
        return []
    factor, why, url = agents.get("factor", 1), agents.get("why"), agents.get("url")
    each = "one call is" if factor == 1 else f"{factor:g} calls are"
    said = f"For each agent who is free at most {each} under way{f', because {why}' if why else ''}."
    from_whom = f"{url} is asked who is free." if url else "Who is free is told to us."
    life = f"Such a word is believed for {length_in_words(agents['life_seconds'])}; after that nobody is called."
    return [said, from_whom, life]


def value_in_words(name: str, value: Any) -> str:
    """What a field says; nothing is what is so then."""
    if value is None or value in ({}, []):
        return BY_DEFAULT.get(name, NOTHING)
    if name in _WORDS:
        return _WORDS[name](value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_seconds"):
        return length_in_words(value)
    if isinstance(value, int | float):
        return f"{value:,}".removesuffix(".0")
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {inner}" for key, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(str(one).replace("_", " ") for one in value)
    return str(value)


def _script(script: Json | None) -> str:
    return NOTHING if not script else counted(len(script.get("steps") or ()), "step")


def _steps_changed(before: Json | None, after: Json | None) -> str:
    """`; changed: menu; new: agent`; nothing where one of both is not there."""
    if not before or not after:
        return ""
    was, is_now = before.get("steps") or {}, after.get("steps") or {}
    found = {
        "new": [name for name in is_now if name not in was],
        "changed": [name for name in is_now if name in was and is_now[name] != was[name]],
        "gone": [name for name in was if name not in is_now],
    }
    return "".join(f"; {kind}: {_some(names)}" for kind, names in found.items() if names)


def _some(names: Sequence[str]) -> str:
    more = len(names) - STEPS_NAMED_MAX
    return ", ".join(names[:STEPS_NAMED_MAX]) + (f" and {more:,} more" if more > 0 else "")


def schedule_in_words(schedule: Json) -> str:
    """`starts 2026-06-01 08:00, pauses every day at 12:00 (Europe/Berlin)`."""
    return f"{', '.join(_schedule(schedule))} ({schedule.get('zone')})"


def _schedule(schedule: Json) -> Iterator[str]:
    if at := schedule.get("start_at"):
        yield f"starts {_local(at)}"
    for name, says in (("pause", "pauses"), ("resume", "goes on")):
        for at in schedule.get(name) or ():
            yield f"{says} {_local(at)}" if "T" in at else f"{says} every day at {at}"
    if at := schedule.get("stop_at"):
        yield f"stops for good {_local(at)}"


def _local(text: str) -> str:
    return str(text).replace("T", " ")


def _retry(retry: Json) -> str:
    return "; ".join(
        f"after {OUTCOMES.get(outcome, outcome)} {length_in_words(one['after_seconds'])} later"
        if one["after_seconds"]
        else f"after {OUTCOMES.get(outcome, outcome)} at once"
        for outcome, one in retry.items()
    )


def _caps(caps: Sequence[Json]) -> str:
    return "; ".join(
        f"{counted(one['attempts_max'], 'attempt')} within {length_in_words(one['period_hours'] * HOUR_SECONDS)}, {_whose(one)}"
        for one in caps
    )


def _gaps(gaps: Sequence[Json]) -> str:
    return "; ".join(f"{length_in_words(one['hours'] * HOUR_SECONDS)}, {_whose(one)}" for one in gaps)


def _whose(limit: Json) -> str:
    return "by all campaigns" if limit.get("per", "person") == "person" else "by those of its purpose"


def _budget(budget: Json) -> str:
    calls, cost = budget.get("calls_max"), budget.get("cost_max")
    return " or ".join(
        [
            *([counted(calls, "call")] if calls else []),
            *([f"{cost} {budget.get('currency')} spent"] if cost else []),
        ]
    )


def _probe(probe: Json) -> str:
    return f"by one call after {length_in_words(probe['after_seconds'])}"


def _ramp(ramp: Json) -> str:
    return f"from {ramp['calls_per_second_start']:g} calls a second to the limit in {length_in_words(ramp['seconds'])}"


def _lookup(lookup: Json) -> str:
    on_failure = str(lookup.get("on_failure")).replace("_", " ")
    return f"{lookup.get('url')}; on failure: {on_failure}"


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "policy.hours": hours_in_words,
    "policy.retry": _retry,
    "policy.caps": _caps,
    "policy.conversation_gaps": _gaps,
    "policy.budget": _budget,
    "policy.breaker": breaker_in_words,
    "from.breaker": breaker_in_words,
    "policy.probe": _probe,
    "policy.ramp": _ramp,
    "policy.starts_at": instant_in_words,
    "policy.ends_at": instant_in_words,
    "schedule": schedule_in_words,
    "lookup": _lookup,
}
