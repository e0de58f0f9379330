"""Views made by several processes: here each is a thread that hears and says the same."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any, cast
from unittest.mock import patch

import msgspec
import pytest

from application.views import VIEWS_FILE, Places, Projector, ViewsFile, ViewsSchema, shared
from application.views.rebuilding import Rebuilder
from application.views.shared import PARTS_FOLDER, SharedMaking, ShareOrders, ShareReport, do_share
from projections.shares import NotShared
from projections.store import SCHEMA_IN_THE_MAKING
from projections.views import VERSIONS
from tests.adapters.ledger.postgres_server import Server
from tests.application.views.projecting import WAIT_SECONDS_MAX, rebuild, rows_from_scratch, rows_of, wait_until, world
from tests.projections.history import World
from tests.projections.kept_views import all_rows
from tests.projections.kept_world import FINGERPRINT

Work = Callable[[ShareOrders, Callable[[ShareReport], None]], None]


class InThread:
    """What is seen of a process: its input, its output, and its end."""

    def __init__(self, work: Work) -> None:
        (orders, stdin), (stdout, said) = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(stdin, "wb", 0), os.fdopen(stdout, "rb")
        self.input_ended = Event()
        self._thread = Thread(target=self._run, args=(work, os.fdopen(orders, "rb"), os.fdopen(said, "wb", 0)))
        self._thread.start()

    def _run(self, work: Work, orders: IO[bytes], said: IO[bytes]) -> None:
        with orders, said:
            given = msgspec.json.decode(orders.readline(), type=ShareOrders)
            work(given, lambda report: cast("Any", said.write(msgspec.json.encode(report) + b"\n")))
        self.input_ended.set()

    def wait(self, seconds_max: float | None = None) -> int:
        self._thread.join(seconds_max)
        if self._thread.is_alive():
            raise subprocess.TimeoutExpired("share", seconds_max or 0)
        return 0

    def kill(self) -> None:
        raise AssertionError("nothing here has to be killed")


def working(made: World) -> Work:
    """Folds the share that it is told."""
    return lambda orders, say: do_share(orders, lambda: nullcontext(made.ledger), say)


def making(folder: Path, made: World, work: Work, of: int = 2, places: Places | None = None) -> SharedMaking:
    orders = ShareOrders(folder=str(folder), database_url=None, fingerprint=FINGERPRINT, of=of)
    start = cast("Callable[[], subprocess.Popen[bytes]]", lambda: InThread(work))
    return SharedMaking(made.ledger, places or ViewsFile(folder), orders, start, events_min=1)


@contextmanager
def projecting(folder: Path, made: World, work: Work) -> Iterator[Projector]:
    places, making_them = ViewsFile(folder), making(folder, made, work)
    projector = Projector(made.ledger, places, FINGERPRINT, lambda: made.now, shared=making_them)
    projector.start()
    try:
        wait_until(lambda: projector.position == made.ledger.position and projector.trouble is None)
        yield projector
    finally:
        projector.stop()


def test_several_make_the_first_views_and_each_rebuild_and_leave_nothing_behind(tmp_path: Path) -> None:
    made, told = world(), list[int]()
    work = working(made)

    def counted(orders: ShareOrders, say: Callable[[ShareReport], None]) -> None:
        told.append(orders.share)
        work(orders, say)

    with projecting(tmp_path, made, counted) as projector:
        assert sorted(told) == [0, 1]
        inode, expected = (tmp_path / VIEWS_FILE).stat().st_ino, rows_from_scratch(made, tmp_path)
        assert (rows_of(projector), projector.why_rebuilt) == (expected, None)
        rebuild(projector)
        assert sorted(told) == [0, 0, 1, 1]
        assert (tmp_path / VIEWS_FILE).stat().st_ino != inode
        assert (rows_of(projector), projector.why_rebuilt) == (expected, None)
        made.quarantine()
        projector.pushed(())
        wait_until(lambda: projector.position == made.ledger.position)
    assert not [path.name for path in tmp_path.iterdir() if not path.name.startswith((VIEWS_FILE, "scratch.db"))]


def test_in_a_database_several_make_them_beside_those_in_use(tmp_path: Path, postgres: Server) -> None:
    made, places = world(), ViewsSchema(postgres.new_database())
    for _ in range(2):  # what an earlier one left is put away
        with closing(making(tmp_path, made, working(made), places=places).make(lambda _: None, Event())) as store:
            assert store.schema == SCHEMA_IN_THE_MAKING
            assert all_rows(store) == rows_from_scratch(made, tmp_path)
            assert store.progress(VERSIONS).position == made.ledger.position
    places.swap()
    with closing(places.for_readers()) as store:
        assert all_rows(store) == rows_from_scratch(made, tmp_path)


def failing(orders: ShareOrders, say: Callable[[ShareReport], None]) -> None:
    say(ShareReport(why_not="it cannot be done"))


def ending(orders: ShareOrders, say: Callable[[ShareReport], None]) -> None:
    say(ShareReport(7))


@pytest.mark.parametrize("work", [failing, ending])
def test_where_several_cannot_one_makes_the_same_views(tmp_path: Path, work: Work) -> None:
    made = world()
    with projecting(tmp_path, made, work) as projector:
        assert (rows_of(projector), projector.why_rebuilt) == (rows_from_scratch(made, tmp_path), None)
    assert not (tmp_path / PARTS_FOLDER).exists()


def test_one_that_says_nothing_any_more_is_not_waited_for(tmp_path: Path) -> None:
    over = Event()

    def silent(orders: ShareOrders, say: Callable[[ShareReport], None]) -> None:
        assert over.wait(WAIT_SECONDS_MAX)

    made = world()
    with (
        patch.object(shared, "SILENT_SECONDS_MAX", 0.05),
        patch.object(InThread, "wait", lambda *_: over.set()),
        pytest.raises(NotShared, match="has said nothing for"),
    ):
        making(tmp_path, made, silent).make(lambda _: None, Event())
    assert over.is_set()
    assert not (tmp_path / PARTS_FOLDER).exists()


def test_what_is_stopped_meanwhile_waits_for_nobody(tmp_path: Path) -> None:
    stopping = Event()
    stopping.set()
    with pytest.raises(NotShared, match="it was stopped"):
        making(tmp_path, world(), failing_late).make(lambda _: None, stopping)


def failing_late(orders: ShareOrders, say: Callable[[ShareReport], None]) -> None:
    say(ShareReport())


def test_what_is_wrong_in_a_share_is_said_without_what_was_read(tmp_path: Path) -> None:
    said: list[ShareReport] = []
    orders = ShareOrders(folder="", database_url="postgresql://u:secret@h/d", fingerprint=None, of=1, path="/nowhere/x")
    with patch.object(shared, "fold_share", side_effect=ValueError("+15550000001")):
        do_share(orders, lambda: nullcontext(world().ledger), said.append)
    assert said == [ShareReport(why_not="ValueError in a share")]
    assert "secret" not in repr(orders)


def test_short_ledgers_are_for_one() -> None:
    made = world()
    making_them = SharedMaking(
        made.ledger,
        ViewsFile(Path()),
        ShareOrders(folder="", database_url=None, fingerprint=None, of=2),
        cast("Any", None),
    )
    assert not making_them.pays(shared.SHARED_EVENTS_MIN - 1)
    assert making_them.pays(shared.SHARED_EVENTS_MIN)
    rebuilder = Rebuilder(made.ledger, *cast("Any", [None] * 6))
    assert not rebuilder.pays_at_first()
