"""That somebody does not want to be called about this, for people: recorded and lifted by operators on a page of its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.recipient import RecipientDeclined, RecipientDeclineLifted
from tests.entrypoints.pages.campaign_page import PAGE, made
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, read, sign_in
from tests.entrypoints.serving import OPERATOR, TO, Serving, play

PERSON = f"{PAGE}/recipients/{TO}"
DECLINED = f"{PERSON}/declined"


async def staged(stage: Serving, role: str = "operator") -> None:
    stage.client.headers.update(OPERATOR)
    await made(stage, TO)
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


def test_an_operator_records_that_somebody_declines_and_lifts_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert "/recipients/%2B15551230002/declined" in await load(stage, PERSON)
        stored = len(stage.feed())
        asked = await load(stage, DECLINED)
        assert ("declined nothing that this campaign counts" in asked, read(asked).faults) == (True, [])
        done = await confirm(stage, DECLINED, said="decline", reason="by letter", said_at="2026-05-28 09:00")
        assert (done.status_code, done.headers["location"]) == (303, PERSON)
        (declined,) = stage.feed()[stored:]
        assert declined.event == RecipientDeclined(
            campaign_id="spring_followup",
            purpose="spring_followup",
            source="operator",
            said_at=datetime(2026, 5, 28, 9, tzinfo=UTC),
            reason="by letter",
        )
        assert declined.metadata["actor"] == "operator:olga"
        html = await load(stage, DECLINED)
        assert ("Declined spring_followup on" in html, read(html).faults) == (True, [])
        assert (await confirm(stage, DECLINED, said="lift")).status_code == 303
        lifted = RecipientDeclineLifted(campaign_id="spring_followup", purpose="spring_followup")
        assert stage.feed()[-1].event == lifted
        assert "declined nothing that this campaign counts" in await load(stage, DECLINED)

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(("said", "said_at"), [("decline", "soon"), ("decline", "2026-06-01 09:00"), ("perhaps", "")])
def test_what_cannot_be_changes_nothing(tmp_path: Path, said: str, said_at: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        stored = stage.feed()
        assert (await confirm(stage, DECLINED, said=said, said_at=said_at)).status_code == 400
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_nobody_else_has_the_form_or_may(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, role)
        stored = stage.feed()
        known_as = TO if role == "auditor" else stage.known_as(TO)
        assert "act-decline" not in await load(stage, f"{PAGE}/recipients/{known_as}")
        token = form_token(await load(stage, "/suppressions"))
        assert (await stage.client.get(DECLINED)).status_code == 403
        sent = {"form_token": token, "said": "decline"}
        assert (await stage.client.post(DECLINED, data=sent)).status_code == 403
        assert stage.feed() == stored

    play(tmp_path, scene, **GUARDED)
