import asyncio
import re
from collections.abc import Callable, Coroutine
from threading import Event, Thread
from typing import Any

import pytest

from domain.account import AccountResumed
from domain.events import Recorded
from projections import follow
from projections.follow import BATCH_EVENTS_MAX, Follower
from tests.projections.recording import recorded

WAIT_SECONDS_MAX = 20.0


class Source:
    """A ledger in memory. `before_read` is run, in the reading thread, before each read, and may raise."""

    def __init__(self, events: int = 0) -> None:
        self.events: list[Recorded] = []
        self.reads: list[int] = []
        self.before_read: Callable[[], None] = lambda: None
        self.add(events)

    def add(self, events: int = 1) -> list[Recorded]:
        """Commit some; the batch as a listener is handed it."""
        first = len(self.events) + 1
        batch = [recorded(place, "account:f", AccountResumed()) for place in range(first, first + events)]
        self.events += batch
        return batch

    def read(self, after: int, events_max: int) -> list[Recorded]:
        found = self.events[after : after + events_max]
        self.reads.append(after)
        self.before_read()
        return found

    def end(self) -> int:
        return len(self.events)


class Taken:
    """A view that keeps the positions it was given; those in `poison` it cannot take in."""

    def __init__(self) -> None:
        self.position = 0
        self.taken: list[int] = []
        self.poison: set[int] = set()

    def apply(self, one: Recorded) -> None:
        if one.position in self.poison:
            raise ValueError("poison")
        self.taken.append(one.position)
        self.position = one.position


def play(scene: Callable[[Follower, Source, Taken], Coroutine[Any, Any, None]], source: Source) -> None:
    async def run() -> None:
        view = Taken()
        follower = Follower(view, source.read, source.end)
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                await scene(follower, source, view)
        finally:
            await follower.stop()
        assert view.taken == list(range(1, view.position + 1))

    asyncio.run(run())


@pytest.fixture(autouse=True)
def _retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", 0.001)


def standing(follower: Follower, view: Taken) -> tuple[str | None, bool, int]:
    """What is wrong, whether it is live, and where the view is."""
    return follower.trouble, follower.is_live, view.position


async def turns() -> None:
    """Let what is scheduled in the loop run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - it belongs to another thread
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("events", [0, 1, BATCH_EVENTS_MAX, BATCH_EVENTS_MAX + 1, 2 * BATCH_EVENTS_MAX + 5])
def test_a_view_that_is_behind_is_brought_to_the_end_in_batches(events: int) -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        assert (follower.is_live, view.position) == (False, 0)
        await follower.wait_live()
        assert (follower.is_live, view.position, follower.trouble) == (True, events, None)
        assert source.reads == list(range(0, events + 1, BATCH_EVENTS_MAX))

    play(scene, Source(events))


def test_a_view_at_the_end_is_pushed_what_follows_without_a_read() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        await follower.wait_live()
        follower.pushed(source.add(2))
        follower.pushed(source.add(1))
        await turns()
        assert (view.position, follower.is_live, source.reads) == (4, True, [0])

    play(scene, Source(1))


def test_a_push_from_another_thread_is_there_before_what_that_thread_schedules_later() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        await follower.wait_live()
        loop, seen = asyncio.get_running_loop(), asyncio.Event()
        positions: list[int] = []

        def told() -> None:
            positions.append(view.position)
            seen.set()

        def commit() -> None:
            follower.pushed(source.add())
            loop.call_soon_threadsafe(told)

        thread = Thread(target=commit)
        thread.start()
        await seen.wait()
        thread.join()
        assert positions == [1]

    play(scene, Source())


def test_a_gap_is_filled_from_the_ledger() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        await follower.wait_live()
        source.add(2)
        follower.pushed(source.add(1))
        await turns()
        await follower.wait_live()
        assert (view.position, follower.is_live, source.reads) == (4, True, [0, 1])

    play(scene, Source(1))


def test_what_was_taken_in_already_is_not_taken_in_again() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        await follower.wait_live()
        follower.pushed(source.events)
        follower.pushed(source.events[2:] + source.add(1))
        await turns()
        assert view.position == 4

    play(scene, Source(3))


def test_commits_while_it_catches_up_are_not_lost() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        reading, go_on = Event(), Event()

        def hold_the_first_read() -> None:
            if len(source.reads) == 1:
                reading.set()
                assert go_on.wait(WAIT_SECONDS_MAX)

        source.before_read = hold_the_first_read
        await follower.start()
        await asyncio.to_thread(reading.wait, WAIT_SECONDS_MAX)
        follower.pushed(source.add(2))
        await turns()
        assert view.position == 0
        go_on.set()
        await follower.wait_live()
        assert (view.position, follower.is_live) == (5, True)
        follower.pushed(source.add(1))
        await turns()
        assert view.position == 6

    play(scene, Source(3))


def test_commits_between_two_batches_are_not_lost() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        def commit_one() -> None:
            if len(source.reads) <= 2:
                follower.pushed(source.add())

        source.before_read = commit_one
        await follower.start()
        await follower.wait_live()
        assert (view.position, follower.is_live) == (source.end(), True)

    play(scene, Source(BATCH_EVENTS_MAX))


def test_a_ledger_that_cannot_be_read_is_said_so_and_tried_again() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        def broken() -> None:
            raise OSError("disk on fire")

        source.before_read = broken
        await follower.start()
        await until(lambda: len(source.reads) >= 3)
        assert follower.trouble == "the ledger could not be read: disk on fire"
        assert not follower.is_live
        source.before_read = lambda: None
        await follower.wait_live()
        assert standing(follower, view) == (None, True, 2)

    play(scene, Source(2))


def test_an_event_that_a_view_cannot_take_in_stops_it_says_so_and_is_tried_again() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        view.poison = {2}
        await follower.start()
        await until(lambda: len(source.reads) >= 3)
        assert follower.trouble is not None
        assert re.fullmatch(
            r"the event after position 1 could not be taken in: ValueError \(test_follow\.py:\d+\)", follower.trouble
        )
        assert standing(follower, view)[1:] == (False, 1)
        view.poison = set()
        await follower.wait_live()
        assert standing(follower, view) == (None, True, 3)

    play(scene, Source(3))


def test_a_pushed_event_that_a_view_cannot_take_in_stops_it_too() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        await follower.wait_live()
        view.poison = {2}
        follower.pushed(source.add(2))
        await until(lambda: follower.trouble)
        assert (follower.is_live, view.position) == (False, 1)
        view.poison = set()
        await follower.wait_live()
        assert standing(follower, view) == (None, True, 3)

    play(scene, Source(1))


def test_all_who_wait_hear_that_the_view_moved() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        await follower.start()
        await follower.wait_live()
        waiting = [asyncio.create_task(follower.moved(WAIT_SECONDS_MAX * 2)) for _ in range(3)]
        await turns()
        assert not any(task.done() for task in waiting)
        follower.pushed(source.add())
        await asyncio.gather(*waiting)
        assert view.position == 1

    play(scene, Source())


def test_who_waits_for_a_view_that_does_not_move_is_let_go() -> None:
    async def scene(follower: Follower, _: Source, view: Taken) -> None:
        await follower.moved(0.001)
        assert view.position == 0

    play(scene, Source())


def test_nothing_is_taken_in_before_the_start_or_after_the_end() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        follower.pushed(source.add())
        await turns()
        assert view.position == 0
        await follower.start()
        await follower.wait_live()
        await follower.stop()
        follower.pushed(source.add())
        await turns()
        assert view.position == 1

    play(scene, Source())


def test_it_can_be_stopped_while_it_reads() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        reading, go_on = Event(), Event()

        def hold() -> None:
            reading.set()
            assert go_on.wait(WAIT_SECONDS_MAX)

        source.before_read = hold
        await follower.start()
        await asyncio.to_thread(reading.wait, WAIT_SECONDS_MAX)
        await follower.stop()
        go_on.set()
        assert view.position == 0

    play(scene, Source(1))
