"""A follower whose ledger or view fails."""

import asyncio
import re
from collections.abc import Callable

import pytest

from projections import follow
from projections.follow import Follower
from tests.projections.following import Source, Taken, play


@pytest.fixture(autouse=True)
def _retry_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "RETRY_SECONDS", 0.001)


def standing(follower: Follower, view: Taken) -> tuple[str | None, bool, int]:
    """What is wrong, whether it is live, and where the view is."""
    return follower.trouble, follower.is_live, view.position


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - it belongs to another thread
        await asyncio.sleep(0.001)


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
            r"the event after position 1 could not be taken in: ValueError \(following\.py:\d+\)", follower.trouble
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
