"""What a campaign's lookup said of a person, or that it gave no answer that can be used."""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

WithdrawnCause = Literal["lookup_said_no", "lookup_failed"]


class LookupAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an attempt goes by: the answer of `url` that came `at` (UTC), and what it said.

    `variables` are added to those of the enrolment, or take their place. `failed` is why there was no answer, where the
    campaign goes on without.
    """

    url: str
    at: datetime
    variables: Mapping[str, str] = {}
    reason: str | None = None
    failed: str | None = None


class RecipientLookupFailed(Struct, frozen=True, kw_only=True):
    """The lookup at `host` gave no answer that can be used, and why; the campaign holds this person `until` the next try.

    `tries` counts how often in a row.
    """

    NAME: ClassVar = "recipient.lookup_failed"
    PERSONAL: ClassVar = frozenset[str]()
    campaign_id: str
    host: str
    why: str
    until: datetime
    tries: int


class LookupFailure(Struct, frozen=True, kw_only=True):
    """The last failure of a campaign's lookup for a person, recorded `at`."""

    host: str
    why: str
    at: datetime
    until: datetime
    tries: int


def failure_of(event: RecipientLookupFailed, at: datetime) -> LookupFailure:
    """What is kept of it."""
    return LookupFailure(host=event.host, why=event.why, at=at, until=event.until, tries=event.tries)
