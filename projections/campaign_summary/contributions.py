"""What each change adds to a campaign's figures and to its pace."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from projections.campaign_summary.counters import CALL_ENDS, QUEUED, UNDER_WAY
from projections.changes import (
    AttemptChanged,
    CallChanged,
    CallFold,
    CampaignChanged,
    ClockSetRight,
    DeclineFound,
    EnrollmentAdded,
    OutcomeChanged,
    PersonSuppressionChanged,
    RecipientChanged,
    SpellingFound,
    Standing,
    ViewChange,
)

_GREATEST_OF: Mapping[str, str] = {f"ms:{end}": f"ms_max:{end}" for end in CALL_ENDS}
GREATEST = frozenset(_GREATEST_OF.values())
CREATED = "created"
SENT, ANSWERED, ENDED, AT_ONCE, LEFT_OPEN = range(5)
"""The columns of a minute: what moved in it, the most calls at once, and how many were under way when it was over."""


def _of_standings(change: RecipientChanged) -> Sequence[tuple[int, str, int]]:
    number = change.campaign
    before = "" if change.before is None else _figure_of(change.before)
    after = _figure_of(change.after)
    if before == after:
        return ()
    found = [(number, after, 1)]
    if before:
        found.append((number, before, -1))
    if QUEUED in (before, after):
        found.append((number, f"zone:{change.zone_key}", 1 if after == QUEUED else -1))
    return found


def _figure_of(standing: Standing) -> str:
    return f"status:{standing.status}" if standing.then is None else "timed"


def _of_attempt(change: AttemptChanged) -> Sequence[tuple[int, str, int]]:
    number = change.campaign
    found = [(number, "dialled", 1)] if change.is_first else []
    if change.before is not change.after:
        for attempt, by in ((change.before, -1), (change.after, 1)):
            if attempt is not None:
                found.append((number, f"attempt:{attempt.phase}", by))
                if attempt.code is not None:
                    found.append((number, f"code:{attempt.code}", by))
    opened = opened_by(change)
    if opened:
        found.append((number, UNDER_WAY, opened))
    return found


def opened_by(change: ViewChange) -> int:
    """How many calls more are under way with a change: 1, 0 or -1."""
    return change.is_open - change.was_open if isinstance(change, AttemptChanged) else 0


def _of_call_change(change: CallChanged) -> Sequence[tuple[int, str, int]]:
    before_number, number = change.before_campaign, change.campaign
    before = () if change.before is None or before_number is None else _of_call(change.before)
    after = () if number is None else _of_call(change.after)
    if before == after and before_number == number:
        return ()
    found = [(before_number, name, -by) for name, by in before if before_number is not None]
    for name, by in after:
        if number is not None:
            found.append((number, name, by))
            if name in _GREATEST_OF:
                found.append((number, _GREATEST_OF[name], by))
    return found


def _of_call(fold: CallFold) -> tuple[tuple[str, int], ...]:
    state, end = fold.state, fold.outcome or "open"
    counted = (f"calls:{end}", 1)
    if fold.outcome is None or state.answered_at is None:
        return (counted,)
    ended_at = state.ended_at
    if ended_at is None or ended_at < state.answered_at:
        return (counted,)
    milliseconds = (ended_at - state.answered_at) // timedelta(milliseconds=1)
    return counted, (f"measured:{end}", 1), (f"ms:{end}", milliseconds)


def _moves_of_attempt(change: AttemptChanged) -> Sequence[tuple[int, int]]:
    found = [(change.campaign, SENT)] if change.was_sent else []
    return [*found, (change.campaign, AT_ONCE)] if opened_by(change) else found


def _moves_of_call(change: CallChanged) -> Sequence[tuple[int, int]]:
    number, after = change.campaign, change.after
    if number is None or not (after.state.reached or after.outcome):
        return ()
    before = change.before if change.before_campaign == number else None
    was_answered, had_ended = (False, False) if before is None else (before.state.reached, before.outcome is not None)
    found = [(number, ANSWERED)] if after.state.reached and not was_answered else []
    return [*found, (number, ENDED)] if after.outcome is not None and not had_ended else found


CONTRIBUTIONS: Mapping[type[ViewChange], Callable[[Any], Sequence[tuple[int, str, int]]]] = {
    AttemptChanged: _of_attempt,
    CallChanged: _of_call_change,
    CampaignChanged: lambda change: ((change.after.number, CREATED, int(change.before is None)),),
    RecipientChanged: _of_standings,
    EnrollmentAdded: lambda change: (
        (change.campaign, "enrolled", 1),
        (change.campaign, f"enrolled_in:{change.zone_key}", 1),
    ),
    OutcomeChanged: lambda _: (),
    SpellingFound: lambda _: (),
    DeclineFound: lambda _: (),
    PersonSuppressionChanged: lambda _: (),
    ClockSetRight: lambda _: (),
}
MOVES: Mapping[type[ViewChange], Callable[[Any], Sequence[tuple[int, int]]]] = {
    AttemptChanged: _moves_of_attempt,
    CallChanged: _moves_of_call,
}
