"""Who rings back, and about which call: a pure function of what is known of a person and of the campaigns that called them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from domain.call.facts import CLOCK_GRAIN
from domain.campaign.state import CampaignState
from domain.instants import later
from domain.person import is_same
from domain.recipient.attempt import Attempt, AttemptPhase
from domain.recipient.state import RecipientState

CALLED: frozenset[AttemptPhase] = frozenset({"accepted", "unresolved", "started"})
"""The phases of an attempt in which a telephone may have rung, also before the answer to its request is there."""

CampaignOf = Callable[[str], CampaignState | None]


class RingsBack(Struct, frozen=True):
    """The attempt that somebody rings back about, and the stream of the spelling that it called."""

    stream: str
    attempt: Attempt


def rings_back(
    people: Mapping[str, RecipientState], rung: str, campaign_of: CampaignOf, began_at: datetime | None
) -> RingsBack | None:
    """The last attempt to a person, known by `people` in all spellings, from the number that they ring; None where there is none.

    `began_at` is when their call began, by the provider's clock: what was tried after that is not what they ring about,
    unless nothing else is, as where the two clocks differ.
    """
    found = sorted(
        _called_from(people, rung, campaign_of), key=lambda one: (one.attempt.started_at, one.attempt.attempt_id)
    )
    if not found:
        return None
    before = [one for one in found if began_at is None or one.attempt.started_at <= later(began_at, CLOCK_GRAIN)]
    return before[-1] if before else found[0]


def _called_from(people: Mapping[str, RecipientState], rung: str, campaign_of: CampaignOf) -> Iterator[RingsBack]:
    for stream, person in people.items():
        for attempt in person.attempts:
            if attempt.phase not in CALLED:
                continue
            campaign = campaign_of(attempt.campaign_id)
            if campaign is not None and is_same(campaign.caller_of(attempt.caller_number), rung):
                yield RingsBack(stream, attempt)
