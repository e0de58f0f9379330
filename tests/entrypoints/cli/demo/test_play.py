import asyncio
from pathlib import Path
from typing import cast

import pytest

from domain.errors import LedgerBusy
from entrypoints.cli.api import Api, Json
from entrypoints.cli.demo import play
from entrypoints.cli.demo.children import Children


class Opening:
    """A server whose views open after it has said so often that they do not."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def get(self, path: str, **query: object) -> Json:
        self.times -= 1
        if self.times >= 0:
            raise LedgerBusy("the views are not open yet")
        return {"items": []}


def waited(server: Opening, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "POLL_SECONDS", 0.0)
    asyncio.run(play.until_views_open(cast("Api", server), Children(folder)))


def test_it_waits_until_the_views_are_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Opening(3)

    waited(server, tmp_path, monkeypatch)

    assert server.times == -1


def test_it_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "VIEW_SECONDS_MAX", -1.0)

    with pytest.raises(LedgerBusy, match="not open yet"):
        waited(Opening(3), tmp_path, monkeypatch)
