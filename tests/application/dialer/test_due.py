"""Who is due, read ahead: nobody is passed over for good, and nothing is read again and again for nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import msgspec
import pytest

from application.dialer.due import READ_AHEAD_MAX, SCAN_AGAIN_SECONDS, Due
from application.views.reads import DueRead
from domain.errors import LedgerUnavailable

CAMPAIGN = "spring"


class Views:
    """The views as they are at each read: pages of who is queued, by the place after which they begin."""

    def __init__(self, pages: dict[int, DueRead | Exception]) -> None:
        self.pages = pages
        self.position = 1
        self.now = 1_000.0
        self.clock_is_ahead = timedelta()
        self.began = datetime(2026, 5, 29, 12, tzinfo=UTC)
        self.asked: list[int] = []
        self.woken = 0
        self.work: list[Coroutine[None, None, None]] = []
        self.due = Due(self.read, lambda: self.position, self.clock, lambda: self.now, self.work.append, self.wake)

    def clock(self) -> datetime:
        return self.began + timedelta(seconds=self.now - 1_000) + self.clock_is_ahead

    def read(self, campaign_id: str, after: int, rows_max: int) -> DueRead:
        assert (campaign_id, rows_max) == (CAMPAIGN, READ_AHEAD_MAX)
        self.asked.append(after)
        page = self.pages[after]
        if isinstance(page, Exception):
            raise page
        return page

    def wake(self) -> None:
        self.woken += 1

    async def next(self, *but: str) -> str | None:
        """Who is due, once what was to be read has been read."""
        while (found := self.due.next(CAMPAIGN, but)) is None and self.work:
            before = self.woken
            await self.work.pop()
            if self.woken == before:
                return self.due.next(CAMPAIGN, but)
        return found

    async def call(self, *but: str) -> str | None:
        """The same, and they are called."""
        found = await self.next(*but)
        if found is not None:
            self.due.taken(CAMPAIGN)
        return found


def page(streams: Sequence[str], following: int | None = None, position: int = 1) -> DueRead:
    return DueRead(position=position, streams=list(streams), following=following)


def run(scene: Callable[[], Awaitable[Any]]) -> None:
    """Run a scene to its end."""

    async def whole() -> None:
        await scene()

    asyncio.run(whole())


def test_pages_are_read_one_after_the_other_and_then_from_the_front_again() -> None:
    async def scene() -> None:
        views = Views({0: page("ab", 2), 2: page("c")})
        assert [await views.call() for _ in range(4)] == ["a", "b", "c", "a"]
        assert views.asked == [0, 2, 0]

    run(scene)


def test_a_page_without_anybody_in_the_middle_does_not_hide_those_behind_it() -> None:
    async def scene() -> None:
        views = Views({0: page("", 5_000), 5_000: page("", 10_000), 10_000: page("z")})
        assert await views.call() == "z"
        assert views.asked == [0, 5_000, 10_000]

    run(scene)


def test_a_queue_of_people_who_cannot_be_called_now_is_read_again_when_the_views_move_or_after_a_while() -> None:
    async def scene() -> None:
        views = Views({0: page("ab", 2), 2: page("c")})
        assert [await views.next("a", "b", "c") for _ in range(5)] == [None] * 5
        assert views.asked == [0, 2]
        views.now += SCAN_AGAIN_SECONDS
        assert await views.next("a", "b", "c") is None
        assert views.asked == [0, 2, 0, 2]
        views.position = 2
        assert await views.call("a", "c") == "b"
        assert views.asked == [0, 2, 0, 2, 0]

    run(scene)


def test_an_empty_queue_is_read_again_when_the_views_move_or_after_a_while() -> None:
    async def scene() -> None:
        views = Views({0: page("")})
        assert [await views.next() for _ in range(5)] == [None] * 5
        views.position, views.pages = 2, {0: page("a", position=2)}
        assert await views.call() == "a"
        assert views.asked == [0, 0]

    run(scene)


def test_who_was_dealt_with_is_passed_over_until_the_views_know_of_it() -> None:
    async def scene() -> None:
        views = Views({0: page("ab")})
        views.due.dealt_with("a", 3)
        assert await views.call() == "b"
        views.position = 2
        assert await views.next() == "b"
        views.position = 3
        assert await views.call() == "b"
        assert await views.call() == "a"

    run(scene)


def test_a_read_that_does_not_end_is_left_alone_and_another_one_finds_who_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("application.dialer.due.READ_SECONDS_MAX", 0.01)
    views, goes_on = Views({0: page(["a"])}), Event()
    read = views.read

    def first_never_ends(campaign_id: str, after: int, rows_max: int) -> DueRead:
        if not views.asked:
            views.asked.append(after)
            goes_on.wait(60)
        return read(campaign_id, after, rows_max)

    views.due = Due(
        first_never_ends, lambda: views.position, views.clock, lambda: views.now, views.work.append, views.wake
    )

    async def scene() -> None:
        assert await views.next() is None
        views.now += SCAN_AGAIN_SECONDS
        monkeypatch.setattr("application.dialer.due.READ_SECONDS_MAX", 60)
        assert await views.next() == "a"
        goes_on.set()

    run(scene)


def test_a_read_that_fails_is_tried_again_after_a_while() -> None:
    async def scene() -> None:
        views = Views({0: LedgerUnavailable("the disk is full")})
        assert [await views.next() for _ in range(3)] == [None] * 3
        views.pages = {0: page("a")}
        assert await views.next() is None
        views.now += SCAN_AGAIN_SECONDS
        assert await views.call() == "a"
        assert views.asked == [0, 0]

    run(scene)


def test_a_queue_that_the_clock_closes_is_not_read_until_it_opens() -> None:
    async def scene() -> None:
        views = Views({})
        views.pages = {0: msgspec.structs.replace(page(""), closed_until=views.began + timedelta(seconds=30))}
        assert await views.next() is None
        views.now += 29
        assert await views.next() is None
        assert views.asked == [0]
        views.now += 1
        views.pages = {0: page("a")}
        assert await views.call() == "a"
        assert views.asked == [0, 0]

    run(scene)


@pytest.mark.parametrize(("ahead", "seconds"), [(timedelta(hours=12), 1.0), (timedelta(minutes=1), 61.0)])
def test_a_clock_that_was_ahead_keeps_nobody_from_being_called(ahead: timedelta, seconds: float) -> None:
    async def scene() -> None:
        views = Views({})
        views.clock_is_ahead = ahead
        views.pages = {0: msgspec.structs.replace(page(""), closed_until=views.began + timedelta(days=3))}
        assert await views.next() is None
        views.clock_is_ahead = timedelta()
        views.now += seconds
        views.pages = {0: page("a")}
        assert await views.call() == "a"

    run(scene)


def test_a_closed_queue_is_read_again_once_the_views_move_but_no_more_than_once_in_a_while() -> None:
    async def scene() -> None:
        views = Views({})
        closed = msgspec.structs.replace(page(""), closed_until=views.began + timedelta(hours=1))
        views.pages = {0: closed}
        for _ in range(10):  # such as many calls of another campaign
            views.position += 1
            assert await views.next() is None
        assert views.asked == [0]
        views.now += SCAN_AGAIN_SECONDS
        views.pages = {0: page("a", position=views.position)}  # such as somebody enrolled in a zone that is open
        assert await views.call() == "a"
        assert views.asked == [0, 0]

    run(scene)
