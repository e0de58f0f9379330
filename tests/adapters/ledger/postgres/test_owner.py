"""A database has one owner at a time, who hears of it when it is lost."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest

from adapters.ledger.locks import OWNER_LOCK
from adapters.ledger.postgres import DatabaseOwner
from adapters.ledger.postgres.owner import UNCONFIRMED_SECONDS_MAX
from domain.errors import LedgerInUse, LedgerUnusable
from tests.adapters.ledger.postgres_server import Server

WAIT_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.01
LOOKS_MAX = 6_000


class Clock:
    """Says what it is told to say."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def owning(url: str) -> AsyncIterator[DatabaseOwner]:
    """An owner that is watched."""
    owner = DatabaseOwner(url, Clock())
    await owner.take()
    watching = asyncio.create_task(owner.watch())
    try:
        yield owner
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await owner.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it; fail if it does not come."""
    for _ in range(LOOKS_MAX):
        if condition():
            return
        await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError


def play(scenario: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        await scenario()

    asyncio.run(run())


def test_a_second_owner_is_refused_by_the_name_of_the_first(url: str) -> None:
    async def scenario() -> None:
        async with owning(url) as first:
            with pytest.raises(LedgerInUse) as refused:
                await DatabaseOwner(url, Clock()).take()
            assert first.trouble is None
        assert str(refused.value).startswith(
            f"DIALTRAIL_DATABASE_URL: this database is in use by dialtrail up (process {os.getpid()} on "
        )
        assert str(refused.value).endswith("stop it, or set another database")

    play(scenario)


def test_a_database_is_free_once_its_owner_has_ended(url: str) -> None:
    async def scenario() -> None:
        async with owning(url):
            pass
        async with owning(url) as next_one:
            assert next_one.trouble is None

    play(scenario)


def test_a_database_is_free_though_the_server_has_not_ended_the_session_yet(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later() -> None:
        """As a server that is busy: the session goes on."""

    async def scenario() -> None:
        async with owning(url) as owner:
            connection = owner._connection
            assert connection is not None
            end_session = connection.close
            monkeypatch.setattr(connection, "close", later)
        async with owning(url) as next_one:
            assert next_one.trouble is None
        await end_session()

    play(scenario)


def test_another_database_of_the_same_server_has_an_owner_of_its_own(postgres: Server, url: str) -> None:
    async def scenario() -> None:
        async with owning(url) as one, owning(postgres.new_database()) as other:
            assert (one.trouble, other.trouble) == (None, None)

    play(scenario)


def test_an_owner_whose_session_is_ended_has_trouble_until_it_has_the_database_again(
    postgres: Server, url: str
) -> None:
    async def scenario() -> None:
        async with owning(url) as owner:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as other:
                await other.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE objid=%s", (OWNER_LOCK,))
                await other.execute("SELECT pg_advisory_lock(%s)", (OWNER_LOCK,))
                await until(
                    lambda: "was lost: DIALTRAIL_DATABASE_URL: this database is in use by" in (owner.trouble or "")
                )
                assert owner.takes == 1
            await until(lambda: owner.trouble is None)
            assert owner.takes == 2

    play(scenario)


def test_a_lock_that_is_gone_though_the_session_goes_on_is_noticed(url: str) -> None:
    async def scenario() -> None:
        async with owning(url) as owner:
            seen: list[str] = []
            real = owner.close

            async def close() -> None:
                await real()
                seen.append(owner.trouble or "")

            owner.close = close  # type: ignore[method-assign]
            assert owner._connection is not None
            connection = owner._connection
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                await connection.execute("SELECT pg_advisory_unlock_all()")
            await until(lambda: bool(seen))
            assert seen == ["the ownership of the database was lost"]
            await until(lambda: owner.trouble is None)

    play(scenario)


def test_an_owner_that_was_not_confirmed_for_long_is_not_sure(url: str) -> None:
    async def scenario() -> None:
        clock = Clock()
        owner = DatabaseOwner(url, clock)
        said = [owner.trouble]
        await owner.take()
        for seconds in (UNCONFIRMED_SECONDS_MAX, 0.1):
            clock.now += seconds
            said.append(owner.trouble)
        await owner.close()

        not_confirmed = "the database has not confirmed for 5 s that it is ours"
        assert said == ["the database is not owned yet", None, not_confirmed]

    play(scenario)


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: object) -> None:
    async def scenario() -> None:
        with pytest.raises(LedgerUnusable, match="DIALTRAIL_DATABASE_URL: the database cannot be reached") as refused:
            await DatabaseOwner(f"postgresql://ada:s3cret@/db?host={tmp_path}", Clock()).take()
        assert "s3cret" not in str(refused.value)

    play(scenario)
