"""Calls found by whose they are, by when we heard of them, and by whether they were answered."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.instants import time_text
from tests.entrypoints.serving import (
    AUDITOR,
    NOON,
    OPERATOR,
    OTHER,
    SECRET,
    TOKENS,
    VIEWER,
    Serving,
    payload,
    play,
)

BERLIN, WRITTEN, MOBILE = "+493012345678", "+4903012345678", "+4915112345678"
GUARDED = {"DIALTRAIL_TOKENS": TOKENS, "MINIVOICE_WEBHOOK_SECRET": SECRET}


async def found(stage: Serving, **query: Any) -> list[str]:
    """The ids of the calls that are found."""
    answer = await stage.client.get("/v1/calls", params={**query, "at_least": stage.ledger.position})
    assert answer.status_code == 200, answer.text
    return [one["call_id"] for one in answer.json()["items"]]


async def three_days(stage: Serving) -> None:
    """A person in two spellings, one call to each on another day, calls that nobody claims, and somebody else's."""
    await stage.campaign(BERLIN, OTHER)
    await stage.campaign(WRITTEN, campaign_id="autumn")
    await stage.dial(BERLIN, "monday")
    await stage.deliver(payload("call.answered", "monday", to=BERLIN))
    await stage.deliver(payload("call.completed", "monday", seconds=9, to=BERLIN))
    await stage.dial(OTHER, "others")
    stage.clock.now += timedelta(days=1)
    await stage.dial(WRITTEN, "tuesday", "autumn")
    await stage.deliver(payload("call.failed", "tuesday", to=WRITTEN))
    stage.clock.now += timedelta(days=1)
    await stage.deliver(payload("call.created", "to them", to=BERLIN))
    whose: dict[str, Any] = {"from": BERLIN, "direction": "inbound"}
    inbound = payload("call.answered", "from them", to="+15551230001", **whose)
    await stage.deliver(inbound)


@pytest.mark.parametrize("number", [BERLIN, WRITTEN])
def test_a_person_is_found_in_any_spelling_with_the_calls_that_nobody_claims(tmp_path: Path, number: str) -> None:
    async def scene(stage: Serving) -> None:
        await three_days(stage)
        assert await found(stage, number=number) == ["monday", "tuesday", "to them", "from them"]
        assert await found(stage, number=stage.known_as(BERLIN)) == ["monday", "tuesday", "to them", "from them"]
        assert await found(stage, number=number, answered="true") == ["monday", "from them"]
        assert await found(stage, number=number, answered="false") == ["tuesday", "to them"]
        assert await found(stage, number=number, outcome="failed") == ["tuesday"]
        assert await found(stage, number=number, campaign="spring_followup") == ["monday"]
        assert await found(stage, number=MOBILE) == []

    play(tmp_path, scene)


def test_tuesdays_calls_are_found_by_our_clock(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await three_days(stage)
        before, after = (time_text(NOON + timedelta(days=days)) for days in (0.5, 1.5))
        assert await found(stage, since=before, until=after) == ["tuesday"]
        assert await found(stage, since=before, until=after, number=OTHER) == []
        assert await found(stage, until=before) == ["monday", "others"]
        assert await found(stage, since=after, number=BERLIN) == ["to them", "from them"]
        position = next(one.position for one in stage.feed() if one.stream == "call:tuesday")
        assert await found(stage, since=position - 1, until=position) == ["tuesday"]
        one = await stage.json(f"/v1/calls?number={BERLIN.replace('+', '%2B')}&limit=1")
        assert [one["items"][0]["call_id"], bool(one["next"])] == ["monday", True]
        assert await found(stage, number=BERLIN, after=one["next"], until=after) == ["tuesday"]

    play(tmp_path, scene)


def test_viewers_find_by_pseudonym_and_not_by_number(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stage.client.headers.update(OPERATOR)
        await three_days(stage)
        stage.client.headers.pop("authorization")
        for given in (BERLIN, WRITTEN, BERLIN[1:]):
            answer = await stage.client.get("/v1/calls", params={"number": given}, headers=VIEWER)
            assert answer.status_code == 403
            assert given not in answer.text
        for by_chance in (
            "5307763e689d1c1806310a8beb6cbafa",
            "1555123000212345678901234567890a",
            "a15551230002" + "b" * 20,
        ):
            answer = await stage.client.get("/v1/calls", params={"number": by_chance}, headers=VIEWER)
            assert answer.status_code != 403, by_chance
        path = f"/v1/calls?number={stage.known_as(BERLIN)}"
        seen = (await stage.json(path, VIEWER))["items"]
        assert [one["call_id"] for one in seen] == ["monday", "tuesday", "to them", "from them"]
        assert BERLIN not in str(seen)
        assert [one["number"] for one in (await stage.json(path, AUDITOR))["items"]][:2] == [BERLIN, WRITTEN]

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"number": "0301234"}, "number: is not a phone number in E.164 form"),
        ({"answered": "maybe"}, "answered: is none of true, false"),
        ({"since": "tuesday"}, "since: is neither a position nor an instant"),
        ({"until": "999999"}, "until: is after the ledger's end"),
        ({"number": "0" * 32}, "nobody has this pseudonym"),
    ],
)
def test_what_cannot_be_asked_is_said(tmp_path: Path, query: dict[str, str], detail: str) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get("/v1/calls", params=query)
        assert answer.status_code in {400, 404}
        assert detail in answer.json()["detail"]

    play(tmp_path, scene)


@pytest.mark.parametrize("wanted", [{}, {"number": BERLIN}, {"answered": "false"}, {"campaign": "autumn"}])
def test_the_newest_first_are_the_same_calls_the_other_way_round(tmp_path: Path, wanted: dict[str, str]) -> None:
    async def scene(stage: Serving) -> None:
        await three_days(stage)
        oldest = await found(stage, **wanted)
        assert await found(stage, **wanted, order="oldest") == oldest
        assert await found(stage, **wanted, order="newest") == oldest[::-1]
        for order, all_in_order in (("oldest", oldest), ("newest", oldest[::-1])):
            read: list[str] = []
            following: str | None = "0"
            while following is not None:
                query = {**wanted, "order": order, "after": following, "limit": "2"}
                answer = (await stage.client.get("/v1/calls", params=query)).json()
                read += [one["call_id"] for one in answer["items"]]
                following = answer["next"]
            assert read == all_in_order

    play(tmp_path, scene)


def test_the_newest_first_are_found_within_a_time_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await three_days(stage)
        before, after = (time_text(NOON + timedelta(days=days)) for days in (0.5, 1.5))
        assert await found(stage, since=before, order="newest") == ["from them", "to them", "tuesday"]
        assert await found(stage, until=after, order="newest") == ["tuesday", "others", "monday"]
        one = (await stage.client.get("/v1/calls", params={"until": after, "order": "newest", "limit": 1})).json()
        assert await found(stage, since=before, order="newest", after=one["next"]) == []
        refused = await stage.client.get("/v1/calls", params={"order": "latest"})
        assert (refused.status_code, refused.json()["detail"]) == (400, "order: is none of oldest, newest")

    play(tmp_path, scene)
