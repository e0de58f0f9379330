"""One attempt to call a person, and what became of it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.call.events import Evidence
from domain.call.state import CallState
from domain.caller_pool import Choose, caller_chosen
from domain.recipient.events import AttemptStarted, Concerns
from domain.recipient.lookups import LookupAnswer

AttemptPhase = Literal["started", "accepted", "refused", "abandoned", "unresolved", "settled_without_call"]


class Attempt(Struct, frozen=True, kw_only=True):
    """Our intention to place one call, and what became of it.

    `call_id` once a call is known to be its own; `status` of the answer, if there was one; `code` and `concerns` of a
    refusal; `why` of one that was abandoned or is unresolved; `evidence` of what settled it; `other_calls` are
    those that evidence as good calls its own, too; `counts` whether it uses up one of the recipient's attempts;
    `purpose` what it was for, None where that is the campaign alone; `caller_number` what it was made from, None where that
    is the number that the campaign began with, and `caller_why` why it was chosen from a pool; `lookup` what it went by, where somebody was asked.
    """

    attempt_id: str
    campaign_id: str
    phase: AttemptPhase
    started_at: datetime
    epoch: str
    changed_at: datetime
    call_id: str | None = None
    status: int | None = None
    code: str | None = None
    concerns: Concerns | None = None
    why: str | None = None
    evidence: Evidence | None = None
    other_calls: tuple[str, ...] = ()
    counts: bool = True
    purpose: str | None = None
    caller_number: str | None = None
    caller_why: Choose | None = None
    lookup: LookupAnswer | None = None

    @property
    def is_unsettled(self) -> bool:
        """Whether it has no outcome yet, or one that does not say whether there is a call."""
        return self.phase in {"started", "unresolved"}

    @property
    def refuses_number(self) -> bool:
        """Whether the provider refused it because the request for this number is wrong."""
        return self.phase == "refused" and self.concerns == "recipient" and not self.counts

    def is_open(self, *, call_has_ended: bool) -> bool:
        """Whether a call of it may be under way, given whether the call that is known to be its own has ended."""
        return self.is_unsettled or (self.phase == "accepted" and not call_has_ended)

    def holds_slot(self, call: CallState) -> bool:
        """Whether it takes one of the calls at once, given its call: one whose end cannot be found out does not."""
        may_have_call = self.is_unsettled or self.phase == "accepted"
        return may_have_call and call.phase != "ended" and not call.is_lost


def attempt_begun(event: AttemptStarted, at: datetime) -> Attempt:
    """An attempt that was started `at`."""
    chosen = caller_chosen(event.verdict)
    return Attempt(
        attempt_id=event.attempt_id,
        campaign_id=event.campaign_id,
        phase="started",
        started_at=at,
        epoch=event.epoch,
        changed_at=at,
        purpose=event.purpose,
        caller_number=event.caller_number if chosen is None else chosen.number,
        caller_why=None if chosen is None else chosen.why,
        lookup=event.lookup,
    )
