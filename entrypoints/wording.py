"""A verdict's reasons in words."""

from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]
Shown = Callable[[Any], str | None]

WORDS: Mapping[str, str] = {
    "campaign_not_running": "the campaign is {phase}",
    "outside_schedule": "the campaign's schedule says {act} since {at}",
    "account_paused": "the account is paused ({code})",
    "clock_ahead": "the ledger's time ({ledger_at}) is {ahead_seconds} s ahead of this machine's clock ({machine_at}), more than "
    "{clock_ahead_max_seconds} s; set the clock that is wrong right, then: dialtrail account resume",
    "not_enrolled": "it is not in this campaign",
    "withdrawn": "it was taken out of this campaign",
    "suppressed": "this person is suppressed (source: {source}); lift it with: dialtrail recipients release NUMBER",
    "refused": "MiniVoice refused this number ({code})",
    "callback_waits": "they wish to be called at {at}",
    "consent_missing": "no consent for {purposes} holds ({why}); record one with: dialtrail recipients consent NUMBER",
    "declined": "this person declined to be called about {purpose} at {declined_at}; lift it with: dialtrail recipients decline CAMPAIGN NUMBER --lift",
    "attempts_used_up": "attempts are used up: {counted} of {attempts_max}",
    "on_inbound_call": "they ring back just now, in call {call_id}",
    "open_attempt": "attempt {attempt_id} is still open; if it stays unresolved, settle it with: dialtrail resolve {attempt_id}",
    "purpose_waits": "campaign {campaign_id} ({purpose}) goes first, and has yet to call this person",
    "destination_held": "calls to this destination are held ({code}); see: dialtrail account show",
    "lookup_failed": "the lookup at {host} gave no answer that can be used ({why})",
    "number_kind": "it is a number of a kind of its own ({kind}), which policy.allow_kinds does not name",
    "not_in_only_numbers": "{setting} does not have this number",
    "not_in_only_list": "the campaign's own list (policy.only) does not have this number",
    "not_started_yet": "the campaign begins at {starts_at}",
    "campaign_over": "the campaign ended at {ends_at}",
    "caller_numbers_capped": "each of the campaign's {numbers} caller numbers has made {calls_a_day_max} calls on {day} ({zone})",
    "caller_numbers_removed": "all {removed} caller numbers were taken out of the campaign's pool; revise it with a from that names some",
    "agents_unknown": "how many agents are free is not known: last told {told_at}, and believed for {life_seconds} s; tell it again",
    "agents_busy": "{live} calls are under way, and there may be {most} for {free} free agents (factor {factor})",
    "zone_unknown": "the policy has hours, and in which time zone this number is, is not known",
    "zone_data_missing": "this installation's time zone data does not have {missing}; update it, or revise the campaign",
    "outside_hours": "it is {local_time} in {zone}, outside the hours of a {weekday} ({windows})",
    "excluded_date": "{date} is excluded",
    "holiday": "{date} is a holiday in {place}: {name}",
    "holiday_data_missing": "this installation's holiday data does not have {missing}; update it, or revise policy.holidays",
    "outcome_not_retried": "attempt {last_attempt_id} came to {outcome}, which the policy does not try again",
    "retry_gap": "attempt {last_attempt_id} came to {outcome} at {ended_at}, less than {gap_seconds} s ago",
    "attempt_gap": "attempt {last_attempt_id} ended at {ended_at}, less than {gap_seconds} s ago",
    "person_cap": "this person was tried {counted} times within {period_seconds} s; {attempts_max} are allowed",
    "conversation_gap": "a call to this person was answered ({answer_proofs}) and ended at {ended_at}, less than {gap_seconds} s ago",
    "answer_grace": (
        "the call of attempt {last_attempt_id} ended as {outcome} less than {grace_seconds} s ago: "
        "it may still be reported that it was answered"
    ),
}

BESIDE_THE_RULES: Mapping[str, str] = {
    "ledger_unchecked": "{says}; {what_to_do}",
    "ledger_damaged": "{says}; {what_to_do}",
}
"""What the judge does not know of: it holds for all, now. Stored is it where the last check stopped an attempt by it."""

CAUSES: Mapping[str, str] = {
    "lookup_said_no": "the lookup said not to call this person ({why})",
    "lookup_failed": "the lookup gave no answer that can be used ({why}), and this campaign skips whom it cannot look up",
}
"""Of who was taken out of a campaign: what of ours said so, and why."""


def rule_words(rule: str, inputs: Json) -> str | None:
    """What a rule says against a call, still to be filled in; None of one that is not known here."""
    return CAUSES.get(str(inputs.get("cause"))) or WORDS.get(rule) or BESIDE_THE_RULES.get(rule)


def answer_in_words(state: Json) -> str:
    """Whether a call was answered, and what proves it. That a person did is said only where something proves that, too."""
    if not state.get("reached"):
        return "no answer reported" if state.get("outcome") else "no answer reported so far"
    proofs = ", ".join(state.get("answer_proofs") or ())
    if state.get("person_proofs"):
        return f"answered by a person ({proofs}; keys were pressed)"
    return f"answered ({proofs})" if proofs else "answered"


def as_said(name: str, value: Any, shown: Shown) -> Any:
    """What a rule went by, as its reader wants it: an instant by their clock."""
    is_instant = isinstance(value, str) and (name == "at" or name.endswith("_at"))
    return shown(value) if is_instant else value


def names_its_end(rule: str) -> bool:
    """Whether what is said of a rule has in it already until when it holds."""
    return rule in {"callback_waits", "not_started_yet"}


class Inputs(dict[str, Any]):
    """What a rule went by; a name that is not among it reads as `?`."""

    def __missing__(self, key: str) -> str:
        return "?"


def explain_verdict(verdict: Json | None, shown: Shown = str) -> list[str]:
    """Whether another call may be placed, and each reason against it; nothing where there is no verdict.

    `shown` writes an instant of the API as its reader wants it.
    """
    if verdict is None:
        return []
    reasons = verdict.get("reasons") or []
    if not reasons:
        return ["another call may be placed now"]
    return ["no other call is placed now, because:", *(f"- {_explain(reason, shown)}" for reason in reasons)]


def _explain(reason: Json, shown: Shown) -> str:
    rule, inputs = str(reason.get("rule")), reason.get("inputs") or {}
    if (words := rule_words(rule, inputs)) is not None:
        text = words.format_map(
            Inputs({name: as_said(name, value, shown) for name, value in inputs.items() if value is not None})
        )
    else:
        known = ", ".join(f"{name}={value}" for name, value in inputs.items() if value is not None)
        text = rule.replace("_", " ") + (f" ({known})" if known else "")
    if inputs.get("spelling") is not None:
        text += f", as {inputs['spelling']}"
    says_until = bool(reason.get("until")) and not names_its_end(rule)
    return text + (f", until {shown(reason['until'])}" if says_until else "")
