"""What of old personal fields may be destroyed: only of what is over, and never where somebody still needs them."""

from collections.abc import Collection, Mapping
from typing import Literal, get_args

from msgspec import Struct

from domain.call import CallState
from domain.campaign import CampaignState
from domain.recipient import RecipientState
from domain.recipient.erasure import LegalHoldLifted, LegalHoldSet, RecipientErased, RecipientErasureRequested
from domain.recipient.wishes import open_callback

RetainedKind = Literal["number", "variables", "body", "digits", "insight"]
WhyKept = Literal["held", "going_on", "by_two"]
"""A legal hold stands; it is not over, or the person may still be called; a campaign of theirs takes two people for that."""
WHY_KEPT: tuple[WhyKept, ...] = get_args(WhyKept)
NEEDED_BY_WHO_WAITS: frozenset[str] = frozenset({"number", "variables"})
NOT_COUNTED: frozenset[str] = frozenset(
    {RecipientErased.NAME, RecipientErasureRequested.NAME, LegalHoldSet.NAME, LegalHoldLifted.NAME}
)
"""What is recorded of erasures and holds makes nothing of a person newer."""


class Expired(Struct, frozen=True, kw_only=True):
    """What of a call, a person or a delivery in quarantine may be destroyed, all or nothing.

    `keys` of `streams` by what kind each sealed, and of how many `events` there is something of each kind; `forgotten` are
    the streams of a person whose number or variables go, and `seen` all streams, or streams to be, by which that was found.
    """

    streams: tuple[str, ...]
    forgotten: tuple[str, ...] = ()
    seen: frozenset[str]
    keys: Mapping[str, str]
    events: Mapping[str, int]


def is_over(call: CallState) -> bool:
    """Whether a call has ended, and nobody has to find out whose it is."""
    return call.phase == "ended" and not call.contested


def has_open_attempt(person: RecipientState, calls: Mapping[str, CallState]) -> bool:
    """Whether a call to them may be under way, or is in doubt. `calls` are theirs by id."""
    return bool(person.open_attempts([call_id for call_id, call in calls.items() if call.phase == "ended"]))


def is_waiting(person: RecipientState, campaigns: Mapping[str, CampaignState], calls: Mapping[str, CallState]) -> bool:
    """Whether a campaign that is not over may call them: one that they were not taken out of, and that has neither reached them nor been refused."""
    return any(
        not campaigns[campaign_id].is_over
        and not enrollment.withdrawn
        and not enrollment.erased
        and person.refusal(campaign_id) is None
        and not _is_reached(person, campaign_id, calls)
        for campaign_id, enrollment in person.enrollments.items()
    )


def take_two(campaigns: Collection[CampaignState]) -> bool:
    """Whether one of these takes a second person for what is done to its people."""
    return any(one.needs_approval for one in campaigns)


def _is_reached(person: RecipientState, campaign_id: str, calls: Mapping[str, CallState]) -> bool:
    own = (calls.get(one.call_id or "") for one in person.attempts_in(campaign_id))
    return open_callback(person, campaign_id) is None and any(one is not None and one.reached for one in own)
