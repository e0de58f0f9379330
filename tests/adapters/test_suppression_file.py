"""Lists of people whom nobody shall call: what is read of each row, and what is said of those that cannot be used."""

from datetime import UTC, datetime

import pytest

from adapters.recipient_file import Complaint, Remark
from adapters.suppression_file import SuppressionRow, read_suppressions, suppression_from_fields
from adapters.tables.separated import SeparatedTable
from domain.errors import InvalidInput


def read(text: str) -> list[SuppressionRow | Complaint | Remark]:
    return list(read_suppressions(SeparatedTable(text.splitlines(keepends=True))))


def test_each_row_is_a_person_with_what_its_columns_say() -> None:
    assert read(
        "Number,Reason,source,EXPIRES_AT\n"
        "+15551230002,asked,letter,2027-01-31T01:00:00+01:00\n"
        "\n"
        '+15551230003,"two\nlines",,\n'
        "+15551230004,,,\n"
    ) == [
        SuppressionRow(2, "+15551230002", "letter", "asked", datetime(2027, 1, 31, tzinfo=UTC)),
        SuppressionRow(4, "+15551230003", None, "two\nlines"),
        SuppressionRow(6, "+15551230004"),
    ]


def test_numbers_alone_are_enough() -> None:
    assert read("number\n+15551230002\n") == [SuppressionRow(2, "+15551230002")]


def test_a_row_that_cannot_be_used_is_named_with_its_line_and_the_others_are_read() -> None:
    instant = "is no instant; write it like 2027-01-31T00:00:00Z, or leave it empty for good"
    assert read(
        f"number,source,reason,expires_at\n"
        f"5551230002,,,\n"
        f"+15551230002,,,2027-01-31\n"
        f"+15551230002,,,tomorrow\n"
        f"+15551230002,{'s' * 101},,\n"
        f"+15551230002,,{'r' * 1001},\n"
        f"+15551230003,,,\n"
    ) == [
        Complaint(
            2,
            "number",
            "has no country; write it like +15551230002, or name the region of what is written as inside it (--region DE, over HTTP ?region=DE)",
            "55…02",
        ),
        Complaint(3, "expires_at", instant),
        Complaint(4, "expires_at", instant),
        Complaint(5, "source", "is longer than 100 characters; shorten it"),
        Complaint(6, "reason", "is longer than 1000 characters; shorten it"),
        SuppressionRow(7, "+15551230003"),
    ]


@pytest.mark.parametrize("header", ["number,expires", "number,name", "number,source,Source"])
def test_a_column_that_means_nothing_here_may_be_a_misspelt_one(header: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read(f"{header}\n+15551230002{',x' * header.count(',')}\n")

    why = "has other columns than number, source, reason and expires_at, each once; take them out"
    assert (raised.value.field, raised.value.message) == ("header", why)


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"number": "+15551230002", "line": 9}, SuppressionRow(9, "+15551230002")),
        (
            {"number": " +15551230002 ", "source": None, "reason": "asked"},
            SuppressionRow(1, "+15551230002", None, "asked"),
        ),
        ("+15551230002", Complaint(1, "row", 'must be an object such as {"number": "+15551230002"}')),
        ({"number": "+15551230002", "line": 0}, Complaint(1, "line", "must be a whole number from 1")),
        ({"number": "+15551230002", "line": True}, Complaint(1, "line", "must be a whole number from 1")),
        (
            {"number": "+15551230002", "until": "x"},
            Complaint(1, "row", "has other members than number, source, reason and expires_at"),
        ),
        ({"number": "+15551230002", "reason": 5}, Complaint(1, "reason", 'is not text; write the value between "')),
        (
            {"line": 3},
            Complaint(3, "number", "is not a phone number in E.164 form; write it like +15551230002, without spaces"),
        ),
    ],
)
def test_a_json_row_is_read_as_a_row_of_a_file_is(fields: object, found: SuppressionRow | Complaint) -> None:
    assert suppression_from_fields(1, fields) == found
