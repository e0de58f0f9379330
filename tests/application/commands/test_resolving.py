"""A person's word on an attempt: no call is promised that cannot come."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.commands import campaigns, recipients, resolving
from domain.campaign import complete
from domain.dial_outcome import Unresolved
from domain.errors import Conflict
from domain.identity import campaign_stream
from domain.recipient import RecipientWithdrawn
from tests.application.commands.test_recipients import campaign
from tests.entrypoints.serving import TO, Serving, play

ID = "spring_followup"


async def unresolved(stage: Serving) -> str:
    """An attempt in doubt; its recipient's stream."""
    started = await stage.start(TO, "att_1")
    await stage.settle(started, Unresolved(why="no answer"))
    return started.stream


async def complete_it(stage: Serving) -> None:
    def decide(tx: Any) -> None:
        tx.append(campaign_stream(ID), complete(tx.campaign(ID)))

    await stage.do(decide)


async def cancel_it(stage: Serving) -> None:
    await stage.do(campaigns.cancel_campaign(ID))


async def suppress(stage: Serving) -> None:
    stream = stage.ledger.recipient_stream(TO)
    await stage.do(recipients.suppress_recipient(stream, TO, "letter", None, None))


async def take_out(stage: Serving) -> None:
    stream = stage.ledger.recipient_stream(TO)

    def decide(tx: Any) -> None:
        tx.recipient(stream)
        tx.append(stream, [RecipientWithdrawn(campaign_id=ID)])

    await stage.do(decide)


async def pass_the_end(stage: Serving) -> None:
    stage.clock.now += timedelta(days=3650)


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (complete_it, f"campaign {ID} is completed"),
        (cancel_it, f"campaign {ID} is canceled"),
        (suppress, "suppressed stands against it for good"),
        (take_out, "withdrawn stands against it for good"),
        (pass_the_end, "campaign_over stands against it for good"),
    ],
)
def test_nobody_is_promised_a_call_that_cannot_come(tmp_path: Path, end: Any, why: str) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage, policy={"ends_at": "2030-01-01T00:00:00Z"})
        stream = await unresolved(stage)
        await end(stage)
        before = stage.names()
        answer = await stage.client.post("/v1/attempts/att_1/resolve", json={"none": True, "redial": True})

        assert answer.status_code == 409
        assert answer.json()["detail"] == (
            f"this recipient would not be dialled again: {why}; settle the attempt without redial (`--none` alone), "
            "and enrol whom you want to call in another campaign"
        )
        assert stage.names() == before
        await stage.do(resolving.settle_without_call(stream, "att_1", "kim", redial=False))

    play(tmp_path, scene)


def test_what_ends_by_itself_or_by_an_operators_word_is_no_reason(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await campaign(stage)
        stream = await unresolved(stage)
        await stage.do(campaigns.pause_campaign(ID))
        until = stage.clock.now + timedelta(hours=1)
        await stage.do(recipients.suppress_recipient(stream, TO, "letter", None, until))
        await stage.do(resolving.settle_without_call(stream, "att_1", "kim", redial=True))
        await complete_it(stage)
        await stage.do(resolving.settle_without_call(stream, "att_1", "kim", redial=True))  # said before: nothing new
        with pytest.raises(Conflict, match="is settled_without_call, not unresolved"):
            await stage.do(resolving.settle_without_call(stream, "att_1", "kim", redial=False))

    play(tmp_path, scene)
