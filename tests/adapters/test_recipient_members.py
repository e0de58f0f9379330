"""Recipients as members of a JSON object."""

import pytest

from adapters.recipient_columns import COLUMN_NAME_CHARS_MAX
from adapters.recipient_file import Complaint, RecipientRow, recipient_from_fields
from adapters.tables.record import VALUE_CHARS_MAX
from tests.adapters.recipient_rows import ONE, TWO, complaint_about_number


def test_json_members_are_read_like_columns() -> None:
    assert recipient_from_fields(7, {"number": f" {ONE} ", "zone": "Asia/Tokyo", "first_name": "Ada"}) == RecipientRow(
        7, ONE, "Asia/Tokyo", {"first_name": "Ada"}
    )


def test_a_json_null_is_the_same_as_absent() -> None:
    assert recipient_from_fields(1, {"Number": ONE, "zone": None, "first_name": None}) == RecipientRow(1, ONE, None, {})


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, Complaint(3, "number", "is missing; write it like +15551230002")),
        ({"number": None}, Complaint(3, "number", "is missing; write it like +15551230002")),
        ({"number": 15551230001}, Complaint(3, "number", 'is not text; write the value between "')),
        ({"number": "1555"}, Complaint(3, "number", complaint_about_number(), "…")),
        (
            {"number": ONE, "zone": "Nowhere"},
            Complaint(3, "zone", "is not an IANA time zone; write it like Europe/Berlin, or leave it empty", "Nowhere"),
        ),
        ({"number": ONE, "age": 7}, Complaint(3, "age", 'is not text; write the value between "')),
        ({"number": ONE, "tags": ["a"]}, Complaint(3, "tags", 'is not text; write the value between "')),
        ({"number": ONE, "a": "x\0"}, Complaint(3, "a", "has a NUL character; take it out")),
        (
            {"number": ONE, "a": "\udfff"},
            Complaint(3, "a", "has half a character (a lone surrogate); take it out"),
        ),
        (
            {"number": ONE, "a": "x" * (VALUE_CHARS_MAX + 1)},
            Complaint(3, "a", f"is longer than {VALUE_CHARS_MAX} characters; shorten it"),
        ),
        ({"number": ONE, "Number ": TWO}, Complaint(3, "Number", "is there twice; keep one of them")),
        ({"number": ONE, "zone": "UTC", "ZONE": "UTC"}, Complaint(3, "ZONE", "is there twice; keep one of them")),
        ({"number": ONE, "a": "x", " a": "y"}, Complaint(3, "a", "is there twice; keep one of them")),
        ({"number": ONE, " ": "x"}, Complaint(3, "row", "has a column whose name is empty; name it, or take it out")),
        (
            {"number": ONE, "n" * (COLUMN_NAME_CHARS_MAX + 1): "x"},
            Complaint(3, "row", "has a column whose name is longer than 128 characters; shorten it"),
        ),
    ],
)
def test_json_members_that_cannot_be_used_are_complained_of(fields: dict[str, object], complaint: Complaint) -> None:
    assert recipient_from_fields(3, fields) == complaint
