"""A new secret beside the old one, so that a receiver can be changed at any time meanwhile."""

import asyncio
from datetime import timedelta

import pytest

from application.subscriptions.reading import one_subscription
from domain.errors import Conflict
from tests.adapters.ledger.stage import BY, feed
from tests.application.subscriptions.stage import SECRET, Stage, Told, subscriber, verified
from tests.application.subscriptions.test_service import ONE

MINE = "whsec_" + "B" * 44


def signed_with(told: Told, *secrets: str) -> bool:
    """Whether it has a signature of each of these, in this order, and no other."""
    signatures = told.headers["webhook-signature"].split(" ")
    return len(signatures) == len(secrets) and all(map(verified, [told] * len(secrets), secrets, signatures))


def test_both_sign_until_the_time_is_over_also_after_a_restart(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm:
            async with stage.running() as running:
                await running.subscribe(crm.url)
                rotated = await running.asking.rotate("crm", None, 60, BY)
                made = rotated.secret
                assert made is not None
                assert rotated.old_secret_until == stage.clock.now + timedelta(seconds=60)
                stage.enrol(ONE)
                await running.until(lambda: len(crm.taken) == 1)
                await running.until_idle()  # what is on the wire when it stops may come again
                assert signed_with(crm.taken[0], made, SECRET)
            async with stage.running() as running:
                stage.suppress(ONE)
                await running.until(lambda: len(crm.taken) == 2)
                assert signed_with(crm.taken[1], made, SECRET)
                stage.clock.now += timedelta(seconds=61)
                stage.release(ONE)
                await running.until(lambda: len(crm.taken) == 3)
                await running.until_idle()
                assert signed_with(crm.taken[2], made)
            async with stage.running() as running:
                await running.until(lambda: running.service.line("crm") is not None)
                place = running.service.outbox.place("crm")
                assert place is not None
                assert place.old_secrets == ()  # what signs no more is forgotten
            assert SECRET not in repr(feed(stage.ledger))
            assert made not in repr(feed(stage.ledger))

    asyncio.run(scene())


def test_old_ones_end_at_once_where_that_is_said_and_there_are_never_many(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, stage.running() as running:
            await running.subscribe(crm.url)
            first = (await running.asking.rotate("crm", None, 600, BY)).secret
            assert first is not None
            assert (await running.asking.rotate("crm", MINE, 60, BY)).secret is None
            with pytest.raises(Conflict, match="2 old secrets of crm sign still"):
                await running.asking.rotate("crm", "whsec_" + "C" * 44, 60, BY)
            stage.enrol(ONE)
            await running.until(lambda: len(crm.taken) == 1)
            assert signed_with(crm.taken[0], MINE, first, SECRET)

            wanted = one_subscription(stage.ledger, "crm").wanted
            await running.asking.put("crm", wanted, SECRET, BY, 0)  # back to it, at once
            stage.suppress(ONE)
            await running.until(lambda: len(crm.taken) == 2)
            assert signed_with(crm.taken[1], SECRET)
            await running.asking.put("crm", wanted, MINE, BY)
            stage.release(ONE)
            await running.until(lambda: len(crm.taken) == 3)
            assert signed_with(crm.taken[2], MINE, SECRET)

    asyncio.run(scene())
