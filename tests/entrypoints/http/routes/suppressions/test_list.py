"""The list of people whom nobody shall call: who is in it, now and then, and what each role sees of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.instants import time_text
from tests.entrypoints.pages.staging import GUARDED
from tests.entrypoints.serving import AUDITOR, NOON, OPERATOR, OTHER, TO, VIEWER, Serving, play

LIST = "/v1/suppressions"


async def suppress(stage: Serving, number: str, **more: Any) -> int:
    done = await stage.client.post(LIST, json={"number": number, **more}, headers=OPERATOR)
    assert done.status_code in {200, 201}, done.text
    return int(done.json()["position"])


async def listed(stage: Serving, query: str = "") -> list[tuple[str, bool]]:
    found = await stage.json(f"{LIST}?at_least={stage.ledger.position}{query}", AUDITOR)
    return [(one["number"], one["holds"]) for one in found["items"]]


def test_all_are_listed_the_latest_first_whether_enrolled_or_not(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert await listed(stage) == []
        await suppress(stage, TO)
        first = await suppress(stage, OTHER, expires_at=time_text(NOON + timedelta(hours=1)))
        await suppress(stage, OTHER, source="crm", reason="asked by phone")
        assert await listed(stage) == [(OTHER, True), (TO, True)]
        await stage.client.delete(f"{LIST}/{TO}", headers=OPERATOR)
        assert await listed(stage) == [(OTHER, True)]
        assert await listed(stage, f"&as_of={first}") == [(OTHER, True), (TO, True)]
        assert await listed(stage, "&as_of=0") == []

    play(tmp_path, scene, **GUARDED)


def test_one_that_has_come_to_its_end_says_so_and_did_hold_before(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        begun = await suppress(stage, TO, expires_at=time_text(NOON + timedelta(hours=1)))
        assert await listed(stage) == [(TO, True)]
        stage.clock.now = NOON + timedelta(hours=1)
        await suppress(stage, OTHER)
        assert await listed(stage) == [(OTHER, True), (TO, False)]
        assert await listed(stage, f"&as_of={begun}") == [(TO, True)]

    play(tmp_path, scene, **GUARDED)


def test_it_is_paged(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        numbers = [f"+1555123{place:04}" for place in range(7)]
        rows = [{"number": number} for number in numbers]
        assert (await stage.client.post(LIST, json={"suppressions": rows}, headers=OPERATOR)).status_code == 200
        seen, after = [], ""
        while True:
            found = await stage.json(f"{LIST}?limit=3&at_least={stage.ledger.position}{after}", AUDITOR)
            seen.append([one["number"] for one in found["items"]])
            if found["next"] is None:
                break
            after = f"&after={found['next']}"
        latest = numbers[::-1]
        assert seen == [latest[:3], latest[3:6], latest[6:]]

    play(tmp_path, scene, **GUARDED)


def test_viewers_learn_neither_number_nor_word(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await suppress(stage, TO, source="crm", reason="asked by phone")
        asked = f"{LIST}?at_least={stage.ledger.position}"
        (seen,) = (await stage.json(asked, VIEWER))["items"]
        (whole,) = (await stage.json(asked, AUDITOR))["items"]
        assert (whole["number"], whole["source"], whole["reason"]) == (TO, "crm", "asked by phone")
        assert seen == {**whole, "number": "+15…02", "source": None, "reason": None}
        assert whole["recipient"] == stage.known_as(TO)

    play(tmp_path, scene, **GUARDED)


def test_a_change_back_and_forth_in_one_batch_leaves_what_held_last(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for _ in range(3):
            await suppress(stage, TO)
            await stage.client.delete(f"{LIST}/{TO}", headers=OPERATOR)
        last = await suppress(stage, TO, reason="again")
        stage.parts.projector.rebuild([])
        found = await stage.json(f"{LIST}?at_least={last}", AUDITOR)
        assert [(one["position"], one["reason"]) for one in found["items"]] == [(last, "again")]
        assert await listed(stage, f"&as_of={last - 1}") == []
        assert await listed(stage, f"&as_of={last - 2}") == [(TO, True)]

    play(tmp_path, scene, **GUARDED)
