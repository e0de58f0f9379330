"""Webhooks are acknowledged on the event loop: whatever else is asked reads ledger and views in other threads."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from adapters.ledger import Ledger
from tests.entrypoints.http.routes.test_scripts import script
from tests.entrypoints.pages.staging import GUARDED, fill, sign_in
from tests.entrypoints.serving import FROM, OPERATOR, TO, Serving, at, play

READS = ("read_stream", "read_streams", "read_feed", "position_at", "replay")
QUERIES = ("", "?as_of=5", f"?as_of={at(5)}", "?since=5&until=9")
ENDLESS = "/v1/stream"
SPOKEN = "spoken"
"""A campaign whose calls say something: its script has one version."""


def test_no_get_route_reads_ledger_or_views_on_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop_thread, on_the_loop, elsewhere = threading.get_ident(), set[str](), set[str]()

    def watched(name: str, read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*given: Any, **named: Any) -> Any:
            (on_the_loop if threading.get_ident() == loop_thread else elsewhere).add(name)
            return read(*given, **named)

        return reading

    async def scene(stage: Serving) -> None:
        await fill(stage)
        spoken = {"id": SPOKEN, "from": FROM, "script": script("Hello.")}
        assert (await stage.client.post("/v1/campaigns", json=spoken, headers=OPERATOR)).status_code == 201
        await sign_in(stage, "operator")
        asked = asking_of(stage)
        for name in READS:
            monkeypatch.setattr(Ledger, name, watched(f"ledger.{name}", getattr(Ledger, name)))
        monkeypatch.setattr(stage.parts.projector, "reading", watched("views", stage.parts.projector.reading))
        found = {}
        for path in (path + query for path in asked for query in QUERIES):
            answer = await stage.client.request("HEAD" if path.startswith(ENDLESS) else "GET", path)
            assert answer.status_code in ({200, 303, 400, 404} if "?" in path else {200, 303}), (path, answer.text)
            if on_the_loop:
                found[path] = sorted(on_the_loop)
            on_the_loop.clear()
        assert found == {}
        assert {"views", "ledger.read_stream", "ledger.read_streams", "ledger.read_feed"} <= elsewhere

    play(tmp_path, scene, **GUARDED, DIALTRAIL_API_REQUESTS_PER_SECOND="0")


def asking_of(stage: Serving) -> list[str]:
    """A path of every GET route of the application, under which it finds something."""
    routes = [one for one in stage.parts.app._logged._routes if isinstance(one, Route) and "GET" in (one.methods or ())]
    return [_path(one.path) for one in routes]


def _path(template: str) -> str:
    kind = template.removeprefix("/v1").split("/")[1]
    ids = {"calls": "call_1", "campaigns": SPOKEN if "/scripts" in template else "spring_followup"}
    known = {"number": TO, "other": "1" if "/scripts" in template else "call_2", "version": "1", "change_id": "change"}
    return template.format(id=ids.get(kind, ""), **known, name="style.css")
