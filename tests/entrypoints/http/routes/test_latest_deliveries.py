from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.queries import deliveries
from tests.entrypoints.serving import (
    AUDITOR,
    OTHER,
    SECRET,
    TOKENS,
    VIEWER,
    Serving,
    assert_problem,
    at,
    invalid,
    payload,
    play,
)

PATH = "/v1/deliveries"


async def tell(stage: Serving) -> None:
    """Six deliveries, ten seconds apart: one repeated, one changed, one unreadable."""
    created = payload("call.created", data={"event_key": "k"})
    for body in (
        created,
        payload("call.answered", seconds=3),
        created,
        payload("call.created", data={"event_key": "k"}, note="changed"),
        b"unreadable",
        payload("call.sneezed at +15551230002", "call_2", 4, to=OTHER),
    ):
        stage.clock.now += timedelta(seconds=10)
        assert (await stage.deliver(body)).status_code == 204


async def found(stage: Serving, query: str = "") -> list[tuple[Any, ...]]:
    items = (await stage.json(f"{PATH}{query}", AUDITOR))["items"]
    return [(one["position"], one["event"], one["result"]) for one in items]


ALL = [
    (6, "call.sneezed at +15551230002", "first"),
    (5, None, "quarantined"),
    (4, "call.created", "changed"),
    (3, "call.created", "repeated"),
    (2, "call.answered", "first"),
    (1, "call.created", "first"),
]
GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}


def test_the_latest_deliveries_come_first_and_are_filtered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        assert await found(stage) == ALL
        assert await found(stage, "?event=call.created") == [ALL[2], ALL[3], ALL[5]]
        assert await found(stage, "?result=first") == [ALL[0], ALL[4], ALL[5]]
        assert await found(stage, "?result=first&event=call.answered") == [ALL[4]]
        assert await found(stage, "?call=call_2") == [ALL[0]]
        assert await found(stage, "?call=call_1&result=repeated") == [ALL[3]]
        assert await found(stage, "?call=nothing") == []
        assert await found(stage, "?since=2&until=4") == ALL[2:4]
        assert await found(stage, f"?since={at(20)}&until={at(40)}") == ALL[2:4]
        assert await found(stage, "?call=call_1&since=2&until=4") == ALL[2:4]

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("query", ["?limit=2", "?limit=2&call=call_1", "?limit=1&result=first", "?limit=6"])
def test_pages_lead_through_all_of_them_once(tmp_path: Path, query: str) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        whole = await found(stage, query.replace("limit=2", "limit=100").replace("limit=1&", "limit=100&"))
        seen: list[tuple[Any, ...]] = []
        after: str | None = ""
        while after is not None:
            page = await stage.json(f"{PATH}{query}{after and f'&after={after}'}", AUDITOR)
            seen += [(one["position"], one["event"], one["result"]) for one in page["items"]]
            after = page["next"]
        assert seen == whole

    play(tmp_path, scene, **GUARDED)


def test_a_page_looks_at_no_more_than_so_many_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "LATEST_EVENTS_MAX", 2)

    async def scene(stage: Serving) -> None:
        await tell(stage)
        first = await stage.json(f"{PATH}?event=call.answered", AUDITOR)
        assert (first["items"], first["next"]) == ([], "5")
        second = await stage.json(f"{PATH}?event=call.answered&after=5", AUDITOR)
        assert (second["items"], second["next"]) == ([], "3")
        third = await stage.json(f"{PATH}?event=call.answered&after=3", AUDITOR)
        assert ([one["position"] for one in third["items"]], third["next"]) == ([2], None)

    play(tmp_path, scene, **GUARDED)


def test_viewers_see_no_reason_and_no_name_that_is_none(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        items = (await stage.json(PATH, VIEWER))["items"]
        assert [(one["event"], one["reason"]) for one in items[:3]] == [
            (None, None),
            (None, None),
            ("call.created", None),
        ]
        refused = await stage.client.get(f"{PATH}?event=call.sneezed at +15551230002", headers=VIEWER)
        assert_problem(refused, invalid("event", "must be an event's name, such as call.answered"))

    play(tmp_path, scene, **GUARDED)


def test_one_delivery_is_shown_with_all_its_times(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await tell(stage)
        quarantined = (await stage.json(f"{PATH}?result=quarantined", AUDITOR))["items"]
        assert quarantined == [
            {
                "position": 5,
                "call_id": None,
                "event": None,
                "result": "quarantined",
                "occurred_at": None,
                "received_at": at(50),
                "recorded_at": at(50),
                "stored_after_seconds": 0.0,
                "answered": 204,
                "reason": "body: is not JSON",
            }
        ]
        wrong = await stage.client.get(f"{PATH}?result=x", headers=AUDITOR)
        assert_problem(wrong, invalid("result", "is none of first, repeated, changed, quarantined"))

    play(tmp_path, scene, **GUARDED)
