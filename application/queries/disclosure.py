"""Whether a call said of itself what its campaign's policy has each call begin with, and which answer is the evidence."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Struct

from adapters.minivoice_spoken import spoken_in
from application.fields import Instant, Position, means
from application.installation import Installation
from domain.call import AnswerServed, CallState, is_of
from domain.events import Recorded
from domain.script import says_it


class DisclosureShown(Struct, frozen=True, kw_only=True):
    """What the policy required when the call was told what to say; `said` is whether the beginning of its answers had it."""

    says: str
    said: bool
    position: Annotated[Position | None, means("of the `answer.served` that had it, or should have; null without one")]
    step: str | None
    at: Annotated[Instant | None, means("when it was told so, by our clock")]


def disclosure_shown(
    parts: Installation, stream: Sequence[Recorded], state: CallState, position: int
) -> DisclosureShown | None:
    """None where its campaign requires nothing of the kind, or is not known. What is said to whoever rings back is not looked at."""
    first = _first_of(stream, state)
    known_at = position if first is None else first[0].position
    campaign_id = None if state.claim is None else state.claim.campaign_id
    campaign = None if campaign_id is None else parts.reads.known_campaigns.at(campaign_id, known_at)
    rules = None if campaign is None or campaign.plan.policy is None else campaign.plan.policy.disclosure
    if rules is None or not rules.required:
        return None
    if first is None:
        return DisclosureShown(says=rules.says, said=False, position=None, step=None, at=None)
    recorded, served = first
    said = any(one.text is not None and says_it(one.text, rules.says) for one in spoken_in(served.actions))
    return DisclosureShown(
        says=rules.says, said=said, position=recorded.position, step=served.step, at=served.occurred_at
    )


def _first_of(stream: Sequence[Recorded], state: CallState) -> tuple[Recorded, AnswerServed] | None:
    """The first answer of the call's own walk."""
    for recorded in stream:
        event = recorded.event
        if isinstance(event, AnswerServed) and is_of(state.walk, event) and event.place is None and not event.again:
            return recorded, event
    return None
