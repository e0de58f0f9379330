"""Whom somebody asks about: a person by number, in any spelling, or by pseudonym."""

from application.installation import Installation
from domain.errors import NotFound
from domain.identity import recipient_stream_of
from domain.phone_number import is_e164
from domain.recipient import Spelled, all_spelled
from projections.folded import recipient_of


def person_named(parts: Installation, named: str) -> Spelled:
    """All spellings of the person with this number or pseudonym. Raises `NotFound` for a pseudonym that nobody has."""
    number = named if is_e164(named) else recipient_of(parts.ledger.read_stream(recipient_stream_of(named))).number
    if not number:
        raise NotFound("nobody has this pseudonym; lists of recipients have it as `recipient`")
    return all_spelled(number, parts.ledger.recipient_stream)
