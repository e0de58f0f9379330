"""A campaign's policy in sentences, from the form in which the API shows it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from domain.counted import counted

Json = Mapping[str, Any]

NO_POLICY = ("There is no policy: each person is tried once, at any hour, and nothing stops the campaign by itself.",)
GRACE_SECONDS_DEFAULT = 60
DATES_SHOWN_MAX = 12
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS = 86_400, 3_600, 60
ALL_DAY = "00:00-24:00"
HOW_CHOSEN: Mapping[str, str] = {
    "round": "the one that rested longest",
    "country": "the one that rested longest of those in the person's country, else of all",
    "area": "the one that rested longest of those with the person's area code, else in their country, else of all",
    "sticky": "the one that called the person before, else the one that rested longest",
}
NO_NUMBER_LEFT = "no number: all were taken out of the pool"
OUTCOMES: Mapping[str, str] = {
    "not_reached": "a call without an answer",
    "failed": "a failed call",
    "canceled": "a canceled call",
    "originate_failed": "MiniVoice's word that no call was placed (originate_failed)",
}


def policy_sentences(policy: Json | None) -> list[str]:
    """All that it says, one sentence each; what it leaves out is said where that is a rule too (any hour, one attempt)."""
    return [sentence for _, sentences in policy_groups(policy) for sentence in sentences]


def policy_groups(policy: Json | None) -> list[tuple[str, list[str]]]:
    """The same by what it is about, each group with its name; one without a name where there is no policy."""
    if policy is None:
        return [("", list(NO_POLICY))]
    groups = {
        "When": [*_when(policy)],
        "How often": [*_how_often(policy)],
        "Whom": [*_who_goes_first(policy), *_whom(policy)],
        "How far": [*_how_far(policy)],
        "How fast": [*_how_fast(policy)],
        "Where it comes from": [*_where_from(policy)],
    }
    return [(name, sentences) for name, sentences in groups.items() if sentences]


def callers_sentence(callers: str | Json) -> str:
    """What a campaign calls from: its number, or how one of its pool is chosen."""
    if isinstance(callers, str):
        return callers
    numbers = callers.get("pool") or ()
    said = (
        f"{_listed(numbers)}: {HOW_CHOSEN.get(str(callers.get('choose')), 'one of them')}"
        if numbers
        else NO_NUMBER_LEFT
    )
    if (most := callers.get("calls_a_day_max")) is not None:
        said += f"; at most {counted(most, 'call')} a day from each ({callers.get('zone') or 'UTC'})"
    if (breaker := callers.get("breaker")) is not None:
        said += f"; one is taken out by how its last {breaker.get('window_attempts')} attempts ended"
    return said


def length_in_words(seconds: float) -> str:
    """A length of time: `90 minutes` is `1 hour 30 minutes`; a day is 24 hours, several are days."""
    whole = round(seconds)
    parts: list[str] = []
    if whole >= 2 * DAY_SECONDS:
        days, whole = divmod(whole, DAY_SECONDS)
        parts.append(counted(days, "day"))
    hours, whole = divmod(whole, HOUR_SECONDS)
    minutes, rest = divmod(whole, MINUTE_SECONDS)
    named = ((hours, "hour"), (minutes, "minute"), (rest, "second"))
    return " ".join([*parts, *(counted(count, one) for count, one in named if count)]) or "0 seconds"


def _when(policy: Json) -> Iterator[str]:
    hours, zone = policy.get("hours"), policy.get("default_zone")
    if not hours:
        yield "People may be called at any hour of any day."
    else:
        yield f"By the clock where the person is, calls are placed {hours_in_words(hours)}."
        if zone:
            yield f"Where the person's time zone is not known, or could be several, it is taken to be {zone}."
        else:
            yield "A number in several time zones is called only while all of them are open; one in no known zone waits."
    if dates := policy.get("excluded_dates"):
        more = f" and {counted(len(dates) - DATES_SHOWN_MAX, 'more day')}" if len(dates) > DATES_SHOWN_MAX else ""
        yield f"Nobody is called on {_listed(dates[:DATES_SHOWN_MAX], ', ' if more else ' and ')}{more}, their date."
    if places := policy.get("holidays"):
        yield f"Nobody is called on a public holiday of {_listed(places)}."
    if starts_at := policy.get("starts_at"):
        yield f"No call is placed before {instant_in_words(starts_at)}."
    if ends_at := policy.get("ends_at"):
        yield f"No call is placed from {instant_in_words(ends_at)} on."


def hours_in_words(hours: Json) -> str:
    """`Monday to Friday 09:00-20:00, Saturday 10:00-16:00, and never on Sunday`."""
    by_day = [(day.capitalize(), tuple(hours.get(day) or ())) for day in DAYS]
    open_days: list[str] = []
    closed: list[str] = []
    for windows, group in groupby(by_day, key=lambda one: one[1]):
        names = [name for name, _ in group]
        if not windows:
            closed += names
            continue
        named = "every day" if len(names) == len(DAYS) else _run(names)
        open_days.append(f"{named} {_listed([_window(one) for one in windows])}")
    never = f", and never on {_listed(closed)}" if closed else ""
    return ", ".join(open_days) + never


def _run(names: Sequence[str]) -> str:
    return f"{names[0]} to {names[-1]}" if len(names) > 2 else _listed(names)


def _window(text: str) -> str:
    opens, _, closes = str(text).partition("-")
    if text == ALL_DAY:
        return "all day"
    return f"{opens}-{closes}" + (" of the next day" if closes <= opens else "")


def _how_often(policy: Json) -> Iterator[str]:
    attempts, gap = policy.get("attempts_max", 1), policy.get("attempt_gap_seconds", 0)
    retry = policy.get("retry") or {}
    if attempts == 1:
        yield "Each person is tried once."
    elif not retry:
        yield f"Each person could be tried {attempts} times, but no outcome is tried again: `policy.retry` names none."
    else:
        between = f", with at least {length_in_words(gap)} in between" if gap else ""
        yield f"Each person is tried at most {attempts} times{between}."
        for outcome, one in retry.items():
            wait = one["after_seconds"]
            later = f"{length_in_words(wait)} later at the earliest" if wait else "without a wait of its own"
            yield f"After {OUTCOMES.get(outcome, outcome)} there is another try, {later}."
        if left_out := [words for outcome, words in OUTCOMES.items() if outcome not in retry]:
            yield f"There is none after {_listed(left_out, ' or ')}."
    if grace := policy.get("answer_grace_seconds", GRACE_SECONDS_DEFAULT):
        yield f"For {length_in_words(grace)} after a call, late word of an answer is waited for before another try."
    for cap in policy.get("caps") or ():
        tries = counted(cap["attempts_max"], "attempt")
        yield (
            f"At most {tries} to call a person within any {length_in_words(cap['period_hours'] * HOUR_SECONDS)}, "
            f"counting {_whose(cap, policy)}."
        )
    for one in policy.get("conversation_gaps") or ():
        yield (
            f"After an answered call the person is left alone for {length_in_words(one['hours'] * HOUR_SECONDS)}, "
            f"counting {_whose(one, policy)}."
        )


def _who_goes_first(policy: Json) -> Iterator[str]:
    if purposes := policy.get("waits_for"):
        yield f"Nobody is called while a campaign for {_listed(purposes, ' or ')} has yet to call them."


def _whose(limit: Json, policy: Json) -> str:
    if limit.get("per", "person") == "person":
        return "all campaigns"
    purpose = policy.get("purpose")
    return f"campaigns with the purpose {purpose}" if purpose else "this campaign alone"


def _whom(policy: Json) -> Iterator[str]:
    if (only := policy.get("only")) is not None:
        yield f"Only the {counted(len(only), 'number')} of its own list may be called."
    if kinds := policy.get("allow_kinds"):
        yield f"It may also call {_listed([kind.replace('_', '-') for kind in kinds])} numbers."
    disclosure = policy.get("disclosure")
    if disclosure and disclosure.get("required", True):
        yield f"Each call has to say “{disclosure['says']}” in its first step."
    if (consent := policy.get("consent") or {}).get("required"):
        yield _consent_in_words(consent)
    if digits := policy.get("opt_out_digits"):
        yield f"Whoever enters exactly {digits} is suppressed: no campaign calls them any more."
    if (declined := policy.get("declined")) is not None:
        yield _declined_in_words(declined, policy)


def _consent_in_words(consent: Json) -> str:
    purposes, days = consent.get("purposes"), consent.get("max_age_days")
    what = f"to calls for {_listed(purposes, ' or ')}" if purposes else "to calls for its purpose"
    lately = f", and no longer than {counted(days, 'day')} ago" if days else ""
    return f"Only who has agreed {what}{lately}, is called."


def _declined_in_words(declined: Json, policy: Json) -> str:
    digits, days = declined.get("digits"), declined.get("rest_days")
    who = f"Whoever enters exactly {digits}, or says" if digits else "Whoever says"
    rest = f"for {counted(days, 'day')}" if days else "for good"
    about = {**declined, "per": declined.get("per", "purpose")}
    return (
        f"{who} not to be called about this is left alone {rest}, counting what they said of {_whose(about, policy)}."
    )


def _how_far(policy: Json) -> Iterator[str]:
    budget, breaker = policy.get("budget") or {}, policy.get("breaker")
    if calls_max := budget.get("calls_max"):
        yield f"It pauses after {counted(calls_max, 'call')}."
    if cost_max := budget.get("cost_max"):
        yield f"It pauses once the account has spent {cost_max} {budget.get('currency')} since it was started."
    if breaker:
        yield f"It pauses when, {breaker_in_words(breaker)}."
    if probe := policy.get("probe"):
        factor, most = probe.get("factor", 2.0), probe.get("after_seconds_max", HOUR_SECONDS)
        then = "the next ones each wait as long" if factor == 1 else f"each further one waits {factor:g} times as long"
        yield (
            f"A pause by MiniVoice is tried by one single call after {length_in_words(probe['after_seconds'])}; "
            f"{then}, {length_in_words(most)} at most."
        )
    if grace := policy.get("callback_grace_seconds"):
        yield f"A callback that cannot be made is given up {length_in_words(grace)} after the time that was wished."
    if policy.get("needs_approval"):
        yield "A second person has to approve a start and a change of the plan."


def breaker_in_words(breaker: Json) -> str:
    """`of its last 50 attempts, more than 40 % failed`."""
    return f"of its last {counted(breaker['window_attempts'], 'attempt')}, {_listed(list(_shares(breaker)), ' or ')}"


def _shares(breaker: Json) -> Iterator[str]:
    said = (
        ("failures_share_max", "failed"),
        ("refusals_share_max", "were refused"),
        ("short_calls_share_max", f"were answered and over in less than {breaker.get('short_call_seconds')} s"),
    )
    for name, words in said:
        if (share := breaker.get(name)) is not None:
            yield f"more than {100 * share:g} % {words}"


def _how_fast(policy: Json) -> Iterator[str]:
    if ramp := policy.get("ramp"):
        start, seconds = ramp["calls_per_second_start"], ramp["seconds"]
        yield f"It begins at {start:g} calls a second and comes to its limit after {length_in_words(seconds)}."
    if (weight := policy.get("weight", 1)) != 1:
        yield f"Where campaigns share the account's pace, it gets {weight:g} turns to another's 1."


def _where_from(policy: Json) -> Iterator[str]:
    if based_on := policy.get("based_on"):
        yield f"It was made from the preset {based_on['preset']}, whose source was read on {based_on['as_of']}."


def _listed(names: Sequence[str], last: str = " and ") -> str:
    return last.join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def instant_in_words(text: str) -> str:
    """An instant of the API, to the minute where it has no seconds."""
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return f"{at:%Y-%m-%d %H:%M}" + (f":{at:%S}" if at.second else "") + " UTC"
