"""Numbers, and what is read or complained of, for the tests of files and of JSON members."""

import pytest

from adapters.recipient_file import Complaint, RecipientRow, Remark, read_recipients
from adapters.tables.separated import SeparatedTable
from domain.errors import InvalidInput
from domain.phone_number import parse_number

ONE = "+15551230001"
TWO = "+15551230002"


def read(text: str) -> list[RecipientRow | Complaint | Remark]:
    """What a file of separated values gives, in its order."""
    return list(read_recipients(SeparatedTable(text.splitlines(keepends=True))))


def refusal_of(text: str) -> str:
    with pytest.raises(InvalidInput) as raised:
        read(text)
    return str(raised.value)


def complaint_about_number() -> str:
    with pytest.raises(InvalidInput) as raised:
        parse_number("nonsense", "number")
    return raised.value.message
