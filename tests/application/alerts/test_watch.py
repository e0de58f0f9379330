"""Alerts in a running installation: by a clock that is moved, and a real mail server."""

from datetime import timedelta
from pathlib import Path

import msgspec

from adapters.alerts_file import ALERTS_FILE, AlertsFile
from application.alerts.kept import MAILS_MAX, KeptAlerts
from application.alerts.mailing import AGAIN_AFTER, AGAIN_AFTER_MAX, GIVEN_UP_AFTER
from application.alerts.words import trial_message
from domain.alerting import OVER_AFTER, RAISED_AFTER
from domain.instants import time_text
from tests.adapters.mail_server import Kept
from tests.application.alerts.mailed import look, pause_account, play_mailed, resume_account, subjects, text
from tests.entrypoints.serving import NOON, OPERATOR, SECRET, TO, TOKENS, VIEWER, Serving, play

MINUTE = timedelta(minutes=1)
MAIL = {"DIALTRAIL_ALERTS_TO": "ops@example.org", "DIALTRAIL_ALERTS_FROM": "dialtrail@example.org"}
PAGES = "https://example.org/dialtrail"


def test_whoever_takes_over_sends_by_what_its_predecessor_remembered_last(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        stands_by, alerts = [True], stage.parts.alerts
        alerts.stand_by_while(lambda: stands_by[0])
        await alerts.look()
        for given_up in (7, 8):
            AlertsFile(tmp_path).write(msgspec.json.encode(KeptAlerts(given_up=given_up)))
            stands_by[0] = False
            await alerts.send()
            assert alerts.memory.kept.given_up == given_up
            stands_by[0] = True
            await alerts.send()

    play(tmp_path, scene)


def test_an_alert_is_told_once_and_its_end_once(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        await pause_account(stage)
        await look(stage)
        await look(stage, RAISED_AFTER)
        for _ in range(5):
            await look(stage, 10 * MINUTE)
        assert subjects(kept) == ["Dialtrail: nobody is called"]
        assert text(kept.messages[0]) == (
            "Nobody is called\n"
            "nobody is called on this account: the balance behind the key is used up\n"
            "Since: 2026-05-29 12:00 UTC\n"
            "What to do: add balance at MiniVoice, then resume\n"
            f"Look: {PAGES}/integrity#account\n"
        )
        await resume_account(stage)
        await look(stage)
        await look(stage, OVER_AFTER)
        for _ in range(5):
            await look(stage, 10 * MINUTE)
        assert subjects(kept) == ["Dialtrail: nobody is called", "Dialtrail: over: nobody is called"]
        assert text(kept.messages[1]) == (
            "OVER: nobody is called\nIt was so from 2026-05-29 12:00 UTC until 2026-05-29 12:51 UTC.\n"
            "It was said: nobody is called on this account: the balance behind the key is used up\n"
        )

    secured = {"DIALTRAIL_TOKENS": "", "DIALTRAIL_PUBLIC_URL": PAGES}
    play_mailed(tmp_path, scene, **secured)


def test_a_restart_tells_nothing_again_and_forgets_no_end(tmp_path: Path) -> None:
    async def before(stage: Serving, kept: Kept) -> None:
        await pause_account(stage)
        await look(stage)
        await look(stage, RAISED_AFTER)
        assert len(kept.messages) == 1

    async def between(stage: Serving, kept: Kept) -> None:
        stage.clock.now = NOON + timedelta(hours=1)
        await look(stage)
        await look(stage, 10 * MINUTE)
        assert kept.messages == []
        home = (await stage.json("/v1/alerts"))["on"]
        assert [(one["key"], one["since"]) for one in home] == [("account", time_text(NOON))]
        stage.clock.now = NOON + timedelta(hours=2)
        await resume_account(stage)

    async def after(stage: Serving, kept: Kept) -> None:
        stage.clock.now = NOON + timedelta(hours=3)
        await look(stage)
        await look(stage, OVER_AFTER)
        assert subjects(kept) == ["Dialtrail: over: nobody is called"]

    for scene in (before, between, after):
        play_mailed(tmp_path, scene)
    assert oct((tmp_path / ALERTS_FILE).stat().st_mode & 0o777) == "0o600"


def test_what_comes_and_goes_is_not_told(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        for _ in range(10):
            await pause_account(stage)
            await look(stage, RAISED_AFTER / 2)
            await resume_account(stage)
            await look(stage, RAISED_AFTER / 2)
        assert kept.messages == []

    play_mailed(tmp_path, scene)


def test_a_mail_server_that_is_down_is_tried_again_later_and_later_and_told_of_in_health(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        kept.says = "451 not now"
        await pause_account(stage)
        await look(stage)
        await look(stage, RAISED_AFTER)
        failing = (await stage.json("/v1/alerts"))["mail"]
        assert failing["failing"] == {
            "since": time_text(NOON + RAISED_AFTER),
            "last": f"127.0.0.1:{kept.port} answered 451: not now",
        }
        assert failing["waiting"] == 1
        health = await stage.json("/health/ready")
        assert health["status"] == "ready"
        assert health["notes"][0].startswith("alerts cannot be sent by e-mail since 2026-05-29 12:01 UTC")
        tried = []
        for _ in range(400):
            before = stage.parts.alerts.memory.kept.mails[0].tries
            await look(stage, timedelta(seconds=15))
            if stage.parts.alerts.memory.kept.mails[0].tries > before:
                tried.append((stage.clock.now - NOON - RAISED_AFTER).total_seconds())
        assert tried[:5] == [30, 90, 210, 450, 930]
        kept.says = "250 OK"
        await look(stage, AGAIN_AFTER_MAX)
        assert subjects(kept) == ["Dialtrail: nobody is called"]
        shown = (await stage.json("/v1/alerts"))["mail"]
        assert (shown["failing"], shown["waiting"]) == (None, 0)
        assert (await stage.json("/health/ready"))["notes"] == []
        metrics = (await stage.client.get("/metrics")).text
        assert 'dialtrail_alert_mails_total{result="sent"} 1.0' in metrics
        assert 'dialtrail_alerts{need="account"} 1.0' in metrics

    play_mailed(tmp_path, scene)


def test_what_could_not_be_sent_outlives_a_restart_and_is_given_up_after_three_days(tmp_path: Path) -> None:
    async def down(stage: Serving, kept: Kept) -> None:
        kept.says = "554 never"
        await pause_account(stage)
        await look(stage)
        await look(stage, RAISED_AFTER)

    async def still_down(stage: Serving, kept: Kept) -> None:
        kept.says = "554 never"
        stage.clock.now = NOON + GIVEN_UP_AFTER
        await look(stage)
        assert (await stage.json("/v1/alerts"))["mail"]["waiting"] == 1
        await look(stage, AGAIN_AFTER_MAX)
        found = (await stage.json("/v1/alerts"))["mail"]
        assert (found["waiting"], found["given_up"]) == (0, 1)

    async def up_again(stage: Serving, kept: Kept) -> None:
        stage.clock.now = NOON + GIVEN_UP_AFTER + timedelta(days=1)
        await resume_account(stage)
        await look(stage)
        await look(stage, OVER_AFTER)
        assert subjects(kept) == ["Dialtrail: over: nobody is called"]
        assert "1 earlier message could not be sent, and will not be." in text(kept.messages[0])

    for scene in (down, still_down, up_again):
        play_mailed(tmp_path, scene)


def test_no_more_messages_wait_than_are_kept(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        kept.says = "451 not now"
        mailing, memory = stage.parts.alerts.mailing, stage.parts.alerts.memory
        assert mailing is not None
        for number in range(MAILS_MAX + 3):
            mailing.add(msgspec.structs.replace(trial_message(), subject=str(number)))
        assert len(memory.kept.mails) == MAILS_MAX
        assert (memory.kept.mails[0].mail.subject, memory.kept.given_up) == ("3", 3)
        stage.clock.now += AGAIN_AFTER
        await look(stage)

    play_mailed(tmp_path, scene)


def test_a_message_tells_no_number_also_where_somebody_put_one_in_an_id(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        campaign_id = TO[1:]
        body = {"id": campaign_id, "from": TO, "policy": {"needs_approval": True}}
        stage.client.headers.update(OPERATOR)
        assert (await stage.client.post("/v1/campaigns", json=body)).status_code == 201
        assert (await stage.client.post(f"/v1/campaigns/{campaign_id}/start")).status_code == 202
        await look(stage)
        await look(stage, RAISED_AFTER)
        (message,) = kept.messages
        assert TO[1:] not in message.as_string()
        assert "a change waits for a second person" in str(message["Subject"])

    tokens = f"{TOKENS},otto:operator:second-token"
    play_mailed(tmp_path, scene, DIALTRAIL_TOKENS=tokens, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_the_digest_of_a_day_comes_once_at_its_hour(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        await stage.campaign(TO)
        await stage.dial(TO, "call_1")
        await look(stage)
        stage.clock.now = NOON + timedelta(hours=17, minutes=29)
        await look(stage)
        assert [one for one in subjects(kept) if "call" in one] == []
        await look(stage, MINUTE)
        await look(stage, timedelta(hours=5))
        (message,) = [one for one in kept.messages if "1 call" in str(one["Subject"])]
        assert message["Subject"] == "Dialtrail: 2026-05-29, 1 call"
        said = text(message)
        assert said.startswith("Friday, 2026-05-29 (Europe/Berlin)\n\nCalls:        1\n")
        assert "Spent:        not known: MiniVoice is asked by `dialtrail up` alone" in said

    play_mailed(tmp_path, scene, DIALTRAIL_DIGEST_AT="07:30 Europe/Berlin")


def test_without_e_mail_alerts_are_remembered_and_shown_all_the_same(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await pause_account(stage)
        await look(stage)
        await look(stage, RAISED_AFTER)
        found = await stage.json("/v1/alerts", VIEWER)
        assert [one["key"] for one in found["on"]] == ["account"]
        assert found["mail"] is None
        assert (await stage.client.post("/v1/alerts/test", headers=VIEWER)).status_code == 403
        refused = await stage.client.post("/v1/alerts/test", headers=OPERATOR)
        assert refused.status_code == 409
        assert "DIALTRAIL_SMTP_URL" in refused.json()["detail"]

    play(tmp_path, scene, DIALTRAIL_TOKENS=TOKENS, MINIVOICE_WEBHOOK_SECRET=SECRET)


def test_a_message_that_tries_the_settings_says_what_became_of_it(tmp_path: Path) -> None:
    async def scene(stage: Serving, kept: Kept) -> None:
        sent = (await stage.client.post("/v1/alerts/test")).json()
        assert sent == {"sent": True, "recipients": 1, "why": None}
        assert subjects(kept) == ["Dialtrail: test of alerts"]
        kept.says = "451 not now"
        failed = (await stage.client.post("/v1/alerts/test")).json()
        assert failed == {"sent": False, "recipients": 1, "why": f"127.0.0.1:{kept.port} answered 451: not now"}

    play_mailed(tmp_path, scene)
