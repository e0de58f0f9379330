"""Webhooks are acknowledged on the event loop: whatever else is asked reads ledger and views in other threads."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger import Ledger
from tests.entrypoints.asking import asking_of, fill_all
from tests.entrypoints.pages.staging import GUARDED, sign_in
from tests.entrypoints.serving import Serving, at, play

READS = ("read_stream", "read_streams", "read_feed", "position_at", "replay")
QUERIES = ("", "?as_of=5", f"?as_of={at(5)}", "?since=5&until=9")
ENDLESS = "/v1/stream"


def test_no_get_route_reads_ledger_or_views_on_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop_thread, on_the_loop, elsewhere = threading.get_ident(), set[str](), set[str]()

    def watched(name: str, read: Callable[..., Any]) -> Callable[..., Any]:
        def reading(*given: Any, **named: Any) -> Any:
            (on_the_loop if threading.get_ident() == loop_thread else elsewhere).add(name)
            return read(*given, **named)

        return reading

    async def scene(stage: Serving) -> None:
        await fill_all(stage)
        await sign_in(stage, "operator")
        asked = asking_of(stage).values()
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
