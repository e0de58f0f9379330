"""Alerts by subscription, in a running installation: by a clock that is moved, to a subscriber on loopback."""

from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from adapters.outbox import Outbox
from domain.alerting import OVER_AFTER, RAISED_AFTER
from domain.errors import NotReady
from tests.application.alerts.mailed import look, pause_account, resume_account
from tests.docs.shown import shown
from tests.entrypoints.http.routes.test_subscriptions import HERE, PATH, told, until_taken
from tests.entrypoints.serving import Serving, play

PAGE = Path(__file__).parents[3] / "docs" / "receiving.md"
BOTH = ["alert.raised", "alert.over"]


def test_a_subscriber_is_told_of_an_alert_and_of_its_end_once_each(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with told(stage) as crm:
            for name, events in (("crm", BOTH), ("begins", BOTH[:1])):
                made = await stage.client.post(PATH, json={"id": name, "url": crm.url, "events": events})
                assert made.status_code == 201, made.text
            await pause_account(stage)
            await look(stage)
            await look(stage, RAISED_AFTER)
            for _ in range(3):
                await look(stage, timedelta(minutes=10))
            await until_taken(crm, 2)
            await resume_account(stage)
            await look(stage)
            await look(stage, OVER_AFTER)
            await look(stage, OVER_AFTER)
            await until_taken(crm, 3)
            by_subscription = {one.id.rpartition("_")[2] for one in crm.taken}
            assert by_subscription == {"crm", "begins"}
            raised, over = [one.said for one in crm.taken if one.id.endswith("_crm")]
            [page] = [one.text for one in shown(PAGE.name, PAGE.read_text()) if one.text.startswith('{"type": "alert')]
            assert raised == orjson.loads(page)
            assert over["type"] == "alert.over"
            assert over["timestamp"] == over["data"]["over_at"]
            assert len({one.id for one in crm.taken}) == 3

    play(tmp_path, scene, **HERE)


def test_while_the_outbox_takes_nothing_an_alert_waits_also_over_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def before(stage: Serving) -> None:
        async with told(stage) as crm:
            await stage.client.post(PATH, json={"id": "crm", "url": crm.url, "events": BOTH})
            await pause_account(stage)
            await look(stage)
            with monkeypatch.context() as full:
                full.setattr(Outbox, "put_letters", lambda *_: (_ for _ in ()).throw(OSError("no space")))
                with pytest.raises(NotReady, match="nobody is told of alerts: no space"):
                    await look(stage, RAISED_AFTER)
            assert crm.came == []
            stage.clock.now += timedelta(seconds=1)

    async def after(stage: Serving) -> None:
        assert stage.parts.subscriptions is not None
        await stage.parts.alerts.send()
        [letter] = stage.parts.subscriptions.outbox.waiting("crm")
        assert letter.kind == "alert.raised"
        await stage.parts.alerts.send()
        assert stage.parts.subscriptions.outbox.waiting("crm") == [letter]

    play(tmp_path, before, **HERE)
    play(tmp_path, after, **HERE)
