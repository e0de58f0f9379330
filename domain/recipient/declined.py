"""A person who declines: "do not call me about this". What is recorded of that, and what is kept of it.

Not to be mixed up with `attempt.refused`, which is the provider's word on our request, nor with a suppression, which is
about every campaign.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

DeclineSource = Literal["operator", "keypress"]


class RecipientDeclined(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """This person does not want to be called for this `purpose`, which the campaign had then (its id where it named none).

    `said` is in which call, where a key was pressed; `said_at` when they said so (UTC), None: when it was recorded.
    """

    NAME: ClassVar = "recipient.declined"
    PERSONAL: ClassVar = frozenset({"reason"})
    campaign_id: str
    purpose: str
    source: DeclineSource
    said: str | None = None
    said_at: datetime | None = None
    reason: str | None = None


class RecipientDeclineLifted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What they declined they may be called for again, on an operator's word."""

    NAME: ClassVar = "recipient.decline_lifted"
    PERSONAL: ClassVar = frozenset({"reason"})
    campaign_id: str
    purpose: str
    reason: str | None = None


DeclineEvent = RecipientDeclined | RecipientDeclineLifted


class Declined(Struct, frozen=True, kw_only=True):
    """What a person said of one purpose: `at` last, on whose word, about which campaign; `lifted_at` where that holds no more.

    `words` are all that was said, by source and call, so that nothing that was lifted comes back by itself; `campaigns` all
    that it was said of.
    """

    campaign_id: str
    purpose: str
    source: DeclineSource
    at: datetime
    words: frozenset[tuple[DeclineSource, str | None]]
    campaigns: frozenset[str]
    lifted_at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it was not lifted."""
        return self.lifted_at is None


Declines = Mapping[str, Declined]
"""By purpose."""
NO_DECLINES: Declines = {}


def declines_after(known: Declines, event: DeclineEvent, at: datetime) -> Declines:
    """What is kept after one more event, recorded `at`."""
    before = known.get(event.purpose)
    if isinstance(event, RecipientDeclineLifted):
        return known if before is None else {**known, event.purpose: replace(before, lifted_at=at)}
    said_at = at if event.said_at is None else min(event.said_at, at)
    words, campaigns = frozenset({(event.source, event.said)}), frozenset({event.campaign_id})
    if before is not None:
        words, campaigns = words | before.words, campaigns | before.campaigns
        said_at = max(said_at, before.at)
    now = Declined(
        campaign_id=event.campaign_id,
        purpose=event.purpose,
        source=event.source,
        at=said_at,
        words=words,
        campaigns=campaigns,
    )
    return {**known, event.purpose: now}


def declines_together(*spelled: Declines) -> Declines:
    """What several spellings of one person said: of each purpose what holds, and was said last."""
    if not any(spelled):
        return NO_DECLINES
    found: dict[str, Declined] = {}
    for known in spelled:
        for purpose, one in known.items():
            before = found.get(purpose)
            found[purpose] = one if before is None else _both(before, one)
    return found


def _both(one: Declined, other: Declined) -> Declined:
    """What two spellings said of one purpose."""
    last = max(one, other, key=lambda said: (said.holds, said.at))
    lifted = [said.lifted_at for said in (one, other) if said.lifted_at is not None]
    return replace(
        last,
        words=one.words | other.words,
        campaigns=one.campaigns | other.campaigns,
        lifted_at=None if last.holds else max(lifted),
    )


def declines_concerning(known: Declines, campaign_id: str, purpose: str) -> list[Declined]:
    """What was said of a purpose, or of a campaign when it had another one."""
    return [one for one in known.values() if one.purpose == purpose or campaign_id in one.campaigns]


def decline(
    known: Declines,
    campaign_id: str,
    purpose: str,
    source: DeclineSource,
    *,
    said: str | None = None,
    said_at: datetime | None = None,
    reason: str | None = None,
) -> list[RecipientDeclined]:
    """Let a person not be called for a purpose; what was said before, and not again at a later `said_at`, changes nothing.

    What a key said and was lifted comes back only where it was said after that, whatever purpose the campaign had then.
    """
    before = next(
        (one for one in known.values() if said is not None and (source, said) in one.words), known.get(purpose)
    )
    if before is not None and (source, said) in before.words:
        is_new = said_at is not None and said_at > (before.lifted_at or before.at)
        if not is_new and (before.holds or said is not None):
            return []
    return [
        RecipientDeclined(
            campaign_id=campaign_id, purpose=purpose, source=source, said=said, said_at=said_at, reason=reason
        )
    ]


def lift_decline(
    known: Declines, campaign_id: str, purpose: str, reason: str | None = None
) -> list[RecipientDeclineLifted]:
    """Let them be called for a purpose again, where they had declined that."""
    before = known.get(purpose)
    if before is None or not before.holds:
        return []
    return [RecipientDeclineLifted(campaign_id=campaign_id, purpose=purpose, reason=reason)]
