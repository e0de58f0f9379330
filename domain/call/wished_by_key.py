"""The callback that somebody wished by a digit, from all that is known of the call."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from domain.call.facts import Gathered
from domain.call.questions import AskedQuestion
from domain.call.state import CallState
from domain.instants import later

ANSWERED_AFTER = timedelta(seconds=1)
"""The provider's times are whole seconds, and nobody hears a question and answers it within one."""


class WishedByKey(Struct, frozen=True):
    """When the digit was pressed, and when the call is wished (UTC)."""

    pressed_at: datetime
    at: datetime


def wished_by_key(state: CallState) -> WishedByKey | None:
    """The last wish of the call's own walk. It was pressed when the provider says, else it counts from the question."""
    found = None
    for asked, report in _answered(state):
        seconds = asked.callbacks.get(report.digits.strip())
        if seconds is not None:
            pressed_at = asked.at if report.unstamped else report.occurred_at
            found = WishedByKey(pressed_at, later(pressed_at, timedelta(seconds=seconds)))
    return found


def _answered(state: CallState) -> Iterator[tuple[AskedQuestion, Gathered]]:
    """Each question with its report.

    Where there are fewer reports than questions, one that was not heard in time has none if the next report is clearly
    later than the question after it.
    """
    questions = state.questions.of(None if state.walk is None else state.walk.walk_id)
    reports = state.reports_of_keys
    for place, (asked, is_heard) in enumerate(questions):
        if not reports:
            return
        following = questions[place + 1][0] if place + 1 < len(questions) else None
        if not is_heard and len(reports) < len(questions) - place and _is_later(reports[0], following):
            continue
        report, *reports = reports
        if asked is not None:
            yield asked, report


def _is_later(report: Gathered, question: AskedQuestion | None) -> bool:
    return question is not None and not report.unstamped and report.occurred_at >= question.at + ANSWERED_AFTER
