"""Workbooks: what is read of their cells, and how much they may ask for."""

import struct
from pathlib import Path

import pytest

from adapters.recipient_file import RecipientRow, read_recipients, rows_at
from adapters.tables import workbook
from adapters.tables.sheet import CELLS_MAX
from tests.adapters.recipient_rows import ONE, TWO
from tests.adapters.tables.books import ods, ods_row, packed, rows, xlsx
from tests.adapters.tables.reading import EMPTY, TO_THE_END, read, refusal_of

HEADER = ["number", "zone", "first_name"]
SMALLER = "save the one sheet as CSV in UTF-8"
BOOKS = {
    "xlsx": xlsx(rows(["", ""], HEADER, [ONE, "UTC", "Jürgen"], ["", "", ""], [TWO])),
    "ods": ods(
        ods_row("", more=EMPTY)
        + ods_row(*HEADER, more=EMPTY)
        + ods_row(ONE, "UTC", "Jürgen")
        + ods_row("", "")
        + ods_row(TWO)
        + TO_THE_END
    ),
}


@pytest.mark.parametrize("kind", BOOKS)
def test_a_workbook_is_read_like_any_table_with_its_rows_as_lines(kind: str, tmp_path: Path) -> None:
    expected = [
        RecipientRow(3, ONE, "UTC", {"first_name": "Jürgen"}),
        RecipientRow(5, TWO, None, {"first_name": ""}),
    ]
    path = tmp_path / f"people.{kind}"
    path.write_bytes(BOOKS[kind])

    assert read(BOOKS[kind]) == expected
    assert list(rows_at(path, "people", read_recipients)) == expected


@pytest.mark.parametrize(
    "body",
    [
        xlsx('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        ods(
            '<table:table-row table:number-rows-repeated="1048576">'
            '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
            "</table:table-row>"
        ),
    ],
    ids=["far apart", "repeated"],
)
def test_few_bytes_do_not_ask_for_all_memory(body: bytes) -> None:
    assert refusal_of(body) == f"people: the sheet has more than {CELLS_MAX} cells up to its last one; {SMALLER}"


def test_a_workbook_has_a_size_unpacked_that_is_not_taken_on_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    body = xlsx(rows(["number"], [ONE]), "<!--" + "x" * 300_000 + "-->")
    directory = body.index(b"PK\x01\x02", body.index(b"xl/worksheets/sheet1.xml", body.index(b"PK\x01\x02")) - 60)
    lying = body[: directory + 24] + struct.pack("<I", 1_000) + body[directory + 28 :]

    assert refusal_of(lying) == "people: the workbook is damaged: a part is not as large as it says; save it again"
    monkeypatch.setattr(workbook, "UNPACKED_BYTES_MAX", 100_000)
    assert refusal_of(body).endswith(f"bytes unpacked, and at most 100000 are read; {SMALLER}")


@pytest.mark.parametrize(
    "body",
    [
        b"PK\x03\x04",
        xlsx("")[:400],
        packed({"a.txt": "x"}),
        packed({"xl/workbook.xml": "<workbook"}),
        packed({"xl/workbook.xml": '<!DOCTYPE a [<!ENTITY b "c">]><workbook/>'}),
        packed({"content.xml": "<a/>"}),
        xlsx(""),
        # Its directory begins elsewhere than it says: every part is before the file's beginning.
        BOOKS["xlsx"][:60] + BOOKS["xlsx"][90:],
        BOOKS["ods"][:60] + BOOKS["ods"][90:],
    ],
)
def test_what_is_no_workbook_is_refused_in_words(body: bytes) -> None:
    assert refusal_of(body).startswith(
        ("people: the workbook ", "people: is a damaged workbook ", "header: is missing")
    )
