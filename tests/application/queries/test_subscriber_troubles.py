"""Subscribers that take nothing are among what needs somebody; what an operator paused is not."""

from pathlib import Path

from adapters.outbox_rows import Letter
from application.commands.subscriptions import pause_subscription, resume_subscription
from application.queries.attention import needs_now
from application.subscriber_trouble import SubscriberTrouble
from tests.entrypoints.serving import NOON, Serving, play

URL = "https://127.0.0.1:9/"


def test_a_subscriber_that_is_gone_or_for_which_deliveries_were_given_up_is_told_of(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        parts = stage.parts.installation
        made = await stage.client.post("/v1/subscriptions", json={"id": "crm", "url": URL})
        assert made.status_code == 201, made.text
        assert parts.subscriber_troubles() == []

        await stage.do(pause_subscription("crm", "operator"))
        assert parts.subscriber_troubles() == []
        await stage.do(resume_subscription("crm"))
        await stage.do(pause_subscription("crm", "gone", "answered 410"))
        (gone,) = parts.subscriber_troubles()
        assert gone == SubscriberTrouble(
            subscription_id="crm",
            since=stage.feed()[-1].counts_from,
            says="subscription crm is paused: answered 410",
            what_to_do="mend it, then: dialtrail subscriptions resume crm",
        )
        assert [one.key for one in (await needs_now(parts)).needs if one.need == "subscriber"] == ["subscriber:crm"]

        await stage.do(resume_subscription("crm"))
        letter = Letter(position=1, nth=0, lane="x", tries=9, first_at=NOON, dead_at=NOON, status=500)
        stage.parts.subscriptions.outbox.put_letters("crm", [letter])
        (dead,) = parts.subscriber_troubles()
        assert dead.says == "1 delivery to subscription crm given up after three days"

    play(tmp_path, scene, DIALTRAIL_TARGETS_ALLOWED="127.0.0.1/32")
