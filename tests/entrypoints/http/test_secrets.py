import asyncio
from pathlib import Path

import pytest

from entrypoints.http.access import Access
from entrypoints.settings import load_settings
from tests.entrypoints.http.guarded import GUARDED, fill
from tests.entrypoints.serving import OPERATOR, SECRET, VIEWER, Serving, play


def test_tokens_and_secrets_are_in_no_repr_and_in_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Serving) -> None:
        secrets = [
            "look-only-token",
            "read-all-token",
            "command-token",
            SECRET,
            "mv_live_test",
            stage.parts.owner_token,
        ]
        await fill(stage)
        stage.owner.announce("http://127.0.0.1:1", stage.parts.owner_token)
        stage.secret = "wrong"
        await stage.deliver(b"{}")
        stage.secret = SECRET
        await stage.deliver(b"unreadable", {"authorization": "Bearer command-token"})
        for headers in ({}, {"authorization": "Bearer wrong"}, VIEWER, OPERATOR):
            await stage.client.post("/v1/campaigns", content=b"{", headers=headers)
        settings = load_settings({"MINIVOICE_API_KEY": "mv_live_test", **GUARDED})
        access = stage.parts.app._guarded
        assert isinstance(access, Access)
        stage.parts.lines.flush()
        shown = capsys.readouterr()
        assert "delivery refused" in shown.err
        assert "delivery unreadable" in shown.err
        text = shown.out + shown.err + repr(settings) + repr(access) + repr(vars(access)) + repr(stage.owner)
        text += repr(vars(stage.owner)) + str(settings) + repr(stage.parts)
        assert [secret for secret in secrets if secret in text] == []
        stored = await asyncio.to_thread(stage.stored_bytes)
        assert [secret for secret in secrets if secret.encode() in stored] == []

    play(tmp_path, scene, **GUARDED)
