"""Files as spreadsheets write them, over HTTP: read by the same reader as on the command line."""

import io
from pathlib import Path

import pytest

from adapters.recipient_columns import Conventions, parse_conventions
from adapters.recipient_file import Complaint, RecipientRow, read_recipients, table_of
from entrypoints.http.routes.enrolment import COMPLAINTS_SHOWN_MAX
from entrypoints.http.rows import ODS, XLSX
from tests.adapters.tables.books import ods, ods_row, rows, two_sheets, xlsx
from tests.entrypoints.http.routes.enrolling import PATH, create, send_csv
from tests.entrypoints.serving import Serving, assert_problem, invalid, play, waited_for

FILES = [
    b"number,zone,\r\n+15557100011,,\r\n+15557100012,Europe/Berlin,\r\n",
    b"number,first_name\r+15557100011,Ada\r+15557100012,Ben\r",
    b"sep=,\r\nnumber,first_name\r\n+15557100011,Ada\r\n",
    b"number,first_name\r\n'+15557100011,Ada\r\n4.91512E+11,Ben\r\n491512000033.0,Cy\r\n" + b",\r\n" * 300,
    "number\n\u202a+15557100013\u202c\n+1\u200b5557100014\n+１５５５７１０００１５\n+1\u00a05557100016\n".encode(),  # noqa: RUF001
    "number;first_name\n+1 555 710 0011;Jürgen\n".encode("utf-16"),
    "\ufeffnumber\tfirst_name\t\n(555) 710-0011\tSøren\t\n".encode(),
]


@pytest.mark.parametrize("body", FILES)
def test_a_file_is_enrolled_as_the_one_reader_reads_it(tmp_path: Path, body: bytes) -> None:
    conventions = Conventions("US")
    read = list(read_recipients(table_of(io.BytesIO(body), "body"), conventions))
    rows = [row for row in read if isinstance(row, RecipientRow)]

    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await waited_for(send_csv(stage, body, "?import=list&region=us"), 200)
        assert done["enrolled"] == len(rows)
        assert [one["cell"] for one in done["complaints"]] == [one.cell for one in read if isinstance(one, Complaint)]
        shown = (await stage.json(PATH))["items"]
        assert [(one["number"], one["zone"], one["variables"]) for one in shown] == [
            (row.number, row.zone, row.variables) for row in rows
        ]

    play(tmp_path, scene)


def test_the_complaint_says_what_is_wrong_with_the_value_and_shows_it_masked(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await waited_for(send_csv(stage, "number\n4.91512E+11\n'+15557100011\n+1\u200b5557100014\n"), 200)
        assert done["complaints"] == [
            {
                "line": 2,
                "field": "number",
                "reason": "a spreadsheet made a number of it, and digits are lost; "
                "take it from the source again, as text",
                "cell": "4.9…E+11",
            }
        ]
        assert [(one["line"], one["reason"]) for one in done["warnings"][:3:2]] == [
            (3, "begins with an apostrophe; read without it"),
            (4, "has a character that cannot be seen (U+200B); read without it"),
        ]

    play(tmp_path, scene)


def test_columns_and_region_are_named_in_the_query(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        query = "?region=DE&column=Telefon=number&column=Vorname=first_name"
        done = await waited_for(send_csv(stage, "Vorname;Telefon\nAda;0151 20000333\n", query), 200)
        assert done["enrolled"] == 1
        (shown,) = (await stage.json(PATH))["items"]
        assert (shown["number"], shown["variables"]) == ("+4915120000333", {"first_name": "Ada"})

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("query", "field", "said"),
    [
        ("?region=UK", "region", "is no country's code of two letters, such as DE or GB"),
        ("?column=phone", "column", "is written like phone=number: the name in the file, and what it is here"),
        ("?column=a=number", "column", "the header has no column named a; write its name as it stands there"),
        ("?regoin=DE", "regoin", "is not taken here; do you mean region?"),
        ("?region=DE&region=AT", "region", "is given more than once; give it once"),
    ],
)
def test_what_cannot_be_said_of_a_file_is_refused(tmp_path: Path, query: str, field: str, said: str) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(await send_csv(stage, "number\n+15557100011\n", query), invalid(field, said))
        assert stage.names() == ["campaign.created"]

    play(tmp_path, scene)


def test_json_is_no_file(tmp_path: Path) -> None:
    said = "is for files; in JSON each row has its members by their names, and numbers in E.164 form"
    assert parse_conventions(None, ()) == Conventions()

    async def scene(stage: Serving) -> None:
        await create(stage)
        for path in (PATH, "/v1/suppressions"):
            answer = await stage.client.post(f"{path}?region=DE", json={"recipients": []})
            assert_problem(answer, invalid("region", said))

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        (XLSX, xlsx(rows(["number", "first_name"], ["+15557100011", "Jürgen"]))),
        (ODS, ods(ods_row("number", "first_name") + ods_row("+15557100011", "Jürgen"))),
        ("text/csv", xlsx(rows(["number", "first_name"], ["+15557100011", "Jürgen"]))),
        (XLSX, "number;first_name\n+15557100011;Jürgen\n".encode()),
    ],
)
def test_a_workbook_is_known_by_its_bytes_and_its_people_are_enrolled(
    tmp_path: Path, media_type: str, body: bytes
) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        answer = await stage.client.post(PATH, content=body, headers={"content-type": media_type})
        assert (answer.status_code, answer.json()["enrolled"]) == (200, 1)
        (shown,) = (await stage.json(PATH))["items"]
        assert (shown["number"], shown["variables"]) == ("+15557100011", {"first_name": "Jürgen"})
        listed = await stage.client.post(
            "/v1/suppressions", content=b"number,name\n+15557100011,x\n", headers={"content-type": media_type}
        )
        assert (listed.status_code, listed.json()["detail"]) == (
            400,
            "header: has other columns than number, source, reason and expires_at, each once; take them out",
        )

    play(tmp_path, scene)


def test_a_preview_says_what_would_become_of_a_file_and_enrols_nobody(tmp_path: Path) -> None:
    text = "Telefon;first_name;\n+15557100011;Ada;\n4.9E+11;Bo;\n+1 555 710 0011;Cy;\n+15557100012;Di;\n"
    query = "?column=telefon=number&preview="

    async def scene(stage: Serving) -> None:
        await create(stage)
        await send_csv(stage, "number\n+15557100012\n", "?import=before")
        before = stage.names()
        answer = await waited_for(send_csv(stage, text, query + "true"), 200)
        assert stage.names() == before
        counted = ("rows", "enrolled", "already_enrolled", "repeated", "rejected", "complaints_omitted", "preview")
        assert [answer[name] for name in counted] == [4, 1, 1, 1, 1, 0, True]
        assert answer["columns"] == [
            {"column": "Telefon", "read_as": "number"},
            {"column": "first_name", "read_as": "variable first_name"},
            {"column": "", "read_as": "left out"},
        ]
        assert answer["first"][0] == {
            "line": 2,
            "number": "+15557100011",
            "consent": None,
            "zone": None,
            "callback_at": None,
            "callback_zone": None,
            "variables": {"first_name": "Ada"},
        }
        assert [(one["line"], one["cell"]) for one in answer["complaints"]] == [(3, "4.9E+11"), (4, None)]
        assert (await waited_for(send_csv(stage, text, query + "false"), 200))["enrolled"] == 1
        assert_problem(await send_csv(stage, text, query + "yes"), invalid("preview", "is none of true, false"))

    play(tmp_path, scene)


def test_of_many_complaints_a_preview_counts_the_rest(tmp_path: Path) -> None:
    text = "number\n" + "x\n" * (COMPLAINTS_SHOWN_MAX + 5)

    async def scene(stage: Serving) -> None:
        await create(stage)
        answer = await waited_for(send_csv(stage, text, "?preview=true"), 200)
        assert (len(answer["complaints"]), answer["complaints_omitted"]) == (COMPLAINTS_SHOWN_MAX, 5)

    play(tmp_path, scene)


def test_the_sheet_that_is_named_is_read_and_the_others_are_said(tmp_path: Path) -> None:
    book = two_sheets()

    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await waited_for(send_csv(stage, book, "?import=a"), 200)
        assert (done["enrolled"], [one["field"] for one in done["warnings"]]) == (1, ["sheet"])
        assert "only “People” is read, and the workbook has “More”, too" in done["warnings"][0]["reason"]
        done = await waited_for(send_csv(stage, book, "?import=b&sheet=More"), 200)
        assert (done["enrolled"], done["warnings"]) == (2, [])
        for body, said in ((book, "there is no “Mor” that can be seen"), ("number\n", "is for workbooks")):
            answer = await send_csv(stage, body, "?import=c&sheet=Mor")
            assert (answer.status_code, answer.json()["field"]) == (400, "sheet")
            assert answer.json()["detail"].startswith(f"sheet: {said}")

    play(tmp_path, scene)
