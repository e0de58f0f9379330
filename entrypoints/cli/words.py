"""A verdict's reasons in words."""

from collections.abc import Mapping
from typing import Any

from entrypoints.cli.api import Json

WORDS: Mapping[str, str] = {
    "campaign_not_running": "the campaign is {phase}",
    "account_paused": "the account is paused ({code})",
    "not_enrolled": "it is not in this campaign",
    "withdrawn": "it was taken out of this campaign",
    "suppressed": "this person is suppressed (source: {source}); lift it with: dialtrail recipients release NUMBER",
    "refused": "MiniVoice refused this number ({code})",
    "attempts_used_up": "attempts are used up: {counted} of {attempts_max}",
    "open_attempt": "attempt {attempt_id} is still open",
    "destination_held": "calls to this destination are held ({code})",
    "not_in_only_numbers": "{setting} does not have this number",
}


class _Inputs(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def explain_verdict(verdict: Json | None) -> list[str]:
    """Whether another call may be placed, and each reason against it; nothing where there is no verdict."""
    if verdict is None:
        return []
    reasons = verdict.get("reasons") or []
    if not reasons:
        return ["another call may be placed now"]
    return ["no other call is placed now, because:", *(f"- {_explain(reason)}" for reason in reasons)]


def _explain(reason: Json) -> str:
    rule, inputs = str(reason.get("rule")), reason.get("inputs") or {}
    if (words := WORDS.get(rule)) is not None:
        text = words.format_map(_Inputs(inputs))
    else:
        known = ", ".join(f"{name}={value}" for name, value in inputs.items() if value is not None)
        text = rule.replace("_", " ") + (f" ({known})" if known else "")
    return text + (f", until {reason['until']}" if reason.get("until") else "")
