"""Systems that are told, for people: seen by all as far as their role allows, and acted on by operators who are asked first."""

from pathlib import Path

import pytest
from msgspec import structs

from tests.entrypoints.http.routes.test_subscriptions import HERE, told, until_taken
from tests.entrypoints.pages.staging import GUARDED, confirm, form_token, load, read, sign_in, subscribe
from tests.entrypoints.serving import OPERATOR, OTHER, TO, Serving, play

CRM = "/subscriptions/crm"


async def staged(stage: Serving, role: str = "operator") -> None:
    stage.client.headers.update(OPERATOR)
    await stage.campaign(TO)
    await subscribe(stage, "said by your own system")
    del stage.client.headers["authorization"]
    await sign_in(stage, role)


def test_both_pages_say_how_it_stands_what_was_tried_and_what_was_given_up(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        listed, shown = await load(stage, "/subscriptions"), await load(stage, CRM)
        for html in (listed, shown):
            assert read(html).faults == []
            assert "failing" in html
            assert "answered 500" in html
        assert '<dd id="dead">1</dd><dd class="quiet means">delivery, after three days of tries' in shown
        assert "no answer: it did not answer within 10 seconds" in shown
        assert "250 ms" in shown
        assert "webhook-id: e_crm" in shown
        assert "said by your own system" in shown
        assert f'href="{CRM}/resend?position=4"' in shown
        assert 'value="4"' in await load(stage, f"{CRM}/resend?position=4")

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_others_than_operators_see_no_buttons_and_are_refused(tmp_path: Path, role: str) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage, role)
        shown = await load(stage, CRM)
        assert ("act-" in shown, "resend" in shown) == (False, False)
        assert ("token=inner" in shown, "said by your own system" in shown) == ((role == "auditor"),) * 2
        for verb in ("rotate", "pause", "resume", "replay", "resend", "delete"):
            assert (await stage.client.get(f"{CRM}/{verb}")).status_code == 403
            sent = {"form_token": form_token(shown), "which": "all"}
            assert (await stage.client.post(f"{CRM}/{verb}", data=sent)).status_code == 403

    play(tmp_path, scene, **GUARDED)


def test_an_operator_has_a_new_secret_made_and_sees_it_once(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        done = await confirm(stage, f"{CRM}/rotate", hours="2")
        assert done.status_code == 200
        assert read(done.text).faults == []
        assert "whsec_" in done.text
        assert "The old one signs, too, until" in done.text
        shown = await load(stage, CRM)
        assert "with an old secret, too, until" in shown
        assert "whsec_" not in shown
        assert (await confirm(stage, f"{CRM}/rotate", hours="soon")).status_code == 400

    play(tmp_path, scene, **GUARDED)


def test_an_operator_pauses_and_resumes_it(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        stored = len(stage.feed())
        assert "nothing is lost" in await load(stage, f"{CRM}/pause")
        assert len(stage.feed()) == stored
        assert (await confirm(stage, f"{CRM}/pause", reason="<b>moving</b>")).headers["location"] == CRM
        paused = await load(stage, CRM)
        assert "&lt;b&gt;moving&lt;/b&gt;" in paused
        assert "act-resume" in paused
        assert "events behind" in await load(stage, f"{CRM}/resume")
        assert (await confirm(stage, f"{CRM}/resume")).status_code == 303
        assert stage.names()[-2:] == ["subscription.paused", "subscription.resumed"]

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({"which": "all"}, []),
        ({"which": "one", "position": "4"}, [7]),
        ({"which": "one", "position": "5", "from": "1"}, [4, 7]),
        ({"which": "range", "from": "3", "to": "5"}, [7]),
        ({"which": "range", "from": "5", "to": ""}, [4]),
        ({"which": "range", "from": "", "to": "3", "position": "9"}, [4, 7]),
    ],
)
def test_dead_letters_are_sent_again_all_one_or_a_range(tmp_path: Path, said: dict[str, str], left: list[int]) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert stage.parts.subscriptions is not None
        outbox = stage.parts.subscriptions.outbox
        [first] = outbox.dead("crm")
        outbox.put_letters("crm", [structs.replace(first, position=7, lane="other")])
        assert "2 deliveries were given up" in await load(stage, f"{CRM}/resend")
        done = await confirm(stage, f"{CRM}/resend", **said)
        assert (done.status_code, done.headers["location"]) == (303, CRM)
        assert [letter.position for letter in outbox.dead("crm")] == left

    play(tmp_path, scene, **GUARDED)


@pytest.mark.parametrize(
    ("verb", "said", "says"),
    [
        ("replay", {"from": "soon"}, "neither a position nor an instant"),
        ("replay", {"from": " "}, "say from which position"),
        ("replay", {"from": "999999"}, "after the ledger"),
        ("replay", {"from": "9" * 40}, "is no position"),
        ("resend", {"which": "one", "position": "four"}, "is no position"),
        ("resend", {"which": "one"}, "is a position of the ledger"),
        ("resend", {"which": "some"}, "choose one of"),
        ("resend", {}, "choose one of"),
        ("pause", {"reason": "x" * 1_001}, "reason"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    tmp_path: Path, verb: str, said: dict[str, str], says: str
) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        stored = len(stage.feed())
        refused = await confirm(stage, f"{CRM}/{verb}", **said)
        assert refused.status_code in {400, 409}
        assert says in refused.text
        assert read(refused.text).faults == []
        assert len(stage.feed()) == stored

    play(tmp_path, scene, **GUARDED)


def test_a_replay_by_position_and_by_the_viewers_clock_is_delivered(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        async with told(stage) as crm:
            await stage.client.post("/v1/subscriptions", json={"id": "crm", "url": crm.url})
            await stage.campaign(TO, OTHER)
            await until_taken(crm, 2)
            await sign_in(stage, "operator")
            del stage.client.headers["authorization"]
            assert (await confirm(stage, f"{CRM}/replay", **{"from": "1"})).status_code == 303
            await until_taken(crm, 4)
            assert (await confirm(stage, f"{CRM}/replay", **{"from": "2026-05-29 00:00"})).status_code == 303
            await until_taken(crm, 6)
            assert crm.taken[-1].headers["dialtrail-out-of-order"] == "true"

    play(tmp_path, scene, **HERE)


def test_one_that_is_deleted_is_gone_from_the_list(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await staged(stage)
        assert "cannot be had again" in await load(stage, f"{CRM}/delete")
        assert (await confirm(stage, f"{CRM}/delete")).headers["location"] == "/subscriptions"
        assert "No system is told anything" in await load(stage, "/subscriptions")
        assert "there is no subscription crm" in await load(stage, CRM, 404)

    play(tmp_path, scene, **GUARDED)
