"""Wishes that cannot be kept any more are given up by the watch, with a word."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from application.workers.callbacks import COUNTED_EACH, CallbackWatch
from domain.instants import time_text
from domain.recipient import RecipientCallbackDropped
from tests.entrypoints.serving import FINGERPRINT, NOON, OTHER, SPRING, TO, WAIT_SECONDS_MAX, Serving, play

FAR = NOON + timedelta(days=30)


async def wished(stage: Serving, at: datetime) -> None:
    """Both wish a call by a campaign that goes on until `FAR`: one then, and one in an hour."""
    policy = {"attempts_max": 2, "ends_at": FAR.isoformat()}
    assert (await stage.client.post("/v1/campaigns", json={**SPRING, "policy": policy})).status_code == 201
    await stage.enroll(TO, OTHER)
    for number, time in ((TO, at), (OTHER, NOON + timedelta(hours=1))):
        path = f"/v1/campaigns/spring_followup/recipients/{number.replace('+', '%2B')}/callback"
        assert (await stage.client.put(path, json={"at": time.isoformat()})).status_code == 200


async def revise(stage: Serving, ends_at: datetime) -> None:
    policy = {"attempts_max": 2, "ends_at": ends_at.isoformat()}
    revised = await stage.client.post(
        "/v1/campaigns/spring_followup/revise", json={"policy": policy, "reason": "it ends earlier"}
    )
    assert revised.status_code == 200, revised.text
    assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)


@pytest.mark.parametrize(("hours_before", "is_given_up"), [(1, True), (0, True), (-1, False)])
def test_what_a_revision_leaves_after_the_campaigns_end_is_given_up_long_before_its_time(
    tmp_path: Path, hours_before: float, is_given_up: bool
) -> None:
    at = NOON + timedelta(days=20)

    async def scene(stage: Serving) -> None:
        await wished(stage, at)
        watch = CallbackWatch(
            stage.ledger, stage.parts.follower, stage.parts.reads, FINGERPRINT, None, clock=stage.clock
        )
        await watch.tick()
        assert "recipient.callback_dropped" not in stage.names()

        await revise(stage, at - timedelta(hours=hours_before))
        stage.clock.now += COUNTED_EACH
        await watch.tick()
        await watch.tick()
        dropped = [one for one in stage.feed() if isinstance(one.event, RecipientCallbackDropped)]
        told = [(one.stream, one.event.why, one.metadata["actor"]) for one in dropped]  # type: ignore[union-attr]
        assert told == ([(stage.ledger.recipient_stream(TO), "campaign_over", "callbacks")] if is_given_up else [])
        shown = await stage.json(f"/v1/campaigns/spring_followup/recipients/{TO.replace('+', '%2B')}")
        assert (shown["callback"] is None) == is_given_up
        assert shown["callbacks"][0]["at"] == time_text(at)

    play(tmp_path, scene)


def test_where_nobody_wishes_anything_the_views_are_read_again_only_once_they_have_moved(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        reads = stage.parts.reads
        watch = CallbackWatch(stage.ledger, stage.parts.follower, reads, FINGERPRINT, None, clock=stage.clock)
        assert await stage.parts.projector.wait_for(stage.ledger.position, WAIT_SECONDS_MAX)
        await watch.tick()

        read, reads.reading = reads.reading, None  # type: ignore[method-assign, assignment]
        stage.clock.now += COUNTED_EACH
        await watch.tick()
        reads.reading = read  # type: ignore[method-assign]

        await wished(stage, NOON + timedelta(days=20))
        await revise(stage, NOON + timedelta(days=10))
        await watch.tick()
        assert "recipient.callback_dropped" in stage.names()

    play(tmp_path, scene)
