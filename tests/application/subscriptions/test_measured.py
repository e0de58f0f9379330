"""How far each subscription is, for Prometheus."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from prometheus_client.core import Metric

from application.subscriptions.measured import SubscriptionMetrics
from tests.adapters.ledger.stage import BY
from tests.application.subscriptions.stage import Running, Stage, subscriber

PEOPLE = [f"+1555123{n:04}" for n in range(2, 7)]


async def measured(running: Running) -> dict[str, dict[str, float]]:
    """The values of each metric, by subscription."""
    await running.service.measure()
    families: Iterable[Metric] = SubscriptionMetrics(lambda: running.service.standings, running.stage.clock).collect()
    return {
        family.name.removeprefix("dialtrail_subscription_"): {
            sample.labels["subscription"]: sample.value for sample in family.samples
        }
        for family in families
    }


def test_each_shows_how_far_behind_it_is_what_waits_and_since_when_it_fails(stage: Stage) -> None:
    async def scene() -> None:
        async with subscriber() as crm, subscriber(lambda _: 500) as broken, stage.running() as running:
            for name, url in (("crm", crm.url), ("broken", broken.url), ("paused", crm.url), ("gone", crm.url)):
                await running.subscribe(url, name, events=("recipient.enrolled",))
            await running.asking.pause("paused", None, BY)
            await running.asking.end("gone", BY)
            place = running.service.outbox.place("paused")
            assert place is not None
            stage.enrol(*PEOPLE[:2])
            await running.until_idle()
            await running.until(lambda: running.service.outbox.counts("broken") == (2, 0))
            await running.until_idle("broken")
            stage.clock.now += timedelta(seconds=3)
            values = await measured(running)
            assert values["behind_events"] == {
                "crm": 0, "broken": 0, "paused": stage.ledger.position - place.position,
            }  # fmt: skip
            assert (values["behind_seconds"]["crm"], values["failing_seconds"]["crm"]) == (0, 0)
            assert values["behind_seconds"]["paused"] >= 2.9
            assert values["waiting"] == {"crm": 0, "broken": 2, "paused": 0}
            assert values["failing_seconds"]["broken"] >= 2.9
            assert set(values["dead"].values()) == {0}

    asyncio.run(scene())
