"""Why something stands still, in words: what was said, and what to do about it."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from domain.account import RESTORED, AccountPause
from domain.campaign import BY_SCHEDULE, CANARY, CampaignPause, Scheduled
from domain.instants import time_text


class Explanation(Struct, frozen=True):
    """What happened, and what a person can do about it."""

    reason: str
    what_to_do: str


_REQUESTS = Explanation(
    "MiniVoice refused several requests in a row as faulty",
    "compare the stored request bodies with MiniVoice's documentation, then resume",
)
_MAYBE_UNKNOWN = Explanation("MiniVoice refuses calls", "resume it when the reason is gone")
BY_CODE: Mapping[str, Explanation] = {
    "insufficient_balance": Explanation(
        "the balance behind the key is used up", "add balance at MiniVoice, then resume"
    ),
    "unauthorized": Explanation(
        "MiniVoice does not know the key", "set MINIVOICE_API_KEY to a key that MiniVoice knows, restart, then resume"
    ),
    "no_active_trunk": Explanation(
        "no trunk is active behind the key", "have the trunk activated at MiniVoice, then resume"
    ),
    "spend_control_exceeded": Explanation(
        "a spend limit at MiniVoice is reached", "raise the spend limit at MiniVoice, then resume"
    ),
    "invalid_request": _REQUESTS,
    "invalid_json": _REQUESTS,
    "rate_not_found": Explanation(
        "MiniVoice has no rate for this destination", "ask MiniVoice for a rate for this destination, then release it"
    ),
    "calls_max": Explanation(
        "the campaign has placed all calls of its budget",
        "raise policy.budget.calls_max by revising the campaign, then resume; or cancel it",
    ),
    "cost_max": Explanation(
        "the campaign's budget is spent",
        "raise policy.budget.cost_max by revising the campaign, then resume; or cancel it",
    ),
    "failures": Explanation(
        "too many of the last calls failed",
        "look at the failed calls and their codes, put right what they show, then resume; the count begins anew",
    ),
    "refusals": Explanation(
        "too many of the last recipients were refused",
        "look at the refused recipients and their codes, put right what they show, then resume; the count begins anew",
    ),
    "short_calls": Explanation(
        "too many of the last calls were very short",
        "listen to what the short calls were answered with, put right what they show, then resume; the count begins anew",
    ),
}
BY_STATUS: Mapping[int, Explanation] = {
    401: BY_CODE["unauthorized"],
    402: BY_CODE["insufficient_balance"],
    403: Explanation("MiniVoice does not allow these calls", "ask MiniVoice what it does not allow, then resume"),
    404: Explanation(
        "what answers at MINIVOICE_BASE_URL knows no calls",
        "check MINIVOICE_BASE_URL: what answers there knows no calls; restart, then resume",
    ),
    405: Explanation(
        "what answers at MINIVOICE_BASE_URL takes no calls",
        "check MINIVOICE_BASE_URL: what answers there takes no calls; restart, then resume",
    ),
}


_THEN = "see that no other Dialtrail dials on the other one, and that nobody whom this one lacks is called again; then resume"
_ELSEWHERE = Explanation(
    "this ledger is not where it was when it was dialled on last: it was restored, cloned or moved", _THEN
)
BY_RESTORING: Mapping[str, Explanation] = {
    "copied": Explanation("`dialtrail copy` brought this ledger here", "see that all leads here now, then resume"),
    "events_missing": Explanation(
        "this ledger lacks events that it had: it was set back to an earlier moment, and does not know whom it called since",
        "compare with MiniVoice's calls since, suppress or resolve whom it concerns, then resume",
    ),
    "elsewhere": _ELSEWHERE,
    "mark_missing": Explanation(
        "the high-water marks of this ledger are gone: it was probably restored, cloned or moved", _THEN
    ),
}
RATE = BY_CODE["rate_not_found"]


def explain_hold(code: str | None) -> Explanation:
    """Why a destination is held, in words."""
    return BY_CODE.get(code or "", RATE)


def explain_pause(pause: CampaignPause | AccountPause, campaign_id: str, ends: Scheduled | None = None) -> Explanation:
    """A pause in words, for somebody who looks at a campaign. `ends` is what ends a pause by the schedule, if anything does."""
    resume = f"`dialtrail campaign resume {campaign_id}`"
    if isinstance(pause, AccountPause) and pause.carried_from is not None:
        earlier = explain_pause(replace(pause, carried_from=None), campaign_id)
        return Explanation(
            f"the account behind the earlier key was paused ({earlier.reason}), and another key does not end that",
            f"look whether the reason is gone for this key, then {resume}",
        )
    match pause.cause:
        case cause if cause == RESTORED:
            return BY_RESTORING.get(pause.code or "", _ELSEWHERE)
        case "operator":
            return Explanation("an operator paused it", f"{resume} lets it dial again")
        case cause if cause == BY_SCHEDULE:
            return Explanation("its schedule paused it", f"{_then(ends)}; {resume} lets it dial now")
        case cause if cause == CANARY:
            return Explanation(
                "the canary's calls are over",
                f"look at what became of these calls, then {resume} to call all others, "
                f"or `dialtrail campaign cancel {campaign_id}`",
            )
        case _:
            return BY_CODE.get(pause.code or "") or BY_STATUS.get(pause.status or 0, _MAYBE_UNKNOWN)


def _then(ends: Scheduled | None) -> str:
    match ends:
        case None:
            return "nothing in its schedule ends that"
        case Scheduled(act="stop"):
            return f"its schedule stops it for good at {time_text(ends.at)}"
        case _:
            return f"it goes on by its schedule at {time_text(ends.at)}"
