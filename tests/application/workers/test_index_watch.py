"""Looking through the indexes before anybody is called, and once a day."""

import asyncio
import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger import IndexDamage, LookedThrough
from application.unsound import LEDGER_DAMAGED, LEDGER_UNCHECKED, Unsound
from application.workers import index_watch
from application.workers.index_watch import EVERY_SECONDS, IndexWatch
from domain.errors import LedgerUnavailable


class Looks:
    """Stands in for the look: what each step gives or raises, one list for each look."""

    def __init__(self, *looks: list[LookedThrough | Exception]) -> None:
        self._looks = list(looks)
        self.seen: list[Unsound | None] = []
        self.watch: IndexWatch | None = None

    def __call__(self, _: Path) -> Generator[LookedThrough]:
        return self._look(self._looks.pop(0))

    def _look(self, steps: list[LookedThrough | Exception]) -> Generator[LookedThrough]:
        for step in steps:
            if self.watch is not None:
                self.seen.append(self.watch.unsound())
            if isinstance(step, Exception):
                raise step
            yield step


class Hours:
    """A monotonic clock that says what it is told to say."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def watch_with(monkeypatch: pytest.MonkeyPatch, looks: Looks, clock: Hours | None = None) -> IndexWatch:
    monkeypatch.setattr(index_watch, "look_through_indexes", looks)
    monkeypatch.setattr(index_watch, "RETRY_SECONDS", 0.0)
    looks.watch = IndexWatch(Path("ledger.db"), clock or Hours())
    return looks.watch


def test_a_mistake_in_the_first_look_ends_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks([OverflowError("too large")], [LookedThrough(10, 20)])
    watch = watch_with(monkeypatch, looks)

    asyncio.run(watch.look_first())

    assert [one.says for one in looks.seen if one is not None][1].startswith(
        f"{index_watch.MISTAKEN}; it is tried again"
    )
    assert (watch.unsound(), watch.trouble) == (None, None)


def test_what_does_not_pass_by_itself_has_somebody_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fails: list[LookedThrough | Exception] = [LookedThrough(5, 20), LedgerUnavailable("disk I/O error")]
    looks = Looks(fails, fails, fails, fails, fails, fails, [LookedThrough(10, 20)])

    asyncio.run(watch_with(monkeypatch, looks).look_first())

    # Each look asks twice: before its first step and before its end.
    assert [one.needs_somebody for one in looks.seen if one is not None][::2] == [False] * 5 + [True] * 2


def test_told_to_stop_it_waits_for_no_other_try(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        told = asyncio.Event()
        watch = watch_with(monkeypatch, Looks([OverflowError("too large")]))
        monkeypatch.setattr(index_watch, "RETRY_SECONDS", 60.0)
        monkeypatch.setattr(index_watch.log, "warning", lambda *_, **__: asyncio.get_running_loop().call_soon(told.set))
        async with asyncio.timeout(30):
            looking = asyncio.create_task(watch.run())
            await told.wait()
            await watch.stop()
            await looking

    asyncio.run(scene())


def rule(unsound: Unsound | None) -> str | None:
    return None if unsound is None else unsound.rule


def test_nobody_is_called_before_the_first_look_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks([LookedThrough(5, 20), LedgerUnavailable("it is locked")], [LookedThrough(10, 20)])
    watch = watch_with(monkeypatch, looks)
    assert rule(watch.unsound()) == LEDGER_UNCHECKED

    asyncio.run(watch.look_first())

    assert [rule(one) for one in looks.seen] == [LEDGER_UNCHECKED] * 3
    said = [one.says for one in looks.seen if one is not None]
    assert "5 of about 20 entries" in said[1]
    assert said[2].startswith("it is locked; it is tried again")
    assert (watch.unsound(), watch.trouble) == (None, None)


def test_damage_stays_and_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = watch_with(monkeypatch, Looks([IndexDamage(7, "the event at position 7 is not found")]))

    async def scenario() -> None:
        await watch.look_first()
        await watch.look_first()

    asyncio.run(scenario())
    found = watch.unsound()
    assert rule(found) == LEDGER_DAMAGED
    assert watch.trouble is not None
    assert "position 7" in watch.trouble
    assert "REINDEX" in watch.trouble


def test_once_a_day_again_while_calls_are_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    looks, clock = Looks([LookedThrough(1, 1)], [LookedThrough(1, 1), IndexDamage(None, "out of order")]), Hours()
    watch = watch_with(monkeypatch, looks, clock)

    async def scenario() -> None:
        await watch.look_first()
        for clock.seconds in (1.0, EVERY_SECONDS - 1, EVERY_SECONDS, EVERY_SECONDS + 60):
            await watch._tick()

    asyncio.run(scenario())
    assert [rule(one) for one in looks.seen] == [LEDGER_UNCHECKED, None, None]
    assert rule(watch.unsound()) == LEDGER_DAMAGED


def test_it_ends_while_it_looks(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        connection.execute("CREATE TABLE other (one)")
    watch = IndexWatch(tmp_path / "ledger.db", Hours())  # of which nothing can be said, ever

    async def scenario() -> None:
        running = asyncio.create_task(watch.run())
        async with asyncio.timeout(60):
            while watch.trouble is None:  # noqa: ASYNC110 - nothing else says so
                await asyncio.sleep(0.01)
            await watch.stop()
            await running

    asyncio.run(scenario())
    assert rule(watch.unsound()) == LEDGER_UNCHECKED
