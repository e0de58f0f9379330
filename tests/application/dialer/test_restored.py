"""Whose mark it is that says how far the ledger had come."""

import asyncio
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger.moved import COPIED
from adapters.ledger.sqlite.recorder import SqliteRecorder
from tests.adapters.ledger import stage
from tests.application.dialer.looked import guard, looked

SERVER: Mapping[str, str | int] = {"system": "s", "timeline": 1, "database": 5}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | int]:
    """Says what a database would say of itself."""
    here = dict(SERVER)
    monkeypatch.setattr(SqliteRecorder, "identity", lambda _: here)
    return here


def test_a_mark_follows_a_promotion_only_where_nobody_else_has_dialled_since(
    tmp_path: Path, server: dict[str, str | int]
) -> None:
    ledger, spare = tmp_path / "ledger", tmp_path / "spare"
    ledger.mkdir()
    spare.mkdir()

    def dialled(folder: Path) -> str | None:
        with closing(stage.open_ledger(ledger)) as opened:
            return looked(opened, folder, {})

    assert [dialled(spare), dialled(ledger)] == [None, None]
    server["timeline"] = 2
    assert dialled(ledger) is None  # whoever dialled last lacks nothing
    server["timeline"] = 3
    assert dialled(spare) == "elsewhere"


def test_whoever_dials_knows_of_a_promotion_and_of_those_who_dialled_meanwhile(
    tmp_path: Path, server: dict[str, str | int]
) -> None:
    takes, now = [1], [0.0]
    with closing(stage.open_ledger(tmp_path)) as ledger:
        own = guard(ledger, tmp_path, {}, lambda: now[0], lambda: takes[0])

        def kept() -> Mapping[str, str | int]:
            now[0] += 31
            asyncio.run(own.keep())
            return ledger.place.known() or {}

        asyncio.run(own.look())
        mine = kept()
        server["timeline"] = 2
        assert kept() == {**mine, "timeline": 2}
        ledger.place.know({**server, "taken": "by another"})
        assert kept()["taken"] == "by another"
        takes[0] = 2
        assert kept() == {**mine, "timeline": 2}
        server["system"] = "another"
        assert kept()["system"] == "s"
        own.close()


def test_what_was_copied_where_the_database_does_not_say_where_is_paused_once(
    tmp_path: Path, server: dict[str, str | int]
) -> None:
    server.clear()
    with closing(stage.open_ledger(tmp_path)) as ledger:
        ledger._recorder.write_meta({COPIED: '{"copy_id":"c","key_check":"k"}'})
        assert [looked(ledger, tmp_path, {}) for _ in range(2)] == ["copied", None]
        server.update(SERVER)
        assert [looked(ledger, tmp_path, {}) for _ in range(2)] == [None, None]
        server.clear()
        assert looked(ledger, tmp_path, {}) is None
        server.update(SERVER, system="another")
        assert looked(ledger, tmp_path, {}) == "elsewhere"
