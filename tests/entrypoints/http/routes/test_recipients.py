import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.dial_outcome import Refused, Unresolved
from domain.recipient import RecipientEnrolled, RecipientSuppressed
from entrypoints.http.routes.enrolment import IMPORT_ROWS_MAX
from tests.entrypoints.serving import (
    NOON,
    OTHER,
    SPRING,
    TO,
    WAIT_SECONDS_MAX,
    Serving,
    assert_problem,
    at,
    full_disk,
    held_writer,
    invalid,
    payload,
    play,
    problem,
    until,
    waited_for,
)

PATH = "/v1/campaigns/spring_followup/recipients"
NOT_IN_PLAN = "not in its country's numbering plan"
E164 = "is not a phone number in E.164 form; write it like +15551230002, without spaces"
QUEUED: dict[str, Any] = {
    "number": TO,
    "status": "queued",
    "reason": None,
    "until": None,
    "attempts": 0,
    "call_id": None,
    "code": None,
    "zone": None,
    "variables": {},
}


def number(place: int) -> str:
    return f"+1555124{place:04}"


def warning(rows: int, line: int = 2) -> list[dict[str, Any]]:
    return [{"line": line, "field": "number", "reason": NOT_IN_PLAN, "rows": rows}]


async def create(stage: Serving) -> None:
    assert (await stage.client.post("/v1/campaigns", json=SPRING)).status_code == 201


async def send_csv(stage: Serving, text: str | bytes, query: str = "?import=list") -> httpx.Response:
    return await stage.client.post(PATH + query, content=text, headers={"content-type": "Text/CSV; charset=utf-8"})


async def send(stage: Serving, *rows: object, **more: object) -> httpx.Response:
    return await stage.client.post(PATH, json={"import": "list", "recipients": rows, **more})


async def statuses(stage: Serving) -> dict[str, str]:
    return {item["number"]: item["status"] for item in (await stage.json(PATH))["items"]}


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
            "complaints": [
                {"line": 3, "field": "number", "reason": E164},
                {
                    "line": 4,
                    "field": "zone",
                    "reason": "is not an IANA time zone; write it like Europe/Berlin, or leave it empty",
                },
                {"line": 6, "field": "number", "reason": "repeats the number of line 2"},
            ],
            "warnings": warning(rows=3),
            "position": 4,
        }
        assert [recorded.event for recorded in stage.feed()[1:]] == [
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
        assert {recorded.recorded_at for recorded in stage.feed()[1:]} == {NOON + timedelta(microseconds=1)}

    play(tmp_path, scene)


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
            "complaints": [
                {"line": 3, "field": "number", "reason": E164},
                {"line": 4, "field": "row", "reason": 'must be an object such as {"number": "+15551230002"}'},
                {"line": 5, "field": "line", "reason": "must be a whole number from 1"},
                {"line": 6, "field": "line", "reason": "must be a whole number from 1"},
                {"line": 7, "field": "number", "reason": "is missing; write it like +15551230002"},
                {"line": 8, "field": "age", "reason": 'is not text; write the value between "'},
                {"line": 9, "field": "variables", "reason": 'must be an object of texts such as {"name": "Ada"}'},
                {"line": 10, "field": "name", "reason": 'is not a field that is known here; put it into "variables"'},
                {"line": 11, "field": "Number", "reason": 'belongs beside "variables", not into it'},
            ],
            "warnings": warning(rows=2, line=7),
            "position": 3,
        }
        items = (await stage.json(PATH))["items"]
        assert items == [
            {**QUEUED, "since": at(0, 1), "zone": "Europe/Berlin", "variables": {"name": "Ada"}},
            {**QUEUED, "since": at(0, 1), "number": OTHER},
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
        counted = {name: again[name] for name in ("rows", "enrolled", "already_enrolled", "repeated", "rejected")}
        assert counted == {"rows": 2, "enrolled": 1, "already_enrolled": 1, "repeated": 0, "rejected": 0}
        assert again["complaints"] == []

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
        shown = await stage.json(f"/v1/campaigns/spring_followup?at_least={done['position']}")
        assert shown["recipients"]["queued"] == IMPORT_ROWS_MAX
        assert len({recorded.recorded_at for recorded in stage.feed()[1:]}) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            b"",
            invalid("header", "is missing: the file is empty; its first line names the columns, like number,zone"),
        ),
        (
            b"\n\n",
            invalid("header", "is missing: the file is empty; its first line names the columns, like number,zone"),
        ),
        (
            b"number;zone\n+15551230002;Europe/Berlin\n",
            invalid("header", "is separated by semicolons; save the file as CSV with commas"),
        ),
        (
            b"phone,zone\n",
            invalid(
                "header", "has no column named number; the first line names the columns, like number,zone,first_name"
            ),
        ),
        (b"number,number\n", invalid("header", "column 2 has the name of column 1; rename one of them")),
        (
            b"number,name\n+15551230002,Ada\n+15551230003,J\xf6rg\n",
            invalid("body", "line 3 is not UTF-8; save the file as CSV in UTF-8"),
        ),
    ],
)
def test_a_file_that_cannot_be_read_enrols_nobody(tmp_path: Path, text: bytes, expected: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(await send_csv(stage, text), expected)
        assert stage.names() == ["campaign.created"]

    play(tmp_path, scene)


@pytest.mark.parametrize(
    "text", ["number\r\n+15551230002\r\n", "\ufeffnumber\n+15551230002", " Number \n +15551230002 \n\n"]
)
def test_a_file_as_spreadsheets_write_it_is_read(tmp_path: Path, text: str) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert (await waited_for(send_csv(stage, text), 200))["enrolled"] == 1

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", invalid("body", "is not JSON: unexpected end of data in line 1, column 1")),
        (b"[]", invalid("recipients", 'must be a list of objects such as {"number": "+15551230002"}')),
        (b"{}", invalid("recipients", 'must be a list of objects such as {"number": "+15551230002"}')),
        (b'{"recipients":{}}', invalid("recipients", 'must be a list of objects such as {"number": "+15551230002"}')),
        (b'{"recipients":[],"dry_run":true}', invalid("dry_run", "is not a field that is known here")),
        (b'{"recipients":[],"import":5}', invalid("import", "must be a text")),
        (b'{"recipients":[],"import":""}', invalid("import", "must have 1 to 100 characters")),
        (b'{"recipients":[],"import":"' + b"x" * 101 + b'"}', invalid("import", "must have 1 to 100 characters")),
        (
            b'{"recipients":[],"import":"\\ud800"}',
            invalid("body", "is not JSON: no low surrogate in string in line 1, column 27"),
        ),
    ],
)
def test_a_body_that_is_no_import_is_refused(tmp_path: Path, body: bytes, expected: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        answer = await stage.client.post(PATH, content=body, headers={"content-type": "application/json"})
        if "is not JSON" in expected["detail"]:
            expected["detail"] = answer.json()["detail"]
            assert expected["detail"].startswith("body: is not JSON: ")
        assert_problem(answer, expected)

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
            "warnings": [],
            "position": 1,
        }

    play(tmp_path, scene)


def test_an_import_is_refused_by_a_campaign_that_is_not_there_or_over(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        nobody = "no campaign is named spring_followup; `dialtrail campaign list` shows those there are"
        assert_problem(
            await send(stage, {"number": TO}), problem("not-found", 404, "Nothing is known under that name", nobody)
        )
        await create(stage)
        await stage.client.post("/v1/campaigns/spring_followup/cancel")
        over = "campaign spring_followup is canceled; enrol these recipients in a new campaign"
        assert_problem(
            await send(stage, {"number": TO}), problem("conflict", 409, "Not possible in the present state", over)
        )
        assert stage.names() == ["campaign.created", "campaign.canceled"]

    play(tmp_path, scene)


def test_an_import_whose_commit_fails_enrols_nobody_and_can_be_sent_again(tmp_path: Path) -> None:
    rows = [{"number": number(place)} for place in range(500)]

    async def scene(stage: Serving) -> None:
        await create(stage)
        with full_disk(stage.ledger):
            refused = await send(stage, *rows)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert stage.names() == ["campaign.created"]
        assert (await stage.json(PATH))["items"] == []
        assert (await waited_for(send(stage, *rows), 200))["enrolled"] == 500

    play(tmp_path, scene)


def test_webhooks_go_before_an_import_that_waits(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        async with held_writer(stage):
            importing = asyncio.create_task(send(stage, {"number": TO}))
            await until(lambda: stage.ledger.waiting()["imports"] == 1)
            delivering = asyncio.create_task(stage.deliver(payload("call.answered")))
            await until(lambda: stage.ledger.waiting()["webhooks"] == 1)
        assert ((await importing).status_code, (await delivering).status_code) == (200, 204)
        assert stage.names() == ["campaign.created", "call.answered", "recipient.enrolled"]

    play(tmp_path, scene)


def test_pages_follow_the_order_of_enrolment_and_do_not_shift_when_more_are_enrolled(tmp_path: Path) -> None:
    first = [number(place) for place in (5, 3, 9, 1, 7)]

    async def scene(stage: Serving) -> None:
        await stage.campaign(*first)
        one = await stage.json(f"{PATH}?limit=2")
        await stage.enroll(number(0))
        await stage.dial(first[0], "call_1")
        two = await stage.json(f"{PATH}?limit=2&after={one['next']}")
        three = await stage.json(f"{PATH}?limit=2&after={two['next']}")
        pages = [[item["number"] for item in page["items"]] for page in (one, two, three)]
        assert pages == [first[:2], first[2:4], [first[4], number(0)]]
        assert three["next"] is None
        assert await stage.json(f"{PATH}?after=1000000") == {
            "items": [],
            "next": None,
            "position": stage.ledger.position,
            "judged_at": at(0),
        }

    play(tmp_path, scene)


def test_a_page_of_one_status_has_the_next_only_if_there_is_one(tmp_path: Path) -> None:
    numbers = [number(place) for place in range(6)]

    async def scene(stage: Serving) -> None:
        await stage.campaign(*numbers)
        for one in (0, 3, 5):
            await stage.client.post("/v1/suppressions", json={"number": numbers[one]})
        page = await stage.json(f"{PATH}?status=suppressed&limit=2")
        assert [item["number"] for item in page["items"]] == [numbers[0], numbers[3]]
        page = await stage.json(f"{PATH}?status=suppressed&limit=2&after={page['next']}")
        assert ([item["number"] for item in page["items"]], page["next"]) == ([numbers[5]], None)
        page = await stage.json(f"{PATH}?status=queued&limit=3")
        assert ([item["number"] for item in page["items"]], page["next"]) == (
            [numbers[1], numbers[2], numbers[4]],
            None,
        )

    play(tmp_path, scene)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "ten", "+1", "\u0661", "9" * 30])
def test_a_limit_must_be_a_whole_number_within_its_bounds(tmp_path: Path, limit: str) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        answer = await stage.client.get(PATH, params={"limit": limit})
        assert_problem(answer, invalid("limit", "must be a whole number from 1 to 1000"))

    play(tmp_path, scene)


def test_a_page_has_a_hundred_where_no_limit_is_given_and_a_thousand_at_most(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(*(number(place) for place in range(1001)))
        assert [len((await stage.json(f"{PATH}{query}"))["items"]) for query in ("", "?limit=1000")] == [
            100,
            1000,
        ]

    play(tmp_path, scene)


def test_a_bad_cursor_or_status_is_refused(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(
            await stage.client.get(f"{PATH}?after=x"),
            invalid("after", "must be a whole number from 0 to 1000000000000"),
        )
        known = "queued, held, dialing, in_progress, reached, not_reached, failed, canceled, refused, unresolved"
        assert_problem(
            await stage.client.get(f"{PATH}?status=happy"),
            invalid("status", f"is none of {known}, withdrawn, suppressed"),
        )

    play(tmp_path, scene)


def test_one_recipient_has_their_attempts_and_the_verdict(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        shown = {
            **QUEUED,
            "campaign_id": "spring_followup",
            "history": [],
            "verdict": {"may_dial": True, "judged_at": at(0), "reasons": []},
            "position": 3,
        }
        assert await stage.json(f"{PATH}/{TO}") == shown
        assert await stage.json(f"{PATH}/%2B{TO[1:]}") == shown
        await stage.dial(TO, "call_1")
        attempt = {
            "attempt_id": "att_call_1",
            "phase": "accepted",
            "started_at": at(0, 3),
            "changed_at": at(0, 4),
            "call_id": "call_1",
            "status": 201,
            "code": None,
            "concerns": None,
            "why": None,
            "counts": True,
        }
        open_attempt = {
            "rule": "open_attempt",
            "scope": "recipient",
            "final": False,
            "until": None,
            "inputs": {"attempt_id": "att_call_1"},
        }
        assert await stage.json(f"{PATH}/{TO}") == {
            **shown,
            "status": "dialing",
            "attempts": 1,
            "call_id": "call_1",
            "history": [attempt],
            "verdict": {"may_dial": False, "judged_at": at(0), "reasons": [open_attempt]},
            "position": 7,
        }

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            f"/v1/campaigns/spring_followup/recipients/{OTHER}",
            "this number is not enrolled in a campaign named spring_followup",
        ),
        (f"/v1/campaigns/nobody/recipients/{TO}", "this number is not enrolled in a campaign named nobody"),
    ],
)
def test_a_recipient_that_is_not_there_is_not_found(tmp_path: Path, path: str, expected: str) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        assert_problem(
            await stage.client.get(path), problem("not-found", 404, "Nothing is known under that name", expected)
        )

    play(tmp_path, scene)


@pytest.mark.parametrize("written", ["15551230002", "tel:+15551230002", "+", "%FF"])
def test_what_is_no_number_is_refused(tmp_path: Path, written: str) -> None:
    reason = "is not UTF-8 when percent-decoded" if written == "%FF" else E164

    async def scene(stage: Serving) -> None:
        await create(stage)
        assert_problem(await stage.client.get(f"{PATH}/{written}"), invalid("number", reason))
        assert_problem(await stage.client.delete(f"/v1/suppressions/{written}"), invalid("number", reason))

    play(tmp_path, scene)


def test_each_life_ends_in_the_status_that_the_table_says_in_list_count_and_single_answer(tmp_path: Path) -> None:
    lives = (
        "queued",
        "dialing",
        "in_progress",
        "reached",
        "not_reached",
        "failed",
        "canceled",
        "refused",
        "unresolved",
    )
    numbers = {life: number(place) for place, life in enumerate(lives)}
    told = {
        "in_progress": ["call.answered"],
        "reached": ["call.answered", "call.completed"],
        "not_reached": ["call.completed"],
        "failed": ["call.failed"],
        "canceled": ["call.canceled"],
    }

    async def scene(stage: Serving) -> None:
        await stage.campaign(*numbers.values())
        for life in ("dialing", *told):
            await stage.dial(numbers[life], life)
        for life, names in told.items():
            for place, name in enumerate(names):
                assert (await stage.deliver(payload(name, life, place))).status_code == 204
        refused = Refused(
            status=400, code="invalid_request", body="{}", concerns="recipient", counts=False, throttle=None
        )
        await stage.settle(await stage.start(numbers["refused"], "a_refused"), refused)
        await stage.settle(await stage.start(numbers["unresolved"], "a_unresolved"), Unresolved(why="read time-out"))
        by_number = {number: life for life, number in numbers.items()}
        assert await statuses(stage) == by_number
        single = {one: (await stage.json(f"{PATH}/{one}"))["status"] for one in by_number}
        assert single == by_number
        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert counts == {**dict.fromkeys(lives, 1), "held": 0, "withdrawn": 0, "suppressed": 0}

    play(tmp_path, scene)


def test_a_suppression_holds_until_it_is_lifted(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        given = {"number": TO, "source": "hotline", "reason": "asked"}
        said = {"number": TO, "suppressed": True, "changed": True, "position": 4}
        assert await waited_for(stage.client.post("/v1/suppressions", json=given), 201) == said
        assert await waited_for(stage.client.post("/v1/suppressions", json=given), 200) == {**said, "changed": False}
        assert stage.feed()[3].event == RecipientSuppressed(number=TO, source="hotline", reason="asked")
        item = {**QUEUED, "status": "suppressed", "reason": "hotline", "since": at(0, 3)}
        assert (await stage.json(PATH))["items"] == [item]
        lifted = {"number": TO, "suppressed": False, "changed": True, "position": 5}
        assert await waited_for(stage.client.delete(f"/v1/suppressions/{TO}"), 200) == lifted
        assert await waited_for(stage.client.delete(f"/v1/suppressions/%2B{TO[1:]}"), 200) == {
            **lifted,
            "changed": False,
        }
        assert (await stage.json(PATH))["items"] == [{**QUEUED, "since": at(0, 4)}]

    play(tmp_path, scene)


def test_a_person_can_be_suppressed_before_they_are_enrolled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/suppressions", json={"number": TO})
        await stage.campaign(TO)
        assert (await stage.json("/v1/campaigns/spring_followup"))["recipients"]["suppressed"] == 1
        item = {**QUEUED, "status": "suppressed", "reason": "operator", "since": at(0, 2)}
        assert (await stage.json(PATH))["items"] == [item]

    play(tmp_path, scene)


def test_a_suppression_that_expires_puts_the_person_back_everywhere_at_once(tmp_path: Path) -> None:
    until = "2026-05-29T15:00:00+02:00"

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        await waited_for(stage.client.post("/v1/suppressions", json={"number": TO, "expires_at": until}), 201)
        item = {**QUEUED, "status": "suppressed", "reason": "operator", "until": at(3600), "since": at(0, 3)}
        stage.clock.now = NOON + timedelta(hours=1, microseconds=-1)
        assert (await stage.json(PATH))["items"] == [item]
        stage.clock.now = NOON + timedelta(hours=1)
        assert (await stage.json(PATH))["items"] == [{**QUEUED, "since": at(3600)}]
        stage.clock.now = NOON + timedelta(hours=2)
        await waited_for(stage.client.delete(f"/v1/suppressions/{TO}"), 200)
        assert (await stage.json(PATH))["items"] == [{**QUEUED, "since": at(3600)}]
        assert (await stage.json(f"{PATH}/{TO}"))["status"] == "queued"
        counts = (await stage.json("/v1/campaigns/spring_followup"))["recipients"]
        assert (counts["queued"], counts["suppressed"]) == (1, 0)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("given", "field", "message"),
    [
        ({}, "number", "is missing"),
        ({"number": "0555"}, "number", E164),
        ({"number": 15551230002}, "number", "input should be a valid string"),
        ({"number": TO, "why": "x"}, "why", "is not a field that is known here"),
        ({"number": TO, "source": ""}, "source", "string should have at least 1 character"),
        ({"number": TO, "source": "x" * 101}, "source", "string should have at most 100 characters"),
        ({"number": TO, "reason": "x" * 1001}, "reason", "string should have at most 1000 characters"),
        ({"number": TO, "expires_at": "2026-05-29T11:59:59Z"}, "expires_at", "is in the past"),
        ({"number": TO, "expires_at": "2026-05-29T12:00:00Z"}, "expires_at", "is in the past"),
        (
            {"number": TO, "expires_at": "2027-01-01T00:00:00"},
            "expires_at",
            "input should have timezone info",
        ),
        (
            {"number": TO, "expires_at": "9999-12-31T23:59:59-12:00"},
            "expires_at",
            "is not a possible time",
        ),
        ({"number": TO, "expires_at": "0001-01-01T00:00:00+12:00"}, "expires_at", "is not a possible time"),
    ],
)
def test_a_suppression_with_a_fault_names_the_field(
    tmp_path: Path, given: dict[str, Any], field: str, message: str
) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.post("/v1/suppressions", json=given), invalid(field, message))
        assert stage.feed() == []

    play(tmp_path, scene)


@pytest.mark.parametrize("expires_at", ["soon", 5, "2027-13-01T00:00:00Z", "1e400", True, []])
def test_a_time_that_is_none_is_refused(tmp_path: Path, expires_at: object) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.post("/v1/suppressions", json={"number": TO, "expires_at": expires_at})
        assert (answer.status_code, answer.json()["field"]) == (400, "expires_at")

    play(tmp_path, scene)
