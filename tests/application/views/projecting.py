"""A projector over a ledger of a few events."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from unittest.mock import patch

from application.views import Projector, ViewsFile, ViewsSchema
from projections.store import ViewStore
from tests.projections.chance import Random, small_history
from tests.projections.history import World
from tests.projections.kept_views import Rows, all_rows, catch_up, new_store
from tests.projections.kept_world import FINGERPRINT

WAIT_SECONDS_MAX = 60.0


def world(seed: int = 7, acts: int = 30) -> World:
    """A small history."""
    return small_history(Random(seed), acts)


@contextmanager
def projecting_views(place: Path | str, made: World, fingerprint: str | None = FINGERPRINT) -> Iterator[Projector]:
    """A projector on a folder, or on a database by its URL, at the ledger's end."""
    places = ViewsFile(place) if isinstance(place, Path) else ViewsSchema(place)
    projector = Projector(made.ledger, places, fingerprint, lambda: made.now)
    projector.start()
    try:
        wait_until(lambda: projector.position == made.ledger.position and projector.trouble is None)
        yield projector
    finally:
        projector.stop()


def wait_until(holds: Callable[[], bool]) -> None:
    """Look again and again until it holds."""
    pause = Event()
    for _ in range(int(WAIT_SECONDS_MAX / 0.002)):
        if holds():
            return
        pause.wait(0.002)
    raise AssertionError("it did not come to that")


def record(projector: Projector, made: World, act: Callable[[World], None]) -> None:
    """Let something happen, and the projector hear of it."""
    before = made.ledger.position
    act(made)
    projector.pushed(made.ledger.read_feed(before, 100))


def rows_of(projector: Projector) -> Rows:
    """Every row as it is in use."""
    assert projector._in_use.store is not None
    return all_rows(projector._in_use.store)


def rows_from_scratch(made: World, folder: Path) -> Rows:
    """Every row, made in one pass."""
    with new_store(folder / "scratch.db") as store:
        catch_up(store, made.ledger)
        return all_rows(store)


def rebuild(projector: Projector) -> None:
    """A rebuild from its beginning to its end."""
    projector.rebuild()
    wait_until(lambda: projector.rebuilding is None)


@contextmanager
def held_rebuild(projector: Projector) -> Iterator[None]:
    """A rebuild that has begun and takes in nothing before the block is over."""
    go_on = Event()
    places = projector._places
    original = places.in_the_making

    def in_the_making() -> ViewStore:
        assert go_on.wait(WAIT_SECONDS_MAX)
        return original()

    with patch.object(places, "in_the_making", in_the_making):
        projector.rebuild()
        try:
            yield
        finally:
            go_on.set()
