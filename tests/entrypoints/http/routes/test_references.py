"""By what the user's own system knows a recipient: kept with the enrolment, shown, found, and unique where a campaign says so."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from application.commands.recipients import enroll_recipients
from domain.errors import Conflict
from tests.entrypoints.http.guarded import GUARDED
from tests.entrypoints.http.routes.enrolling import PATH, create, number, send_csv
from tests.entrypoints.serving import AUDITOR, OPERATOR, OTHER, SPRING, TO, VIEWER, Serving, play

TAKEN = "is another recipient's in this campaign, whose references are unique; give this one its own"
UNIQUE = {**SPRING, "unique_references": True}


async def references(stage: Serving) -> dict[str, Any]:
    return {item["number"]: item["reference"] for item in (await stage.json(PATH))["items"]}


async def enroll(stage: Serving, *rows: dict[str, Any], **more: Any) -> Any:
    answer = await stage.client.post(PATH, json={"recipients": list(rows)}, params=more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def said(answer: Any) -> list[tuple[int, str, str]]:
    return [(one["line"], one["field"], one["reason"]) for one in answer["complaints"]]


def test_a_column_of_that_name_is_the_reference_and_a_variable_as_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await send_csv(stage, f"number,Reference,name\n{TO}, crm-1 ,Ada\n{OTHER},,Bo\n")
        assert done.json()["enrolled"] == 2, done.text
        await enroll(stage, {"number": number(1), "reference": "crm-2"})
        await enroll(stage, {"number": number(2), "variables": {"reference": "crm-3"}})
        assert await references(stage) == {TO: "crm-1", OTHER: None, number(1): "crm-2", number(2): "crm-3"}
        one = await stage.json(f"{PATH}/{TO}")
        assert (one["reference"], one["variables"]) == ("crm-1", {"Reference": " crm-1 ", "name": "Ada"})
        assert (await stage.json(f"{PATH}/{number(1)}"))["variables"] == {"reference": "crm-2"}

    play(tmp_path, scene)


def test_a_preview_says_which_column_it_is(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await send_csv(stage, f"number,crm\n{TO},c1\n", "?preview=true&column=crm=reference")
        assert done.json()["columns"] == [
            {"column": "number", "read_as": "number"},
            {"column": "crm", "read_as": "reference"},
        ]

    play(tmp_path, scene)


def test_one_that_is_too_long_or_there_twice_is_complained_of(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await enroll(
            stage,
            {"number": TO, "reference": "x" * 501},
            {"number": OTHER, "reference": "a", "variables": {"Reference": "b"}},
            {"number": number(1), "reference": 7},
            {"number": number(2), "reference": "x" * 500},
        )
        assert [(line, field) for line, field, _ in said(done)] == [
            (1, "reference"),
            (2, "reference"),
            (3, "reference"),
        ]
        assert done["enrolled"] == 1

    play(tmp_path, scene)


def test_where_a_campaign_says_so_a_second_recipient_with_one_is_complained_of_row_by_row(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.post("/v1/campaigns", json=UNIQUE)).status_code == 201
        assert (await stage.json("/v1/campaigns/spring_followup"))["unique_references"] is True
        rows = [
            {"number": number(0), "reference": "a"},
            {"number": number(1), "reference": "b"},
            {"number": number(2), "reference": " a "},
            {"number": number(3)},
            {"number": number(4)},
        ]
        repeats = "repeats the reference of line 1, and the campaign's are unique; give this one its own"
        foreseen = await enroll(stage, *rows, preview="true")
        assert (foreseen["enrolled"], said(foreseen)) == (4, [(3, "reference", repeats)])
        done = await enroll(stage, *rows)
        assert (done["enrolled"], done["rejected"], said(done)) == (4, 1, [(3, "reference", repeats)])
        again = await enroll(
            stage, *rows[:2], {"number": number(5), "reference": "b"}, {"number": number(6), "reference": "c"}
        )
        assert (again["enrolled"], again["already_enrolled"]) == (1, 2)
        assert said(again) == [(3, "reference", TAKEN)]

    play(tmp_path, scene)


def test_of_two_imports_at_once_one_gets_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=UNIQUE)
        answers = await asyncio.gather(*(enroll(stage, {"number": number(i), "reference": "a"}) for i in range(6)))
        assert sum(answer["enrolled"] for answer in answers) == 1
        assert sorted({one for answer in answers for one in said(answer)}) == [(1, "reference", TAKEN)]

    play(tmp_path, scene)


def test_other_campaigns_and_those_that_say_nothing_of_it_may_repeat_them(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await create(stage)
        done = await enroll(stage, {"number": TO, "reference": "a"}, {"number": OTHER, "reference": "a"})
        assert (done["enrolled"], said(done)) == (2, [])
        await stage.client.post("/v1/campaigns", json={**UNIQUE, "id": "autumn"})
        row = {"recipients": [{"number": TO, "reference": "a"}]}
        assert (await stage.client.post("/v1/campaigns/autumn/recipients", json=row)).json()["enrolled"] == 1
        revised = await stage.client.post(
            "/v1/campaigns/spring_followup/revise", json={"reason": "theirs are", "unique_references": True}
        )
        assert revised.status_code == 200, revised.text
        assert said(await enroll(stage, {"number": number(1), "reference": "a"})) == [(1, "reference", TAKEN)]

    play(tmp_path, scene)


def test_who_was_not_looked_up_before_the_plan_said_so_is_not_enrolled(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=UNIQUE)
        with pytest.raises(Conflict) as refused:
            await stage.do(enroll_recipients("spring_followup", "i", []))
        assert str(refused.value) == "campaign spring_followup was revised meanwhile; send the import again"

    play(tmp_path, scene)


def test_people_are_found_by_it_and_viewers_neither_see_it_nor_find_anybody_by_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await create(stage)
        await enroll(stage, {"number": TO, "reference": "crm-1"})
        for headers, number_shown, found in ((AUDITOR, TO, 1), (VIEWER, "+15…02", 0)):
            matches = (await stage.json("/v1/search?q=crm-1", headers))["items"]
            assert [(one["kind"], one["number"]) for one in matches] == [("person", number_shown)] * found
            (listed,) = (await stage.json(PATH, headers))["items"]
            assert listed["reference"] == ("crm-1" if found else None)

    play(tmp_path, scene, **GUARDED)
