"""The views in a process of their own: what it says, what it is asked, and that it may end at any time."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.folder_owner import FolderOwner
from adapters.verifiable_log.checkpoint import read_checkpoint
from application.commands.campaigns import create_campaign
from application.views import VIEWS_FILE, Orders, Rebuilding, RemoteProjector, ViewsFile, ViewsSchema
from application.views.messages import ProjectorReport
from application.views.rebuilding import RebuildAsked
from domain.errors import Conflict, InvalidInput
from entrypoints.roles import Role
from entrypoints.settings import load_settings
from entrypoints.wiring import System, running_system
from projections.campaign_summary import campaigns
from projections.store import ViewsUnusable
from tests.adapters.ledger.postgres_server import Server
from tests.domain.given import NINE, PLAN
from tests.projections.feed_ledger import FeedLedger
from tests.projections.kept_views import new_store

BY = {"actor": "test"}
WAIT_SECONDS_MAX = 60.0
Scene = Callable[[System, RemoteProjector], Awaitable[None]]


@asynccontextmanager
async def apart(folder: Path, *, dials: bool = False, **environ: str) -> AsyncIterator[tuple[System, RemoteProjector]]:
    """An installation whose views are kept by a process of their own."""
    owner = FolderOwner.take(folder, "test")
    try:
        settings = load_settings({"DIALTRAIL_HOME": str(folder), **environ})
        async with running_system(
            settings, owner, role=Role(command="up", dials=dials, views="apart", stays=dials)
        ) as parts:
            assert isinstance(parts.projector, RemoteProjector)
            yield parts, parts.projector
    finally:
        owner.release()


def play(folder: Path, scene: Scene) -> None:
    """Run a scene against such an installation."""

    async def run() -> None:
        async with apart(folder) as (parts, projector):
            await scene(parts, projector)

    asyncio.run(run())


async def create(parts: System, campaign_id: str) -> None:
    """A campaign, waited for until the views have it."""
    decide = create_campaign(campaign_id, PLAN)
    done = await parts.ledger.execute(decide, lane="commands", metadata=BY)
    assert await parts.projector.wait_for(done.position, WAIT_SECONDS_MAX), parts.projector.trouble


def known(projector: RemoteProjector) -> list[str]:
    """The campaigns that the views know."""
    with projector.reading() as taken:
        return list(campaigns(taken.connection).values())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process brings about; fails after WAIT_SECONDS_MAX."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while not condition():  # noqa: ASYNC110 - nothing here is told of it
            await asyncio.sleep(0.01)


def test_what_is_committed_is_read_once_the_process_says_so_and_after_the_end_nothing_runs(tmp_path: Path) -> None:
    async def run() -> None:
        async with apart(tmp_path) as (parts, projector):
            for campaign_id in ("spring", "summer", "autumn"):
                await create(parts, campaign_id)
                assert known(projector)[-1] == campaign_id
            assert (projector.position, projector.behind(), projector.trouble) == (3, (0, 0.0), None)
            process = projector._process
            assert process is not None
            assert_gives_way_and_is_not_starved(process.pid)
        assert process.returncode == 0
        with pytest.raises(ViewsUnusable), projector.reading():
            pass

    asyncio.run(run())


def assert_gives_way_and_is_not_starved(pid: int) -> None:
    """What answers and dials goes before it, by a little."""
    theirs, ours = (os.getpriority(os.PRIO_PROCESS, one) for one in (pid, 0))
    assert theirs == min(19, ours + 5)


def test_views_are_made_anew_while_they_are_read(tmp_path: Path) -> None:
    async def scene(parts: System, projector: RemoteProjector) -> None:
        await create(parts, "spring")
        before = (tmp_path / VIEWS_FILE).stat().st_ino
        with pytest.raises(InvalidInput, match="nonsense is none of"):
            projector.rebuild(["nonsense"])
        assert "call_index" in projector.rebuild(["call_index"])
        with pytest.raises(Conflict):
            projector.rebuild()
        await until(lambda: projector.rebuilding is None and (tmp_path / VIEWS_FILE).stat().st_ino != before)
        await until(lambda: known(projector) == ["spring"])
        await create(parts, "summer")
        assert known(projector) == ["spring", "summer"]

    play(tmp_path, scene)


def test_a_report_from_before_the_child_heard_of_a_rebuild_does_not_end_it(tmp_path: Path) -> None:
    def never() -> subprocess.Popen[bytes]:
        raise AssertionError

    orders = Orders(folder=str(tmp_path), database_url=None, fingerprint=None)
    projector = RemoteProjector(FeedLedger(), ViewsFile(tmp_path), orders, lambda: NINE, never)
    with new_store(tmp_path / VIEWS_FILE) as store:
        projector._readers.use(store)
        projector.rebuild()
        projector._heard(ProjectorReport(position=3))
        assert projector.rebuilding == Rebuilding(done=0, of=0, started_at=NINE)
        projector._heard(ProjectorReport(position=3, rebuilds=1))
        assert projector.rebuilding is None


def test_a_process_that_is_killed_is_started_again_and_nothing_is_lost(tmp_path: Path) -> None:
    async def scene(parts: System, projector: RemoteProjector) -> None:
        await create(parts, "spring")
        first = projector._process
        assert first is not None
        first.kill()
        await until(lambda: projector.trouble is not None)
        assert "ended with code -9" in (projector.trouble or "")
        await create(parts, "summer")
        assert known(projector) == ["spring", "summer"]
        assert projector.trouble is None

    play(tmp_path, scene)


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    async def scene(parts: System, projector: RemoteProjector) -> None:
        await create(parts, "a")
        start, failures = projector._start_process, iter(["no room for another process"])

        def fails_once() -> subprocess.Popen[bytes]:
            for failure in failures:
                raise BlockingIOError(failure)
            return start()

        projector._start_process = fails_once
        killed = projector._process
        assert killed is not None
        killed.kill()
        await until(lambda: "BlockingIOError: no room for another" in str(projector.trouble))
        await create(parts, "b")
        assert known(projector) == ["a", "b"]

    play(tmp_path, scene)


def test_while_the_process_is_started_again_nobody_else_takes_the_views(tmp_path: Path, postgres: Server) -> None:
    url = postgres.new_database()
    another = ViewsSchema(url)

    async def run() -> None:
        environ = {"DIALTRAIL_DATABASE_URL": url, "MINIVOICE_API_KEY": "mv_live_made_up"}
        async with apart(tmp_path, dials=True, **environ) as (parts, projector):
            await create(parts, "spring")
            first = projector._process
            assert first is not None
            first.kill()
            await until(lambda: "it is started again" in (projector.trouble or ""))
            assert not another.take()
            await create(parts, "summer")
            assert known(projector) == ["spring", "summer"]
            assert projector.why_rebuilt is None
        await until(another.take)  # the server lets go of it when it notices that its holder has left

    try:
        asyncio.run(run())
    finally:
        another.release()


def test_the_next_owner_goes_on_where_the_views_are(tmp_path: Path) -> None:
    async def run() -> None:
        async with apart(tmp_path) as (parts, _):
            await create(parts, "spring")
            written = (tmp_path / VIEWS_FILE).stat().st_ino
        async with apart(tmp_path) as (parts, projector):
            assert await projector.wait_for(1, WAIT_SECONDS_MAX)
            assert known(projector) == ["spring"]
            assert ((tmp_path / VIEWS_FILE).stat().st_ino, projector.why_rebuilt) == (written, None)

    asyncio.run(run())


def test_who_asked_for_a_rebuild_is_remembered_once_it_has_begun(tmp_path: Path) -> None:
    def never() -> subprocess.Popen[bytes]:
        raise AssertionError

    orders = Orders(folder=str(tmp_path), database_url=None, fingerprint=None)
    projector = RemoteProjector(FeedLedger(), ViewsFile(tmp_path), orders, lambda: NINE, never)
    with new_store(tmp_path / VIEWS_FILE) as store:
        projector._readers.use(store)
        with pytest.raises(InvalidInput):
            projector.rebuild(["nonsense"], "operator:olga")
        assert projector.rebuild_asked is None
        projector.rebuild(["call_index"], "operator:olga")
        with pytest.raises(Conflict):
            projector.rebuild([], "operator:otto")
    assert projector.rebuild_asked == RebuildAsked("operator:olga", NINE, ("call_index",))


def test_the_process_keeps_the_log_too_and_signs_it_at_the_end(tmp_path: Path) -> None:
    async def run() -> None:
        async with apart(tmp_path) as (parts, projector):
            await create(parts, "spring")
            projector.keep_log(keeps=True)
            await until(lambda: projector.log_report.signed_size == 1)
            assert projector.log_report.trouble is None
            await create(parts, "summer")

    asyncio.run(run())

    assert read_checkpoint((tmp_path / "checkpoint").read_bytes()).size == 2
