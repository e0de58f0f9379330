"""What a call came to in the words of those who telephone; answered is claimed only where something proves it."""

from datetime import datetime
from typing import Literal, get_args

PlainOutcome = Literal["ringing", "talking", "answered", "no_answer", "busy", "refused", "failed", "unknown"]
PLAIN_OUTCOMES: tuple[PlainOutcome, ...] = get_args(PlainOutcome)
_SAID: dict[str, PlainOutcome] = {
    "busy": "busy",
    "user_busy": "busy",
    "no_answer": "no_answer",
    "noanswer": "no_answer",
    "not_answered": "no_answer",
    "rejected": "refused",
    "call_rejected": "refused",
    "declined": "refused",
    "refused": "refused",
}
"""MiniVoice documents no list of the states that it reports: these are understood, and any other says nothing more."""


def plain_outcome(*, is_ended: bool, is_lost: bool, is_reached: bool, is_failed: bool, said: str) -> PlainOutcome:
    """What it came to. `is_lost`: its end cannot be found out. `said` is the call's state in the report of its end.

    A call that ended, and that nothing proves to have been answered, is `no_answer`, and `failed` where it could not be
    put through and nobody said why.
    """
    if is_reached:
        return "answered" if is_ended or is_lost else "talking"
    if not is_ended:
        return "unknown" if is_lost else "ringing"
    return _SAID.get(said.lower().replace("-", "_").replace(" ", "_"), "failed" if is_failed else "no_answer")


def talk_seconds(answered_at: datetime | None, ended_at: datetime | None) -> float | None:
    """From the answer to the end, by the provider's clock; None where either is not known, or the end came first."""
    if answered_at is None or ended_at is None or ended_at < answered_at:
        return None
    return (ended_at - answered_at).total_seconds()
