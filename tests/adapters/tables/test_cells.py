"""What is read of the cells of a workbook."""

import pytest

from adapters.recipient_file import Complaint, RecipientRow, Remark
from tests.adapters.recipient_rows import ONE, TWO
from tests.adapters.tables.books import DATE, PERCENT, ZEROS, ods, ods_row, rows, xlsx
from tests.adapters.tables.reading import TO_THE_END, read, refusal_of


def test_a_number_that_a_spreadsheet_kept_as_one_is_read_where_it_is_certain() -> None:
    body = xlsx(rows(["number"], ["<c><v>15120000333</v></c>"], ["<c><v>491512000033</v></c>"], ["<c><v>1.5</v></c>"]))
    put_back = "a spreadsheet made a number of it; what it began with was put back"

    with_region, without = read(body, "DE"), read(body)

    assert with_region[:2] == [Remark(2, "number", put_back), RecipientRow(2, "+4915120000333", None, {})]
    assert [(one.line, one.reason.partition(";")[0], one.cell) for one in without if isinstance(one, Complaint)] == [
        (2, "a spreadsheet made a number of it, and what it began with is lost", "15…33"),
        (3, "a spreadsheet made a number of it, and what it began with is lost", "49…33"),
        (4, "a spreadsheet made a number of it, and it is no whole one", "…"),
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (f'<c s="{ZEROS}"><v>1234</v></c>', "01234"),
        ("<c><v>1234</v></c>", "1234"),
        ("<c><v>0.5</v></c>", "0.5"),
        ('<c t="b"><v>1</v></c>', "TRUE"),
        ('<c t="str"><f>A1</f><v>x</v></c>', "x"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
    ],
)
def test_a_value_is_what_a_person_sees(cell: str, value: str) -> None:
    assert read(xlsx(rows(["number", "a"], [ONE, cell]))) == [RecipientRow(2, ONE, None, {"a": value})]


@pytest.mark.parametrize(
    ("cell", "value", "remark"),
    [
        (
            f'<c s="{DATE}"><v>45000</v></c>',
            "2023-03-15",
            "is a date or time in the spreadsheet; read in the form 2026-12-31 or 13:30:00",
        ),
        (f'<c s="{PERCENT}"><v>0.155</v></c>', "15.5%", "is a percentage in the spreadsheet; read in the form 15%"),
    ],
)
def test_what_is_shown_in_many_forms_is_read_in_one_and_remarked(cell: str, value: str, remark: str) -> None:
    assert read(xlsx(rows(["number", "a"], [ONE, cell]))) == [
        Remark(2, "a", remark),
        RecipientRow(2, ONE, None, {"a": value}),
    ]


@pytest.mark.parametrize(
    ("cell", "more", "said", "shown"),
    [
        ('<c t="e"><v>#N/A</v></c>', "", "is an error of the spreadsheet; mend it there", "#N/A"),
        (
            "<c><f>A1</f></c>",
            "",
            "is a formula whose result was not saved; open the file in a spreadsheet, and save it again",
            None,
        ),
        (
            "",
            '<mergeCells><mergeCell ref="B1:B2"/></mergeCells>',
            "is merged with the cell above or beside it; write the value into each",
            None,
        ),
    ],
)
def test_a_cell_without_a_value_of_its_own_is_complained_of(cell: str, more: str, said: str, shown: str | None) -> None:
    assert read(xlsx(rows(["number", "a"], [ONE, cell]), more)) == [Complaint(2, "a", said, shown)]


def test_cells_of_an_ods_are_as_odd() -> None:
    percent = (
        '<table:table-cell office:value-type="percentage" office:value="0.15"><text:p>15%</text:p></table:table-cell>'
    )
    body = ods(
        ods_row("number", "a") + ods_row(ONE, percent) + ods_row(TWO, "<table:covered-table-cell/>") + TO_THE_END
    )

    assert read(body) == [
        Remark(2, "a", "is a percentage in the spreadsheet; read in the form 15%"),
        RecipientRow(2, ONE, None, {"a": "15%"}),
        Complaint(3, "a", "is merged with the cell above or beside it; write the value into each"),
    ]


def test_the_first_sheet_that_can_be_seen_is_read() -> None:
    sheets = '<sheet name="Old" sheetId="2" state="hidden" r:id="rId3"/><sheet name="People" sheetId="1" r:id="rId1"/>'

    assert read(xlsx(rows(["number"], [ONE]), sheets=sheets)) == [RecipientRow(2, ONE, None, {})]
    assert refusal_of(xlsx("", sheets='<sheet name="Old" sheetId="2" state="hidden" r:id="rId3"/>')) == (
        "people: the workbook has no sheet that can be seen; save it again with the list in its first sheet"
    )
