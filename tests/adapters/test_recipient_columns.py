"""Which column of a recipients file is which, by its header and by what is said of it."""

import pytest

from adapters.recipient_columns import COLUMN_NAME_CHARS_MAX, parse_conventions
from adapters.recipient_file import RecipientRow, read_recipients
from adapters.tables.record import RECORD_CHARS_MAX
from adapters.tables.separated import SeparatedTable
from domain.errors import InvalidInput
from tests.adapters.recipient_rows import ONE, read, refusal_of

NO_NUMBER = "header: has no column named number"


def test_a_header_of_only_the_number_is_enough() -> None:
    assert read(f"number\n{ONE}\n") == [RecipientRow(2, ONE, None, {})]


def test_number_and_zone_are_found_in_any_case_place_and_padding_and_stripped() -> None:
    assert read(f"city, ZONE , Number\n Ulm , Europe/Berlin , {ONE} \n") == [
        RecipientRow(2, ONE, "Europe/Berlin", {"city": " Ulm "})
    ]


@pytest.mark.parametrize("region", ["UK", "D", "Germany", "001", ""])
def test_a_region_is_a_country_of_two_letters(region: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_conventions(region, ())
    assert str(raised.value) == "region: is no country's code of two letters, such as DE or GB"


def test_a_column_is_what_it_is_said_to_be() -> None:
    conventions = parse_conventions(None, ["Phone = number", "tz=zone", "a=b=first name"])
    table = SeparatedTable(["PHONE;tz;a=b;c\n", f"{ONE};UTC;Ada;x\n"])

    assert list(read_recipients(table, conventions)) == [RecipientRow(2, ONE, "UTC", {"first name": "Ada", "c": "x"})]


@pytest.mark.parametrize(
    ("columns", "header", "said"),
    [
        (["phone"], "phone", "column: is written like phone=number: the name in the file, and what it is here"),
        (["=number"], "phone", "column: is written like phone=number: the name in the file, and what it is here"),
        (["a=number", "A=zone"], "a", "column: names one column of the file twice; keep one of them"),
        (
            ["phone=number"],
            "number",
            "column: the header has no column named phone; write its name as it stands there",
        ),
        (["phone=number"], "number,phone", "header: column 2 has the name of column 1; rename one of them"),
        (
            [],
            "name;Telefon",
            f"{NO_NUMBER}; if Telefon is it, say so: --column Telefon=number, over HTTP ?column=Telefon=number",
        ),
    ],
)
def test_what_is_said_of_columns_must_fit_the_file(columns: list[str], header: str, said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        list(read_recipients(SeparatedTable([f"{header}\n"]), parse_conventions(None, columns)))
    assert str(raised.value) == said


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "header: is missing: the file is empty; its first line names the columns, like number,zone"),
        ("\n \n", "header: is missing: the file is empty; its first line names the columns, like number,zone"),
        (
            "first_name,zone\n",
            f"{NO_NUMBER}; the first line names the columns, like number,zone,first_name",
        ),
        (
            f"{ONE},{ONE}\n",
            "header: has no column named number; the first line names the columns, like number,zone,first_name",
        ),
        ("number,a,b,a\n", "header: column 4 has the name of column 2; rename one of them"),
        ("number,NUMBER\n", "header: column 2 has the name of column 1; rename one of them"),
        ("zone,number, Zone\n", "header: column 3 has the name of column 1; rename one of them"),
        (
            f"number,{'n' * (COLUMN_NAME_CHARS_MAX + 1)}\n",
            f"header: the name of column 2 is longer than {COLUMN_NAME_CHARS_MAX} characters; shorten it",
        ),
        ("number,a\0b\n", "header: has a NUL character; take it out"),
        (
            f"number,{'n' * RECORD_CHARS_MAX}\n",
            f"header: is longer than {RECORD_CHARS_MAX} characters; shorten it",
        ),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_with_what_to_do(header: str, message: str) -> None:
    assert refusal_of(header + f"{ONE},x\n" if header.strip() else header) == message


def test_a_column_name_may_have_as_many_characters_as_the_limit() -> None:
    name = "n" * COLUMN_NAME_CHARS_MAX

    assert read(f"number,{name}\n{ONE},x\n") == [RecipientRow(2, ONE, None, {name: "x"})]
