"""Separated values: what separates, where the header is, and rows and columns that are empty."""

import pytest

from adapters.recipient_file import Complaint, RecipientRow
from adapters.tables.separated import HEADER_LINES_MAX
from tests.adapters.recipient_rows import ONE, TWO, read, refusal_of


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("number;zone\n{};UTC\n", {}),
        ('"number";"zone"\n"{}";"UTC"\n', {}),
        ("zone; Number \nUTC; {} \n", {}),
        ("\ufeffname, first;number;zone\nAda, B;{};UTC\n", {"name, first": "Ada, B"}),
        ("number\tzone\ta\n{}\tUTC\tx,y;z\n", {"a": "x,y;z"}),
        ("number,zone,a;b\n{},UTC,x;y\n", {"a;b": "x;y"}),
        ('number;zone;"first\nname"\n{};UTC;Ada\n', {"first\nname": "Ada"}),
        ('number,zone,5" disk\n{},UTC,x\n', {'5" disk': "x"}),
        ("sep=,\r\nnumber,zone\r\n{},UTC\r\n", {}),
        ("sep=;\nnumber;zone;a\n{};UTC;\n", {"a": ""}),
        ('"SEP=\t"\nnumber\tzone\n{}\tUTC\n', {}),
        (";;\n\nsep=;\n;;\nnumber;zone\n{};UTC\n", {}),
    ],
)
def test_what_separates_is_seen_in_the_header_or_named_above_it(text: str, variables: dict[str, str]) -> None:
    (row,) = read(text.replace("{}", ONE))

    assert row == RecipientRow(text.count("\n"), ONE, "UTC", variables)


@pytest.mark.parametrize("named", ["|", "", ".", "x"])
def test_what_cannot_separate_is_refused_by_the_line_that_names_it(named: str) -> None:
    assert refusal_of(f"sep={named}\nnumber\n{ONE}\n") == (
        f"header: line 1 says sep={named}; values are separated by commas, semicolons or tabs"
    )


@pytest.mark.parametrize(
    ("header", "row", "variables"),
    [
        ("number,", "{},", {}),
        ("number,a,,", "{},x,,", {"a": "x"}),
        ("number,,a", "{}, ,x", {"a": "x"}),
        (",number, ", ",{}, ", {}),
        ("number,a", "{},x,,,", {"a": "x"}),
        ("number;;", "{};;", {}),
        ("\u200bNumber\u200b,a", "{},x", {"a": "x"}),
    ],
)
def test_a_column_without_name_and_values_is_skipped(header: str, row: str, variables: dict[str, str]) -> None:
    assert read(f"{header}\n{row.replace('{}', ONE)}\n") == [RecipientRow(2, ONE, None, variables)]


@pytest.mark.parametrize("empty", [",,", " , ,\t", '"",,', ",,,,,", ""])
def test_a_row_without_values_is_skipped_and_counted(empty: str) -> None:
    assert read(f"{empty}\nnumber,a,b\n{empty}\n{ONE},,\n{empty}\n{TWO},,\n{empty}\n") == [
        RecipientRow(4, ONE, None, {"a": "", "b": ""}),
        RecipientRow(6, TWO, None, {"a": "", "b": ""}),
    ]


def test_a_value_in_a_column_without_name_is_complained_of() -> None:
    assert read(f"number,,a\n{ONE},x,y\n{TWO},,z\n") == [
        Complaint(2, "row", "has a value in column 2, which has no name; name it in the header, or take it out"),
        RecipientRow(3, TWO, None, {"a": "z"}),
    ]


def test_a_header_whose_quote_stays_open_ends_somewhere() -> None:
    assert refusal_of('a,"b\n' + "c\n" * 2 * HEADER_LINES_MAX).startswith("header: has no column named number; ")


def test_only_empty_rows_are_an_empty_file() -> None:
    assert refusal_of(",,\n;;\n\n") == (
        "header: is missing: the file is empty; its first line names the columns, like number,zone"
    )
