"""The columns of a file of recipients that say what somebody agreed to."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from adapters.documents.consent import BASIS_CHARS_MAX, SOURCE_CHARS_MAX
from adapters.documents.texts import parse_instant
from domain.errors import InvalidInput
from domain.identity import parse_campaign_id

PREFIX = "consent_"
GIVEN_AT, BASIS, UNTIL, PURPOSE = "consent_given_at", "consent_basis", "consent_until", "consent_purpose"
SOURCE, TEXT, TEXT_VERSION, BY = "consent_source", "consent_text", "consent_text_version", "consent_by"
CONSENT_COLUMNS = frozenset({GIVEN_AT, BASIS, UNTIL, PURPOSE, SOURCE, TEXT, TEXT_VERSION, BY})
CHARS_MAX: Mapping[str, int] = {
    BASIS: BASIS_CHARS_MAX,
    TEXT_VERSION: BASIS_CHARS_MAX,
    SOURCE: SOURCE_CHARS_MAX,
    BY: SOURCE_CHARS_MAX,
}


class RowConsent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a row says that somebody agreed to; without a purpose it is the campaign's own."""

    given_at: datetime
    basis: str
    purpose: str | None = None
    source: str | None = None
    text: str | None = None
    text_version: str | None = None
    by: str | None = None
    until: datetime | None = None


class ConsentRead(Struct, frozen=True):
    """What a row says of it, and the other values. `fault` is the column that cannot be used, and why."""

    consent: RowConsent | None
    variables: Mapping[str, str]
    fault: tuple[str, str] | None = None


def consent_in(variables: Mapping[str, str]) -> ConsentRead:
    """The consent of a row with these values; none where all of its columns are empty."""
    if not variables.keys() & CONSENT_COLUMNS:
        return ConsentRead(None, variables)
    others = {name: value for name, value in variables.items() if name not in CONSENT_COLUMNS}
    said = {name: text for name in CONSENT_COLUMNS if (text := variables.get(name, "").strip())}
    if not said:
        return ConsentRead(None, others)
    fault = _fault(said)
    if fault is not None:
        return ConsentRead(None, others, fault)
    consent = RowConsent(
        given_at=parse_instant(said[GIVEN_AT]),
        basis=said[BASIS],
        purpose=said.get(PURPOSE),
        source=said.get(SOURCE),
        text=said.get(TEXT),
        text_version=said.get(TEXT_VERSION),
        by=said.get(BY),
        until=parse_instant(said[UNTIL]) if UNTIL in said else None,
    )
    return ConsentRead(consent, others)


def _fault(said: Mapping[str, str]) -> tuple[str, str] | None:
    for name in (GIVEN_AT, BASIS):
        if name not in said:
            return (
                name,
                f"is missing beside {min(said)}; give both consent_given_at and consent_basis, or leave all empty",
            )
    for name in (GIVEN_AT, UNTIL):
        try:
            parse_instant(said.get(name, said[GIVEN_AT]))
        except ValueError as error:
            return name, str(error)
    for name, most in CHARS_MAX.items():
        if len(said.get(name, "")) > most:
            return name, f"has more than {most} characters; shorten it"
    try:
        parse_campaign_id(said.get(PURPOSE, "purpose"))
    except InvalidInput as error:
        return PURPOSE, error.message
    return None
