import asyncio
from threading import Event, Thread

import pytest

from domain.events import Recorded
from projections.follow import BATCH_EVENTS_MAX, Follower
from tests.projections.following import WAIT_SECONDS_MAX, Source, Taken, play


async def turns() -> None:
    """Let what is scheduled in the loop run."""
    for _ in range(5):
        await asyncio.sleep(0)


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


def test_a_stream_that_has_to_be_read_waits_by_itself_in_its_own_order() -> None:
    release, view_reads = Event(), list[int]()

    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        view.unread = {"call:old"}

        def read() -> None:
            view_reads.append(view.position)
            assert release.wait(WAIT_SECONDS_MAX)

        view.before_read = read
        await follower.start()
        follower.pushed(source.add(1, "call:old"))
        await turns()
        for stream in ("call:new", "call:old", "call:new"):
            follower.pushed(source.add(1, stream))
        while view.position < 5:
            await follower.moved(WAIT_SECONDS_MAX)
        assert (view.taken, follower.is_live) == ([1, 3, 5], True)
        release.set()
        await follower.wait_live()
        assert (view.taken, len(view_reads), follower.trouble) == ([1, 3, 5, 2, 4], 1, None)

    play(scene, Source(1))


def test_a_stream_that_cannot_be_read_is_told_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.follow.RETRY_SECONDS", 0.0)
    failures = [OSError("the disk is away"), OSError("the disk is away")]

    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        view.unread = {"call:old"}
        told: list[str | None] = []

        def read() -> None:
            told.append(follower.trouble)
            if failures:
                raise failures.pop()

        view.before_read = read
        await follower.start()
        follower.pushed(source.add(1, "call:old"))
        await turns()
        await follower.wait_live()
        assert (view.taken, follower.trouble) == ([1], None)
        assert told == [None, *["the event at position 1 could not be taken in: the disk is away"] * 2]

    play(scene, Source())


def test_where_nothing_may_go_on_before_something_is_read_the_view_is_behind_until_it_is() -> None:
    release, seen = Event(), list[tuple[list[int], bool]]()

    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        view.unread, view.first = {"call:old"}, {3}

        def read() -> None:
            seen.append((list(view.taken), follower.is_live))
            assert release.wait(WAIT_SECONDS_MAX)

        view.before_read = read
        await follower.start()
        await follower.wait_live()
        follower.pushed(source.add(1, "call:old"))
        follower.pushed(source.add(1))
        follower.pushed(source.add(1))
        await turns()
        assert not follower.is_live
        release.set()
        await follower.wait_live()
        assert (view.taken, follower.is_live, follower.trouble) == ([1, 2, 3, 4], True, None)
        assert [taken for taken, _ in seen] == [[1], [1, 2]]
        assert not seen[1][1]

    play(scene, Source(1))


def test_what_must_be_read_first_and_cannot_is_told_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.follow.RETRY_SECONDS", 0.0)
    failures = [OSError("the disk is away"), OSError("the disk is away")]

    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        view.first, told = {2}, list[str | None]()

        def read() -> None:
            told.append(follower.trouble)
            if failures:
                raise failures.pop()

        view.before_read = read
        await follower.start()
        await follower.wait_live()
        assert (view.taken, follower.trouble) == ([1, 2, 3], None)
        assert told == [None, *["the event at position 2 could not be taken in: the disk is away"] * 2]

    play(scene, Source(3))


def test_what_waits_for_a_stream_is_read_again_where_it_has_to_be() -> None:
    async def scene(follower: Follower, source: Source, view: Taken) -> None:
        view.unread, reads = {"call:old"}, list[int]()
        apply = view.apply

        def applied(one: Recorded) -> None:
            apply(one)
            view.unread = {"call:old"}

        view.apply = applied  # type: ignore[method-assign]
        view.before_read = lambda: reads.append(view.position)
        await follower.start()
        await follower.wait_live()
        follower.pushed(source.add(2, "call:old"))
        await turns()
        await follower.wait_live()
        assert (view.taken, len(reads)) == ([1, 2], 2)

    play(scene, Source())
