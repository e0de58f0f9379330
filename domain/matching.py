"""Which call is an unresolved attempt's? A pure function of what is known, that would rather ask than guess.

The provider's echo of our attempt id is proof. Without it, a call is inferred only where nothing else is possible: one
call that nobody claims, between the same two numbers, begun within the window, and one attempt that it could be.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from domain.call.state import Phase
from domain.person import is_same
from domain.recipient import Resolution

MATCH_WINDOW = timedelta(minutes=15)
CLOCKS_APART = timedelta(seconds=5)


class UnresolvedAttempt(Struct, frozen=True, kw_only=True):
    """An attempt of which nobody knows whether there is a call; `stream` is its recipient's."""

    attempt_id: str
    campaign_id: str
    stream: str
    from_number: str
    to_number: str
    started_at: datetime


class UnclaimedCall(Struct, frozen=True, kw_only=True):
    """A call that no attempt has claimed. `began_at` by the provider's clock, or, without it, when we first heard."""

    call_id: str
    from_number: str
    to_number: str
    began_at: datetime
    phase: Phase
    echoed_attempts: Collection[str] = ()


class Match(Struct, frozen=True, kw_only=True):
    """The call that an attempt brought about, and how that is known; `stream` is the attempt's recipient's."""

    attempt_id: str
    stream: str
    call_id: str
    how: Resolution


def candidates(
    attempt: UnresolvedAttempt, calls: Sequence[UnclaimedCall], window: timedelta = MATCH_WINDOW
) -> list[UnclaimedCall]:
    """The calls that could be this attempt's, whatever direction they are said to have; an echo of another attempt rules one out."""
    return [call for call in calls if not call.echoed_attempts and _could_be(attempt, call, window)]


def inferred(
    attempts: Sequence[UnresolvedAttempt], calls: Sequence[UnclaimedCall], window: timedelta = MATCH_WINDOW
) -> list[Match]:
    """The matches in which neither the attempt nor the call could belong to any other."""
    found = []
    for attempt in attempts:
        possible = candidates(attempt, calls, window)
        if len(possible) != 1:
            continue
        rivals = [other for other in attempts if other is not attempt and _could_be(other, possible[0], window)]
        if not rivals:
            found.append(
                Match(
                    attempt_id=attempt.attempt_id,
                    stream=attempt.stream,
                    call_id=possible[0].call_id,
                    how="inferred",
                )
            )
    return found


def _could_be(attempt: UnresolvedAttempt, call: UnclaimedCall, window: timedelta) -> bool:
    begins, ends = attempt.started_at - CLOCKS_APART, attempt.started_at + window
    # The provider may write a number otherwise than it was dialled.
    is_between = is_same(attempt.from_number, call.from_number) and is_same(attempt.to_number, call.to_number)
    return is_between and begins <= call.began_at <= ends
