"""What happens to a person across all campaigns: enrolments, suppression, and our attempts to call."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Raw, Struct

from domain.recipient.callback import CallbackEvent
from domain.recipient.consent import ConsentEvent
from domain.recipient.declined import DeclineEvent
from domain.recipient.erasure import REASON, ErasureEvent
from domain.recipient.lookups import LookupAnswer, RecipientLookupFailed, WithdrawnCause
from domain.recipient.rang_back import RecipientRangBack

Concerns = Literal["recipient", "destination", "campaign", "account"]
Resolution = Literal["metadata", "inferred", "person"]
NOBODY: frozenset[str] = frozenset()


class RecipientEnrolled(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person shall be called by a campaign.

    `zone` is the IANA zone that the file named, if it did; `variables` its other columns. `import_id` and `line` say
    which import it came with, and where in the file it stood. `reference` is by what the user's own system knows them,
    None where the file did not say, or it was not kept then.
    """

    NAME: ClassVar = "recipient.enrolled"
    PERSONAL: ClassVar = frozenset({"number", "variables", "reference"})
    campaign_id: str
    number: str
    zone: str | None = None
    variables: Mapping[str, str] = {}
    import_id: str | None = None
    line: int | None = None
    reference: str | None = None


class RecipientWithdrawn(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A campaign shall not call this person any more; `cause` is what of ours says so, None where it was not known then."""

    NAME: ClassVar = "recipient.withdrawn"
    PERSONAL: ClassVar = frozenset({"reason"})
    campaign_id: str
    reason: str | None = None
    cause: WithdrawnCause | None = None


class RecipientSuppressed(Struct, frozen=True, kw_only=True):
    """No campaign shall call this person, until `expires_at` or for good; `source` says on whose word.

    Source and reason are not personal: by them it is known that the same was said before, also of somebody who is erased.
    """

    NAME: ClassVar = "recipient.suppressed"
    PERSONAL: ClassVar = frozenset({"number"})
    number: str
    source: str
    reason: str | None = None
    expires_at: datetime | None = None


class RecipientReleased(Struct, frozen=True, kw_only=True):
    """The suppression is lifted."""

    NAME: ClassVar = "recipient.released"
    PERSONAL: ClassVar = REASON
    reason: str | None = None


class AttemptStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """We mean to place one call; on disk before the request leaves.

    `request` is the exact body of POST /v1/calls, `epoch` names the run of the dialer that means it, `verdict` is the
    judgement that allowed it, with what it was judged by. `purpose` is what it was for, None where that is the campaign alone.
    A `probe` tries whether the provider's pause still holds; it was judged as if there were none. `caller_number` is what
    the request is from, where that is another than the campaign began with. `lookup` is what the
    campaign's lookup said before, None where it had none, or that was not known then.
    """

    NAME: ClassVar = "attempt.started"
    PERSONAL: ClassVar = frozenset({"request", "lookup"})
    attempt_id: str
    campaign_id: str
    request: str
    epoch: str
    verdict: Raw
    purpose: str | None = None
    probe: bool = False
    caller_number: str | None = None
    lookup: LookupAnswer | None = None


class AttemptAccepted(Struct, frozen=True, kw_only=True):
    """MiniVoice took the call; `response` is its full answer."""

    NAME: ClassVar = "attempt.accepted"
    PERSONAL: ClassVar = frozenset({"response"})
    attempt_id: str
    campaign_id: str
    call_id: str
    status: int
    response: str


class AttemptRefused(Struct, frozen=True, kw_only=True):
    """MiniVoice did not take the call, and said so. `concerns` is what stands in the way, `counts` whether it used up an attempt."""

    NAME: ClassVar = "attempt.refused"
    PERSONAL: ClassVar = frozenset({"body"})
    attempt_id: str
    campaign_id: str
    status: int
    code: str | None
    body: str
    concerns: Concerns
    counts: bool


class AttemptAbandoned(Struct, frozen=True, kw_only=True):
    """The request certainly never left us."""

    NAME: ClassVar = "attempt.abandoned"
    PERSONAL: ClassVar = NOBODY
    attempt_id: str
    campaign_id: str
    why: str


class AttemptUnresolved(Struct, frozen=True, kw_only=True):
    """The request left, or may have, and whether there is a call is not known. `status` and `body` if there was an answer."""

    NAME: ClassVar = "attempt.unresolved"
    PERSONAL: ClassVar = frozenset({"body"})
    attempt_id: str
    campaign_id: str
    why: str
    status: int | None = None
    body: str | None = None


class AttemptResolved(Struct, frozen=True, kw_only=True):
    """An unresolved attempt was settled: by its call, or, with no `call_id`, by a person's word that there is none.

    `redial` puts the recipient back without counting the attempt.
    """

    NAME: ClassVar = "attempt.resolved"
    PERSONAL: ClassVar = NOBODY
    attempt_id: str
    campaign_id: str
    how: Resolution
    by: str
    call_id: str | None = None
    redial: bool = False


AttemptEvent = (
    AttemptStarted | AttemptAccepted | AttemptRefused | AttemptAbandoned | AttemptUnresolved | AttemptResolved
)
EnrollmentEvent = RecipientEnrolled | RecipientWithdrawn | RecipientLookupFailed
RecipientEvent = (
    EnrollmentEvent
    | RecipientSuppressed
    | RecipientReleased
    | DeclineEvent
    | ConsentEvent
    | CallbackEvent
    | RecipientRangBack
    | AttemptEvent
    | ErasureEvent
)

ATTEMPT_SENT = (AttemptAccepted, AttemptRefused, AttemptUnresolved)
"""Outcomes of an attempt whose request left, or may have."""
