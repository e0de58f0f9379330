"""A consent as people and programs write it."""

from datetime import datetime
from typing import Annotated

from msgspec import Struct
from pydantic import Field

from adapters.documents.callers import E164_FORM
from adapters.documents.input import StrictInput, validated
from adapters.documents.texts import InstantText, PurposeText, parse_instant
from domain.phone_number import parse_number
from domain.recipient import ConsentGiven, consent_id_of

BASIS_CHARS_MAX = 100
SOURCE_CHARS_MAX = 200
TEXT_CHARS_MAX = 10_000
REASON_CHARS_MAX = 1_000
Basis = Annotated[str, Field(min_length=1, max_length=BASIS_CHARS_MAX)]
Source = Annotated[str, Field(min_length=1, max_length=SOURCE_CHARS_MAX)]


class ConsentInput(StrictInput):
    """The body of POST /v1/consents."""

    number: str = Field(json_schema_extra=E164_FORM)
    purpose: PurposeText = Field(
        description="what they agreed to be called for: a policy's `purpose`, or a campaign's id"
    )
    basis: Basis = Field(description="of what kind it is, such as `express written`")
    source: Source = Field(description="where it comes from, such as a form or a letter")
    given_at: InstantText = Field(description="when they agreed")
    text: str | None = Field(None, max_length=TEXT_CHARS_MAX, description="what they agreed to")
    text_version: str | None = Field(None, max_length=BASIS_CHARS_MAX, description="which version of that text")
    by: str | None = Field(None, max_length=SOURCE_CHARS_MAX, description="who gave it, or took it down")
    until: InstantText | None = Field(None, description="null: until it is taken back")


class RevocationInput(StrictInput):
    """The body of POST /v1/consents/revoke."""

    number: str = Field(json_schema_extra=E164_FORM)
    purpose: PurposeText | None = Field(None, description="null: for every purpose")
    source: Source = Field("operator", description="on whose word")
    reason: str | None = Field(None, max_length=REASON_CHARS_MAX)
    revoked_at: InstantText | None = Field(None, description="when they said so; null: now")


class Revocation(Struct, frozen=True, kw_only=True):
    """Who takes back what. `revoked_at` (UTC) is when they said so, None: now, by the clock of the ledger."""

    number: str
    source: str
    purpose: str | None = None
    reason: str | None = None
    revoked_at: datetime | None = None


def parse_consent(given: object) -> ConsentGiven:
    """A consent. Raises `InvalidInput` naming the first field at fault."""
    read = validated(ConsentInput, given)
    return consent_of(
        parse_number(read.number, "number"),
        purpose=read.purpose,
        basis=read.basis,
        source=read.source,
        given_at=parse_instant(read.given_at),
        text=read.text,
        text_version=read.text_version,
        by=read.by,
        until=None if read.until is None else parse_instant(read.until),
    )


def parse_revocation(given: object) -> Revocation:
    """Its end. Raises `InvalidInput` naming the first field at fault."""
    read = validated(RevocationInput, given)
    return Revocation(
        number=parse_number(read.number, "number"),
        purpose=read.purpose,
        source=read.source,
        reason=read.reason,
        revoked_at=None if read.revoked_at is None else parse_instant(read.revoked_at),
    )


def consent_of(
    number: str,
    *,
    purpose: str,
    basis: str,
    source: str,
    given_at: datetime,
    text: str | None,
    text_version: str | None,
    by: str | None,
    until: datetime | None,
) -> ConsentGiven:
    """A consent under the id that its words make."""
    ends = None if until is None else until.isoformat()
    return ConsentGiven(
        consent_id=consent_id_of(purpose, basis, source, given_at, text, text_version, by, ends),
        number=number,
        purpose=purpose,
        basis=basis,
        source=source,
        given_at=given_at,
        text=text,
        text_version=text_version,
        by=by,
        until=until,
    )
