"""The receivers that the pages show are run as they stand there, and take what Dialtrail sends: each once, the newest row kept."""

import asyncio
import importlib.util
import sqlite3
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import orjson
import pytest

from adapters.signing import SigningSecret
from tests.application.subscriptions.stage import SECRET
from tests.docs.shown import shown

PAGE = Path(__file__).parents[2] / "docs" / "connecting.md"
LINES_MAX = 35
NOW = datetime.now(UTC)  # noqa: TID251 - a receiver asks its own clock how old a delivery is
ROW = {"campaign_id": "spring", "number": "+15551230002", "status": "queued", "position": 5}


@pytest.fixture(params=["fastapi_receiver", "django_receiver"])
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The program of the page, imported from a file of that name."""
    name = request.param
    (block,) = [one for one in shown(PAGE.name, PAGE.read_text()) if one.title == f"{name}.py"]
    assert len([line for line in block.text.splitlines() if line]) <= LINES_MAX
    (tmp_path / f"{name}.py").write_text(block.text)
    monkeypatch.setenv("DIALTRAIL_SUBSCRIPTION_SECRET", SECRET)
    monkeypatch.setenv("CRM_DB", str(tmp_path / "crm.db"))
    spec = importlib.util.spec_from_file_location(name, tmp_path / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    yield module
    if name == "django_receiver":
        module.connection.close()


def asked(program: ModuleType, method: str, headers: dict[str, str], body: bytes = b"") -> int:
    """The status of what the program answers, in this process."""
    url = "http://crm.example.org/calls"
    if program.__name__ == "django_receiver":
        with httpx.Client(transport=httpx.WSGITransport(app=program.app)) as client:
            return client.request(method, url, headers=headers, content=body).status_code

    async def ask() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=program.app)) as client:
            return (await client.request(method, url, headers=headers, content=body)).status_code

    return asyncio.run(ask())


def delivery(
    name: str, row: dict[str, Any], secret: str = SECRET, kind: str = "outcome.changed", at: datetime = NOW
) -> tuple[dict[str, str], bytes]:
    """The headers and the body of a delivery."""
    body = orjson.dumps({"type": kind, "timestamp": "2026-05-29T12:00:00.000000Z", "data": row})
    return {"content-type": "application/json", **SigningSecret(secret).headers(name, body, at)}, body


def test_each_is_done_once_the_newest_row_is_kept_and_what_is_not_signed_is_refused(
    program: ModuleType, tmp_path: Path
) -> None:
    newer = {**ROW, "status": "reached", "position": 9}
    other = {**ROW, "number": "+15551230003"}

    def told(*words: Any, **more: Any) -> int:
        return asked(program, "POST", *delivery(*words, **more))

    assert [told("a_crm", ROW), told("b_crm", newer), told("c_crm", other)] == [204] * 3
    assert told("a_crm", {**newer, "status": "done twice", "position": 99}) == 204
    assert told("d_crm", {**ROW, "status": "late", "position": 7}) == 204
    assert told("e_crm", {"key": "account"}, kind="alert.raised") == 204
    assert told("f_crm", {**ROW, "position": 100}, secret="whsec_" + "A" * 44) == 401
    assert told("g_crm", {**ROW, "position": 100}, at=NOW - timedelta(hours=1)) == 401
    assert asked(program, "POST", delivery("h_crm", ROW)[0], b"{}") == 401
    assert asked(program, "GET", {}) in {401, 405}
    crm = sqlite3.connect(tmp_path / "crm.db")
    rows = crm.execute("SELECT campaign, number, status, position FROM outcome ORDER BY number").fetchall()
    crm.close()
    assert rows == [("spring", "+15551230002", "reached", 9), ("spring", "+15551230003", "queued", 5)]
