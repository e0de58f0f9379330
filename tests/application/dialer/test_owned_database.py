"""Who dials has the database's lease; while it is lost nothing leaves, and nobody is begun to be called."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest

from adapters.folder_owner import FolderOwner
from adapters.ledger import Ledger
from adapters.ledger.postgres import lease
from adapters.minivoice_client import MiniVoiceClient
from application.commands.attempts import StartedAttempt, start_attempt
from application.commands.command import Command
from domain.dial_outcome import DialOutcome
from domain.dialing import Verdict
from domain.errors import Conflict
from entrypoints.process import utc_now
from entrypoints.settings import load_settings
from entrypoints.wiring import running_system
from tests.adapters.ledger.postgres_ledger import open_ledger
from tests.adapters.ledger.postgres_server import Server
from tests.adapters.ledger.stage import create, do
from tests.application.commands.starting import start_campaign
from tests.application.dialer.stage import KEY, Stage, dialer_of, numbers, play, stage


@pytest.fixture(autouse=True)
def _outlives_this_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """All processes of a test share one event loop, and it may stand still for longer than a lease lasts."""
    monkeypatch.setattr(lease, "LEASE_SECONDS", 60.0)


def settings_of(folder: Path, url: str) -> dict[str, str]:
    return {
        "MINIVOICE_API_KEY": KEY,
        "MINIVOICE_BASE_URL": "http://127.0.0.1:9",
        "DIALTRAIL_HOME": str(folder),
        "DIALTRAIL_DATABASE_URL": url,
    }


def test_a_second_dialer_on_one_database_stands_by_and_takes_over_where_the_first_ends(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        second = load_settings(settings_of(tmp_path / "other", url))
        owner = FolderOwner.take(tmp_path / "other", "up")
        async with AsyncExitStack() as first:
            it = await first.enter_async_context(stage(tmp_path / "one", database_url=url))
            async with running_system(second, owner, dials=True) as beside:
                dialer = dialer_of(beside)
                running = asyncio.create_task(dialer.run())
                assert "dials" in (dialer.standing_by or "")
                await beside.follower.wait_live()
                assert dialer.trouble is None
                with closing(open_ledger(url)) as ledger:
                    do(ledger, create("by_the_other"))

                await it.campaign(numbers(1))
                await it.until("its own campaign is over", lambda: it.phase() == "completed")
                while beside.in_flight.campaigns.get("spring") != it.parts.in_flight.campaigns["spring"]:
                    await beside.follower.moved(0.05)

                await first.aclose()
                while dialer._settled_takes == 0 or dialer.trouble is not None:
                    await beside.follower.moved(0.05)
                assert (dialer.standing_by, dialer.trouble) == (None, None)
                await dialer.stop()
                await running
        owner.release()

    play(scenario)


HOLDER = "dialtrail up (process 7 on another machine)"
TAKEN_AWAY = "UPDATE public.ledger_leases SET epoch=epoch + 1, holder=%s, until=clock_timestamp() + interval '1 hour'"
PASSED_ON = "UPDATE public.ledger_leases SET epoch=epoch + 1, until=clock_timestamp() - interval '1 ms'"
GIVEN_BACK = "UPDATE public.ledger_leases SET until=clock_timestamp() - interval '1 ms'"


@asynccontextmanager
async def lost_to_another(folder: Path, url: str) -> AsyncIterator[tuple[Stage, psycopg.AsyncConnection]]:
    """A campaign of two people that was begun while another process has the lease, and is known to have it."""
    async with (
        stage(folder, database_url=url, answer_rate=1.0) as it,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as other,
    ):
        await it.campaign(numbers(2), starts=False)
        await it.until("it dials", lambda: it.dialer._settled_takes == 1)
        await other.execute(TAKEN_AWAY, (HOLDER,))
        await it.until("it is lost", lambda: it.dialer.standing_by == f"{HOLDER} dials")
        await it.do(start_campaign("spring"))
        yield it, other


def test_while_another_has_the_lease_nobody_is_begun_to_be_called_and_health_says_by_whom_it_is_held(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        async with lost_to_another(tmp_path, url) as (it, other):
            for _ in range(20):
                it.dialer._scheduler.tick(asyncio.get_running_loop().time())
                await it.parts.follower.moved(0.05)
            assert it.events("attempt.started") == []

            await other.execute(GIVEN_BACK)
            await it.until("they are called", lambda: it.counts() == {"reached": 2})
            assert it.dialer._gates._others_sent_until is not None

    play(scenario)


def test_what_another_owner_left_on_the_wire_meanwhile_is_settled_once_the_lease_is_ours_again(
    tmp_path: Path, postgres: Server
) -> None:
    url = postgres.new_database()

    async def scenario() -> None:
        async with lost_to_another(tmp_path, url) as (it, other):
            with closing(open_ledger(url, utc_now)) as ledger:
                command = start_attempt(
                    attempt_id="att_of_the_other",
                    campaign_id="spring",
                    stream=ledger.recipient_stream(numbers(1)[0]),
                    fingerprint=it.parts.in_flight.fingerprint or "",
                    epoch="other",
                    only_numbers=None,
                )
                assert isinstance(do(ledger, command, "attempts"), StartedAttempt)

            await other.execute(GIVEN_BACK)
            await it.until("settled", lambda: it.counts() == {"reached": 1, "unresolved": 1})

    play(scenario)


PlaceCall = Callable[
    [MiniVoiceClient, str, Callable[[], Awaitable[None]], Callable[[], None]], Coroutine[None, None, DialOutcome]
]


def standing_still(passed: asyncio.Event, wakes: asyncio.Event) -> PlaceCall:
    """Places a call by a process that stands still once it has passed its last check, until it wakes."""
    send = MiniVoiceClient.place_call

    async def place_call(
        client: MiniVoiceClient, body: str, before_send: Callable[[], Awaitable[None]], written: Callable[[], None]
    ) -> DialOutcome:
        async def passed_and_stopped() -> None:
            await before_send()
            passed.set()
            await wakes.wait()

        return await send(client, body, passed_and_stopped, written)

    return place_call


def test_what_leaves_a_process_that_stood_still_after_its_last_check_is_unresolved_by_then_and_dialled_by_nobody_again(
    tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.new_database()
    passed, wakes = asyncio.Event(), asyncio.Event()

    async def scenario() -> None:
        owner = FolderOwner.take(tmp_path / "other", "up")
        async with (
            stage(tmp_path / "one", database_url=url, answer_rate=1.0) as it,
            await psycopg.AsyncConnection.connect(url, autocommit=True) as database,
        ):
            monkeypatch.setattr(MiniVoiceClient, "place_call", standing_still(passed, wakes))
            await it.campaign(numbers(1), per_second=0.01)
            await passed.wait()
            settings = {**settings_of(tmp_path / "other", url), "MINIVOICE_BASE_URL": it.sandbox.url}
            async with running_system(load_settings(settings), owner, dials=True) as beside:
                dialer = dialer_of(beside)
                running = asyncio.create_task(dialer.run())
                while dialer._settled_takes == 0:
                    if beside.ownership.standing_by() is not None:
                        await database.execute(PASSED_ON)
                    await beside.follower.moved(0.1)
                assert [one.name for one in it.events("attempt.started", "attempt.unresolved")] == [
                    "attempt.started",
                    "attempt.unresolved",
                ]
                assert it.posts() == []
                # That nobody knows when it leaves is known: at the latest now, by what the ledger has of the last window.
                assert dialer._gates.of("spring").pace.wait_seconds(asyncio.get_running_loop().time()) > 60
                wakes.set()
                await it.until("its answer settles it", lambda: it.counts() == {"reached": 1})
                assert len(it.posts()) == 1
                await dialer.stop()
                await running
        owner.release()

    play(scenario)


@pytest.mark.parametrize("epoch", [1, 3, -1])
def test_an_attempt_of_an_epoch_that_is_over_or_to_come_is_not_begun(postgres: Server, epoch: int) -> None:
    url = postgres.new_database()
    with closing(open_ledger(url, utc_now)) as ledger, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO public.ledger_leases VALUES ('dialer', 2, 'somebody', clock_timestamp() + interval '1 hour')"
        )
        before = ledger.position
        with pytest.raises(Conflict, match="another process dials on this database"):
            do(ledger, started_by(ledger, epoch), "attempts")
        assert ledger.position == before


def test_an_attempt_after_the_leases_end_is_not_begun_though_nobody_else_has_taken_it(postgres: Server) -> None:
    url = postgres.new_database()
    with closing(open_ledger(url, utc_now)) as ledger, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO public.ledger_leases VALUES ('dialer', 2, 'us', clock_timestamp())")
        with pytest.raises(Conflict, match="the lease of this one has ended"):
            do(ledger, started_by(ledger, 2), "attempts")


def started_by(ledger: Ledger, of_epoch: int) -> Command[StartedAttempt | Verdict]:
    """An attempt to call somebody by a lease of this epoch."""
    return start_attempt(
        attempt_id="att_1",
        campaign_id="spring",
        stream=ledger.recipient_stream(numbers(1)[0]),
        fingerprint="",
        epoch="us",
        only_numbers=None,
        lease=of_epoch,
    )
