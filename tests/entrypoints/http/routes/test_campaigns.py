from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.documents.bounds import TOO_DEEP, TOO_MANY_DIGITS
from domain.dial_outcome import Refused
from entrypoints.http.routes.campaigns import CAMPAIGN_BYTES_MAX
from tests.entrypoints.http.routes.campaigns.shown import NO_SUMMARY, SHOWN, conflict
from tests.entrypoints.ledger_trouble import full_disk
from tests.entrypoints.serving import (
    OTHER,
    SPRING,
    TO,
    Serving,
    assert_problem,
    at,
    invalid,
    payload,
    play,
    problem,
    waited_for,
)
from tests.entrypoints.shared_stage import Play, shared_by_module

NO_CAMPAIGNS: dict[str, Any] = {"items": [], "next": None, "position": 0, "judged_at": at(0)}


def test_a_campaign_is_created_once_and_the_same_again_is_the_same(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert await waited_for(stage.client.post("/v1/campaigns", json=SPRING), 201) == SHOWN
        assert await waited_for(stage.client.post("/v1/campaigns", json=SPRING), 200) == SHOWN
        assert await stage.json("/v1/campaigns/spring_followup") == SHOWN
        assert [(recorded.name, recorded.metadata) for recorded in stage.feed()] == [
            ("campaign.created", {"actor": "operator:loopback", "request": "request-1"})
        ]

    play(tmp_path, scene)


def test_a_campaign_with_everything_is_shown_with_everything(tmp_path: Path) -> None:
    given = {
        **SPRING,
        "record": True,
        "metadata": {"season": "spring", "note": ""},
        "limits": {"calls_per_second": 2.5, "calls_at_once": 3},
    }

    async def scene(stage: Serving) -> None:
        assert await waited_for(stage.client.post("/v1/campaigns", json=given), 201) == {**SHOWN, **given}

    play(tmp_path, scene)


def test_another_campaign_under_a_taken_id_is_a_conflict(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.client.post("/v1/campaigns", json=SPRING)
        assert_problem(
            await stage.client.post("/v1/campaigns", json={**SPRING, "record": True}),
            conflict("campaign spring_followup exists with another plan; choose another id, or revise it"),
        )
        assert stage.names() == ["campaign.created"]

    play(tmp_path, scene)


def test_all_campaigns_are_listed_in_the_order_of_their_creation(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert await stage.json("/v1/campaigns") == NO_CAMPAIGNS
        for name in ("zebra", "ant"):
            await stage.client.post("/v1/campaigns", json={**SPRING, "id": name})
        assert await stage.json("/v1/campaigns") == {
            "items": [
                {**SHOWN, "id": "zebra", "position": 2},
                {**SHOWN, "id": "ant", "position": 2},
            ],
            "next": None,
            "position": 2,
            "judged_at": at(0),
        }

    play(tmp_path, scene)


def test_pages_of_campaigns_follow_the_order_of_creation_and_do_not_shift(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for name in ("zebra", "ant", "mole"):
            await stage.client.post("/v1/campaigns", json={**SPRING, "id": name})
        one = await stage.json("/v1/campaigns?limit=2")
        await stage.client.post("/v1/campaigns", json={**SPRING, "id": "bee"})
        two = await stage.json(f"/v1/campaigns?limit=2&after={one['next']}")
        assert [[item["id"] for item in page["items"]] for page in (one, two)] == [["zebra", "ant"], ["mole", "bee"]]
        assert two["next"] is None
        before = await stage.json(f"/v1/campaigns?limit=2&after={one['next']}&as_of=3")
        assert ([item["id"] for item in before["items"]], before["next"], before["position"]) == (["mole"], None, 3)
        assert (await stage.json("/v1/campaigns?after=4"))["items"] == []

    play(tmp_path, scene)


asking = shared_by_module(partial(Serving.campaign, start=False))


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("limit=0", "limit", "must be a whole number from 1 to 1000"),
        ("after=-1", "after", "must be a whole number from 0 to 1000000000000000"),
        ("at_least=soon", "at_least", "must be a whole number from 0 to 1000000000000000"),
        ("as_of=yesterday", "as_of", "is neither a position nor an instant such as 2026-05-29T12:00:00Z"),
        ("as_of=2", "as_of", "is after the ledger's end, 1"),
    ],
)
@pytest.mark.parametrize("path", ["", "/spring_followup/recipients"])
def test_a_list_that_is_asked_for_wrongly_names_the_field(
    asking: Play, path: str, query: str, field: str, message: str
) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get(f"/v1/campaigns{path}?{query}")
        expected = message.replace("1000000000000000", "1000000000000") if path and field == "after" else message
        assert_problem(answer, invalid(field, expected))

    asking(scene)


def test_what_a_campaign_came_to_is_summed_up(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER, "+15551230004")
        await stage.dial(TO, "call_1")
        await stage.deliver(payload("call.answered", seconds=3))
        await stage.deliver(payload("call.completed", seconds=33))
        stage.clock.now += timedelta(minutes=2)
        refused = Refused(status=400, code="invalid_number", body="{}", concerns="recipient", counts=True)
        await stage.settle(await stage.start(OTHER, "att_2"), refused)
        shown = await stage.json(f"/v1/campaigns/spring_followup?at_least={stage.ledger.position}")
        assert shown["summary"] == {
            "enrolled": 3,
            "dialled": 2,
            "reached": 1,
            "attempts": {**NO_SUMMARY["attempts"], "accepted": 1, "refused": 1},
            "codes": {"invalid_number": 1},
            "calls": {
                **NO_SUMMARY["calls"],
                "completed": {
                    "calls": 1,
                    "measured": 1,
                    "seconds_total": 30.0,
                    "seconds_max": 30.0,
                    "seconds_mean": 30.0,
                },
            },
            "pace": [{"minute": at(0), "sent": 1, "answered": 1, "ended": 1, "at_once": 1}],
        }

    play(tmp_path, scene)


def test_a_campaign_that_could_not_be_stored_does_not_exist(tmp_path: Path) -> None:
    given = {**SPRING, "metadata": {f"key_{n}": "x" * 256 for n in range(16)}}

    async def scene(stage: Serving) -> None:
        with full_disk(stage.ledger):
            assert (await stage.client.post("/v1/campaigns", json=given)).status_code == 503
        assert await stage.json("/v1/campaigns") == NO_CAMPAIGNS
        assert (await stage.client.post("/v1/campaigns", json=given)).status_code == 201

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", invalid("body", "is not JSON: Input is a zero-length, empty document in line 1, column 1")),
        (
            b'{\n "id": "a",\n "from" "b"}',
            invalid("body", "is not JSON: unexpected character, expected ':' after key in line 3, column 9"),
        ),
        (b'{"id": "\xff"}', invalid("body", "is not UTF-8")),
        (b"[" * 100_000, invalid("body", TOO_DEEP)),
        (b"1" * 5_000, invalid("body", TOO_MANY_DIGITS)),
        (
            b"[]",
            invalid("campaign", 'must be an object such as {"id": "spring_followup", "from": "+15551230001"}'),
        ),
        (b"{}", invalid("id", "is missing")),
        (
            b" " * (CAMPAIGN_BYTES_MAX + 1),
            problem(
                "too-large",
                413,
                "The request is too large",
                "body: may have at most 262144 bytes; send it in parts",
                field="body",
            ),
        ),
    ],
)
def test_a_body_that_is_no_campaign_is_refused(tmp_path: Path, body: bytes, expected: dict[str, Any]) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(await stage.client.post("/v1/campaigns", content=body), expected)
        assert stage.feed() == []

    play(tmp_path, scene)


def test_the_newest_come_first_without_those_of_try_where_that_is_asked_for(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        for campaign_id in ("first", "try_0123456789ab", "try_it", "last"):
            await stage.campaign(campaign_id=campaign_id, start=False)

        async def ids(query: str) -> tuple[list[str], str | None]:
            found = await stage.json(f"/v1/campaigns?{query}")
            return [one["id"] for one in found["items"]], found["next"]

        assert (await ids(""))[0] == ["first", "try_0123456789ab", "try_it", "last"]
        assert (await ids("order=newest"))[0] == ["last", "try_it", "try_0123456789ab", "first"]
        first, following = await ids("order=newest_without_tries&limit=2")
        assert first == ["last", "try_it"]
        assert await ids(f"order=newest_without_tries&limit=2&after={following}") == (["first"], None)
        assert (await stage.client.get("/v1/campaigns?order=latest")).status_code == 400

    play(tmp_path, scene)
