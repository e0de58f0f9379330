import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.entrypoints.http.routes.enrolling import PATH, create, number, send, send_csv
from tests.entrypoints.ledger_trouble import full_disk, held_writer
from tests.entrypoints.serving import TO, Serving, assert_problem, invalid, payload, play, problem, until, waited_for
from tests.entrypoints.shared_stage import Play, shared_by_module


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
            b"first_name,zone\n",
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


asking = shared_by_module(create)


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
def test_a_body_that_is_no_import_is_refused(asking: Play, body: bytes, expected: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.post(PATH, content=body, headers={"content-type": "application/json"})
        if "is not JSON" in expected["detail"]:
            expected["detail"] = answer.json()["detail"]
            assert expected["detail"].startswith("body: is not JSON: ")
        assert_problem(answer, expected)

    asking(scene)


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
