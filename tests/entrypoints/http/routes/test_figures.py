from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.dial_outcome import Refused
from domain.instants import time_text
from tests.entrypoints.serving import NOON, OTHER, TO, VIEWER, Serving, assert_problem, invalid, payload, play

PATH = "/v1/figures"
THIRD = "+15551230009"
NOTHING: dict[str, Any] = {
    "calls": 0,
    "answered": 0,
    "no_answer": 0,
    "failed": 0,
    "canceled": 0,
    "lost": 0,
    "ringing": 0,
    "refused": 0,
    "talk_seconds": 0.0,
    "answer_rate": None,
}
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


async def called(stage: Serving) -> None:
    """Three calls of which one is answered and one rings, a refusal, and a call of others an hour later."""
    await stage.campaign(TO, OTHER, THIRD, "+15551230010")
    for number, call_id in ((TO, "call_1"), (OTHER, "call_2"), (THIRD, "call_3")):
        await stage.dial(number, call_id)
    await stage.deliver(payload("call.answered", "call_1", 5))
    await stage.deliver(payload("call.completed", "call_1", 35))
    await stage.deliver(payload("call.completed", "call_2", 20, to=OTHER))
    refused = Refused(status=400, code="invalid_request", body="{}", concerns="recipient", counts=False)
    await stage.settle(await stage.start("+15551230010", "att_4"), refused)
    stage.clock.now += HOUR
    await stage.deliver(payload("call.created", "call_9", 3_600, to="+15551230099"))
    await stage.deliver(payload("call.failed", "call_9", 3_610, to="+15551230099"))


def test_calls_are_counted_by_the_hour_and_by_the_day(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        own = {**NOTHING, "calls": 3, "answered": 1, "no_answer": 1, "ringing": 1, "refused": 1}
        own |= {"talk_seconds": 30.0, "answer_rate": 0.5}
        others = {**NOTHING, "calls": 1, "failed": 1, "answer_rate": 0.0}
        both = {**own, "calls": 4, "failed": 1, "answer_rate": 0.3333}
        found = await stage.json(PATH)
        assert (found["since"], found["until"]) == (time_text(NOON - 22 * HOUR), time_text(NOON + 2 * HOUR))
        assert found["total"] == both
        assert found["items"] == [
            {"begins_at": time_text(NOON), **own},
            {"begins_at": time_text(NOON + HOUR), **others},
        ]
        days = await stage.json(f"{PATH}?by=day")
        assert [(one["begins_at"], one["calls"]) for one in days["items"]] == [(time_text(NOON - 12 * HOUR), 4)]
        assert days["total"] == both
        found = await stage.json(f"{PATH}?by=minute")
        assert (found["since"], found["until"]) == (time_text(NOON + MINUTE), time_text(NOON + HOUR + MINUTE))
        assert found["items"] == [{"begins_at": time_text(NOON + HOUR), **others}]
        found = await stage.json(f"{PATH}?by=minute&since=2026-05-29T12:00:59Z&until=2026-05-29T13:00:00.000001Z")
        assert (found["total"], [one["begins_at"] for one in found["items"]]) == (
            both,
            [time_text(NOON), time_text(NOON + HOUR)],
        )
        mine = await stage.json(f"{PATH}?campaign=spring_followup")
        assert (mine["total"], mine["campaign_id"]) == (own, "spring_followup")

    play(tmp_path, scene)


def test_an_interval_has_every_hour_that_it_touches(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await called(stage)
        for query, calls in (
            ("since=2026-05-29T12:59:59Z", 4),
            ("since=2026-05-29T13:00:00Z", 1),
            ("until=2026-05-29T13:00:00Z", 3),
            ("until=2026-05-29T13:00:00.000001Z", 4),
            ("since=2026-05-29T14:30:00%2B02:00&until=2026-05-29T12:31:00", 3),
            ("since=2026-05-28&until=2026-05-28T23:00:00Z", None),
        ):
            answer = await stage.client.get(f"{PATH}?{query}")
            assert (query, answer.status_code) == (query, 400 if calls is None else 200)
            if calls is not None:
                assert (query, answer.json()["total"]["calls"]) == (query, calls)

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("since=yesterday", "since", "is no instant such as 2026-05-29T12:00:00Z"),
        ("until=12", "until", "is no instant such as 2026-05-29T12:00:00Z"),
        ("by=week", "by", "is none of minute, hour, day"),
        ("since=2026-05-29T15:00:00Z", "since", "must be before until, by at most 800 hours"),
        ("since=2026-01-01T00:00:00Z", "since", "must be before until, by at most 800 hours"),
        ("by=day&since=0001-01-01T00:00:00Z", "since", "must be before until, by at most 800 days"),
        ("since=9999-12-31T23:59:59Z&until=9999-12-31T23:59:59Z", "since", None),
    ],
)
def test_an_interval_that_cannot_be_is_refused(tmp_path: Path, query: str, field: str, message: str | None) -> None:
    async def scene(stage: Serving) -> None:
        answer = await stage.client.get(f"{PATH}?{query}")
        if message is None:
            assert answer.status_code in {200, 400}
        else:
            assert_problem(answer, invalid(field, message))

    play(tmp_path, scene)


def test_a_campaign_that_there_is_not_is_not_found_and_viewers_may_look(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get(f"{PATH}?campaign=unknown", headers=VIEWER)).status_code == 404
        assert (await stage.json(PATH, VIEWER))["total"] == NOTHING

    play(
        tmp_path,
        scene,
        DIALTRAIL_TOKENS="vera:viewer:look-only-token,olga:operator:command-token",
        MINIVOICE_WEBHOOK_SECRET="s",
    )
