"""A call of ours beside what the provider says of it afterwards: whether that is the same, and what is put on its journey where it is not."""

from datetime import timedelta
from typing import Final, Literal

from adapters.minivoice_client import CallFound, CallMissing
from application.commands.calls import observe_otherwise, receive_report
from application.commands.command import Command
from domain.call import CallObserved, CallState
from domain.divergence import CallDiffers
from domain.person import is_same
from domain.phone_number import mask

TIMES_APART_MAX = timedelta(seconds=2)
"""The provider's times are whole seconds, in two reports perhaps of two clocks."""
WORD_CHARS_MAX = 64
GOES_ON = frozenset({"dialing", "in_progress", "ringing", "answered", "queued"})
"""Statuses that are known not to be an end; of any other word nobody knows."""
UNCLEAR: Final = "unclear"
NOTHING_SAID = "no such call"


def compared(
    call_id: str, ours: CallState, answer: CallFound | CallMissing
) -> CallDiffers | Literal["unclear", "same"]:
    """What differs, the gravest of it; `unclear` where the answer has a status that is not known to be an end or none."""
    outcome = ours.outcome
    if isinstance(answer, CallMissing):
        return CallDiffers(call_id=call_id, kind="missing", ours=outcome, theirs=NOTHING_SAID)
    if isinstance(answer.event, CallObserved):
        word = (answer.status or "").strip().lower().replace("-", "_").replace(" ", "_")
        if word not in GOES_ON:
            return UNCLEAR
        return CallDiffers(call_id=call_id, kind="not_ended", ours=outcome, theirs=word)
    said = answer.event.NAME.removeprefix("call.")
    if said != outcome:
        return CallDiffers(call_id=call_id, kind="outcome", ours=outcome, theirs=said)
    return _numbers(call_id, ours, answer) or _times(call_id, ours, answer) or "same"


def on_the_journey(call_id: str, answer: CallFound | CallMissing) -> Command[object]:
    """Put what was said on the call's own stream, so that its journey shows it; what came before stays."""
    if isinstance(answer, CallMissing):
        return observe_otherwise(call_id, CallObserved(digest=f"missing|{answer.status}", body=answer.body))
    if isinstance(answer.event, CallObserved):
        return observe_otherwise(call_id, answer.event)
    return receive_report(call_id, answer.event)


def _numbers(call_id: str, ours: CallState, answer: CallFound) -> CallDiffers | None:
    parties, said = ours.parties, answer.snapshot
    if parties is None:
        return None
    pairs = ((parties.from_number, said.from_number), (parties.to_number, said.to_number))
    other = next(((known, told) for known, told in pairs if known and told and not is_same(known, told)), None)
    if other is None:
        return None
    return CallDiffers(call_id=call_id, kind="numbers", ours=mask(other[0]), theirs=mask(other[1][:WORD_CHARS_MAX]))


def _times(call_id: str, ours: CallState, answer: CallFound) -> CallDiffers | None:
    known = ours.ended_at
    told = None if isinstance(answer.event, CallObserved) else answer.event.occurred_at
    if known is None or told is None or abs(told - known) <= TIMES_APART_MAX:
        return None
    return CallDiffers(call_id=call_id, kind="times", ours=known.isoformat(), theirs=told.isoformat())
