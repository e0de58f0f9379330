"""Whether too many of a campaign's last attempts went wrong for it to go on by itself."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal

from msgspec import Struct

from domain.call.state import CallState
from domain.policy import Breaker
from domain.recipient.attempt import Attempt

CAUSE = "breaker"
Code = Literal["failures", "refusals", "short_calls"]
_OWN_REFUSALS = frozenset({"recipient", "destination"})


class SettledAttempt(Struct, frozen=True):
    """How an attempt ended. `talk` is from answer to end, None where nobody answered or one of the times is not known."""

    refused: bool = False
    failed: bool = False
    talk: timedelta | None = None


class Tripped(Struct, frozen=True, kw_only=True):
    """Which share is beyond its limit, and by what."""

    code: Code
    evidence: Mapping[str, str]


def settled_by(attempt: Attempt, call: CallState | None) -> SettledAttempt | None:
    """How an attempt ended; None where it has not, or where that says nothing of the campaign.

    A refusal that concerns the campaign or the account pauses it by itself, or is about the pace.
    """
    if attempt.phase == "refused":
        return SettledAttempt(refused=True) if attempt.concerns in _OWN_REFUSALS else None
    if attempt.phase != "accepted" or call is None or call.outcome is None:
        return None
    talk = None
    if call.answered_at is not None and call.ended_at is not None:
        talk = max(timedelta(), call.ended_at - call.answered_at)
    return SettledAttempt(failed=call.outcome == "failed", talk=talk)


def judge_breaker(breaker: Breaker, settled: Sequence[SettledAttempt]) -> Tripped | None:
    """The first share of the last `window_attempts` that is beyond its limit; None before there are so many."""
    last = settled[-breaker.window_attempts :]
    if len(last) < breaker.window_attempts:
        return None
    short_of = timedelta(seconds=breaker.short_call_seconds or 0)
    counted: tuple[tuple[Code, float | None, int], ...] = (
        ("failures", breaker.failures_share_max, sum(one.failed for one in last)),
        ("refusals", breaker.refusals_share_max, sum(one.refused for one in last)),
        (
            "short_calls",
            breaker.short_calls_share_max,
            sum(one.talk is not None and one.talk < short_of for one in last),
        ),
    )
    for code, share_max, count in counted:
        # A share at its limit is what was allowed.
        if share_max is not None and count / len(last) > share_max:
            evidence = {
                "count": str(count),
                "of_attempts": str(len(last)),
                "share": f"{count / len(last):.3f}",
                "share_max": f"{share_max:g}",
            }
            if code == "short_calls":
                evidence["short_call_seconds"] = str(breaker.short_call_seconds)
            return Tripped(code=code, evidence=evidence)
    return None
