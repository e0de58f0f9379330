"""Recipients as people hand them in: what is read, what is complained of, and in how much memory."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.recipient_columns import parse_conventions
from adapters.recipient_file import Complaint, RecipientRow, Remark, read_recipients, rows_at
from adapters.tables.record import RECORD_CHARS_MAX, VALUE_CHARS_MAX
from adapters.tables.separated import SeparatedTable
from adapters.written_number import masked_cell
from tests.adapters.recipient_rows import ONE, TWO, complaint_about_number, read
from tests.examples import examples


def test_a_file_gives_a_row_for_each_record_with_its_line() -> None:
    assert read(f"number,zone,first_name\n{ONE},Europe/Berlin,Ada\n{TWO},,Bo\n") == [
        RecipientRow(2, ONE, "Europe/Berlin", {"first_name": "Ada"}),
        RecipientRow(3, TWO, None, {"first_name": "Bo"}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert read(f"\ufeffnumber\n{ONE}\n") == [RecipientRow(2, ONE, None, {})]
    assert read(f'\ufeff"number"\n{ONE}\n') == [RecipientRow(2, ONE, None, {})]


def test_line_ends_of_every_system_and_none_at_the_end_are_read() -> None:
    assert read(f"number,a\r\n{ONE},x\r\n{TWO},y") == [
        RecipientRow(2, ONE, None, {"a": "x"}),
        RecipientRow(3, TWO, None, {"a": "y"}),
    ]


def test_blank_lines_are_skipped_and_counted() -> None:
    assert read(f"\n  \nnumber,a\n\n{ONE},x\n \t\n\n{TWO},y\n\n") == [
        RecipientRow(5, ONE, None, {"a": "x"}),
        RecipientRow(8, TWO, None, {"a": "y"}),
    ]


def test_a_record_over_several_lines_has_the_line_where_it_starts() -> None:
    assert read(f'number,note\n{ONE},"one\ntwo ""quoted"", three"\n{TWO},four\n') == [
        RecipientRow(2, ONE, None, {"note": 'one\ntwo "quoted", three'}),
        RecipientRow(4, TWO, None, {"note": "four"}),
    ]


@pytest.mark.parametrize(
    ("number", "cell"), [("tel:+15551230001", "tel:+15…01"), ("+0155512300", "+01…00"), ("+", "+"), ("Ada", "Ada")]
)
def test_a_number_that_cannot_be_read_is_complained_of_with_its_cell_masked(number: str, cell: str) -> None:
    rows = read(f"number,a\n{number},x\n{TWO},y\n")

    assert rows == [Complaint(2, "number", complaint_about_number(), cell), RecipientRow(3, TWO, None, {"a": "y"})]


def test_what_was_read_otherwise_than_it_is_written_is_remarked_before_its_row() -> None:
    assert read(f"number,a\n'{ONE},x\n+1 555-123 0002,y\n") == [
        Remark(2, "number", "begins with an apostrophe; read without it"),
        RecipientRow(2, ONE, None, {"a": "x"}),
        RecipientRow(3, TWO, None, {"a": "y"}),
    ]


def test_numbers_without_a_country_are_of_the_region() -> None:
    rows = read_recipients(SeparatedTable(["number\n", "0151 20000333\n"]), parse_conventions("de", ()))

    assert list(rows) == [RecipientRow(2, "+4915120000333", None, {})]


@pytest.mark.parametrize(
    "zone", ["Mars/Olympus", "europe/berlin", "CET+1", "localtime", "Factory", ONE, "../etc/passwd"]
)
def test_a_zone_that_is_not_iana_is_complained_of_without_repeating_it(zone: str) -> None:
    assert read(f"number,zone\n{ONE},{zone}\n") == [
        Complaint(
            2, "zone", "is not an IANA time zone; write it like Europe/Berlin, or leave it empty", masked_cell(zone)
        )
    ]


@pytest.mark.parametrize(("record", "count"), [(ONE, 1), (f"{ONE},a,b", 3), (f"{ONE},", 2)])
def test_a_record_with_another_number_of_values_than_the_header_is_complained_of(record: str, count: int) -> None:
    expected: list[RecipientRow | Complaint | Remark] = (
        [RecipientRow(2, ONE, None, {"a": ""})]
        if count == 2
        else [
            Complaint(
                2,
                "row",
                "has 1 of 2 values; add the separators of those that are empty"
                if count == 1
                else f'has {count} values, but the header has 2 columns; put values with separators or line ends between "',
            )
        ]
    )

    assert read(f"number,a\n{record}\n{TWO},y\n") == [*expected, RecipientRow(3, TWO, None, {"a": "y"})]


def test_malformed_quotes_are_complained_of_and_the_next_line_is_read() -> None:
    assert read(f'number,a\n{ONE},"x" y\n{TWO},z\n') == [
        Complaint(
            2,
            "row",
            'is not well-formed CSV; put values with separators or line ends between ", and write a " inside them twice',
        ),
        RecipientRow(3, TWO, None, {"a": "z"}),
    ]


def test_a_quote_that_is_open_at_the_end_is_complained_of_where_its_record_starts() -> None:
    assert read(f'number,a\n{TWO},z\n{ONE},"x\ny\n') == [
        RecipientRow(2, TWO, None, {"a": "z"}),
        Complaint(
            3,
            "row",
            'is not well-formed CSV; put values with separators or line ends between ", and write a " inside them twice',
        ),
    ]


def test_an_open_quote_costs_one_record_and_not_the_rest_of_the_file() -> None:
    filler = "x" * 999 + "\n"
    fillers = RECORD_CHARS_MAX // len(filler) + 1

    assert read(f'number,a\n{ONE},"open\n' + filler * fillers + f"{TWO},z\n") == [
        Complaint(
            2,
            "row",
            f"is longer than {RECORD_CHARS_MAX} characters; close its quote, "
            f"and import again what follows up to line {2 + fillers}",
        ),
        RecipientRow(3 + fillers, TWO, None, {"a": "z"}),
    ]


def test_nul_is_complained_of_and_the_next_line_is_read() -> None:
    assert read(f"number,a\n{ONE},x\0y\n{TWO},z\n") == [
        Complaint(2, "row", "has a NUL character; take it out"),
        RecipientRow(3, TWO, None, {"a": "z"}),
    ]


def test_half_a_character_is_complained_of() -> None:
    assert read(f"number,a\n{ONE},\ud800\n") == [
        Complaint(2, "row", "has half a character (a lone surrogate); take it out")
    ]


def test_a_value_may_have_as_many_characters_as_the_limit_and_no_more() -> None:
    longest = "ä" * VALUE_CHARS_MAX

    assert read(f"number,a\n{ONE},{longest}\n{TWO},{longest}b\n") == [
        RecipientRow(2, ONE, None, {"a": longest}),
        Complaint(3, "a", f"is longer than {VALUE_CHARS_MAX} characters; shorten it"),
    ]


def test_a_record_may_have_as_many_characters_as_the_limit_and_no_more() -> None:
    def record(chars: int) -> str:
        values = [ONE, *["v" * VALUE_CHARS_MAX] * 15]
        values.append("v" * (chars - len(",".join(values)) - len(",\n")))
        return ",".join(values) + "\n"

    header = "number," + ",".join(f"v{n}" for n in range(16)) + "\n"
    within, beyond = read(header + record(RECORD_CHARS_MAX) + record(RECORD_CHARS_MAX + 1))

    assert isinstance(within, RecipientRow)
    assert beyond == Complaint(
        3,
        "row",
        f"is longer than {RECORD_CHARS_MAX} characters; shorten it",
    )


@given(st.text(alphabet='+155512345,;"\n\r\0\t aé\ud800', max_size=60))
def test_no_body_stops_the_reading_and_no_complaint_repeats_a_value(body: str) -> None:
    rows = read("number,zone,a\n" + body + f"\n{TWO},,last\n")

    complaints = [row for row in rows if isinstance(row, Complaint)]
    reasons = " ".join(f"{c.field} {c.reason} {c.cell}" for c in complaints)
    lines = [row.line for row in rows if not isinstance(row, Remark)]
    assert lines == sorted(set(lines))
    assert not any(
        value in reasons for value in body.split(",") if value.strip('"+ \t\r\n').isdigit() and len(value) > 4
    )
    if '"' not in body:
        last = rows[-1]
        assert isinstance(last, RecipientRow)
        assert (last.number, last.variables) == (TWO, {"a": "last"})


@pytest.mark.no_cover  # many times the same
def test_many_rows_stream_through_little_memory(tmp_path: Path) -> None:
    rows = examples(200_000)
    path = tmp_path / "recipients.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("number,zone,first_name\n")
        file.writelines(f"+1555{n:07d},Europe/Berlin,Jürgen\n" for n in range(rows))
    first: Iterator[RecipientRow | Complaint | Remark] = rows_at(path, "file", read_recipients)
    next(first)  # the set of zones is read once for the whole process

    tracemalloc.start()
    try:
        read_count = sum(isinstance(row, RecipientRow) for row in rows_at(path, "file", read_recipients))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert read_count == rows
    assert peak_bytes < 1024 * 1024
