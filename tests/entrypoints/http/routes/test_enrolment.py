from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.recipient import RecipientEnrolled
from entrypoints.http.rows import IMPORT_ROWS_MAX
from tests.entrypoints.http.routes.enrolling import E164, NO_COUNTRY, PATH, create, number, queued, send, send_csv
from tests.entrypoints.serving import (
    NOON,
    OTHER,
    TO,
    WAIT_SECONDS_MAX,
    Serving,
    assert_problem,
    at,
    invalid,
    play,
    problem,
    waited_for,
)

NOT_IN_PLAN = "not in its country's numbering plan"


def warning(rows: int, line: int = 2) -> list[dict[str, Any]]:
    return [{"line": line, "field": "number", "reason": NOT_IN_PLAN, "rows": rows}]


COMPLAINTS_OF_THE_FILE = [
    {"line": 3, "field": "number", "reason": NO_COUNTRY, "cell": "…"},
    {
        "line": 4,
        "field": "zone",
        "reason": "is not an IANA time zone; write it like Europe/Berlin, or leave it empty",
        "cell": "Nowhere/Atall",
    },
    {"line": 6, "field": "number", "reason": "repeats the number of line 2", "cell": None},
]


ENROLLED_BY_THE_FILE = [
    RecipientEnrolled(
        campaign_id="spring_followup",
        number=TO,
        zone="Europe/Berlin",
        variables={"first name": "Ada, Countess"},
        import_id="list",
        line=2,
    ),
    RecipientEnrolled(
        campaign_id="spring_followup", number=OTHER, variables={"first name": ""}, import_id="list", line=5
    ),
    RecipientEnrolled(
        campaign_id="spring_followup",
        number="+4930123456",
        variables={"first name": "Kim"},
        import_id="list",
        line=7,
    ),
]


def test_a_csv_file_is_enrolled_with_zones_and_variables_and_a_complaint_for_each_bad_row(tmp_path: Path) -> None:
    text = (
        "number,zone,first name\r\n"
        f'{TO},Europe/Berlin,"Ada, Countess"\r\n'
        "0555,,Bob\r\n"
        f"{OTHER},Nowhere/Atall,Eve\r\n"
        f"{OTHER},,\r\n"
        f"{TO},,Ada again\r\n"
        "+4930123456,,Kim\r\n"
    )

    async def scene(stage: Serving) -> None:
        await create(stage)
        assert await waited_for(send_csv(stage, text), 200) == {
            "import": "list",
            "rows": 6,
            "enrolled": 3,
            "already_enrolled": 0,
            "repeated": 1,
            "rejected": 2,
            "complaints": COMPLAINTS_OF_THE_FILE,
            "remarks": [],
            "warnings": warning(rows=3),
            "position": 4,
        }
        assert [recorded.event for recorded in stage.feed()[1:]] == ENROLLED_BY_THE_FILE
        assert {recorded.recorded_at for recorded in stage.feed()[1:]} == {NOON + timedelta(microseconds=1)}

    play(tmp_path, scene)


COMPLAINTS_OF_THE_ROWS = [
    {"line": 3, "field": "number", "reason": E164, "cell": "+…"},
    {
        "line": 4,
        "field": "row",
        "reason": 'must be an object such as {"number": "+15551230002"}',
        "cell": None,
    },
    {"line": 5, "field": "line", "reason": "must be a whole number from 1", "cell": None},
    {"line": 6, "field": "line", "reason": "must be a whole number from 1", "cell": None},
    {"line": 7, "field": "number", "reason": "is missing; write it like +15551230002", "cell": None},
    {"line": 8, "field": "age", "reason": 'is not text; write the value between "', "cell": None},
    {
        "line": 9,
        "field": "variables",
        "reason": 'must be an object of texts such as {"name": "Ada"}',
        "cell": None,
    },
    {
        "line": 10,
        "field": "name",
        "reason": 'is not a field that is known here; put it into "variables"',
        "cell": None,
    },
    {"line": 11, "field": "Number", "reason": 'belongs beside "variables", not into it', "cell": None},
]


def test_json_rows_are_enrolled_with_their_own_lines_or_counted_from_one(tmp_path: Path) -> None:
    rows = [
        {"line": 7, "number": TO, "zone": "Europe/Berlin", "variables": {"name": "Ada"}},
        {"number": OTHER},
        {"number": "+49 30 1"},
        "text",
        {"line": 0, "number": OTHER},
        {"line": True, "number": OTHER},
        {"zone": "Europe/Berlin"},
        {"number": OTHER, "variables": {"age": 5}},
        {"number": OTHER, "variables": ["age"]},
        {"number": OTHER, "name": "Eve"},
        {"number": OTHER, "variables": {"Number": TO}},
    ]

    async def scene(stage: Serving) -> None:
        await create(stage)
        assert await waited_for(send(stage, *rows), 200) == {
            "import": "list",
            "rows": 11,
            "enrolled": 2,
            "already_enrolled": 0,
            "repeated": 0,
            "rejected": 9,
            "complaints": COMPLAINTS_OF_THE_ROWS,
            "remarks": [],
            "warnings": warning(rows=2, line=7),
            "position": 3,
        }
        items = (await stage.json(PATH))["items"]
        assert items == [
            {**queued(stage), "since": at(0), "wished_at": None, "zone": "Europe/Berlin", "variables": {"name": "Ada"}},
            {**queued(stage, OTHER), "since": at(0), "wished_at": None},
        ]

    play(tmp_path, scene)


def test_an_import_without_a_name_gets_one(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        by_csv = await waited_for(send_csv(stage, f"number\n{TO}\n", ""), 200)
        by_json = await waited_for(stage.client.post(PATH, json={"recipients": [{"number": OTHER}]}), 200)
        assert by_csv["import"] != by_json["import"]
        assert [recorded.event.import_id for recorded in stage.feed()[1:]] == [by_csv["import"], by_json["import"]]  # type: ignore[union-attr]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("query", "given", "expected"),
    [
        ("?import=spring", {}, "spring"),
        ("?import=spring", {"import": None}, "spring"),
        ("?import=spring", {"import": "autumn"}, "autumn"),
    ],
)
def test_json_may_name_its_import_in_the_query_or_stronger_in_itself(
    tmp_path: Path, query: str, given: dict[str, Any], expected: str
) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await waited_for(stage.client.post(PATH + query, json={"recipients": [{"number": TO}], **given}), 200)
        assert done["import"] == expected
        for too_long in (
            send_csv(stage, f"number\n{OTHER}\n", query + "x" * 100),
            stage.client.post(f"{PATH}{query}{'x' * 100}", json={"recipients": []}),
        ):
            assert_problem(await too_long, invalid("import", "must have 1 to 100 characters"))

    play(tmp_path, scene)


def test_the_same_file_again_enrols_the_rest(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        await send_csv(stage, f"number\n{TO}\n")
        again = await waited_for(send_csv(stage, f"number\n{TO}\n{OTHER}\n", "?import=another"), 200)
        assert [again[name] for name in ("rows", "enrolled", "already_enrolled", "rejected")] == [2, 1, 1, 0]

    play(tmp_path, scene)


def test_a_batch_sent_again_under_its_import_is_not_taken_for_repeated_rows(tmp_path: Path) -> None:
    text = f"number\n{TO}\n{OTHER}\n{TO}\n"

    async def scene(stage: Serving) -> None:
        await create(stage)
        first = await waited_for(send_csv(stage, text), 200)
        again = await waited_for(send_csv(stage, text), 200)
        assert again == {**first, "enrolled": 0, "already_enrolled": 2}
        assert len(stage.feed()) == 3

    play(tmp_path, scene)


def test_the_same_person_may_be_in_two_campaigns(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await stage.campaign(TO, campaign_id="autumn_followup")
        assert {recorded.stream for recorded in stage.feed() if recorded.name == "recipient.enrolled"} == {
            stage.ledger.recipient_stream(TO)
        }
        assert (await stage.json("/v1/campaigns/autumn_followup"))["recipients"]["queued"] == 1

    play(tmp_path, scene)


def test_ten_thousand_rows_are_one_commit_and_one_more_is_too_many(tmp_path: Path) -> None:
    rows = [number(place) for place in range(IMPORT_ROWS_MAX)]
    too_many = problem(
        "too-large",
        413,
        "The request is too large",
        "recipients: at most 10000 rows a request; send the file in parts, under one import",
        field="recipients",
    )

    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(await send_csv(stage, "\n".join(["number", *rows, TO])), too_many)
        assert_problem(await send(stage, *({} for _ in range(IMPORT_ROWS_MAX + 1))), too_many)
        assert stage.names() == ["campaign.created"]
        done = await waited_for(send_csv(stage, "\n".join(["number", *rows])), 200)
        assert (done["enrolled"], done["position"]) == (IMPORT_ROWS_MAX, IMPORT_ROWS_MAX + 1)
        assert await stage.parts.projector.wait_for(done["position"], WAIT_SECONDS_MAX)
        shown = await stage.json("/v1/campaigns/spring_followup")
        assert shown["recipients"]["queued"] == IMPORT_ROWS_MAX
        assert len({recorded.recorded_at for recorded in stage.feed()[1:]}) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "text", ["number\r\n+15551230002\r\n", "\ufeffnumber\n+15551230002", " Number \n +15551230002 \n\n"]
)
def test_a_file_as_spreadsheets_write_it_is_read(tmp_path: Path, text: str) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert (await waited_for(send_csv(stage, text), 200))["enrolled"] == 1

    play(tmp_path, scene)


def test_an_import_of_nobody_is_fine(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert await waited_for(send(stage), 200) == {
            "import": "list",
            "rows": 0,
            "enrolled": 0,
            "already_enrolled": 0,
            "repeated": 0,
            "rejected": 0,
            "complaints": [],
            "remarks": [],
            "warnings": [],
            "position": 1,
        }

    play(tmp_path, scene)


@pytest.mark.parametrize("path", [PATH, "/v1/suppressions"])
@pytest.mark.parametrize("kind", [None, "application/octet-stream", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", [b"number\n+15551230002\n", b"PK\x03\x04 a workbook"])
def test_a_file_whose_kind_is_not_said_is_told_what_to_say(
    tmp_path: Path, path: str, kind: str | None, body: bytes
) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        said = {} if kind is None else {"content-type": kind}
        answer = await stage.client.post(f"{path}?region=DE", content=body, headers=said)
        assert answer.status_code == 400
        assert "send it with Content-Type: text/csv, also a workbook" in answer.text

    play(tmp_path, scene)
