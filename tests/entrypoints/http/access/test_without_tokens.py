"""Who is answered where no tokens are set."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.entrypoints.http.guarded import GUARDED
from tests.entrypoints.http.guarded_routes import NOT_FROM_HERE, UNKNOWN_TOKEN
from tests.entrypoints.serving import (
    SPRING,
    VIEWER,
    Serving,
    assert_problem,
    play,
)


@pytest.mark.parametrize(
    ("headers", "is_refused"),
    [
        ({}, False),
        ({"host": "localhost:8080"}, False),
        ({"host": "LOCALHOST"}, False),
        ({"host": "[::1]:8080"}, False),
        ({"host": "127.0.0.1"}, False),
        ({"origin": "http://127.0.0.1:8080"}, False),
        ({"origin": "http://localhost:3000"}, True),
        ({"host": "attacker.example"}, True),
        ({"host": "localhost.attacker.example"}, True),
        ({"host": "127.0.0.1.attacker.example:8080"}, True),
        ({"host": "attacker@127.0.0.1.example"}, True),
        ({"host": "192.168.0.7:8080"}, True),
        ({"host": ""}, True),
        ({"host": "["}, True),
        ({"origin": "https://attacker.example"}, True),
        ({"origin": "http://127.0.0.1.attacker.example"}, True),
        ({"origin": "null"}, True),
        ({"origin": ""}, True),
        ({"origin": "http://["}, True),
    ],
)
def test_without_tokens_only_this_machine_is_answered(
    tmp_path: Path, headers: Mapping[str, str], is_refused: bool
) -> None:
    async def scene(stage: Serving) -> None:
        reading = await stage.client.get("/v1/campaigns", headers=headers)
        commanding = await stage.client.post("/v1/campaigns", json=SPRING, headers=headers)
        if is_refused:
            assert_problem(reading, NOT_FROM_HERE)
            assert_problem(commanding, NOT_FROM_HERE)
            assert stage.feed() == []
        else:
            assert (reading.status_code, commanding.status_code) == (200, 201)
        assert (await stage.client.get("/health/live", headers=headers)).status_code == 200

    play(tmp_path, scene)


def test_without_tokens_a_token_that_is_given_must_still_be_right(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        assert_problem(
            await stage.client.get("/v1/campaigns", headers={"authorization": "Bearer wrong"}), UNKNOWN_TOKEN
        )
        owner = {"authorization": f"Bearer {stage.parts.owner_token}", "host": "calls.example.org"}
        assert (await stage.client.get("/v1/campaigns", headers=owner)).status_code == 200

    play(tmp_path, scene)


def test_with_tokens_it_does_not_matter_from_where_they_come(tmp_path: Path) -> None:
    async def scene(stage: Serving) -> None:
        from_elsewhere = {**VIEWER, "host": "calls.example.org", "origin": "https://dashboard.example.org"}
        assert (await stage.client.get("/v1/campaigns", headers=from_elsewhere)).status_code == 200

    play(tmp_path, scene, **GUARDED)
