"""What was exported as CSV is imported again as it was: the same people, zones and variables."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.recipient_columns import COLUMN_NAME_CHARS_MAX
from adapters.recipient_file import Complaint, RecipientRow, Remark, read_recipients, table_of
from adapters.tables.record import VALUE_CHARS_MAX
from entrypoints.cli.export.command import RECIPIENT_COLUMNS
from entrypoints.cli.export.sheet import CHARACTERS, Format, Program, Separator, Sheet
from tests.entrypoints.cli.conftest import Run
from tests.entrypoints.cli.export.test_command import PEOPLE, page
from tests.entrypoints.cli.fake_api import FakeApi

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NAMES = TEXTS.map(str.strip).filter(lambda name: len(name) > 0 and name.casefold() not in {"number", "zone"})
PERSON = st.fixed_dictionaries(
    {
        "number": st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
        "status": st.sampled_from(["queued", "held"]),
        "reason": st.sampled_from([None, "=danger", "+1"]),
        "until": st.sampled_from([None, "2026-05-29T12:00:00.000000Z"]),
        "attempts": st.integers(0, 9),
        "call_id": st.sampled_from([None, "call_1", "0012", "1e5"]),
        "zone": st.sampled_from([None, "UTC", "Europe/Berlin"]),
        "variables": st.dictionaries(NAMES, TEXTS, max_size=4),
    }
)


def exported(people: list[dict[str, Any]], made_for: Program | None, separator: str) -> bytes:
    file = io.StringIO(newline="")
    Sheet(file, Format.CSV, RECIPIENT_COLUMNS, made_for, separator).add(people)
    return file.getvalue().encode()


def imported(body: bytes) -> list[RecipientRow | Complaint | Remark]:
    return list(read_recipients(table_of(io.BytesIO(body), "people.csv")))


@given(st.lists(PERSON, max_size=5), st.sampled_from([None, Program.EXCEL]), st.sampled_from(list(Separator)))
def test_whoever_is_exported_is_imported_again_equal(
    people: list[dict[str, Any]], made_for: Program | None, separator: Separator
) -> None:
    rows = imported(exported(people, made_for, CHARACTERS[separator]))

    assert [(row.number, row.zone, dict(row.variables)) for row in rows if isinstance(row, RecipientRow)] == [
        (person["number"], person["zone"], person["variables"]) for person in people
    ]
    assert len(rows) == len(people)


def test_the_longest_recipient_is_imported_again() -> None:
    names = [f"{place:02}".ljust(COLUMN_NAME_CHARS_MAX, '"') for place in range(15)]
    person = {"number": "+15557100011", "zone": None, "variables": dict.fromkeys(names, '"' * VALUE_CHARS_MAX)}

    (row,) = imported(exported([person], None, ","))

    assert isinstance(row, RecipientRow)
    assert row.variables == person["variables"]


HEADER = ",".join(name for name in RECIPIENT_COLUMNS if name not in {"reference", "wished_at"})
"""As exports of 0.1.0 have it."""


@pytest.mark.parametrize(
    ("header", "more", "variables"),
    [
        (HEADER, '"{""name"":""Ada""}"', {"name": "Ada"}),
        (HEADER, "", {}),
        (f"{HEADER},city", '"{""name"":""Ada""}",Ulm', {"name": "Ada", "city": "Ulm"}),
        (
            HEADER.replace("status,", ""),
            '"{}"',
            {"reason": "", "until": "", "attempts": "0", "call_id": "", "variables": "{}"},
        ),
    ],
)
def test_an_export_is_known_by_its_columns(header: str, more: str, variables: dict[str, str]) -> None:
    before = ",queued" if ",status" in header else ""

    assert imported(f"{header}\n+15557100011{before},,,0,,UTC,{more}\n".encode()) == [
        RecipientRow(2, "+15557100011", "UTC", variables)
    ]


def test_nobody_wishes_anything_by_an_export() -> None:
    person = {"number": "+15557100011", "zone": None, "variables": {"name": "Ada"}, "wished_at": "2026-05-30T09:00:00Z"}

    (row,) = imported(exported([person], None, ","))

    assert row == RecipientRow(2, "+15557100011", None, {"name": "Ada"})


def test_the_reference_of_an_export_is_among_the_variables() -> None:
    variables = {"Reference": " crm-1 ", "name": "Ada"}
    person = {"number": "+15557100011", "zone": None, "reference": "crm-1", "variables": variables}

    (row,) = imported(exported([person], None, ","))

    assert row == RecipientRow(2, "+15557100011", None, variables)


@pytest.mark.parametrize(
    "cell", ["x", "[]", '"{""a"":1}"', '"{"""":""x""}"', '"{"" a"":""x""}"', '"{""a"":""\\u0000""}"']
)
def test_variables_that_an_export_does_not_write_are_complained_of(cell: str) -> None:
    (complaint,) = imported(f"{HEADER}\n+15557100011,queued,,,0,,UTC,{cell}\n".encode())

    assert isinstance(complaint, Complaint)
    assert (complaint.line, complaint.field) == (2, "variables")
    assert complaint.reason.startswith('is no JSON object of texts such as {"name": "Ada"}')


def test_a_column_of_its_own_must_not_be_in_the_variables() -> None:
    body = f'{HEADER},name\n+15557100011,queued,,,0,,UTC,"{{""name"":""Ada""}}",Bo\n'

    assert imported(body.encode()) == [
        Complaint(2, "variables", "has what a column of its own has as well; keep one of them")
    ]


def test_an_export_for_excel_has_its_mark_semicolons_and_numbers_that_keep_their_plus(
    dialtrail: Run, api: FakeApi, tmp_path: Path
) -> None:
    person = {"number": "+15557100011", "status": "queued", "zone": None, "variables": {"name": "Jürgen"}}
    api.answers("GET", f"{PEOPLE}?limit=1", page([person], None, 4))
    api.answers("GET", f"{PEOPLE}?as_of=4&limit=1000", page([person], None, 4))
    command = ("export", "recipients", "spring_followup", "--for", "excel", "--out", "people.csv")

    assert dialtrail(*command).code == 0
    assert (tmp_path / "people.csv").read_bytes().decode() == (
        "\ufeffnumber;status;reason;until;attempts;call_id;zone;variables;reference;wished_at\n"
        '"=""+15557100011""";queued;;;;;;"{""name"":""Jürgen""}";;\n'
    )
    assert dialtrail(*command, "--separator", "tab").code == 0
    assert (tmp_path / "people.csv").read_bytes().decode().startswith("\ufeffnumber\tstatus\t")
    assert dialtrail(*command, "--format", "jsonl")[::2] == (
        2,
        "dialtrail: --for: is for CSV; say --format csv, or leave it out\n",
    )


def test_of_a_masked_export_each_row_says_so() -> None:
    (complaint,) = imported(f"{HEADER}\n+15…11,queued,,,0,,,\n".encode())

    assert complaint == Complaint(2, "number", "is masked; export it again with a role that may see numbers", "+…")
