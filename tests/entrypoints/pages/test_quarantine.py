"""What could not be read, for people: listed, shown, and read again by operators."""

from hashlib import sha256
from pathlib import Path

from adapters.minivoice_webhook import quarantined
from application.commands.quarantine import quarantine_delivery
from tests.entrypoints.pages.staging import GUARDED, confirm, load, sign_in
from tests.entrypoints.serving import TO, Serving, payload, play

DRIFTED = payload("call.answered", seconds=None, data=None).replace(b'"call_1"', b"7113")
PAGE = f"/quarantine/{sha256(DRIFTED).hexdigest()}"


async def put_away(stage: Serving) -> None:
    await stage.do(quarantine_delivery(quarantined(DRIFTED, {}, "call.id: is not a string")))


def test_an_operator_has_it_read_again_and_comes_to_its_call(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage)
        await sign_in(stage, "operator")
        assert "can be read" in await load(stage, "/quarantine")
        done = await confirm(stage, PAGE)
        assert (done.status_code, done.headers["location"]) == (303, "/calls/7113")
        assert stage.names() == ["delivery.quarantined", "call.answered", "delivery.read_again"]
        html = await load(stage, PAGE)
        assert "/calls/7113" in html
        assert "Read it again" not in html

    play(tmp_path, scene, **GUARDED)


def test_without_its_form_nothing_is_read(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage)
        await sign_in(stage, "operator")
        assert (await stage.client.post(PAGE, data={})).status_code == 403
        assert stage.names() == ["delivery.quarantined"]

    play(tmp_path, scene, **GUARDED)


def test_others_see_no_button_and_viewers_nothing_of_what_came(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage)
        for role, sees in (("auditor", True), ("viewer", False)):
            await sign_in(stage, role)
            html = await load(stage, PAGE)
            assert "Read it again" not in html
            assert (TO in html, "is not a string" in html) == (sees, sees)

    play(tmp_path, scene, **GUARDED)


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        body = b"\xff<script>"
        assert (await stage.deliver(body)).status_code == 204
        await sign_in(stage, "operator")
        html = await load(stage, f"/quarantine/{sha256(body).hexdigest()}")
        assert "It cannot be read: body: is not UTF-8." in html
        assert r"\xff&lt;script&gt;" in html
        assert "Read it again" not in html

    play(tmp_path, scene, **GUARDED)
