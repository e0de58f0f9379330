"""What subscribers are told of outcomes, and what the API answers the same role."""

from pathlib import Path

import orjson
import pytest

from application.subscriptions.composing import Composer
from domain.subscription import SubscriberRole, Wanted
from entrypoints.http.told import write_body
from tests.entrypoints.http.guarded import GUARDED, fill
from tests.entrypoints.pages.staging import TOKEN_OF
from tests.entrypoints.serving import FINGERPRINT, Serving, play


@pytest.mark.parametrize("role", ["viewer", "auditor", "operator"])
def test_an_outcome_that_is_told_is_the_one_that_is_answered(tmp_path: Path, role: SubscriberRole) -> None:
    async def scene(stage: Serving) -> None:
        await fill(stage)
        wanted = Wanted(url="https://crm.example.org", role=role)
        told = Composer(stage.ledger, wanted, FINGERPRINT, write_body).take(stage.feed(), 0)
        newest = {said["recipient"]: said for one in told if (said := orjson.loads(one.body)["data"])}
        answered = await stage.json("/v1/outcomes", {"authorization": f"Bearer {TOKEN_OF[role]}"})
        assert len(answered["items"]) == 2
        assert newest == {item["recipient"]: item for item in answered["items"]}

    play(tmp_path, scene, **GUARDED)
