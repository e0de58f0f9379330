"""What the acts do where the play does not go as written; as it is written, the journey plays it."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, cast

import pytest

from entrypoints.cli.api import Api, Json
from entrypoints.cli.demo import acts
from entrypoints.cli.demo.children import Child, Children
from entrypoints.cli.demo.progress import Progress
from entrypoints.cli.demo.provider import Provider
from entrypoints.cli.demo.scene import Scene
from entrypoints.cli.demo.stage import Stage
from entrypoints.cli.failure import CommandFailed

QUEUED = {"queued": 3, "dialing": 0, "in_progress": 0}


class SilentProvider:
    """Changes nothing; `seen` are the dial requests that it has seen, one more each time."""

    def __init__(self) -> None:
        self.seen = 0

    async def change(self, **settings: object) -> None:
        pass

    async def calls(self) -> list[Json]:
        return []

    async def arrived(self) -> int:
        self.seen += 1
        return self.seen

    async def on_the_wire(self) -> list[Json]:
        return []


class Scripted(Stage, frozen=True):
    """A stage whose campaign stands where the test puts it, and whose attempts are settled."""

    pause: Json | None = None

    async def campaign(self) -> Json:
        return {"state": "running", "pause": self.pause, "recipients": QUEUED}

    async def recipients(self, status: str) -> list[Json]:
        return []

    async def attempt(self, number: str, attempt_id: str) -> Json:
        return {"attempt_id": attempt_id, "phase": "accepted", "why": None}


def stage(folder: Path, **more: Any) -> Stage:
    return Scripted(cast("Api", None), cast("Provider", SilentProvider()), Children(folder), Progress(), **more)


def failure(act: Awaitable[object]) -> str:
    async def played() -> None:
        await act

    with pytest.raises(CommandFailed) as caught:
        asyncio.run(played())
    return str(caught.value)


def test_a_pause_for_another_reason_ends_the_play(tmp_path: Path) -> None:
    pause = {"scope": "account", "code": "unauthorized", "status": 401}

    said = failure(acts.balance_runs_out(stage(tmp_path, pause=pause), Scene(tmp_path, 12, 1)))

    assert said.startswith("the campaign was paused: ")


def test_a_call_during_the_pause_ends_the_play(tmp_path: Path) -> None:
    pause = {"scope": "account", "code": "insufficient_balance", "status": 402}

    said = failure(acts.balance_runs_out(stage(tmp_path, pause=pause), Scene(tmp_path, 12, 1)))

    assert said == "somebody was dialled although the account was paused"


def test_a_wire_that_stays_empty_ends_the_play(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "ACT_SECONDS_MAX", 0)

    said = failure(acts.killed(stage(tmp_path), cast("Child", None)))

    assert said == "2 requests on the wire: not within 0 seconds"


def test_a_kill_that_left_nothing_in_doubt_ends_the_play(tmp_path: Path) -> None:
    said = failure(acts.recovered(stage(tmp_path), {"att_1": "+15551"}, 0.5))

    assert said.startswith("nothing was left in doubt")


def test_what_does_not_come_in_time_is_named_with_where_the_campaign_stands(tmp_path: Path) -> None:
    async def never(_: Json) -> bool | None:
        return None

    said = failure(stage(tmp_path).until("the end", never, seconds_max=0))

    assert said.startswith("the end: not within 0 seconds; the campaign is running: {'queued': 3")
