"""What a call came to in plain words: answered only where it is proved, whatever MiniVoice calls its end."""

from itertools import permutations

import pytest
from msgspec.structs import replace

from domain.call import INITIAL, CallEvent, CallObserved, CallSnapshot, CallState, ReportEvent, evolve
from tests.domain.given import at, report

CREATED, ANSWERED = report("call.created", 0), report("call.answered", 3)
COMPLETED, FAILED, CANCELED = (report(f"call.{name}", 9) for name in ("completed", "failed", "canceled"))
LOST = CallObserved(digest="d", body="{}", gave_up=True)


def after(*events: CallEvent) -> CallState:
    history = INITIAL
    for event in events:
        history = evolve(history, event, at(100))
    return history.state


def said(end: ReportEvent, status: str) -> ReportEvent:
    return replace(end, snapshot=CallSnapshot(status=status))


@pytest.mark.parametrize(
    ("events", "word", "talk"),
    [
        ((CREATED,), "ringing", None),
        ((CREATED, ANSWERED), "talking", None),
        ((CREATED, ANSWERED, COMPLETED), "answered", 6.0),
        ((CREATED, ANSWERED, FAILED), "answered", 6.0),
        ((CREATED, report("call.gathered", 4), COMPLETED), "answered", None),
        ((CREATED, COMPLETED), "no_answer", None),
        ((CREATED, said(COMPLETED, "completed")), "no_answer", None),
        ((CREATED, CANCELED), "no_answer", None),
        ((CREATED, FAILED), "failed", None),
        ((CREATED, said(FAILED, "failed")), "failed", None),
        ((CREATED, said(FAILED, "busy")), "busy", None),
        ((CREATED, said(FAILED, "User Busy")), "busy", None),
        ((CREATED, said(COMPLETED, "no-answer")), "no_answer", None),
        ((CREATED, said(FAILED, "rejected")), "refused", None),
        ((CREATED, said(CANCELED, "Declined")), "refused", None),
        ((CREATED, said(FAILED, "never heard of")), "failed", None),
        ((CREATED, ANSWERED, said(FAILED, "busy")), "answered", 6.0),
        ((CREATED, LOST), "unknown", None),
        ((CREATED, ANSWERED, LOST), "answered", None),
        ((CREATED, LOST, COMPLETED), "no_answer", None),
        ((CREATED, ANSWERED, report("call.completed", 2)), "answered", None),
    ],
)
def test_it_is_the_same_in_every_order(events: tuple[CallEvent, ...], word: str, talk: float | None) -> None:
    for order in permutations(events):
        state = after(*order)
        assert (state.plain_outcome, state.talk_seconds) == (word, talk)
