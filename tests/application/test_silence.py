"""What is said where calls are open and no webhook tells of them: the same sentence everywhere."""

from datetime import timedelta
from pathlib import Path

import pytest

from application.own_delivery import OWN_DELIVERY
from application.silence import SILENT_AFTER, Silence
from tests.entrypoints.serving import NOON, OTHER, SECRET, TO, Serving, payload, play

PUBLIC = "https://calls.example.org"
TOKENS = "olga:operator:olgas-own-token-1"
OLGA = {"authorization": "Bearer olgas-own-token-1"}
ENVIRON = {"MINIVOICE_WEBHOOK_SECRET": SECRET}
THIRD = "+15551230004"
QUARTER = timedelta(minutes=15)


def listening(stage: Serving) -> None:
    stage.parts.arrivals.listening_since = NOON


async def silence(stage: Serving) -> Silence | None:
    await stage.parts.follower.wait_live()
    assert await stage.parts.projector.wait_for(stage.ledger.position, 20)
    found = (await stage.json("/v1/integrity"))["silence"]
    return None if found is None else Silence(**found)


async def says(stage: Serving) -> str | None:
    found = await silence(stage)
    return None if found is None else found.says


async def dialled(stage: Serving, *numbers: str) -> None:
    await stage.campaign(*numbers)
    for nth, number in enumerate(numbers, 1):
        await stage.dial(number, f"call_{nth}")


def test_that_no_webhook_has_ever_arrived_is_said_by_every_face_in_the_same_words(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO, OTHER)
        stage.clock.now = NOON + QUARTER
        found = await silence(stage)
        assert found is not None
        assert (found.calls, found.campaigns, found.last_webhook_at) == (2, ["spring_followup"], None)
        assert found.says == "2 calls open for 15 min, no webhook has ever arrived"
        assert "as webhook_url of the application at MiniVoice" in found.what_to_do
        ready = await stage.client.get("/health/ready")
        assert (ready.status_code, ready.json()["notes"]) == (200, [found.sentence])
        assert (await stage.json("/v1/campaigns/spring_followup"))["notes"] == [found.sentence]
        for path in ("/", "/campaigns/spring_followup", "/integrity"):
            page = await stage.client.get(path)
            assert found.says in page.text, path

    play(tmp_path, scene, **ENVIRON)


def test_it_is_said_once_a_call_is_open_for_longer_than_the_bound_and_no_more_once_it_ended(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.clock.now = NOON + SILENT_AFTER - timedelta(seconds=1)
        assert await silence(stage) is None
        stage.clock.now = NOON + SILENT_AFTER + timedelta(seconds=1)
        assert await says(stage) == "1 call open for 2 min, no webhook has ever arrived"
        assert (await stage.deliver(payload("call.completed", seconds=60))).status_code == 204
        assert await silence(stage) is None

    play(tmp_path, scene, **ENVIRON)


@pytest.mark.parametrize(
    ("passed", "since"),
    [
        (timedelta(minutes=20), "12:00 UTC"),
        (timedelta(hours=3), "12:00 UTC"),
        (timedelta(days=3), "2026-05-29 12:00 UTC"),
    ],
)
def test_since_when_none_came_is_said_where_one_had(tmp_path: Path, passed: timedelta, since: str) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO, OTHER)
        for call_id in ("call_1", "call_2"):
            await stage.deliver(payload("call.completed", call_id, seconds=5))
        await stage.enroll(THIRD)
        stage.clock.now = NOON + passed
        await stage.dial(THIRD, "call_3")
        stage.clock.now += timedelta(minutes=7)
        assert await says(stage) == f"1 call open for 7 min, no webhook since {since}"

    play(tmp_path, scene, **ENVIRON)


def test_a_call_that_rings_for_longer_than_a_phone_does_is_silent_but_one_that_talks_is_not(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO, OTHER)
        await stage.deliver(payload("call.created", "call_1", seconds=1))
        await stage.deliver(payload("call.answered", "call_2", seconds=2, to=OTHER))
        stage.clock.now = NOON + QUARTER
        assert await says(stage) == "1 call open for 15 min, no webhook since 12:00 UTC"
        await stage.deliver(payload("call.failed", "call_1", seconds=9))
        assert await silence(stage) is None

    play(tmp_path, scene, **ENVIRON)


def test_a_webhook_of_any_call_shows_that_they_come(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        await stage.deliver(payload("call.created", "call_of_others", seconds=1))
        assert await silence(stage) is None
        await stage.deliver(b"unreadable, but signed")
        assert await silence(stage) is None

    play(tmp_path, scene, **ENVIRON)


def test_what_doctor_delivers_to_itself_is_no_webhook(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        assert (await stage.deliver(OWN_DELIVERY)).status_code == 204
        stage.secret = "another"
        assert (await stage.deliver(OWN_DELIVERY)).status_code == 401
        assert await says(stage) == "1 call open for 15 min, no webhook has ever arrived"

    play(tmp_path, scene, **ENVIRON)


@pytest.mark.parametrize("before", [False, True])
def test_deliveries_that_are_refused_are_counted_until_one_is_believed(tmp_path: Path, before: bool) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        if before:
            await stage.deliver(payload("call.created", "call_0"))
        await dialled(stage, TO)
        stage.secret = "what MiniVoice has"
        for minute in (5, 6, 7):
            stage.clock.now = NOON + timedelta(minutes=minute)
            assert (await stage.deliver(payload("call.answered", seconds=3))).status_code == 401
        stage.clock.now = NOON + QUARTER
        found = await silence(stage)
        assert found is not None
        assert found.says == ("1 call open for 15 min, deliveries are refused (wrong signature: 3 since 12:05 UTC)")
        assert (found.refused, found.what_to_do.partition(" to ")[0]) == (3, "set MINIVOICE_WEBHOOK_SECRET")
        stage.secret = SECRET
        assert (await stage.deliver(payload("call.answered", seconds=3))).status_code == 204
        assert await silence(stage) is None

    play(tmp_path, scene, **ENVIRON)


def test_what_was_refused_before_one_was_believed_is_not_the_reason(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.secret = "before it was changed"
        assert (await stage.deliver(payload("call.created", seconds=1))).status_code == 401
        stage.secret = SECRET
        assert (await stage.deliver(payload("call.created", seconds=1))).status_code == 204
        stage.clock.now = NOON + QUARTER
        found = await silence(stage)
        assert found is not None
        assert found.says == "1 call open for 15 min, no webhook since 12:00 UTC"
        assert (found.refused, found.refused_since) == (0, None)

    play(tmp_path, scene, **ENVIRON)


def test_what_is_refused_for_its_age_or_for_want_of_a_secret_is_told_apart(tmp_path: Path) -> None:
    async def old(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        body = payload("call.answered", seconds=3)
        assert (await stage.deliver(body)).status_code == 401
        found = await silence(stage)
        assert found is not None
        assert "deliveries are refused (too old: 1 since 12:15 UTC)" in found.says
        assert "MINIVOICE_WEBHOOK_TOLERANCE_SECONDS=0" in found.what_to_do

    async def without_secret(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        by_a_proxy = {"x-forwarded-for": "203.0.113.9"}
        assert (await stage.deliver(payload("call.answered", seconds=3), by_a_proxy)).status_code == 403
        assert "(MINIVOICE_WEBHOOK_SECRET is not set here: 1 since 12:15 UTC)" in (await says(stage) or "")

    play(tmp_path / "old", old, **ENVIRON, MINIVOICE_WEBHOOK_TOLERANCE_SECONDS="30")
    play(tmp_path / "without", without_secret)


def test_who_has_just_started_waits_and_where_nobody_listens_that_is_what_to_do(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        found = await silence(stage)
        assert found is not None
        assert found.what_to_do == "nothing runs here that could take one in; start `dialtrail up`"
        stage.parts.arrivals.listening_since = stage.clock.now
        assert await silence(stage) is None
        stage.clock.now += SILENT_AFTER
        assert await says(stage) == "1 call open for 17 min, no webhook has ever arrived"

    play(tmp_path, scene, **ENVIRON)


def test_it_names_the_address_that_is_to_be_entered(tmp_path: Path) -> None:
    async def what_to_do(stage: Serving) -> str:
        listening(stage)
        stage.client.headers.update(OLGA)
        await dialled(stage, TO)
        stage.clock.now = NOON + QUARTER
        found = await silence(stage)
        assert found is not None
        return found.what_to_do

    async def public(stage: Serving) -> None:
        said = await what_to_do(stage)
        assert said.startswith(f"enter {PUBLIC}/webhooks/minivoice as webhook_url of the application at MiniVoice; ")

    async def sandbox(stage: Serving) -> None:
        said = await what_to_do(stage)
        assert "`dialtrail sandbox-set --webhook-url http://127.0.0.1:8080/webhooks/minivoice`" in said

    others = {**ENVIRON, "DIALTRAIL_TOKENS": TOKENS, "DIALTRAIL_ANSWER_TOKEN": "answers-for-those-who-know"}
    play(tmp_path / "public", public, **others, DIALTRAIL_PUBLIC_URL=PUBLIC)
    play(tmp_path / "sandbox", sandbox, **ENVIRON, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_BASE_URL="http://127.0.0.1:8099")


def test_a_campaign_whose_calls_are_not_silent_does_not_say_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        listening(stage)
        await dialled(stage, TO)
        await stage.campaign(OTHER, campaign_id="autumn")
        stage.clock.now = NOON + QUARTER
        await stage.parts.follower.wait_live()
        assert (await stage.json("/v1/campaigns/autumn"))["notes"] == []
        assert len((await stage.json("/v1/campaigns/spring_followup"))["notes"]) == 1

    play(tmp_path, scene, **ENVIRON)
