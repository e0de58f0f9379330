"""A ledger of which an index hides an event: nobody is called, everything says so, and REINDEX ends it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from application.actor import Actor
from application.campaign_notes import notes_now
from application.installation import Installation
from application.queries.attention import attention_now
from application.queries.moments import moment_asked
from application.queries.preflight import preflight_now
from application.queries.recipient import explanation_at
from application.queries.standing import standing_now
from tests.application.dialer.stage import Stage, numbers, play, stage

INDEX_LEAF = 10
PAGE_BYTES = 4096


def hide(path: Path, begins: bytes) -> None:
    """Turn a bit in the name of a stream, in the index of streams."""
    raw = bytearray(path.read_bytes())
    pages = [begin for begin in range(PAGE_BYTES, len(raw), PAGE_BYTES) if raw[begin] == INDEX_LEAF]
    at = next(found for begin in pages if (found := raw.find(begins, begin, begin + PAGE_BYTES)) >= 0)
    raw[at + len(begins)] ^= 1
    path.write_bytes(raw)


def test_nobody_is_called_on_a_ledger_that_hides_an_event(tmp_path: Path) -> None:
    async def before() -> None:
        async with stage(tmp_path) as it:
            await it.campaign(numbers(1))
            await it.until("called", lambda: it.phase() == "completed")

    async def damaged() -> None:
        async with stage(tmp_path) as it:
            await it.parts.follower.wait_live()
            await it.until("looked", lambda: "position" in (it.parts.troubles()["indexes"] or ""))
            await it.campaign(numbers(2)[1:], "autumn")  # what comes in is taken
            for _ in range(3):
                it.dialer._scheduler.tick(time.monotonic())
                await it.views()
            assert it.posts() == []
            assert it.dialer.trouble == it.parts.troubles()["indexes"]
            await all_say_so(it)

    async def mended() -> None:
        async with stage(tmp_path) as it:
            await it.until("autumn is called", lambda: bool(it.posts()))
            assert it.parts.troubles()["indexes"] is None

    play(before)
    hide(tmp_path / "ledger.db", b"recipient:")
    play(damaged)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("REINDEX")
    play(mended)


async def all_say_so(it: Stage) -> None:
    parts: Installation = cast("Any", it.parts.app._guarded._app).state.parts
    [note] = await notes_now(parts, "autumn")
    assert note.startswith("an index of ledger.db is damaged: the event at position ")
    shown = standing_now(parts, "autumn", await moment_asked(parts, None))
    assert [(one.reason, one.recipients) for one in shown.held_by] == [("ledger_damaged", 1)]
    stream = it.parts.ledger.recipient_stream(numbers(2)[1])
    explained = explanation_at(parts, Actor("op", "operator"), "autumn", [stream], await moment_asked(parts, None))
    assert (explained.may_dial, explained.rules[0].rule, explained.status) == (False, "ledger_damaged", "queued")
    assert "what_to_do" in explained.rules[0].inputs
    foreseen = preflight_now(parts, "autumn", await moment_asked(parts, None))
    assert [one.about for one in foreseen.warnings].count("ledger_damaged") == 1
    first = (await attention_now(parts)).items[0]
    assert (first.need, first.is_told) == ("damage", True)
    assert first.what_to_do.startswith("stop Dialtrail")
