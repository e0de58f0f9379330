"""Integrity for people: what waits to be read, and figures that need no look through the ledger."""

import re
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import pytest

from adapters.minivoice_webhook import quarantined
from application.actor import Role
from application.commands.quarantine import quarantine_delivery, read_again
from projections.store import ViewsUnusable
from tests.entrypoints.pages.staging import GUARDED, load, sign_in
from tests.entrypoints.serving import Serving, payload, play

READABLE = payload("call.answered", seconds=None, data=None).replace(b'"call_1"', b"7113")
UNREADABLE = b'{"event": 7, "note": "nobody reads this"}'


async def put_away(stage: Serving, body: bytes, reason: str) -> None:
    await stage.do(quarantine_delivery(quarantined(body, {}, reason)))


@pytest.mark.parametrize("role", ["operator", "auditor", "viewer"])
def test_what_waits_to_be_read_is_shown_however_long_ago_it_came(tmp_path: Path, role: Role) -> None:
    async def scene(stage: Serving) -> None:
        await put_away(stage, UNREADABLE, "event: is not a string")
        await put_away(stage, READABLE, "call.id: is not a string")
        await sign_in(stage, role)
        with patch("application.queries.deliveries.LATEST_EVENTS_MAX", 1):
            html = await integrity(stage)
        assert waiting_in(html) == [sha256(one).hexdigest() for one in (READABLE, UNREADABLE)]
        assert ("call.id: is not a string" in html) is (role != "viewer")

    play(tmp_path, scene, **GUARDED)


def test_what_was_read_since_does_not_wait_any_more(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        assert "Nothing waits to be read." in await integrity(stage)
        for body in (UNREADABLE, READABLE):
            await put_away(stage, body, "call.id: is not a string")
        await stage.do(read_again(sha256(READABLE).hexdigest()))
        assert waiting_in(await integrity(stage)) == [sha256(UNREADABLE).hexdigest()]

    play(tmp_path, scene, **GUARDED)


def test_it_is_shown_while_the_views_cannot_be_read(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "operator")
        with patch.object(stage.parts.projector, "reading", side_effect=ViewsUnusable("the views are closed")):
            html = await load(stage, "/integrity")
        assert "the views are closed" in html
        assert "What waits there is not known" in html

    play(tmp_path, scene, **GUARDED)


async def integrity(stage: Serving) -> str:
    """The page, once the views have all there is: home waits for them."""
    await load(stage, "/")
    return await load(stage, "/integrity")


def waiting_in(html: str) -> list[str]:
    return re.findall(r'<a href="/quarantine/([0-9a-f]{64})"', html)
