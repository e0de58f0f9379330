"""Names that nobody has, and that a database may not even take: what is asked by them is answered or refused in words."""

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.ledger.postgres_server import Server
from tests.entrypoints.serving import TO, Serving, in_path, play

ODD = {
    "NUL": "%00",
    "NUL in a slug": "spring%00",
    "NUL in a number": "%2B1555123%000002",
    "a surrogate as bytes": "%ED%A0%80",
    "beyond int64": "9223372036854775808",
    "words of SQL": "%27%20OR%201%3D1%3B--",
    "a way out of a folder": "..%2F..%2F..%2Fetc%2Fpasswd",
    "what a terminal obeys": "%1B%5B2J%C2%9B31m",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def environ(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    server: Server = request.getfixturevalue("postgres")
    return {"DIALTRAIL_DATABASE_URL": server.new_database()}


async def asked_by(
    stage: Serving, path: str, operation: dict[str, Any], method: str, odd: str
) -> list[tuple[str, int]]:
    """Ask with the odd text as each part of the path, then as each parameter of the query."""
    parameters = operation.get("parameters", ())
    in_paths = [one["name"] for one in parameters if one["in"] == "path"]
    asked = [path.format(**dict.fromkeys(in_paths, odd))] if in_paths else []
    if method == "get":
        known = path.format(**{**dict.fromkeys(in_paths, "spring_followup"), "number": in_path(TO)})
        asked += [f"{known}?{one['name']}={odd}" for one in parameters if one["in"] == "query"]
    return [(one, (await stage.client.request(method, one)).status_code) for one in asked]


@pytest.mark.parametrize("kind", ODD)
def test_no_name_brings_down_who_asks_or_who_is_served_beside(
    tmp_path: Path, environ: dict[str, str], kind: str
) -> None:
    async def scene(stage: Serving) -> None:
        await stage.campaign(TO)
        answered: list[tuple[str, int]] = []
        for path, operations in (await stage.json("/openapi.json"))["paths"].items():
            for method, operation in operations.items():
                if path != "/v1/stream":
                    answered += await asked_by(stage, path, operation, method, ODD[kind])
        assert answered
        assert [one for one in answered if not 400 <= one[1] < 500 and one[1] != 200] == []
        assert stage.ledger.trouble is None
        assert (await stage.deliver(b'{"event":"call.created","call":{"id":"call_1"}}')).status_code == 204

    play(tmp_path, scene, **environ)
