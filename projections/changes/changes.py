"""The changes that events bring about. Each carries the `position` and the instant `at` (UTC) of its event."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from domain.number_kind import NumberKind
from domain.recipient import Attempt, Suppression
from projections.changes.folds import CallFold, CampaignFold
from projections.changes.standing import Standing
from projections.outcome import Heard


class ViewChange(Struct, frozen=True):
    """One change; `position` and `at` are those of the event that brought it about."""

    position: int
    at: datetime


class ClockSetRight(ViewChange, frozen=True):
    """An operator acknowledged that the clock had been ahead: nothing recorded before counts as later than `at`."""


class CampaignChanged(ViewChange, frozen=True):
    """A campaign was created, or moved on."""

    before: CampaignFold | None
    after: CampaignFold


class EnrollmentAdded(ViewChange, frozen=True):
    """Somebody was enrolled; `campaign` is the campaign's number, the position their place in it.

    `zone` is the one that was given, `zone_key` what all share whose clock is judged alike, `kind` what the number is of.
    """

    campaign: int
    stream: str
    number: str
    zone: str | None
    zone_key: str
    variables: Mapping[str, str]
    kind: NumberKind | None
    reference: str | None


class SpellingFound(ViewChange, frozen=True):
    """Two streams are one person's, by the spellings of their number."""

    stream: str
    other: str


class DeclineFound(ViewChange, frozen=True):
    """Somebody declined something for the first time, by one spelling of their number: each policy has its own word on that."""

    stream: str


class PersonSuppressionChanged(ViewChange, frozen=True):
    """Somebody was suppressed, suppressed for longer, or released; `before` and `after` are what held, None where nothing did."""

    stream: str
    number: str
    before: Suppression | None
    after: Suppression | None


class RecipientChanged(ViewChange, frozen=True):
    """A recipient stands elsewhere than before."""

    campaign: int
    place: int
    zone_key: str
    before: Standing | None
    after: Standing


class OutcomeChanged(ViewChange, frozen=True):
    """A recipient stands elsewhere, or something was heard of them: `heard` is all of that. `is_new` of one enrolled just now."""

    campaign: int
    place: int
    heard: Heard
    is_new: bool


class AttemptChanged(ViewChange, frozen=True):
    """An attempt moved on; `is_open` while its call may be under way, `was_open` whether it might have been before.

    `is_first` for a recipient's first in the campaign. `zone_key` is theirs, as far as it counts by it: of a refusal.

    `was_sent` says that with this event it was known that the request had left.
    """

    campaign: int
    stream: str
    before: Attempt | None
    after: Attempt
    is_open: bool
    is_first: bool
    was_sent: bool
    was_open: bool
    zone_key: str = ""


class CallChanged(ViewChange, frozen=True):
    """Something was heard of a call. `before_campaign` and `campaign` are the numbers of those that it belonged to, and belongs to.

    `before_zone_key` and `zone_key` are those of the people whose it was, and is; empty of nobody's.
    """

    call_id: str
    before: CallFold | None
    after: CallFold
    before_campaign: int | None
    campaign: int | None
    before_zone_key: str
    zone_key: str
