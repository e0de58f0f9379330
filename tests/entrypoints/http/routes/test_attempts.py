"""Unresolved attempts over HTTP: who waits for a word, what could be theirs, and what a word does."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import Raw

from domain import recipient
from domain.call import CallSnapshot
from domain.identity import call_stream
from tests.domain.given import report
from tests.entrypoints.serving import Serving, play

FROM, TO = "+15551230001", "+15551230002"
BY = {"actor": "test"}


async def an_unresolved_attempt(stage: Serving, *, calls: Mapping[str, str]) -> None:
    """A campaign whose only attempt is unresolved, and calls that nobody claims (id → the number that was called)."""
    await stage.client.post("/v1/campaigns", json={"id": "spring", "from": FROM})
    await stage.client.post("/v1/campaigns/spring/recipients", json={"recipients": [{"number": TO}]})
    ledger = stage.ledger
    stream = ledger.recipient_stream(TO)

    def decide(tx: Any) -> None:
        person = tx.recipient(stream)
        tx.append(
            stream, recipient.start_attempt(person, "att_1", "spring", request="{}", epoch="e", verdict=Raw(b"{}"))
        )
        tx.append(stream, recipient.leave_unresolved(tx.recipient(stream), "att_1", "time-out"))
        for call_id, number in calls.items():
            tx.call(call_id)
            said = report("call.created", None, note=call_id, snapshot=CallSnapshot(from_number=FROM, to_number=number))
            tx.append(call_stream(call_id), [said])

    await ledger.execute(decide, lane="commands", metadata=BY)


async def resolve(stage: Serving, body: object, attempt_id: str = "att_1") -> httpx.Response:
    """A person's word."""
    return await stage.client.post(f"/v1/attempts/{attempt_id}/resolve", json=body)


async def status(stage: Serving) -> dict[str, Any]:
    """The recipient."""
    found: dict[str, Any] = (await stage.client.get(f"/v1/campaigns/spring/recipients/{TO}")).json()
    return found


def test_unresolved_attempts_are_listed_with_the_calls_that_could_be_theirs(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO, "c2": TO, "c3": "+15559999999"})
        listed = (await stage.client.get("/v1/attempts?phase=unresolved&campaign=spring")).json()
        (item,) = listed["items"]

        assert listed["next"] is None
        assert (item["attempt_id"], item["campaign_id"], item["number"], item["phase"], item["why"]) == (
            "att_1",
            "spring",
            TO,
            "unresolved",
            "time-out",
        )
        assert [(c["call_id"], c["from"], c["to"], c["phase"]) for c in item["candidates"]] == [
            ("c1", FROM, TO, "dialing"),
            ("c2", FROM, TO, "dialing"),
        ]

    play(tmp_path, scene)


def test_a_person_names_the_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO, "c2": TO})
        answer = await resolve(stage, {"call": "c2"})

        assert answer.status_code == 200
        assert {k: v for k, v in answer.json().items() if k != "position"} == {
            "attempt_id": "att_1",
            "campaign_id": "spring",
            "call_id": "c2",
            "redial": False,
        }
        assert (await status(stage))["status"] == "dialing"
        assert (await stage.client.get("/v1/calls/c2")).json()["claimed_by"] == "person"
        assert (await stage.client.get("/v1/attempts")).json()["items"] == []

    play(tmp_path, scene)


@pytest.mark.parametrize(("redial", "expected"), [(False, ("not_reached", 1)), (True, ("queued", 0))])
def test_a_person_says_that_there_is_no_call(tmp_path: Path, redial: bool, expected: tuple[str, int]) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={})
        answer = await resolve(stage, {"none": True, "redial": redial})
        found = await status(stage)

        assert answer.status_code == 200
        assert (found["status"], found["attempts"]) == expected

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "attempt_id", "code"),
    [
        ({}, "att_1", 400),
        ({"call": "c1", "none": True}, "att_1", 400),
        ({"call": "c1", "redial": True}, "att_1", 400),
        ({"call": ""}, "att_1", 400),
        ({"call": 7}, "att_1", 400),
        ({"non": True}, "att_1", 400),
        ({"none": True}, "att_2", 404),
        ({"call": "c3"}, "att_1", 409),
    ],
)
def test_a_word_that_cannot_be_taken_changes_nothing(tmp_path: Path, body: object, attempt_id: str, code: int) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO, "c3": "+15559999999"})
        position = stage.ledger.position
        answer = await resolve(stage, body, attempt_id)

        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")
        assert stage.ledger.position == position

    play(tmp_path, scene)


def test_an_attempt_that_is_settled_takes_no_worse_word(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={"c1": TO})
        await resolve(stage, {"call": "c1"})

        assert (await resolve(stage, {"call": "c1"})).status_code == 200
        assert (await resolve(stage, {"none": True})).status_code == 409

    play(tmp_path, scene)


def test_calls_that_are_open_for_too_long_are_flagged_with_the_campaign(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await an_unresolved_attempt(stage, calls={})
        assert (await stage.client.get("/v1/campaigns/spring")).json()["notes"] == []
        stage.clock.now += timedelta(hours=3)

        assert (await stage.client.get("/v1/campaigns/spring")).json()["notes"] == [
            "calls open for more than 2 h: 1; new ones are placed in their stead"
        ]

    play(tmp_path, scene)
