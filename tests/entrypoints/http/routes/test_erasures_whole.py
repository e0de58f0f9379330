"""That an erasure leaves nothing out: keys that resist, what comes meanwhile, and numbers in whatever form."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.keys import SqliteKeyTable
from adapters.ledger import sealing
from application.installation import Installation
from application.queries import erasure as listed
from application.queries.erasure import PersonToErase
from domain.errors import LedgerUnavailable
from entrypoints.http.routes import erasures
from tests.entrypoints.http.routes.test_erasures import SEALED, erase, rebuilt
from tests.entrypoints.serving import OTHER, SECRET, TO, Serving, play


def test_who_is_erased_hears_whether_the_keys_are_destroyed_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise LedgerUnavailable("locked")

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        with monkeypatch.context() as while_locked:
            while_locked.setattr(SqliteKeyTable, "overwrite", locked)
            done = (await erase(stage, confirmed=True))[1]
            assert (done["erased"], done["keys_destroyed"]) == (True, False)
            assert "may still be there" in (await stage.client.get("/health/ready")).text
        monkeypatch.setattr(sealing, "TRY_AGAIN_SECONDS", 0.0)
        await rebuilt(stage)
        await stage.campaign(OTHER, campaign_id="autumn")
        done = (await erase(stage, confirmed=True))[1]
        assert (done["erased"], done["keys_destroyed"]) == (True, True)

    play(tmp_path, scene, **SEALED)


def test_what_comes_between_the_list_and_the_commit_is_listed_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_under_way = erasures._require_nothing_under_way
    came: list[bool] = []

    def between(comes: Callable[[], Awaitable[object]]) -> None:
        async def looks(parts: Installation, found: PersonToErase) -> None:
            await nothing_under_way(parts, found)
            if not came:
                came.append(True)
                await comes()

        came.clear()
        monkeypatch.setattr(erasures, "_require_nothing_under_way", looks)

    async def scene(stage: Serving) -> None:
        await stage.campaign(TO, OTHER)
        body = {"recipients": [{"number": TO, "variables": {"name": "Ada Lovelace"}, "reference": "crm-7"}]}
        await stage.campaign(OTHER, campaign_id="autumn")
        between(lambda: stage.client.post("/v1/campaigns/autumn/recipients", json=body))
        assert (await erase(stage, confirmed=True))[1]["erased"]
        await rebuilt(stage)
        text = json.dumps(await stage.json("/v1/events?limit=1000"))
        assert "Ada Lovelace" not in text
        assert TO[1:] not in text

        between(lambda: stage.dial(OTHER, "call_1"))
        status, said = await erase(stage, OTHER, confirmed=True)
        assert (status, "a call of this person is under way" in said["detail"]) == (409, True)

    play(tmp_path, scene, **SEALED)


def test_a_number_in_quarantine_is_found_however_it_is_written_or_nothing_is_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(stage: Serving) -> None:
        stage.secret = SECRET
        await stage.campaign(TO)
        for n in range(3):
            assert (await stage.deliver(b'unreadable %d "to":"\\u002b1 (555) 123-0002"' % n)).status_code == 204
        assert (await erase(stage))[1]["quarantined"] == 3
        monkeypatch.setattr(listed, "QUARANTINED_LOOKED_AT_MAX", 2)
        status, said = await erase(stage, confirmed=True)
        assert (status, "cannot all be looked at" in said["detail"]) == (409, True)

    play(tmp_path, scene, **SEALED, MINIVOICE_WEBHOOK_SECRET=SECRET)
