"""Who may come in, and when each was last seen: for auditors and operators, without a token in it."""

from datetime import timedelta
from pathlib import Path

from domain.instants import time_text
from tests.entrypoints.pages.staging import GUARDED, TOKEN_OF, load, sign_in
from tests.entrypoints.serving import AUDITOR, NOON, OPERATOR, VIEWER, Serving, play


def test_each_is_listed_with_role_and_last_use_and_no_token(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert (await stage.client.get("/v1/tokens", headers=VIEWER)).status_code == 403
        stage.clock.now = NOON + timedelta(hours=1)
        await stage.json("/v1/campaigns", OPERATOR)
        stage.clock.now = NOON + timedelta(hours=2)
        found = await stage.json("/v1/tokens", AUDITOR)
        one, two = (time_text(NOON + timedelta(hours=hours)) for hours in (1, 2))
        assert found == {
            "since": time_text(NOON),
            "items": [
                {"name": "vera", "role": "viewer", "last_seen_at": time_text(NOON)},
                {"name": "anna", "role": "auditor", "last_seen_at": two},
                {"name": "olga", "role": "operator", "last_seen_at": one},
                {"name": "otto", "role": "operator", "last_seen_at": None},
            ],
        }
        await sign_in(stage, "auditor")
        assert 'href="/tokens"' in await load(stage, "/integrity")
        html = await load(stage, "/tokens")
        assert "otto" in html
        assert "not since this process began" in html
        assert not any(token in html for token in (*TOKEN_OF.values(), "second-token"))

    play(tmp_path, scene, **GUARDED)


def test_viewers_are_not_shown_the_names(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        await sign_in(stage, "viewer")
        assert "/tokens" not in await load(stage, "/integrity")
        assert (await stage.client.get("/tokens")).status_code == 403

    play(tmp_path, scene, **GUARDED)


def test_without_tokens_it_says_who_is_operator(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert "whoever sits at this machine is operator" in await load(stage, "/tokens")
        assert (await stage.json("/v1/tokens"))["items"] == []

    play(tmp_path, scene)
