"""A consent that is taken back now is taken back by the ledger's clock, whatever a server's clock says."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from domain.recipient import ConsentRevoked
from tests.entrypoints.serving import TO, Serving, play

PERSON = f"/v1/people/{TO.replace('+', '%2B')}"


@pytest.mark.parametrize("ahead", [timedelta(seconds=2), timedelta(seconds=-5)])
@pytest.mark.parametrize("purpose", [None, "sales"])
def test_now_is_the_ledgers_now(tmp_path: Path, ahead: timedelta, purpose: str | None) -> None:
    async def scene(stage: Serving) -> None:
        ledgers_now = stage.clock.now
        given = {"number": TO, "purpose": "sales", "basis": "express", "source": "form"}
        made = await stage.client.post("/v1/consents", json={**given, "given_at": ledgers_now.isoformat()})
        assert made.status_code == 201
        state = cast("Any", stage.parts.app._guarded._app).state
        as_it_is = state.parts
        state.parts = replace(as_it_is, clock=lambda: as_it_is.clock() + ahead)
        answer = await stage.client.post("/v1/consents/revoke", json={"number": TO, "purpose": purpose})
        assert (answer.status_code, answer.json()["changed"]) == (200, True)
        state.parts = as_it_is
        (revoked,) = (one.event for one in stage.feed() if isinstance(one.event, ConsentRevoked))
        assert revoked.revoked_at == ledgers_now
        assert [one["holds"] for one in (await stage.json(PERSON))["consents"]] == [False]

    play(tmp_path, scene)


def test_what_was_given_before_a_clock_went_back_is_taken_back_too(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        now = stage.clock.now
        given = {"number": TO, "basis": "express", "source": "form"}
        for purpose, early in (("sales", 0), ("help", 1)):
            at = (now - timedelta(seconds=early)).isoformat()
            answer = await stage.client.post("/v1/consents", json={**given, "purpose": purpose, "given_at": at})
            assert answer.status_code == 201
        stage.clock.now -= timedelta(seconds=3)
        for purpose in ("help", "sales"):
            assert (await stage.client.post("/v1/consents/revoke", json={"number": TO, "purpose": purpose})).is_success
        revoked = [one.event for one in stage.feed() if isinstance(one.event, ConsentRevoked)]
        assert [one.revoked_at for one in revoked] == [now - timedelta(seconds=1), now]

    play(tmp_path, scene)
